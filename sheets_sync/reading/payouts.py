"""Money that went out, in a column of its own beside what came in: a cash book, a bank's statement."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metrics.wording import roubles
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.values import Bools, Ints, map_cells, sums, truth
from sheets_sync.reading.words import meaning


def without_payouts(grid: Grid, came_in: Ints) -> Grid:
    """A grid of payments without the rows of money that only went out, `came_in` being the kopecks
    of each row; of them those whose kind is a refund stay, as refunds. What is left out is told."""
    if "paid_out" not in grid.columns:
        return grid
    out = sums(grid.columns["paid_out"], grid.header.unit("paid_out").kopecks)[0]
    alone = (out != 0) & (came_in == 0)
    kinds = grid.columns.get("kind", pa.repeat("", len(grid.rows)))
    back = alone & truth(pc.equal(map_cells(kinds, _refund), "refund"))
    left = alone & ~back
    columns = {n: c for n, c in grid.columns.items() if n != "paid_out"}
    header = grid.header
    if back.any():
        columns["refund"] = _replaced(columns, back, grid.columns["paid_out"])
        places = header.columns["paid_out"]
        header = dataclasses.replace(header, columns={"refund": places, **header.columns})
    if left.any():
        shown = mask(header.shown("paid_out"))
        note = (
            f"Столбец «{shown}»: строк, где деньги только ушли: {int(left.sum())} на "
            f"{roubles(int(np.abs(out[left]).sum()), 2)}, они не учтены. Если это возвраты пациентам: "
            + to_write("columns", column_line("refund", shown))
        )
        header = dataclasses.replace(header, notes=(*header.notes, note))
    keep = pa.array(np.flatnonzero(~left))
    return dataclasses.replace(
        grid,
        columns={n: c.take(keep) for n, c in columns.items()},
        header=header,
        rows=grid.rows[~left],
    )


def _refund(kind: str) -> str:
    return "refund" if meaning(kind, "payment_kind") == "refund" else "-"


def _replaced(columns: dict[str, pa.Array], here: Bools, by: pa.Array) -> pa.Array:
    """The refunds of a grid, those of some rows taken from another column."""
    own = columns.get("refund", pa.repeat("", len(by)))
    return pc.if_else(pa.array(here), by, own)
