"""A Google spreadsheet as it is: what to ask for, and the answer as plain values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from metrics.coded import fold
from sheets_sync.books.book import Typed, comments, grid
from sheets_sync.books.google import record
from sheets_sync.books.google.cells import Row, Wire, moment
from sheets_sync.books.google.record import Mark, Record, column_id, stable_id
from templates_sheets.tab import Cell, Tab

_META = "developerMetadata(metadataId,metadataKey,metadataValue)"
_SIZE = "gridProperties(rowCount,columnCount,frozenRowCount)"
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
    f"{_META},sheets({_SHEET},conditionalFormats,bandedRanges(bandedRangeId,range),"
    "charts(chartId),protectedRanges(protectedRangeId,description,range,unprotectedRanges,"
    f"warningOnly),data(startRow,startColumn,{_LINES}))"
)
#: What the last write left, to find out whether a write without an answer was carried out.
LANDED = f"{_META},sheets(properties(sheetId),{_META})"
VALUES = "valueRanges(dataFilters(gridRange(sheetId)),valueRange(values))"
#: Nobody has written yet.
NOBODY = Mark()

#: A number that is shown like this is a date.
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?P<time> \d{1,2}:\d{2}(:\d{2})?)?")


@dataclass(frozen=True)
class Sheet:
    """One tab of ours.

    top      the header's row; -1 where somebody deleted it
    at       column id -> the sheet's column
    rows, columns  size of its grid; frozen: how many rows stay in view
    typed    cells as read with SEEN: (row, column) -> CellData
    filter, rules, bandings, charts, protected  as Google tells them; all but the filter only where
             the layout is whole
    """

    id: int
    title: str
    rows: int
    columns: int
    frozen: int
    record: Record
    record_id: int = 0
    top: int = 0
    at: Mapping[str, int] = field(default_factory=dict)
    typed: Mapping[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    filter: dict[str, Any] | None = None
    rules: tuple[dict[str, Any], ...] = ()
    bandings: tuple[dict[str, Any], ...] = ()
    charts: frozenset[int] = frozenset()
    protected: tuple[dict[str, Any], ...] = ()

    def header_is(self, raw: Sequence[Row]) -> bool:
        """Whether the header row still says what it said when it was read with SEEN."""
        row = raw[self.top] if 0 <= self.top < len(raw) else []
        return all(
            stored(self.typed.get((self.top, place), {}))
            == (row[place] if place < len(row) else "")
            for place in self.at.values()
        )


@dataclass(frozen=True)
class Layout:
    """A spreadsheet's structure. `sheets` by tab key; `others` are people's tabs (whole only)."""

    sheets: dict[str, Sheet] = field(default_factory=dict)
    others: tuple[Sheet, ...] = ()
    mark: Mark = NOBODY
    marks: tuple[int, ...] = ()
    whole: bool = False

    @property
    def is_new(self) -> bool:
        """Whether none of our tabs is there; the draft of a large fill is none."""
        return not set(self.sheets) - {record.STAGE}


def seen_filters() -> list[dict[str, Any]]:
    """What SEEN asks of: header rows of our tabs, and whatever people type in."""
    return [
        {"developerMetadataLookup": {"metadataKey": key}} for key in (record.HEAD, record.TYPED)
    ]


def layout(answer: Mapping[str, Any], tabs: Iterable[Tab], *, whole: bool) -> Layout:
    """The structure in a Spreadsheet resource read with SEEN or, `whole`, with WHOLE.

    Two tabs that both say they are one of ours (somebody duplicated it): the one with our id is.
    A tab that lost its metadata is known by its id (`whole` only).
    """
    by_id = {stable_id("tab", tab.key): tab.key for tab in tabs}
    sheets: dict[str, Sheet] = {}
    others: list[Sheet] = []
    for found in map(_sheet, answer.get("sheets", [])):
        key = found.record.key
        if not key and whole and found.id in by_id:
            key = by_id[found.id]
            found = replace(found, record=Record(key))  # noqa: PLW2901 - it is ours after all
        rival = sheets.get(key)
        if not key:
            others.append(found)
        elif rival is None:
            sheets[key] = found
        elif found.id == stable_id("tab", key):
            sheets[key] = found
            others.append(rival)
        else:
            others.append(found)
    marks = [_mark(entry) for entry in _metadata(answer, record.STAMP)]
    mark = max(marks, key=lambda m: m.at, default=NOBODY)
    return Layout(sheets, tuple(others), mark, tuple(m.id for m in marks), whole)


def _mark(entry: Mapping[str, Any]) -> Mark:
    return Mark.load(entry["metadataId"], entry.get("metadataValue", ""))


def _metadata(holder: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return [m for m in holder.get("developerMetadata", []) if m.get("metadataKey") == key]


def _sheet(answer: Mapping[str, Any]) -> Sheet:
    properties = answer["properties"]
    size = properties.get("gridProperties", {})
    entry = next(iter(_metadata(answer, record.TAB)), None)
    kept = Record.load(entry.get("metadataValue", "")) if entry else None
    parts = answer.get("data", [])
    return Sheet(
        properties["sheetId"],
        properties.get("title", ""),
        size.get("rowCount", 0),
        size.get("columnCount", 0),
        size.get("frozenRowCount", 0),
        kept or Record(""),
        entry["metadataId"] if entry else 0,
        next(_heads(parts), -1 if entry else 0),
        dict(_columns(parts)),
        dict(cells_of(parts)),
        answer.get("basicFilter"),
        tuple(answer.get("conditionalFormats", [])),
        tuple(answer.get("bandedRanges", [])),
        frozenset(chart["chartId"] for chart in answer.get("charts", [])),
        tuple(answer.get("protectedRanges", [])),
    )


def _heads(parts: Sequence[Mapping[str, Any]]) -> Iterator[int]:
    for part in parts:
        for number, row in enumerate(part.get("rowMetadata", [])):
            if _metadata(row, record.HEAD):
                yield part.get("startRow", 0) + number


def _columns(parts: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, int]]:
    for part in parts:
        for number, column in enumerate(part.get("columnMetadata", [])):
            for entry in _metadata(column, record.COLUMN):
                yield entry.get("metadataValue", ""), part.get("startColumn", 0) + number


def cells_of(
    parts: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[tuple[int, int], dict[str, Any]]]:
    """Cells that hold anything in a sheet's GridData: (row, column), CellData."""
    for part in parts:
        left = part.get("startColumn", 0)
        for row, found in enumerate(part.get("rowData", []), start=part.get("startRow", 0)):
            for column, cell in enumerate(found.get("values", []), start=left):
                if cell:
                    yield (row, column), cell


