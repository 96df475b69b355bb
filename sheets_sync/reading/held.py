"""A sum that holds what is no money: the change that was given back, the bonuses said to lie in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metrics.wording import percent
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import PARTS, WHOLES
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.heads import inside
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.values import Bools, Ints, sums
from sheets_sync.reading.words import letters

#: Of the rows so many must add up for a sum to be the sum of parts, within so many kopecks.
FITS = 0.98
TOLERANCE = 100
#: Readings of a file that differ by more are asked about.
DOUBT = 0.01


def without_change(grid: Grid, whole: str, parts: Sequence[str]) -> Grid:
    """A grid of payments whose sum, or its cash, is less the change that was given back of it."""
    if "change" not in grid.columns:
        return grid
    back = kopecks_of(grid, "change")
    name = whole if _is_before_change(grid, whole) else ""
    if whole in WHOLES and "paid_cash" in parts:
        fits = np.abs(_added(grid, parts) - back - kopecks_of(grid, whole)) < TOLERANCE
        name = "paid_cash" if share(fits, back != 0) >= FITS else name
    if not name:
        return grid
    left = _less(grid, name, back, name)
    return dataclasses.replace(grid, columns={**grid.columns, name: left})


def check_debt(grid: Grid, whole: str) -> Grid:
    """A grid whose sum is less its debts where the clinic's file calls it the total. Raises FileError
    where nothing says whether a debt is in the sum, and nothing what was paid."""
    if "debt" not in grid.columns or whole not in WHOLES[1:]:
        return grid
    debts, values = kopecks_of(grid, "debt"), kopecks_of(grid, whole)
    if _is_total(grid, whole):
        left = _less(grid, whole, debts, whole)
        return dataclasses.replace(grid, columns={**grid.columns, whole: left})
    part = abs(int(debts.sum())) / max(abs(int(values.sum())), 1)
    reason = grid.header.reasons.get(grid.header.columns[whole][0])
    if part <= DOUBT or (reason is not None and reason.certainty == 1):
        return grid
    shown, other = mask(grid.header.shown(whole)), mask(grid.header.shown("debt"))
    line = column_line(
        "amount", shown, remark=f'оплачено всё; или sum_total = "{shown}": долг в неё входит'
    )
    raise FileError(
        f"не видно, что оплачено: «{other}» – {percent(part, 1)} от «{shown}», а столбца «Оплачено» нет.",
        where=grid.where,
        hint="Выгрузите столбец «Оплачено» или " + to_write("columns", line),
    )


def _is_total(grid: Grid, whole: str) -> bool:
    """Whether the clinic's file calls a sum the total, with what it holds."""
    reason = grid.header.reasons.get(grid.header.columns[whole][0])
    return whole == "sum_total" and reason is not None and reason.certainty == 1


def _is_before_change(grid: Grid, whole: str) -> bool:
    """Whether change was given back of a sum: another sum is the one less it, or it is «Получено»."""
    if whole not in WHOLES:
        return False
    values, back = kopecks_of(grid, whole), kopecks_of(grid, "change")
    others = [kopecks_of(grid, n) for n in WHOLES if n in grid.columns and n != whole]
    if any(share(np.abs(o - values) < TOLERANCE, back != 0) >= FITS for o in others):
        return False
    if any(share(np.abs(o + back - values) < TOLERANCE, back != 0) >= FITS for o in others):
        return True
    return any(w.startswith(("получ", "внес", "принят")) for w in letters(grid.header.shown(whole)))


def _less(grid: Grid, whole: str, held: Ints, name: str) -> pa.Array:
    """A sum's cells less what they hold, in the unit of a column; what is no sum stays as it is."""
    size, ok = grid.header.unit(name).kopecks, sums(grid.columns[whole])[1]
    left = [str(Decimal(int(k)) / size) for k in kopecks_of(grid, whole) - held]
    return pc.if_else(pa.array(ok), pa.array(left), grid.columns[whole])


def kopecks_of(grid: Grid, name: str) -> Ints:
    return sums(grid.columns[name], grid.header.unit(name).kopecks)[0]


def holds(grid: Grid, whole: str, parts: Sequence[str]) -> bool:
    """Whether a sum holds parts that are no money, and what is left of it was paid: by their headers,
    «из них бонусами», or because the clinic's file calls it the total."""
    if any(PARTS[name] in {"payment", "prepayment"} for name in parts):
        return False
    if not _is_total(grid, whole) and not all(inside(grid.header.shown(name)) for name in parts):
        return False
    return bool((np.abs(_added(grid, parts)) <= np.abs(kopecks_of(grid, whole))).all())


def _added(grid: Grid, parts: Sequence[str]) -> Ints:
    added = np.sum([kopecks_of(grid, name) for name in parts], axis=0, dtype=np.int64)
    return np.asarray(added, dtype=np.int64)


def with_rest(grid: Grid, whole: str, parts: Sequence[str]) -> Grid:
    """A grid with what is left of a sum besides its parts, in the parts' unit."""
    left = _less(grid, whole, _added(grid, parts), "amount")
    return dataclasses.replace(grid, columns={**grid.columns, "paid_card": left})


def share(rows: Bools, among: Bools) -> float:
    return float(rows[among].mean()) if among.any() else 0.0
