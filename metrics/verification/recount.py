"""One cell beside what it must be, and how far apart the two may be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from metrics.verification.daily import MONEY, Sums
from metrics.verification.written_tab import CellValue, Row, WrittenTab, number

#: Counts and roubles agree within half a kopeck, ratios within a billionth of their size.
EXACT, RELATIVE = 0.005, 1e-9
#: A quotient of two sums that is empty where either is 0: above, below.
_PRICES = {
    "CPL": ("Расходы", "Лиды"),
    "Стоимость записи": ("Расходы", "Записи"),
    "CAC": ("Расходы", "Новые пациенты"),
    "ДРР": ("Расходы", "Выручка"),
}
#: What a rouble of cost brought beyond itself.
_GAINS = {"ROMI": "Маржа", "ROMI по выручке": "Выручка"}
RATIOS = (*_PRICES, *_GAINS)


@dataclass(frozen=True)
class Recount:
    """A cell of a tab.

    where     its address and row: «F12 (Директ)»
    cell      what stands there; None: empty
    expected  what must; None: empty
    within    how far apart they may be
    there     whether the tab has the column
    """

    tab: str
    measure: str
    where: str
    cell: CellValue
    expected: float | None
    within: float = EXACT
    there: bool = True

    @property
    def difference(self) -> float:
        """How far apart they are; an empty cell and a text count as 0."""
        cell = self.cell if isinstance(self.cell, float) else 0.0
        return abs(cell - (self.expected or 0.0))

    @property
    def agrees(self) -> bool:
        if self.cell is None or self.expected is None or isinstance(self.cell, str):
            return self.cell is None and self.expected is None
        return self.difference <= self.within


def allowed(measure: str, expected: float | None) -> float:
    """How far from `expected` a measure may be."""
    return RELATIVE * abs(expected or 0.0) if measure in RATIOS else EXACT


def measured(sums: Sums, measure: str) -> float | None:
    """A measure of sums: a count, roubles, or a ratio of them (definitions §5)."""
    if measure in _PRICES:
        above, below = (measured(sums, part) for part in _PRICES[measure])
        return over(above, below) if above else None
    if measure in _GAINS:
        gain, cost = sums[_GAINS[measure]], sums["Расходы"]
        return None if gain is None or cost is None else over(gain - cost, cost)
    value = sums[measure]
    return None if value is None else value / 100 if measure in MONEY else value


def over(above: float | None, below: float | None) -> float | None:
    """A quotient; None where it says nothing."""
    return None if above is None or not below else above / below


def total(parts: Iterable[float | None]) -> float | None:
    """A sum; None where a part is."""
    values = list(parts)
    return None if None in values else sum(part for part in values if part is not None)


def recount(
    tab: WrittenTab,
    row: Row | None,
    title: str,
    expected: float | None,
    name: str,
    measure: str = "",
    within: float = EXACT,
) -> Recount:
    """The cell under a title in a row of this name; without the row it is empty."""
    if row is None:
        where, cell = f"нет строки «{name}»", None
    else:
        where, cell = f"{tab.where(row[0], title)} ({name})", number(tab.cell(row[1], title))
    there = title in tab.places
    return Recount(tab.title, measure or title, where, cell, expected, within, there)
