"""What people keep in a tab, laid around the cells of its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sheets_sync.books.xlsx.forms import Forms
from sheets_sync.books.xlsx.kept import KeptCells
from templates_sheets.tab import Cell


def put_kept(
    rows: list[list[Cell]], looks: list[list[int]], kept: KeptCells, width: int, forms: Forms
) -> None:
    """Lengthen the rows of a sheet, `width` cells each, by what people keep; give cells its colours.

    looks  the index of each cell's format
    """
    lines = [[*line, *([None] * (width - len(line)))] for line in kept.lines]
    rows += lines
    looks += [[forms.plain(cell) for cell in line] for line in lines]
    _put_beside(rows, looks, kept.beside, width, forms)
    _paint(rows, looks, kept.fills, forms)


def _put_beside(
    rows: list[list[Cell]],
    looks: list[list[int]],
    beside: Sequence[Sequence[Cell]],
    width: int,
    forms: Forms,
) -> None:
    """Lengthen the rows of a sheet by people's own columns."""
    while len(rows) < len(beside):
        rows.append([None] * width)
        looks.append([0] * width)
    for place, cells in enumerate(beside):
        rows[place] = [*rows[place], *cells]
        looks[place] = [*looks[place], *(forms.plain(cell) for cell in cells)]


def _paint(
    rows: list[list[Cell]],
    looks: list[list[int]],
    fills: Mapping[tuple[int, int], str],
    forms: Forms,
) -> None:
    """Give cells the colours that people chose; rows are made longer where they must."""
    for (row, place), colour in fills.items():
        while len(rows) <= row:
            rows.append([])
            looks.append([])
        rows[row] = [*rows[row], *([None] * (place + 1 - len(rows[row])))]
        looks[row] = [*looks[row], *([0] * (place + 1 - len(looks[row])))]
        looks[row][place] = forms.painted(looks[row][place], colour)
