"""A sheet of an export as rows of texts, whether it lies in a text file or in a workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from sheets_sync.reading.batches import Batch

#: ((first row, first column), (last row, last column)), counted from 0.
Range = tuple[tuple[int, int], tuple[int, int]]

#: Few rows at a time: lists that die young cost the garbage collector nothing.
_CHUNK = 500
#: Stands in a cell whose formula has no computed value.
NOT_COMPUTED = "\ue000"


@dataclass(frozen=True)
class Sheet:
    """`rows` can be read once, row 1 first; an empty row is an empty list. `merged` ranges lie near
    the top, where headers are, or reach over several rows. `name` is the sheet's, "" for a text file; `others` are the names of
    the visible sheets beside it. `batches` gives the rows that `rows` has not given yet, of which most
    have so many cells; a workbook has none. Where a table was laid out anew, `numbers` say which row
    of the file each row is of, `notes` what was done, and it is `flat` if its groups became columns.
    `hidden` are columns that nobody sees; `levels` say how deep a row of the file stands (from 0)."""

    rows: Iterator[list[str]]
    name: str = ""
    others: tuple[str, ...] = ()
    merged: tuple[Range, ...] = ()
    batches: Callable[[int], Iterator[Batch]] | None = None
    numbers: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    flat: bool = False
    hidden: frozenset[int] = frozenset()
    levels: Mapping[int, int] = field(default_factory=dict)

    def rest(self, width: int) -> Iterator[Batch]:
        """The rows that were not read yet, most of them `width` cells wide."""
        if self.batches:
            yield from self.batches(width)
        while rows := list(islice(self.rows, _CHUNK)):
            yield Batch.of_rows(rows)
