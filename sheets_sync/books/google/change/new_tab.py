"""A tab that is not there yet: laid once with everything in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sheets_sync.books.google.blocks import blocks
from sheets_sync.books.google.change.laid import TabPlan
from sheets_sync.books.google.look import body, lay
from sheets_sync.books.google.look.conditional import rules
from sheets_sync.books.google.look.drawn import Drawn
from sheets_sync.books.google.look.format import colour
from sheets_sync.books.google.look.groups import grouped
from sheets_sync.books.google.look.hashes import record_of
from sheets_sync.books.google.look.notes import header_notes, notes
from sheets_sync.books.google.ranges import Request
from sheets_sync.books.google.read.ours import identities
from sheets_sync.books.google.read.record import stable_id
from sheets_sync.books.google.wire import blank_rows, wire_rows
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
    """A tab that is not there yet, of either kind."""
    sheet_id = stable_id("tab", table.tab.key)
    drawn = Drawn(table, sheet_id, 0, tuple(range(len(table.columns))))
    rows = wire_rows(table)
    size = grid_size(table)
    blank = blank_rows(len(rows), len(table.columns))
    everything = range(len(table.columns))
    rule_requests, marks = rules(drawn, None)
    bold = [drawn.row(row) for row in table.bold]
    noted = sorted({place for _, place in table.notes})
    laid: list[Request] = [
        *lay.header(drawn, everything, ("userEnteredValue", "userEnteredFormat")),
        *header_notes(drawn, [""] * len(everything)),
        *lay.columns(drawn, everything, paint=True),
        *lay.widths(drawn, everything),
        *rule_requests,
        *lay.banding(drawn, None),
        *lay.protection(drawn, None, size[1]),
        *lay.checks(drawn),
        *body.totals(drawn, bold, total=True),
        *body.body(drawn, anew=False),
        *notes(drawn, noted, [[""] * len(noted) for _ in rows]),
        *(lay.basic_filter(drawn, None) if table.tab.filters else ()),
        *grouped(drawn, None),
    ]
    kept = record_of(table, identities(table, rows))
    return TabPlan(
        drawn,
        replace(kept, rules=marks),
        None,
        size,
        first=[_add_sheet(table, sheet_id, title, index, size)],
        blocks=blocks(blank, rows, 1, drawn.at),
        shown=rows,
        look=laid,
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
    } | ({"hidden": True} if table.hidden else {})
    return {"addSheet": {"properties": properties}}
