"""A steady refresh of a spreadsheet whose «Воронка» is long: requests, bytes sent, bytes read.

Against the double of Sheets, and of Drive where it vouches for the file. Bytes are those of bodies; what is
read is also told as Google sends it, packed.
"""

from __future__ import annotations

import tempfile
import zlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from bench.clock import line, thousands
from templates_sheets.funnel import TAB as FUNNEL
from templates_sheets.tab import Cell, Table
from tests.books.google_live import LOG, Live, log_table, running
from tests.doubles.drive import DriveDouble
from tests.doubles.server import Asked, Reply

_CHANNELS = (
    "Директ — поиск",
    "Директ — РСЯ",
    "SEO",
    "Карты",
    "VK",
    "Авито",
    "2ГИС",
    "Не определён",
)
_DIRECTIONS = ("имплантация", "терапия", "ортодонтия", "хирургия", "детство")
_NEW = 10


@dataclass
class _Traffic:
    """What goes to a double of Sheets and comes back, but for tokens."""

    live: Live
    replies: list[tuple[Asked, Reply]] = field(default_factory=list)

    def __post_init__(self) -> None:
        answer = self.live.double.answer

        def heard(request: Asked) -> Reply:
            reply = answer(request)
            if request.path != "/token":
                self.replies.append((request, reply))
            return reply

        self.live.double.answer = heard  # type: ignore[method-assign]

    def of(self, table: Table, run: str) -> str:
        """One refresh that also says in the journal which run it is."""
        self.replies.clear()
        book = self.live.book()
        book.kept = self.live.kept
        book.read()
        book.write([table, log_table(run)], self.live.stamp())
        self.live.kept = book.kept
        sent = sum(len(request.body) for request, _ in self.replies)
        read = sum(len(reply.body) for _, reply in self.replies)
        packed = sum(len(zlib.compress(reply.body)) for _, reply in self.replies)
        counts = (
            f"{thousands(n)} {what}"
            for n, what in ((sent, "sent"), (read, "read"), (packed, "packed"))
        )
        return f"{len(self.replies)}: " + ", ".join(counts)


def measure(*sizes: int) -> None:
    """Print what nothing new and ten new rows cost in tabs of so many rows."""
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as live:
            live.tabs, live.double.quota = (FUNNEL, LOG), None
            traffic = _Traffic(live)
            traffic.of(_funnel(rows), "first")
            line(f"«Воронка» of {thousands(rows)} rows", traffic.of(_funnel(rows), "steady"))
            line("  ten new rows", traffic.of(_funnel(rows + _NEW), "more"))
            with DriveDouble(live.double) as drive:
                live.drive = drive.url
                traffic.of(_funnel(rows + _NEW), "from now on Drive is asked")
                line("  steady, Drive vouches", traffic.of(_funnel(rows + _NEW), "vouched"))


def _funnel(rows: int) -> Table:
    return Table(FUNNEL, FUNNEL.columns, [_row(n) for n in range(rows)])


def _row(n: int) -> list[Cell]:
    """Numbers of a few digits, two in five of them missing, as a clinic's are."""
    day = date(2025, 6, 1) + timedelta(days=n // 120)
    campaign = f"implant_ekb_search_2026_{n // 8 % 21:02}" if n % 8 < len(_DIRECTIONS) else ""
    key: list[Cell] = [day, _CHANNELS[n % 8], campaign, _DIRECTIONS[n * 7 // 8 % 5]]
    counts: list[Cell] = [n * k % 17 if n * k % 5 else None for k in range(1, 12)]
    money: list[Cell] = [n * 37 % 900 * 100.5, n * 13 % 700 * 50.25, n * 29 % 5000 + 0.37]
    return [*key, "да" if n % 11 == 0 else "", *counts, *money]
