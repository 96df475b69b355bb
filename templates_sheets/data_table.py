"""A computed table as typed columns: what a file or a database takes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from templates_sheets.tab import Cell, Column, Format, Table

#: Format of a column: type of its values, their unit.
_KINDS: dict[Format, tuple[pa.DataType, str]] = {
    "text": (pa.string(), ""),
    "id": (pa.string(), ""),
    "count": (pa.float64(), "count"),
    "money": (pa.float64(), "RUB"),
    "money2": (pa.float64(), "RUB"),
    "effect": (pa.float64(), "count"),
    "effect_money": (pa.float64(), "RUB"),
    "percent": (pa.float64(), "share"),
    "ratio": (pa.float64(), "ratio"),
    "months": (pa.float64(), "months"),
    "age": (pa.int32(), "months"),
    "date": (pa.date32(), "day"),
    "month": (pa.date32(), "day"),
    "datetime": (pa.timestamp("ms"), "local time"),
    "check": (pa.bool_(), ""),
    "change": (pa.float64(), "share"),
    "change_bad": (pa.float64(), "share"),
    "change_plain": (pa.float64(), "share"),
    "points": (pa.float64(), "percentage points"),
    "points_bad": (pa.float64(), "percentage points"),
    "points_plain": (pa.float64(), "percentage points"),
}
#: Of a column whose rows each have a unit of their own.
_OF_THE_ROW = "of the row's measure"


@dataclass(frozen=True)
class DataColumn:
    """A column: its name in code, Russian title, type, unit ("" for none), and what it means."""

    name: str
    title: str
    type: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class DataTable:
    """A table: its name in code, Russian title, columns, and rows of their types."""

    name: str
    title: str
    columns: tuple[DataColumn, ...]
    rows: pa.Table


def data_table(table: Table) -> DataTable:
    """In: a table of `templates_sheets.data_tables`. Out: the same, typed; a cell that is not of
    its column's type is null."""
    mixed = {place for _, place in table.formats}
    columns = tuple(_column(c, at in mixed) for at, c in enumerate(table.columns))
    lanes = [
        _lane(cells, _KINDS[column.format][0])
        for column, cells in zip(table.columns, table.lanes, strict=True)
    ]
    rows = pa.table(lanes, names=[column.name for column in columns])
    return DataTable(table.tab.key, table.tab.title, columns, rows)


def _column(column: Column, is_mixed: bool) -> DataColumn:  # noqa: FBT001 - one caller
    kind, unit = _KINDS[column.format]
    unit = _OF_THE_ROW if is_mixed and unit else unit
    return DataColumn(column.key, column.title, str(kind), unit, column.hint)


def _lane(cells: Sequence[Cell], kind: pa.DataType) -> pa.Array:
    return pa.array([_value(cell, kind) for cell in cells], type=kind)


def _value(cell: Cell, kind: pa.DataType) -> Cell:
    """The cell as a value of the type; None where it is none."""
    if pa.types.is_string(kind):
        return None if cell is None else str(cell)
    if pa.types.is_boolean(kind):
        return cell if isinstance(cell, bool) else None
    if pa.types.is_date(kind):
        return (
            cell.date() if isinstance(cell, datetime) else cell if isinstance(cell, date) else None
        )
    if pa.types.is_timestamp(kind):
        return cell if isinstance(cell, datetime) else None
    return cell if isinstance(cell, int | float) and not isinstance(cell, bool) else None
