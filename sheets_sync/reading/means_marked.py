"""Means of payment that are marks beside a sum: «Наличные» 1 or 0, «Бонусы» «да», «+» or a tick."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import PARTS
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.held import DOUBT, kopecks_of
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.values import flags, has_text

#: What is no part that a mark shows: how it was paid is not said.
_UNMARKED = "paid_card"


def by_marks(grid: Grid, whole: str, parts: Sequence[str]) -> Grid | None:
    """A grid with the sum of each row in the column of the means that is marked there; None where
    the columns of means hold sums.

    Raises FileError where more than 1 % of the money stands in rows that have marks of several
    kinds.
    """
    if not whole or not parts:
        return None
    read = {name: flags(grid.columns[name]) for name in parts}
    are_marks = [bool((ok | ~has_text(grid.columns[n])).all()) for n, (_, ok) in read.items()]
    marked = {name: ok & (values == 1) for name, (values, ok) in read.items()}
    money = kopecks_of(grid, whole)
    if not all(are_marks) or not any(m.any() for m in marked.values()) or not (money > 100).any():
        return None
    kinds = {
        kind: np.logical_or.reduce([marked[n] for n in parts if PARTS[n] == kind])
        for kind in dict.fromkeys(PARTS[n] for n in parts)
    }
    several = np.sum(list(kinds.values()), axis=0) > 1
    if np.abs(money[several]).sum() > DOUBT * np.abs(money).sum():
        raise _several(grid, whole, parts, int(several.sum()))
    columns = {n: c for n, c in grid.columns.items() if n not in parts}
    left = np.ones(len(money), dtype=bool)
    for name in parts:
        here = marked[name] & left & ~several
        columns[name] = pc.if_else(pa.array(here), grid.columns[whole], "")
        left &= ~here
    own = columns.get(_UNMARKED, pa.repeat("", len(money)))
    columns[_UNMARKED] = pc.if_else(pa.array(left), grid.columns[whole], own)
    return dataclasses.replace(grid, columns=columns)


def _several(grid: Grid, whole: str, parts: Sequence[str], rows: int) -> FileError:
    names = ", ".join(f"«{mask(grid.header.shown(name))}»" for name in parts)
    line = column_line("amount", mask(grid.header.shown(whole)), remark="всё это новые деньги")
    return FileError(
        f"в столбцах {names} отмечено, чем платили, и строк с несколькими отметками {rows}: сколько "
        "в них новых денег, не видно.",
        where=grid.where,
        hint="Выгрузите суммы по видам оплаты или " + to_write("columns", line),
    )
