"""A Google spreadsheet as it is: what to ask for, and the answer as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from metrics.coded import fold
from sheets_sync.books.google.read import record
from sheets_sync.books.google.read.record import Mark, Record, column_id, stable_id
from sheets_sync.books.google.wire import Row, Wire
from templates_sheets.tab import Tab

#: Nobody has written yet.
NOBODY = Mark()


@dataclass(frozen=True)
class BookTab:
    """One tab of ours.

    top      the header's row; -1 where somebody deleted it
    at       column id -> the sheet's column
    rows, columns  size of its grid
    frozen   how many rows and columns stay in view
    typed    cells as read with SEEN: (row, column) -> CellData
    filter   as Google tells it; with what follows only where the layout is whole
    tables   ranges that people turned into tables
    groups   ranges of rows and columns that open and close together
    """

    id: int
    title: str
    rows: int
    columns: int
    frozen: tuple[int, int]
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
    merges: tuple[dict[str, Any], ...] = ()
    tables: tuple[dict[str, Any], ...] = ()
    groups: tuple[dict[str, Any], ...] = ()

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

    sheets: dict[str, BookTab] = field(default_factory=dict)
    others: tuple[BookTab, ...] = ()
    mark: Mark = NOBODY
    marks: tuple[int, ...] = ()
    whole: bool = False

    @property
    def is_new(self) -> bool:
        """Whether none of our tabs is there; the draft of a large fill is none."""
        return not set(self.sheets) - {record.STAGE}


def layout(answer: Mapping[str, Any], tabs: Iterable[Tab], *, whole: bool) -> Layout:
    """The structure in a Spreadsheet resource read with SEEN or, `whole`, with WHOLE.

    A copy that somebody made of a tab says that it is ours, too: it is people's, also where ours is
    gone since. Only of what people type, which no refresh writes over, the copy is taken then.
    A tab that lost its metadata is known by its id (`whole` only).
    """
    tabs = tuple(tabs)
    reports = {tab.key for tab in tabs if tab.filled_by != "people"}
    by_id = {stable_id("tab", tab.key): tab.key for tab in tabs}
    sheets: dict[str, BookTab] = {}
    others: list[BookTab] = []
    for sheet in map(_sheet, answer.get("sheets", [])):
        key = sheet.record.key
        if not key and whole and sheet.id in by_id:
            key = by_id[sheet.id]
            sheet = replace(sheet, record=Record(key))  # noqa: PLW2901 - it is ours after all
        rival = sheets.get(key)
        if not key or (key in reports and sheet.id != stable_id("tab", key)):
            others.append(sheet)
        elif rival is None:
            sheets[key] = sheet
        elif sheet.id == stable_id("tab", key):
            sheets[key] = sheet
            others.append(rival)
        else:
            others.append(sheet)
    marks = [_mark(entry) for entry in _metadata(answer, record.STAMP)]
    mark = max(marks, key=lambda m: m.at, default=NOBODY)
    return Layout(sheets, tuple(others), mark, tuple(m.id for m in marks), whole)


def _mark(entry: Mapping[str, Any]) -> Mark:
    return Mark.load(entry["metadataId"], entry.get("metadataValue", ""))


def _metadata(holder: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return [m for m in holder.get("developerMetadata", []) if m.get("metadataKey") == key]


def _sheet(answer: Mapping[str, Any]) -> BookTab:
    properties = answer["properties"]
    size = properties.get("gridProperties", {})
    entry = next(iter(_metadata(answer, record.TAB)), None)
    kept = Record.load(entry.get("metadataValue", "")) if entry else None
    parts = answer.get("data", [])
    return BookTab(
        properties["sheetId"],
        properties.get("title", ""),
        size.get("rowCount", 0),
        size.get("columnCount", 0),
        (size.get("frozenRowCount", 0), size.get("frozenColumnCount", 0)),
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
        tuple(answer.get("merges", [])),
        tuple(table["range"] for table in answer.get("tables", [])),
        tuple(g["range"] for k in ("rowGroups", "columnGroups") for g in answer.get(k, [])),
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
        for row, line in enumerate(part.get("rowData", []), start=part.get("startRow", 0)):
            for column, cell in enumerate(line.get("values", []), start=left):
                if cell:
                    yield (row, column), cell


def adopted(sheet: BookTab, tab: Tab, header: Sequence[Wire]) -> BookTab:
    """A tab of ours that lost its metadata (a copied file): its columns are found by title."""
    if sheet.record_id or sheet.at:
        return sheet
    titles = {fold(str(cell)): place for place, cell in enumerate(header)}
    places = {column_id(column): titles.get(fold(column.title)) for column in tab.columns}
    at = {name: place for name, place in places.items() if place is not None}
    return replace(sheet, at=at, top=0)


def with_typed(whole: Layout, seen: Layout) -> Layout:
    """The whole structure with the cells that were read with SEEN."""
    cells = {sheet.id: sheet.typed for sheet in seen.sheets.values()}
    sheets = {k: replace(s, typed=cells.get(s.id, s.typed)) for k, s in whole.sheets.items()}
    return replace(whole, sheets=sheets)


def stored(cell: Mapping[str, Any]) -> Wire:
    """What was entered into a cell, a formula as its text."""
    value: Wire = next(iter(cell.get("userEnteredValue", {}).values()), "")
    return value


def landed(answer: Mapping[str, Any]) -> tuple[Mark, dict[int, Record]]:
    """The last stamp, and the records of tabs by sheet id, in an answer to LANDED."""
    records = {s.id: s.record for s in map(_sheet, answer.get("sheets", []))}
    marks = [_mark(entry) for entry in _metadata(answer, record.STAMP)]
    return max(marks, key=lambda m: m.at, default=NOBODY), records
