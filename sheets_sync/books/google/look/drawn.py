"""A table where it lies in its sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sheets_sync.books.google.ranges import spans
from templates_sheets.tab import Table


@dataclass(frozen=True)
class Drawn:
    """A table where it lies once the batch is applied.

    top    the header's row
    at     the sheet's column of each of its columns
    lines  the line under the header of each of its rows, where those do not just follow each other
    """

    table: Table
    sheet_id: int
    top: int
    at: tuple[int, ...]
    lines: Sequence[int] = field(default=())

    def row(self, number: int) -> int:
        """The sheet's row of the table's row `number`; -1 is the header."""
        line = self.lines[number] if 0 <= number < len(self.lines) else number
        return self.top + 1 + line

    @property
    def end(self) -> int:
        """The sheet's row behind the table's last one."""
        last = self.lines[-1] if self.lines else len(self.table.rows) - 1
        return self.top + 2 + last

    def side_by_side(self, places: Iterable[int]) -> Iterator[list[int]]:
        """Columns of the table in runs that touch in the sheet, in the sheet's order."""
        by_place = {self.at[place]: place for place in places}
        for start, end in spans(sorted(by_place)):
            yield [by_place[at] for at in range(start, end)]
