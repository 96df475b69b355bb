"""What people keep in a tab, laid around the cells of its table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metrics.coded import Ints
from sheets_sync.books.xlsx.forms import Forms
from sheets_sync.books.xlsx.kept import KeptCells
from templates_sheets.tab import Cell


def put_kept(lanes: list[list[Cell]], looks: Ints, kept: KeptCells, forms: Forms) -> Ints:
    """Lengthen the columns of a sheet and set others beside them, by what people keep; give cells
    its colours.

    looks  per row and column, the index of the cell's format. Out: the same of the sheet as it is now
    """
    rows, width = looks.shape
    down = [rows + len(kept.lines), len(kept.beside), *(row + 1 for row, _ in kept.fills)]
    right = [width + max(map(len, kept.beside), default=0), *(at + 1 for _, at in kept.fills)]
    for lane in lanes:
        lane.extend([None] * (max(down) - rows))
    lanes += [[None] * max(down) for _ in range(max(right) - width)]
    looks = np.pad(looks, ((0, max(down) - rows), (0, max(right) - width)))
    _put(lanes, looks, kept.lines, (rows, 0), forms)
    _put(lanes, looks, kept.beside, (0, width), forms)
    for place, colour in kept.fills.items():
        looks[place] = forms.painted(int(looks[place]), colour)
    return looks


def _put(
    lanes: list[list[Cell]],
    looks: Ints,
    rows: Sequence[Sequence[Cell]],
    corner: tuple[int, int],
    forms: Forms,
) -> None:
    """Rows of cells, with their upper left one at `corner`."""
    for row, cells in enumerate(rows, corner[0]):
        for at, cell in enumerate(cells, corner[1]):
            lanes[at][row] = cell
            if form := forms.plain(cell):
                looks[row, at] = form
