"""The cells of a book as it stands: tabs, rows by their names, numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import zip_longest
from typing import Any

#: What a book holds: title of a tab -> its rows, the header among the first.
Written = Mapping[str, Sequence[Sequence[Any]]]
#: A cell as a number; None: empty; a text stays what it is, and is no number.
CellValue = float | str | None

#: A row's number in its tab, from 1, and its cells.
Row = tuple[int, Sequence[Any]]

_DAY_ZERO = date(1899, 12, 30)
_LETTERS = 26


@dataclass(frozen=True)
class WrittenTab:
    """A tab: where each title stands, and the rows under the header with their numbers in the tab.

    `places` counts columns from 0.
    """

    title: str
    places: Mapping[str, int]
    rows: tuple[Row, ...]

    def cell(self, row: Sequence[Any], title: str) -> Any:
        """The cell under a title; None where there is none."""
        place = self.places.get(title, len(row))
        return row[place] if place < len(row) and row[place] != "" else None

    def value(self, row: Row, title: str) -> float | None:
        """The number under a title; None where there is none."""
        value = number(self.cell(row[1], title))
        return value if isinstance(value, float) else None

    @cached_property
    def columns(self) -> list[tuple[Any, ...]]:
        """The cells of each column, a row each."""
        return list(zip_longest(*(row for _, row in self.rows)))

    def column(self, title: str) -> Sequence[Any]:
        """The cells under a title, a row each."""
        place = self.places.get(title, len(self.columns))
        return self.columns[place] if place < len(self.columns) else [None] * len(self.rows)

    def named(self, *titles: str) -> dict[tuple[str, ...], Row]:
        """Rows by the texts under `titles`; of two of one name the upper one."""
        rows: dict[tuple[str, ...], Row] = {}
        for number, row in self.rows:
            key = tuple(words(self.cell(row, title)) for title in titles)
            if any(key):
                rows.setdefault(key, (number, row))
        return rows

    def where(self, number: int, title: str) -> str:
        """The address of a cell: «F12»."""
        place, letters = self.places.get(title, 0) + 1, ""
        while place:
            place, rest = divmod(place - 1, _LETTERS)
            letters = chr(ord("A") + rest) + letters
        return f"{letters}{number}"


def written_tab(written: Written, title: str, *heads: str) -> WrittenTab | None:
    """A tab of a book, its header the first row that has all of `heads`; None if there is none."""
    rows = written.get(title, ())
    for at, row in enumerate(rows):
        titles = {words(cell): place for place, cell in reversed(list(enumerate(row)))}
        if set(heads) <= titles.keys():
            under = tuple(enumerate(rows[at + 1 :], start=at + 2))
            return WrittenTab(title, titles, under)
    return None


def words(cell: Any) -> str:
    """A cell as the text of a name."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return str(cell).strip()


def number(cell: Any) -> CellValue:
    """A cell as a number, None or, where it is neither, its text."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    return str(cell)


def day(cell: Any) -> date | None:
    """A cell as a day: a date, a serial number, or «24.11.2026»."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 < cell < 10**5:
        return _DAY_ZERO + timedelta(days=int(cell))
    try:
        return datetime.strptime(str(cell)[:10], "%d.%m.%Y").date()  # noqa: DTZ007 - a day
    except ValueError:
        return None
