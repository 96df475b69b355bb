"""Verification (Проверка): the book's cells recounted from «Воронка» and from one another."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from metrics.verification.recount import Recount
from metrics.verification.recounts import recounts
from metrics.verification.written_tab import CellValue, Written

COLUMNS = ("sheet", "measure", "checked", "agreed", "differ", "largest", "where")
#: How many cells a row names.
_NAMED = 3


def verification(written: Written) -> pd.DataFrame:
    """Definitions §21: a row per tab and measure, most cells first, then by name.

    In: title of a tab -> its rows, the header first, roubles as written. Out: COLUMNS; `largest`
    is the greatest difference, 0 where all agree, in the measure's own unit (a text and an empty
    cell count as 0); `where` the first cells that differ, with what stands there and what must.
    Raises UnreadableBookError where the book does not say its period.
    """
    rows: dict[tuple[str, str], _Tally] = {}
    for one in recounts(written):
        rows.setdefault((one.tab, one.measure), _Tally()).add(one)
    lines = sorted((-row.checked, *name, row) for name, row in rows.items())
    return pd.DataFrame(
        [
            (
                tab,
                measure,
                row.checked,
                row.checked - row.differ,
                row.differ,
                row.largest,
                row.where,
            )
            for _, tab, measure, row in lines
        ],
        columns=list(COLUMNS),
    )


@dataclass
class _Tally:
    """What became of the cells of one tab and measure."""

    checked: int = 0
    differ: int = 0
    largest: float = 0.0
    named: list[str] = field(default_factory=list)

    def add(self, one: Recount) -> None:
        self.checked += 1
        if one.agrees:
            return
        self.differ += 1
        self.largest = max(self.largest, one.difference)
        if len(self.named) < _NAMED:
            self.named.append(_sentence(one))

    @property
    def where(self) -> str:
        more = f"; и ещё {self.differ - _NAMED}" if self.differ > _NAMED else ""
        return "; ".join(self.named) + more


def _sentence(one: Recount) -> str:
    """A cell that differs, in words."""
    return f"{one.where}: стоит {_shown(one.cell)}, должно быть {_shown(one.expected)}"


def _shown(cell: CellValue) -> str:
    if cell is None:
        return "пусто"
    return f"«{cell[:40]}»" if isinstance(cell, str) else f"{cell:.12g}".replace(".", ",")
