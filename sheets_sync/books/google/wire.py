"""Cells as Google stores them."""

from __future__ import annotations

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
        when = _DAY_ZERO + timedelta(seconds=round(serial * 86400))
    except OverflowError:
        return serial
    return when.date() if day else when


def wire_rows(table: Table) -> list[Row]:
    """The rows of a table for Google, each as long as its columns.

    Raises BookError that names the tab, row and column of a number that is none.
    """
    rows = []
    for number, row in enumerate(table.rows):
        cells: Row = [wire(c) if c is None or isinstance(c, date) else c for c in row]
        for place, cell in enumerate(cells):
            if not isinstance(cell, str) and not isfinite(cell):
                raise BookError(
                    "вместо числа посчитано нечто бесконечное; таблица не тронута.",
                    where=f"вкладка «{table.tab.title}», строка {number + 2}, "
                    f"«{table.columns[place].title}»",
                    hint="Это ошибка сервиса: сообщите о ней тому, кто его обслуживает.",
                )
        rows.append(cells)
    return rows


def same(one: Wire, other: Wire) -> bool:
    """Whether two stored cells are one value; floats may differ in what printing loses."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return one == other or isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)


def blank_rows(count: int, width: int) -> list[Row]:
    """Rows of empty cells."""
    return [[""] * width for _ in range(count)]


def cell_value(cell: Wire) -> dict[str, Any]:
    """CellData of a stored cell; text is always text, whatever it begins with."""
    if isinstance(cell, bool):
        return {"userEnteredValue": {"boolValue": cell}}
    if isinstance(cell, str):
        return {"userEnteredValue": {"stringValue": cell}} if cell else {}
    return {"userEnteredValue": {"numberValue": cell}}
