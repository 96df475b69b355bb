"""Developer metadata in requests: what the service leaves in a spreadsheet to know it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sheets_sync.books.google.ranges import Request, lines
from sheets_sync.books.google.read import record
from sheets_sync.books.google.read.record import TRY, TRY_KEY, column_id, stable_id
from templates_sheets.tab import Table


def column_marks(table: Table, index: int, sheet_id: int, place: int) -> Iterator[Request]:
    """Metadata of one column: what it is, and whether read for what people typed."""
    column, tab = table.columns[index], table.tab
    name = column_id(column)
    number = stable_id("column", tab.key, name)
    yield on_line(number, record.COLUMN, name, sheet_id, "COLUMNS", place)
    commented = tab.filled_by == "service" and any(c.comment for c in table.columns)
    if commented and (column.comment or column.title in tab.row_key):
        number = stable_id("typed", tab.key, name)
        yield on_line(number, record.TYPED, tab.key, sheet_id, "COLUMNS", place)


def tab_marks(table: Table, record_value: str, sheet_id: int) -> Iterator[Request]:
    """Metadata of a tab: its record, and whether it is read for what people typed."""
    key = table.tab.key
    yield on_tab(stable_id("record", key), record.TAB, record_value, sheet_id)
    if table.tab.filled_by == "people":
        yield on_tab(stable_id("typed", key), record.TYPED, key, sheet_id)


def head_mark(table: Table, sheet_id: int, top: int) -> Request:
    """Metadata of a tab's header row."""
    key = table.tab.key
    return on_line(stable_id("head", key), record.HEAD, key, sheet_id, "ROWS", top)


def on_spreadsheet(number: int, key: str, value: str) -> Request:
    """A request that creates metadata on the spreadsheet."""
    return _create(number, key, value, {"spreadsheet": True})


def on_tab(number: int, key: str, value: str, sheet_id: int) -> Request:
    """A request that creates metadata on a tab."""
    return _create(number, key, value, {"sheetId": sheet_id})


def on_line(
    number: int, key: str, value: str, sheet_id: int, dimension: str, index: int
) -> Request:
    """A request that creates metadata on one row (dimension ROWS) or column (COLUMNS)."""
    line = lines(sheet_id, dimension, index, index + 1)
    return _create(number, key, value, {"dimensionRange": line})


def _create(number: int, key: str, value: str, location: dict[str, Any]) -> Request:
    entry = {
        "metadataId": number,
        "metadataKey": key,
        "metadataValue": value,
        "visibility": "DOCUMENT",
        "location": location,
    }
    return {"createDeveloperMetadata": {"developerMetadata": entry}}


def try_metadata() -> Request:
    """A request that only somebody who may write can make; `delete_metadata(TRY)` undoes it."""
    return _create(TRY, TRY_KEY, "", {"spreadsheet": True})


def update_metadata(number: int, value: str) -> Request:
    """A request that gives the metadata entry `number` a new value."""
    return {
        "updateDeveloperMetadata": {
            "dataFilters": [{"developerMetadataLookup": {"metadataId": number}}],
            "developerMetadata": {"metadataValue": value},
            "fields": "metadataValue",
        }
    }


def delete_metadata(number: int) -> Request:
    """A request that deletes the metadata entry `number`."""
    return {
        "deleteDeveloperMetadata": {
            "dataFilter": {"developerMetadataLookup": {"metadataId": number}}
        }
    }
