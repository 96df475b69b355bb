"""The day before the demo's last one: what the till had not entered yet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from sheets_sync.demo.exports import amount, write_csv

#: Slips of the month before that administrators entered late: so many of each kind, the last ones.
_BELATED = {"Оплата": 3, "Возврат": 1}
_DAY, _KIND, _AMOUNT = 1, 5, 9


@contextmanager
def yesterday(exports: Path, last: date) -> Iterator[None]:
    """While it lasts, the till's export is that of the day before `last`."""
    path = exports / "oplaty.csv"
    whole = path.read_bytes()
    rows = list(csv.reader(io.StringIO(whole.decode("utf-8-sig"), newline=""), delimiter=";"))
    month = f"{last.replace(day=1) - timedelta(days=1):.%m.%Y}"
    belated = [
        row
        for kind, count in _BELATED.items()
        for row in [r for r in rows if r[_KIND] == kind and month in r[_DAY]][-count:]
    ]
    rows[-1][_AMOUNT] = amount(_kopecks(rows[-1]) - sum(map(_kopecks, belated)))
    write_csv(path, [row for row in rows if row not in belated], "utf-8-sig")
    try:
        yield
    finally:
        path.write_bytes(whole)


def _kopecks(row: list[str]) -> int:
    digits = int("".join(filter(str.isdecimal, row[_AMOUNT])) or 0)
    return -digits if row[_AMOUNT].startswith("−") else digits