def adopted(sheet: Sheet, tab: Tab, header: Sequence[Wire]) -> Sheet:
    """A tab of ours that lost its metadata (a copied file): its columns are found by title."""
    if sheet.record_id or sheet.at:
        return sheet
    titles = {fold(str(cell)): place for place, cell in enumerate(header)}
    places = {column_id(column): titles.get(fold(column.title)) for column in tab.columns}
    found = {name: place for name, place in places.items() if place is not None}
    return replace(sheet, at=found, top=0)


def with_typed(whole: Layout, seen: Layout) -> Layout:
    """The whole structure with the cells that were read with SEEN."""
    cells = {sheet.id: sheet.typed for sheet in seen.sheets.values()}
    sheets = {k: replace(s, typed=cells.get(s.id, s.typed)) for k, s in whole.sheets.items()}
    return replace(whole, sheets=sheets)


def stored(cell: Mapping[str, Any]) -> Wire:
    """What was entered into a cell, a formula as its text."""
    value: Wire = next(iter(cell.get("userEnteredValue", {}).values()), "")
    return value


def _typed(cell: Mapping[str, Any]) -> Cell:
    """What a cell shows, as a value: dates as dates, an error as its name."""
    value = cell.get("effectiveValue", {})
    if "errorValue" in value:
        return f"#{value['errorValue'].get('type', 'ERROR')}!"
    shown: Cell = next(iter(value.values()), None)
    date = _DATE.fullmatch(cell.get("formattedValue", ""))
    if date and isinstance(shown, int | float):
        return moment(shown, day=date["time"] is None)
    return None if shown == "" else shown


def typed(found: Layout, tabs: Iterable[Tab]) -> Typed:
    """What people typed, from a layout read with SEEN: columns by their metadata, wherever moved."""
    grids, told = {}, {}
    for tab in tabs:
        sheet = found.sheets.get(tab.key)
        if sheet is None or not sheet.at:
            continue
        asked = tab.filled_by == "people"
        if asked or any(column.comment for column in tab.columns):
            raw = _raw(tab, sheet)
            if asked:
                grids[tab.key] = grid(tab, raw)
            else:
                told[tab.key] = comments(tab, raw)
    return Typed(grids, told, frozenset(found.sheets))


def _raw(tab: Tab, sheet: Sheet) -> list[list[Cell]]:
    """A tab under its declared titles, in their order; what was not read is empty."""
    places = [sheet.at.get(column_id(column), -1) for column in tab.columns]
    last = max((row for row, _ in sheet.typed), default=sheet.top)
    header: list[Cell] = [column.title for column in tab.columns]
    rows = [
        [_typed(sheet.typed.get((row, place), {})) for place in places]
        for row in range(sheet.top + 1, last + 1)
    ]
    return [header, *rows]


def values_body(sheet_ids: Iterable[int]) -> dict[str, Any]:
    """The request that reads the cells of whole tabs: formulas as text, dates as numbers."""
    return {
        "dataFilters": [{"gridRange": {"sheetId": number}} for number in sheet_ids],
        "majorDimension": "ROWS",
        "valueRenderOption": "FORMULA",
        "dateTimeRenderOption": "SERIAL_NUMBER",
    }


def values(answer: Mapping[str, Any]) -> dict[int, list[Row]]:
    """Cells by sheet id, ragged rows from the first one on."""
    found: dict[int, list[Row]] = {}
    for matched in answer.get("valueRanges", []):
        number = matched["dataFilters"][0]["gridRange"].get("sheetId", 0)
        found[number] = matched.get("valueRange", {}).get("values", [])
    return found


def landed(answer: Mapping[str, Any]) -> tuple[Mark, dict[int, Record]]:
    """The last stamp, and the records of tabs by sheet id, in an answer to LANDED."""
    records = {s.id: s.record for s in map(_sheet, answer.get("sheets", []))}
    marks = [_mark(entry) for entry in _metadata(answer, record.STAMP)]
    return max(marks, key=lambda m: m.at, default=NOBODY), records
