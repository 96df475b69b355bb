"""The changed cells of a table as rectangles to send."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sheets_sync.books.google.ranges import Request
from sheets_sync.books.google.wire import Row, cell_value, same

#: Unchanged cells that are sent again to save a rectangle of their own.
_GAP = 4


@dataclass
class Block:
    """A rectangle of cells: its first row and column in the sheet, its rows."""

    row: int
    column: int
    rows: list[Row]

    @property
    def cells(self) -> int:
        return len(self.rows) * len(self.rows[0])


def blocks(
    old: Sequence[Row],
    new: Sequence[Row],
    first_row: int,
    at: Sequence[int],
    keep: frozenset[int] = frozenset(),
) -> list[Block]:
    """Rectangles that turn `old` into `new`: rows of equal number and length.

    first_row  the sheet's row of the first of them
    at         the sheet's column of each of their columns
    keep       indexes of columns that are sent only where they changed: people write there
    """
    closed: list[Block] = []
    open_blocks: dict[tuple[int, int], Block] = {}
    # To Python True is 1; where there are ticks, cells are looked at one by one.
    ticks = any(bool in {*map(type, row)} for rows in (old, new) for row in rows)
    for number, (was, now) in enumerate(zip(old, new, strict=True)):
        if was == now and not (ticks and not all(map(same, was, now))):
            open_blocks = {}
            continue
        still_open = {}
        for start, cells in _runs(was, now, at, keep):
            shape = (start, len(cells))
            block = open_blocks.get(shape)
            if block is None:
                block = Block(first_row + number, start, [])
                closed.append(block)
            block.rows.append(cells)
            still_open[shape] = block
        open_blocks = still_open
    return closed


def _runs(was: Row, now: Row, at: Sequence[int], keep: frozenset[int]) -> Iterator[tuple[int, Row]]:
    """Changed cells of one row side by side in the sheet: the first's column and all of them."""
    blank = not any(cell != "" for cell in was)
    changed = {i for i, (a, b) in enumerate(zip(was, now, strict=True)) if not same(a, b)}
    if blank and changed:
        # A new row goes whole, so that new rows under one another make one rectangle.
        changed = {i for i in range(len(now)) if i in changed or i not in keep}
    run: list[int] = []
    gap: list[int] = []
    for place, i in sorted((at[i], i) for i in range(len(now))):
        touches = not run or place == at[(gap or run)[-1]] + 1
        if touches and i in changed:
            run += [*gap, i]
            gap = []
        elif touches and run and i not in keep and len(gap) < _GAP:
            gap.append(i)
        else:
            if run:
                yield at[run[0]], [now[j] for j in run]
            run, gap = [i] if i in changed else [], []
    if run:
        yield at[run[0]], [now[j] for j in run]


def update_cells(
    sheet_id: int,
    block: Block,
    cell: Callable[[Any], dict[str, Any]] = cell_value,
    fields: str = "userEnteredValue",
) -> Request:
    """A request that writes a rectangle of values and leaves everything else about its cells."""
    return {
        "updateCells": {
            "start": {"sheetId": sheet_id, "rowIndex": block.row, "columnIndex": block.column},
            "rows": [{"values": [cell(value) for value in row]} for row in block.rows],
            "fields": fields,
        }
    }
