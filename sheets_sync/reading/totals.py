"""An export's own total as a check of what was read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sheets_sync.reading.money import Signs, kopecks
from sheets_sync.reading.quarantine import PullRows
from sheets_sync.reading.values import Bools, Ints

#: Fewer rows may add up by chance.
_LEAST = 3


@dataclass(frozen=True)
class Sums:
    """A column of sums as it was read: kopecks, which cells are sums, what its signs mean."""

    column: str
    values: Ints
    ok: Bools
    signs: Signs

    def total(self, here: Bools) -> int:
        """Kopecks of the rows that are `here`."""
        return int(self.values[self.ok & here].sum())


def check_totals(rows: PullRows, sums: Sums, refused: Bools, left: Bools) -> list[str]:
    """A note for every file whose last total is not the sum of its rows: accepted, or with those
    that were never money (`left`)."""
    notes = []
    made = rows.made
    for number, grid in enumerate(rows.grids):
        cells = [grid.totals[row].get(sums.column, "").strip() for row in sorted(grid.totals)]
        cells = list(filter(None, cells))
        if not cells:
            continue
        total = kopecks(cells[-1], sums.signs, grid.header.unit(sums.column).kopecks)
        here = (rows.file == number) & sums.ok & ~made
        every, good = (int(sums.values[here & keep].sum()) for keep in (here, ~refused))
        paid = int(sums.values[here & ~refused & ~left].sum())
        parts = [kopecks(c, sums.signs, grid.header.unit(sums.column).kopecks) or 0 for c in cells]
        if total is None or total in {good, paid} or sum(parts) == good:
            continue
        notes.append(
            f"Файл «{grid.where}»: в строке итога {_roubles(total)}, принято {_roubles(good)}, остальное в "
            "отказанных строках: они в «Журнале»."
            if total == every
            else f"Файл «{grid.where}»: в строке итога {_roubles(total)}, по строкам "
            f"{_roubles(every)}. Проверьте, целиком ли выгрузка."
        )
    return notes


def rows_like_totals(rows: PullRows, sums: Sums, keep: Bools) -> list[str]:
    """A note for every file whose first or last row is the sum of all others: a total without its
    word, perhaps."""
    notes = []
    for number, grid in enumerate(rows.grids):
        here = np.flatnonzero((rows.file == number) & keep & sums.ok & ~rows.made)
        if len(here) < _LEAST:
            continue
        added = int(sums.values[here].sum())
        ends = (int(here[0]), int(here[-1]))
        notes += [
            f"Файл «{grid.where}»: сумма строки {int(rows.numbers[row])} равна сумме всех остальных. Если это "
            "итог, удалите строку: деньги посчитаны дважды."
            for row in ends
            if added and 2 * int(sums.values[row]) == added
        ]
    return notes


def _roubles(amount: int) -> str:
    sign = "−" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100:,}".replace(",", " ") + f",{abs(amount) % 100:02d} ₽"
