"""What people typed, from a layout read with SEEN: columns by their metadata, wherever moved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sheets_sync.books.book import Typed, comments, grid
from sheets_sync.books.google.read.layout import BookTab, Layout, stored
from sheets_sync.books.google.read.ours import among, identities
from sheets_sync.books.google.read.record import column_id
from sheets_sync.books.google.wire import moment
from templates_sheets.tab import Cell, Tab, Table

#: A number that is shown like this is a date.
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?P<time> \d{1,2}:\d{2}(:\d{2})?)?")


def typed(layout: Layout, tabs: Iterable[Tab]) -> Typed:
    """Input tabs, and comments beside rows of ours."""
    grids, beside = {}, {}
    for tab in tabs:
        sheet = layout.sheets.get(tab.key)
        if sheet is None or not sheet.at:
            continue
        header: list[Cell] = [column.title for column in tab.columns]
        if tab.filled_by == "people":
            grids[tab.key] = grid(tab, [header, *_rows(tab, sheet)])
        elif any(column.comment for column in tab.columns):
            beside[tab.key] = comments(tab, [header, *_ours(tab, sheet)])
    return Typed(grids, beside, frozenset(layout.sheets))


def _rows(tab: Tab, sheet: BookTab) -> list[list[Cell]]:
    """A tab's rows under their header in its declared columns; what was not read is empty."""
    places = [sheet.at.get(column_id(column), -1) for column in tab.columns]
    last = max((row for row, _ in sheet.typed), default=sheet.top)
    return [
        [_shown(sheet.typed.get((row, place), {})) for place in places]
        for row in range(sheet.top + 1, last + 1)
    ]


def _ours(tab: Tab, sheet: BookTab) -> list[list[Cell]]:
    """The rows of a report that are ours; of a tab that cannot say which, all."""
    rows = _rows(tab, sheet)
    if not sheet.record.wrote:
        return rows
    places = [sheet.at.get(column_id(column), -1) for column in tab.columns]
    cells = [
        [stored(sheet.typed.get((row, place), {})) for place in places]
        for row in range(sheet.top + 1, sheet.top + 1 + len(rows))
    ]
    ids = identities(Table(tab, tab.columns, []), cells)
    return [row for row, ours in zip(rows, among(sheet.record.wrote, ids), strict=True) if ours]


def _shown(cell: Mapping[str, Any]) -> Cell:
    """What a cell shows, as a value: dates as dates, an error as its name."""
    value = cell.get("effectiveValue", {})
    if "errorValue" in value:
        return f"#{value['errorValue'].get('type', 'ERROR')}!"
    shown: Cell = next(iter(value.values()), None)
    date = _DATE.fullmatch(cell.get("formattedValue", ""))
    if date and isinstance(shown, int | float):
        return moment(shown, day=date["time"] is None)
    return None if shown == "" else shown
