"""A table with months, days, platforms or sources as column headings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AcrossTable:
    """`row` is the last header row; `labels` (column, header) stay beside every cell; `headings`
    (what is said of its cells, [(column, its own header)]) are laid down; `name` is their header."""

    row: int
    labels: tuple[tuple[int, str], ...]
    headings: tuple[tuple[str, tuple[tuple[int, str], ...]], ...]
    name: str
    total: int = -1
    #: The column that says of which week a row is, where headings are its days.
    week: int = -1
    #: What a row must be called to be of costs, where others are of clicks; "" where all are.
    measure: str = ""

    @property
    def sums(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(own for _, cells in self.headings for _, own in cells))
