"""A process that refreshes the small clinic's spreadsheet again and again, to be killed meanwhile.

`python -m tests.books.google_refresher KEY URL` refreshes once; then for every variant named on its input
it forks, tells the child's pid, and how the child ended.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

from sheets_sync.books.book import Stamp
from sheets_sync.books.google.change import stage as google_stage
from sheets_sync.books.google.client import open_google
from sheets_sync.clinic.config import BookConfig, Clinic
from sheets_sync.settings import Service
from templates_sheets.tab import Table
from tests.books.google_live import (
    AT,
    CHANNELS,
    FUNNEL,
    LOG,
    REPORT,
    funnel_table,
    log_table,
    report_table,
)
from tests.doubles.sheets import NAME

TABS = (REPORT, FUNNEL, LOG)
#: So that a fill of three tiny tabs comes in several parts.
PART = 80


def variant(number: int) -> list[Table]:
    """Three different contents of the spreadsheet."""
    channels = (*CHANNELS, ("Карты", 9, 3.0))[number % 3 :][::-1]
    days = funnel_table(20 + 3 * (number % 3), seed=number % 3)
    return [report_table(channels), days, log_table(*["строка"] * (number % 3 + 1))]


def refresh(key: Path, url: str, number: int) -> None:
    service = Service(google_credentials=key, google_endpoint=url)
    clinic = Clinic(name="Клиника", book=BookConfig(kind="google", spreadsheet_id=NAME))
    book = open_google(clinic, service)
    book.tabs = TABS
    book.read()
    book.write(variant(number), Stamp(f"run-{number}", AT + timedelta(minutes=number)))


def main() -> None:
    key, url = Path(sys.argv[1]), sys.argv[2]
    google_stage.MOST_CELLS = PART
    # The children inherit the key and its token.
    refresh(key, url, 0)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            try:
                refresh(key, url, int(line))
            finally:
                os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
