"""Cells as Google stores them, and the changed cells of a table as rectangles to send."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isclose, isfinite
from typing import Any

from sheets_sync.errors import BookError
from templates_sheets.tab import Cell, Table

#: A cell in Google's values: "" is empty, dates are serial numbers.
Wire = str | int | float | bool
Row = list[Wire]

#: What one cell holds at most (Google's own limit).
MOST_CHARACTERS = 50_000
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial number has no zone
#: Unchanged cells that are sent again to save a rectangle of their own.
_GAP = 4


def wire(cell: Cell) -> Wire:
    """A cell of a table as Google stores it: dates as serial numbers (days since 1899-12-30)."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return (cell.replace(tzinfo=None) - _DAY_ZERO) / timedelta(days=1)
    if isinstance(cell, date):
        return (cell - _DAY_ZERO.date()).days
    return cell


def moment(serial: float, *, day: bool) -> Cell:
    """A serial number as a date or a datetime; the number itself where it is out of the calendar."""
    try:
        found = _DAY_ZERO + timedelta(seconds=round(serial * 86400))
    except OverflowError:
        return serial
    return found.date() if day else found


def wire_rows(table: Table) -> list[Row]:
    """The rows of a table for Google, each as long as its columns.

    Raises BookError that names the tab, row and column of a text over 50 000 characters or of a
    number that is none.
    """
    rows = []
    for number, row in enumerate(table.rows):
        cells: Row = [wire(c) if c is None or isinstance(c, date) else c for c in row]
        for place, cell in enumerate(cells):
            if isinstance(cell, str):
                if len(cell) > MOST_CHARACTERS:
                    raise _too_long(table, number, place, len(cell))
            elif not isfinite(cell):
                raise _no_number(table, number, place)
        rows.append(cells)
    return rows


def _where(table: Table, row: int, column: int) -> str:
    return f"вкладка «{table.tab.title}», строка {row + 2}, «{table.columns[column].title}»"


def _too_long(table: Table, row: int, column: int, length: int) -> BookError:
    return BookError(
        f"в ячейке {length} символов, а Google хранит не больше {MOST_CHARACTERS}; "
        "таблица не тронута.",
        where=_where(table, row, column),
        hint="Сократите этот текст там, откуда он пришёл, и обновите ещё раз.",
    )


def _no_number(table: Table, row: int, column: int) -> BookError:
    return BookError(
        "вместо числа посчитано нечто бесконечное; таблица не тронута.",
        where=_where(table, row, column),
        hint="Это ошибка сервиса: сообщите о ней тому, кто его обслуживает.",
    )


def same(one: Wire, other: Wire) -> bool:
    """Whether two stored cells are one value; floats may differ in what printing loses."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, float) and isinstance(other, int | float):
        return isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)
    if isinstance(other, float) and isinstance(one, int):
        return isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)
    return one == other


def blank_rows(count: int, width: int) -> list[Row]:
    """Rows of empty cells."""
    return [[""] * width for _ in range(count)]


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
    old: Sequence[Row], new: Sequence[Row], first_row: int, at: Sequence[int], keep: frozenset[int]
) -> list[Block]:
    """Rectangles that turn `old` into `new`: rows of equal number and length.

    first_row  the sheet's row of the first of them
    at         the sheet's column of each of their columns
    keep       indexes of columns that are sent only where they changed: people write there
    """
    found: list[Block] = []
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
                found.append(block)
            block.rows.append(cells)
            still_open[shape] = block
        open_blocks = still_open
    return found


def _runs(was: Row, now: Row, at: Sequence[int], keep: frozenset[int]) -> Iterator[tuple[int, Row]]:
    """Changed cells of one row side by side in the sheet: the first's column and all of them."""
    blank = not any(cell != "" for cell in was)
    changed = {i for i, (a, b) in enumerate(zip(was, now, strict=True)) if not same(a, b)}
    if blank and changed:
        # A new row goes whole, so that new rows under one another make one rectangle.
        changed = {i for i in range(len(now)) if i in changed or i not in keep}
    places = sorted((at[i], i) for i in range(len(now)))
    run: list[int] = []
    gap: list[int] = []
    for place, i in places:
        if run and place != at[(gap or run)[-1]] + 1:
            yield at[run[0]], [now[j] for j in run]
            run, gap = [], []
        if i in changed:
            run += [*gap, i]
            gap = []
        elif run and i not in keep and len(gap) < _GAP:
            gap.append(i)
        elif run:
            yield at[run[0]], [now[j] for j in run]
            run, gap = [], []
    if run:
        yield at[run[0]], [now[j] for j in run]


def cell_value(cell: Wire) -> dict[str, Any]:
    """CellData of a stored cell; text is always text, whatever it begins with."""
    if isinstance(cell, bool):
        return {"userEnteredValue": {"boolValue": cell}}
    if isinstance(cell, str):
        return {"userEnteredValue": {"stringValue": cell}} if cell else {}
    return {"userEnteredValue": {"numberValue": cell}}


def update_cells(sheet_id: int, block: Block) -> dict[str, Any]:
    """A request that writes a rectangle of values and leaves everything else about its cells."""
    return {
        "updateCells": {
            "start": {"sheetId": sheet_id, "rowIndex": block.row, "columnIndex": block.column},
            "rows": [{"values": [cell_value(cell) for cell in row]} for row in block.rows],
            "fields": "userEnteredValue",
        }
    }


def rectangles(cells: dict[tuple[int, int], Any]) -> list[tuple[int, int, int, int, Any]]:
    """Cells of equal value side by side: first row, row after the last, columns likewise, value."""
    runs: dict[tuple[int, int, Any], list[int]] = {}
    row_runs: list[tuple[int, int, int, Any]] = []
    for (row, column), value in sorted(cells.items(), key=lambda pair: pair[0]):
        if row_runs:
            last_row, first, end, kind = row_runs[-1]
            if last_row == row and end == column and kind == value:
                row_runs[-1] = (row, first, column + 1, kind)
                continue
        row_runs.append((row, column, column + 1, value))
    for row, first, end, value in row_runs:
        runs.setdefault((first, end, value), []).append(row)
    found = []
    for (first, end, value), rows in runs.items():
        for start, stop in spans(rows):
            found.append((start, stop, first, end, value))
    return sorted(found, key=lambda r: r[:4])


def spans(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending whole numbers as half-open runs: [1, 2, 5] -> [(1, 3), (5, 6)]."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number:
            found[-1] = (found[-1][0], number + 1)
        else:
            found.append((number, number + 1))
    return found
