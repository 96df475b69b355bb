"""A tab that is not there yet: laid once with everything in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sheets_sync.books.google import body
from sheets_sync.books.google import look as laid
from sheets_sync.books.google.cells import blank_rows, blocks, wire_rows
from sheets_sync.books.google.charts import Drawn
from sheets_sync.books.google.format import colour
from sheets_sync.books.google.look import Request
from sheets_sync.books.google.record import Record, digest, stable_id
from sheets_sync.books.google.tab import TabPlan, keys_of
from templates_sheets import look
from templates_sheets.tab import Table

_SPARE_ROWS = _SPARE_COLUMNS = 2
_ROW_PIXELS = 21


def grid_size(table: Table) -> tuple[int, int]:
    """Rows and columns of a new tab: the table, room for its charts, a little to spare."""
    rows = 1 + len(table.rows) + _SPARE_ROWS
    columns = len(table.columns) + _SPARE_COLUMNS
    if table.tab.filled_by == "people":
        rows = max(rows, 1 + look.INPUT_ROWS)
    for chart in table.tab.charts:
        row, column = look.place(chart.anchor, len(table.rows))
        rows = max(rows, row + chart.height // _ROW_PIXELS + _SPARE_ROWS)
        columns = max(columns, column + _SPARE_COLUMNS)
    return rows, columns


def new_tab(table: Table, title: str, index: int) -> TabPlan:
    """A tab that is not there yet."""
    sheet_id = stable_id("tab", table.tab.key)
    drawn = Drawn(table, sheet_id, 0, tuple(range(len(table.columns))))
    rows = wire_rows(table)
    size = grid_size(table)
    blank = blank_rows(len(rows), len(table.columns))
    everything = range(len(table.columns))
    look_rules, marks = laid.rules(drawn, None)
    shown: list[Request] = [
        *laid.header(drawn, everything),
        *laid.columns(drawn, everything, paint=True),
        *laid.widths(drawn, everything),
        *look_rules,
        *laid.banding(drawn, None),
        *laid.protection(drawn, None, size[1]),
        *laid.checks(drawn),
        *body.totals(drawn, (), table.bold, ()),
        *body.body(drawn, Record(table.tab.key), 0),
        *(body.basic_filter(drawn, None, len(rows)) if table.tab.filters else ()),
    ]
    kept = replace(
        laid.hashes(table), rows=len(rows), keys=digest(keys_of(table, rows)), rules=marks
    )
    return TabPlan(
        drawn,
        kept,
        None,
        size,
        first=[_add_sheet(table, sheet_id, title, index, size)],
        blocks=blocks(blank, rows, 1, drawn.at, frozenset()),
        shown=rows,
        look=shown,
    )


def _add_sheet(
    table: Table, sheet_id: int, title: str, index: int, size: tuple[int, int]
) -> Request:
    grid: dict[str, Any] = {
        "rowCount": size[0],
        "columnCount": size[1],
        "frozenRowCount": 1,
        "frozenColumnCount": table.tab.freeze,
    }
    if table.tab.filled_by == "service":
        grid["hideGridlines"] = True
    properties = {
        "sheetId": sheet_id,
        "title": title,
        "index": index,
        "gridProperties": grid,
        "tabColorStyle": colour(table.tab.colour or look.TAB_NUMBERS),
    }
    return {"addSheet": {"properties": properties}}
