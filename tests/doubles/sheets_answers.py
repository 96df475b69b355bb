"""What the double answers to reads: the spreadsheet resource and values, under a field mask."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.doubles.sheets_metadata import looked_up
from tests.doubles.sheets_model import Book, Cell, GridRange, Refused, Tab, overlap
from tests.doubles.sheets_schema import Mask, check, mask, pick


def spreadsheet(name: str, book: Book, fields: str) -> dict[str, Any]:
    """spreadsheets.get without ranges: every tab whole."""
    everything: list[GridRange] = [{"sheetId": tab.id} for tab in book.tabs]
    return _spreadsheet(name, book, everything, fields)


def filtered(name: str, book: Book, body: dict[str, Any], fields: str) -> dict[str, Any]:
    """spreadsheets.getByDataFilter: only tabs that a filter touches, and what touches it there."""
    check(body, "GetSpreadsheetByDataFilterRequest")
    if not body.get("dataFilters"):
        raise Refused("At least one data filter must be given.")
    return _spreadsheet(name, book, [r for r, _ in _matched(book, body["dataFilters"])], fields)


def values(name: str, book: Book, body: dict[str, Any], fields: str) -> dict[str, Any]:
    """spreadsheets.values.batchGetByDataFilter."""
    check(body, "BatchGetValuesByDataFilterRequest")
    if body.get("majorDimension", "ROWS") != "ROWS":
        raise Refused("The double gives rows only.")
    if body.get("dateTimeRenderOption", "SERIAL_NUMBER") != "SERIAL_NUMBER":
        raise Refused("The double gives serial numbers only.")
    render = body.get("valueRenderOption", "FORMATTED_VALUE")
    if render not in ("FORMULA", "UNFORMATTED_VALUE"):
        raise Refused("The double does not format values.")
    found = []
    for area, data_filter in _matched(book, body["dataFilters"]):
        tab = book.tab(area.get("sheetId", 0))
        rows = [[_value(cell, render) for cell in row] for row in _rows(tab, area)]
        for row in rows:
            while row and row[-1] == "":
                row.pop()
        while rows and not rows[-1]:
            rows.pop()
        answered: dict[str, Any] = {"range": f"'{tab.title}'!A1", "majorDimension": "ROWS"}
        answered |= {"values": rows} if rows else {}
        found.append({"valueRange": answered, "dataFilters": [data_filter]})
    answer = {"spreadsheetId": name, "valueRanges": found} if found else {"spreadsheetId": name}
    name_of = "BatchGetValuesByDataFilterResponse"
    return _masked(answer, mask(fields, name_of), name_of)


def _matched(
    book: Book, filters: list[dict[str, Any]]
) -> Iterator[tuple[GridRange, dict[str, Any]]]:
    for data_filter in filters:
        if len(data_filter) != 1:
            raise Refused(f"A data filter is one thing, found {sorted(data_filter)}.")
        if "gridRange" in data_filter:
            area = data_filter["gridRange"]
            book.tab(area.get("sheetId", 0)).area(area)
            yield area, data_filter
        elif "developerMetadataLookup" in data_filter:
            for entry in looked_up(book, data_filter["developerMetadataLookup"]):
                yield _place(book, entry), data_filter
        else:
            raise Refused("The double does not read A1 ranges.")


def _place(book: Book, entry: dict[str, Any]) -> GridRange:
    location = entry["location"]
    if location.get("spreadsheet"):
        raise Refused("This would select the whole spreadsheet.")
    if "sheetId" in location:
        return {"sheetId": location["sheetId"]}
    line = location["dimensionRange"]
    kind = "Row" if line["dimension"] == "ROWS" else "Column"
    return {
        "sheetId": line["sheetId"],
        f"start{kind}Index": line["startIndex"],
        f"end{kind}Index": line["endIndex"],
    }


def _spreadsheet(name: str, book: Book, areas: list[GridRange], fields: str) -> dict[str, Any]:
    tree = mask(fields, "Spreadsheet")
    data = tree.get("sheets", {}).get("data", {})
    sheets = []
    for index, tab in enumerate(book.tabs):
        here = [area for area in areas if area.get("sheetId", 0) == tab.id]
        if here:
            sheets.append(_sheet(book, tab, index, here, data))
    top = [m for m in book.metadata if m["location"].get("spreadsheet")]
    answer: dict[str, Any] = {
        "spreadsheetId": name,
        "properties": {"title": "Аналитика", "locale": book.locale, "timeZone": book.zone},
    }
    answer |= {"sheets": sheets} if sheets else {}
    answer |= {"developerMetadata": top} if top else {}
    return _masked(answer, tree, "Spreadsheet")


def _sheet(book: Book, tab: Tab, index: int, here: list[GridRange], data: Mask) -> dict[str, Any]:
    def touched(area: GridRange) -> bool:
        return any(overlap(area, one) for one in here)

    found: dict[str, Any] = {"properties": tab.properties | {"index": index}}
    parts = {
        "conditionalFormats": [r for r in tab.rules if any(map(touched, r["ranges"]))],
        "bandedRanges": [b for b in tab.bandings if touched(b["range"])],
        "protectedRanges": [p for p in tab.protected if touched(p["range"])],
        "charts": [c for c in tab.charts if touched(_anchor_cell(c))],
        "merges": [m for m in tab.merges if touched(m)],
        "rowGroups": _groups(tab, "ROWS"),
        "columnGroups": _groups(tab, "COLUMNS"),
        "tables": [t for t in tab.tables if touched(t["range"])],
        "developerMetadata": [m for m in book.metadata if m["location"].get("sheetId") == tab.id],
        "data": [_grid(book, tab, area, data) for area in here] if data else [],
    }
    found |= {key: part for key, part in parts.items() if part}
    if tab.filter is not None and touched(tab.filter["range"]):
        found["basicFilter"] = tab.filter
    return found


def _groups(tab: Tab, dimension: str) -> list[dict[str, Any]]:
    return [g for g in tab.groups if g["range"]["dimension"] == dimension]


def _anchor_cell(chart: dict[str, Any]) -> GridRange:
    anchor = chart["position"]["overlayPosition"]["anchorCell"]
    row, column = anchor.get("rowIndex", 0), anchor.get("columnIndex", 0)
    return {
        "sheetId": anchor["sheetId"],
        "startRowIndex": row,
        "endRowIndex": row + 1,
        "startColumnIndex": column,
        "endColumnIndex": column + 1,
    }


def _grid(book: Book, tab: Tab, area: GridRange, data: Mask) -> dict[str, Any]:
    """GridData under its mask already: there are many cells."""
    row, end, column, stop = tab.area(area)
    found: dict[str, Any] = {}
    found |= {"startRow": row} if row else {}
    found |= {"startColumn": column} if column else {}
    if "rowData" in data:
        wanted = data["rowData"].get("values", {})
        known: dict[int, Cell] = {}
        rows = []
        for cells in _rows(tab, area):
            for cell in cells:
                if id(cell) not in known:
                    known[id(cell)] = pick(_shown(cell, book.locale), wanted)
            rows.append([known[id(cell)] for cell in cells])
        found["rowData"] = [{"values": cells} if cells else {} for cells in rows]
    for name, dimension, start, last in (
        ("rowMetadata", "ROWS", row, end),
        ("columnMetadata", "COLUMNS", column, stop),
    ):
        if name not in data:
            continue
        marked: dict[int, list[dict[str, Any]]] = {}
        for entry in book.metadata:
            line = entry["location"].get("dimensionRange")
            if line and line["sheetId"] == tab.id and line["dimension"] == dimension:
                marked.setdefault(line["startIndex"], []).append(entry)
        plain: dict[str, Any] = pick({"pixelSize": 100}, data[name])
        found[name] = [
            plain | pick({"developerMetadata": marked[number]}, data[name])
            if number in marked
            else plain
            for number in range(start, last)
        ]
    return found


def _rows(tab: Tab, area: GridRange) -> list[list[Cell]]:
    row, end, column, stop = tab.area(area)
    return [[cell or {} for cell in cells[column:stop]] for cells in tab.rows[row:end]]


def _shown(cell: Cell, locale: str) -> Cell:
    """CellData as Google answers it: what was entered, and what comes of it."""
    entered = cell.get("userEnteredValue")
    if not cell:
        return {}
    found = dict(cell)
    if entered and "formulaValue" not in entered:
        found["effectiveValue"] = entered
    if "userEnteredFormat" in cell:
        found["effectiveFormat"] = cell["userEnteredFormat"]
    value = next(iter(found.get("effectiveValue", {}).values()), None)
    if value is not None:
        form = cell.get("userEnteredFormat", {}).get("numberFormat", {})
        found["formattedValue"] = _formatted(value, form, locale)
    return found


def _formatted(value: Any, form: dict[str, str], locale: str) -> str:
    """Roughly what a reader of that language sees; a pattern of one's own stands above it."""
    kind, american = form.get("type", ""), locale == "en_US"
    if kind in ("DATE", "DATE_TIME") and isinstance(value, int | float):
        at = datetime(1899, 12, 30) + timedelta(days=value)
        day, clock = f"{at:%d.%m.%Y}", f" {at:%H:%M}"
        if american and "pattern" not in form:
            day, clock = f"{at.month}/{at.day}/{at.year}", f" {at:%I:%M:%S %p}"
        return day + clock * (kind == "DATE_TIME")
    text = str(value)
    return text.replace(".", ",") if isinstance(value, float) and not american else text


def _value(cell: Cell, render: str) -> Any:
    entered = cell.get("userEnteredValue", {})
    if "formulaValue" in entered and render != "FORMULA":
        entered = cell.get("effectiveValue", {})
    return next(iter(entered.values()), "")


def _masked(answer: dict[str, Any], tree: Mask, name: str) -> dict[str, Any]:
    """The answer under its mask, held to Google's own schema (of many cells the first rows)."""
    found: dict[str, Any] = pick(answer, _without_cells(tree))
    shorter = dict(found)
    if "sheets" in found:
        shorter["sheets"] = [
            sheet | {"data": [_first_rows(part) for part in sheet.get("data", [])]}
            for sheet in found["sheets"]
        ]
    if name == "Spreadsheet":
        check(shorter, name, answer=True)
    return found


def _without_cells(tree: Mask) -> Mask:
    """A mask for what is not under it yet: GridData is."""
    sheets = tree.get("sheets")
    if not sheets or "data" not in sheets:
        return tree
    return tree | {"sheets": sheets | {"data": {}}}


def _first_rows(part: dict[str, Any]) -> dict[str, Any]:
    return {k: v[:3] if isinstance(v, list) else v for k, v in part.items()}
