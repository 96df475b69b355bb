"""A sheet of an export as rows of texts, whether it lies in a text file or in a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

#: ((first row, first column), (last row, last column)), counted from 0.
Range = tuple[tuple[int, int], tuple[int, int]]

#: Stands in a cell whose formula has no computed value.
NOT_COMPUTED = "\ue000"


@dataclass(frozen=True)
class Sheet:
    """`rows` can be read once, row 1 first; an empty row is an empty list. `merged` ranges lie near
    the top, where headers are, or reach over several rows. `name` is the sheet's, "" for a text file; `others` are the names of
    the visible sheets beside it. Where a table was laid out anew, `numbers` say which row of the
    file each row is of, `notes` what was done, and it is `flat` if its groups became columns."""

    rows: Iterator[list[str]]
    name: str = ""
    others: tuple[str, ...] = ()
    merged: tuple[Range, ...] = ()
    numbers: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    flat: bool = False
