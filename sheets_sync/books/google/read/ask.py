"""What is asked of a spreadsheet: field masks, and filters for the parts of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sheets_sync.books.google.read import record
from sheets_sync.books.google.wire import Row

_META = "developerMetadata(metadataId,metadataKey,metadataValue)"
_SIZE = "gridProperties(rowCount,columnCount,frozenRowCount,frozenColumnCount)"
_SHEET = f"properties(sheetId,title,{_SIZE}),{_META},basicFilter"
_LINES = (
    "rowMetadata(developerMetadata(metadataKey)),"
    "columnMetadata(developerMetadata(metadataKey,metadataValue))"
)
# Not the cells' formats: they would come for every blank row that was made ready.
_TYPED = "userEnteredValue,effectiveValue,formattedValue,note"
#: What people typed and where our tabs are: one cheap read, whatever the size of the tabs.
SEEN = f"{_META},sheets({_SHEET},data(startRow,startColumn,rowData(values({_TYPED})),{_LINES}))"
#: Everything about every tab but its cells: read only when something must be laid.
WHOLE = (
    f"{_META},sheets({_SHEET},conditionalFormats,merges,tables(range),rowGroups(range),"
    "columnGroups(range),"
    "bandedRanges(bandedRangeId,range,rowProperties(firstBandColorStyle,secondBandColorStyle)),"
    "charts(chartId),protectedRanges(protectedRangeId,description,range,unprotectedRanges,"
    f"warningOnly,requestingUserCanEdit),data(startRow,startColumn,{_LINES}))"
)
#: What the last write left, to find out whether a write without an answer was carried out.
LANDED = f"{_META},sheets(properties(sheetId),{_META})"
VALUES = "valueRanges(dataFilters(gridRange(sheetId)),valueRange(values))"
NOTES = "sheets(properties(sheetId),data(startRow,startColumn,rowData(values(note))))"
_FORMAT = (
    "userEnteredFormat(numberFormat,textFormat(bold,foregroundColorStyle),backgroundColorStyle,"
    "wrapStrategy,horizontalAlignment,verticalAlignment)"
)
#: How cells look, for `init`.
LOOKS = (
    "sheets(properties(sheetId),data(startRow,startColumn,"
    f"rowData(values(userEnteredValue,note,dataValidation,{_FORMAT}))))"
)


def seen_filters() -> list[dict[str, Any]]:
    """What SEEN asks of: header rows of our tabs, and whatever people type in."""
    return [
        {"developerMetadataLookup": {"metadataKey": key}} for key in (record.HEAD, record.TYPED)
    ]


def areas(ranges: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Filters for some GridRanges."""
    return [{"gridRange": dict(where)} for where in ranges]


def values_body(sheet_ids: Iterable[int]) -> dict[str, Any]:
    """The request that reads the cells of whole tabs: formulas as text, dates as numbers."""
    return {
        "dataFilters": areas({"sheetId": number} for number in sheet_ids),
        "majorDimension": "ROWS",
        "valueRenderOption": "FORMULA",
        "dateTimeRenderOption": "SERIAL_NUMBER",
    }


def values(answer: Mapping[str, Any]) -> dict[int, list[Row]]:
    """Cells by sheet id, ragged rows from the first one on."""
    return {
        matched["dataFilters"][0]["gridRange"].get("sheetId", 0): matched.get("valueRange", {}).get(
            "values", []
        )
        for matched in answer.get("valueRanges", [])
    }
