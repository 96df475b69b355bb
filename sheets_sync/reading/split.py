"""Payments whose sum stands in several columns, «Наличные; Безнал; С баланса»: one row for each."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.reading.grid import Grid
from sheets_sync.reading.headers import PARTS
from sheets_sync.reading.values import Bools, truth

_NONE = r"^(?:0+(?:[.,]0+)?)?$"


def split(grid: Grid) -> Grid:
    """A grid with `amount` and `kind` instead of the columns of parts; any other grid as it is.

    A row without any part stays one row without a sum, and is refused for that. What the row says
    itself of its kind stands for parts that are plain payments.
    """
    parts = [name for name in PARTS if name in grid.columns]
    if "amount" in grid.columns or not parts:
        return grid
    count = len(grid.rows)
    said = grid.columns.get("kind", pa.repeat("", count))
    filled = [~_is_none(grid.columns[name]) for name in parts]
    nothing = ~np.logical_or.reduce(filled)
    pieces = [*zip(parts, filled, strict=True), ("", nothing)]
    rows = np.concatenate([np.flatnonzero(mask) for _, mask in pieces])
    amounts, kinds = [], []
    for name, mask in pieces:
        where = pa.array(np.flatnonzero(mask))
        amounts.append(grid.columns[name].take(where) if name else pa.repeat("", len(where)))
        kind = PARTS.get(name, "payment")
        kinds.append(said.take(where) if kind == "payment" else pa.repeat(kind, len(where)))
    order = np.argsort(rows, kind="stable")
    columns = {
        name: column.take(pa.array(rows[order]))
        for name, column in grid.columns.items()
        if name not in PARTS
    }
    columns["amount"] = pa.concat_arrays(amounts).take(pa.array(order))
    columns["kind"] = pa.concat_arrays(kinds).take(pa.array(order))
    return dataclasses.replace(grid, columns=columns, rows=grid.rows[rows[order]])


def _is_none(column: pa.Array) -> Bools:
    return truth(pc.match_substring_regex(column, _NONE))
