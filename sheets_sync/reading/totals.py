"""An export's own total as a check of what was read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sheets_sync.reading.money import Signs, kopecks
from sheets_sync.reading.quarantine import Rows
from sheets_sync.reading.values import Bools, Ints


@dataclass(frozen=True)
class Sums:
    """A column of sums as it was read: kopecks, which cells are sums, what its signs mean."""

    column: str
    values: Ints
    ok: Bools
    signs: Signs


def check_totals(rows: Rows, sums: Sums, refused: Bools) -> list[str]:
    """A note for every file whose last total is neither the sum of its accepted rows nor of all."""
    notes = []
    for number, grid in enumerate(rows.grids):
        if not grid.totals:
            continue
        said = kopecks(grid.totals[max(grid.totals)].get(sums.column, "").strip(), sums.signs)
        here = (rows.file == number) & sums.ok
        read = {int(np.sum(sums.values[here])), int(np.sum(sums.values[here & ~refused]))}
        if said is not None and said not in read:
            notes.append(
                f"Файл «{grid.where}»: в строке итога {_roubles(said)}, по строкам "
                f"{_roubles(max(read))}. Проверьте, целиком ли выгрузка."
            )
    return notes


def _roubles(amount: int) -> str:
    sign = "−" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100:,}".replace(",", " ") + f",{abs(amount) % 100:02d} ₽"
