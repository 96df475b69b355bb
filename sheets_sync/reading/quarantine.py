"""Rows refused one by one, and what a marketer is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sheets_sync.privacy.personal import mask, outline
from sheets_sync.reading.aliases import OUTSIDE, PARTS
from sheets_sync.reading.cells import shape
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.words import vocabulary_words

MOST_SHOWN = 100
#: Of every reason so many examples are shown before any reason gets more.
_OF_EACH = 5
#: Of cells of these columns only the shape is shown.
_PERSONAL = {*OUTSIDE[:3], "patient_key", "person_key"}


class RefusedRow(NamedTuple):
    """A refused row as it is told: the file, its row, the header, the masked cell, the reason."""

    file: str
    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class PullRows:
    """The rows of all files of a pull, one under another: `columns` of equal length by canonical
    name ("" where a file has no such column), `file` the number of each row's grid."""

    grids: Sequence[Grid]
    columns: dict[str, pa.Array]
    file: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]
    made: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.numbers)

    def get(self, name: str) -> pa.Array:
        """The column, or empty texts."""
        return self.columns.get(name, self.blank)

    @cached_property
    def blank(self) -> pa.Array:
        """A column of empty texts."""
        return pa.repeat("", len(self))

    def header(self, row: int, name: str) -> str:
        """How a row's file calls a column; the canonical name where it has none."""
        header = self.grids[int(self.file[row])].header
        places = header.columns.get(name.partition(":")[0])
        if name == "amount" and not places:
            parts = [header.columns[part][0] for part in PARTS if part in header.columns]
            return ", ".join(mask(header.names[place]) for place in parts) or name
        return mask(header.names[places[0]]) if places else name

    def title(self, name: str) -> str:
        """How the first file that has it calls a column."""
        grid = next((g for g in self.grids if name in g.header.columns), None)
        return mask(grid.header.shown(name)) if grid else name

    def where(self, row: int) -> str:
        return self.grids[int(self.file[row])].where


def stack(grids: Sequence[Grid]) -> PullRows:
    """Put the grids of a pull under one another; a column of several is then a stretch of the
    whole one, and stands in memory once."""
    names = dict.fromkeys(n for g in grids for n in (*g.columns, *g.header.constants))
    ends = [*accumulate(len(grid.rows) for grid in grids)]
    columns = {}
    for name in names:
        parts = [
            grid.columns[name] if name in grid.columns
            else pa.repeat(grid.header.constants.get(name, ""), len(grid.rows))
            for grid in grids
        ]  # fmt: skip
        if len(parts) == 1:
            columns[name] = parts[0]
            continue
        columns[name] = pa.concat_arrays(parts)
        for grid, end in zip(grids, ends, strict=True):
            if name in grid.columns:
                grid.columns[name] = columns[name][end - len(grid.rows) : end]
    file = np.concatenate([np.full(len(g.rows), i, dtype=np.int64) for i, g in enumerate(grids)])
    made = [np.zeros(len(g.rows), dtype=bool) if g.made is None else g.made for g in grids]
    numbers = np.concatenate([g.rows for g in grids])
    return PullRows(grids, columns, file, numbers, np.concatenate(made))


class Quarantine:
    """Collects refused rows. A row is refused once, for the first reason found."""

    def __init__(self, rows: PullRows) -> None:
        self.rows = rows
        self.refused = np.zeros(len(rows), dtype=bool)
        self._cases: list[tuple[npt.NDArray[np.int64], str, str]] = []

    def refuse(self, bad: npt.NDArray[np.bool_], column: str, reason: str) -> None:
        """Refuse the rows of a mask because of a column, for a Russian reason."""
        new = bad & ~self.refused
        if new.any():
            self._cases.append((np.flatnonzero(new), column, reason))
            self.refused |= new

    @property
    def count(self) -> int:
        return int(self.refused.sum()) + sum(len(g.wide) for g in self.rows.grids)

    def examples(self) -> tuple[RefusedRow, ...]:
        """At most 100 refusals, some of every reason, in the order of the files."""
        shown: list[tuple[int, int, RefusedRow]] = []
        more: list[tuple[int, int, RefusedRow]] = []
        for places, column, reason in self._cases:
            refusals = [self._refusal(int(p), column, reason) for p in places[:MOST_SHOWN]]
            shown += refusals[:_OF_EACH]
            more += refusals[_OF_EACH:]
        for number, grid in enumerate(self.rows.grids):
            refusals = [
                (
                    number,
                    row,
                    RefusedRow(
                        grid.where,
                        row,
                        "",
                        "",
                        "ячеек больше, чем столбцов: лишний разделитель или кавычка",
                    ),
                )
                for row in grid.wide[:MOST_SHOWN]
            ]
            shown += refusals[:_OF_EACH]
            more += refusals[_OF_EACH:]
        first = (shown + sorted(more, key=_place))[:MOST_SHOWN]
        return tuple(refusal for _, _, refusal in sorted(first, key=_place))

    def _refusal(self, place: int, column: str, reason: str) -> tuple[int, int, RefusedRow]:
        rows = self.rows
        name = column.partition(":")[0]
        cell = rows.columns[column][place].as_py() if column in rows.columns else ""
        value = shape(cell) if cell and name in _PERSONAL else outline(cell, vocabulary_words())
        number = int(rows.numbers[place])
        refusal = RefusedRow(rows.where(place), number, rows.header(place, column), value, reason)
        return int(rows.file[place]), number, refusal


def _place(shown: tuple[int, int, RefusedRow]) -> tuple[int, int]:
    return shown[:2]
