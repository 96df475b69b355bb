"""batchUpdate: one function for each kind of request, stricter than Google; all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from tests.doubles import sheets_lines as lines
from tests.doubles.sheets_model import Book, Cell, Refused, Tab, overlap
from tests.doubles.sheets_objects import OBJECTS
from tests.doubles.sheets_schema import Fault, Mask, check, mask

Reply = dict[str, Any]
Body = dict[str, Any]

_MOST_REQUESTS = 100_000
_MOST_CHARACTERS = 50_000


def apply(book: Book, requests: list[Body]) -> tuple[Book, list[Reply]]:
    """The spreadsheet after the requests, in their order, and a reply to each.

    Raises Refused where one of them is wrong; `book` itself is never changed.
    """
    if not requests:
        raise Refused("Must specify at least one request.")
    if len(requests) > _MOST_REQUESTS:
        raise Refused(f"Cannot exceed {_MOST_REQUESTS} requests in a single batch.")
    changed = book.copy()
    replies = []
    for number, request in enumerate(requests):
        kinds = [name for name, value in request.items() if value is not None]
        if len(kinds) != 1:
            raise Refused(f"Invalid requests[{number}]: one kind must be set, found {kinds}.")
        kind = kinds[0]
        if kind not in KINDS:
            raise Refused(f"Invalid requests[{number}]: the double does not know {kind}.")
        try:
            replies.append(KINDS[kind](changed, request[kind]) or {})
            changed.check_size()
        except (Refused, Fault) as error:
            raise Refused(f"Invalid requests[{number}].{kind}: {error}") from None
    return changed, replies


def _need(body: Body, *names: str) -> None:
    for name in names:
        if name not in body:
            raise Refused(f"{name} is required.")


def _add_sheet(book: Book, body: Body) -> Reply:
    asked = body.get("properties", {})
    number = asked.get("sheetId", book.new_id())
    title = asked.get("title", f"Sheet{len(book.tabs) + 1}")
    if any(tab.id == number for tab in book.tabs):
        raise Refused(f"Sheet with id {number} already exists.")
    _check_title(book, title)
    grid = {"rowCount": 1000, "columnCount": 26} | asked.get("gridProperties", {})
    if grid.get("frozenRowCount", 0) >= grid["rowCount"]:
        raise Refused("You can't freeze all the rows.")
    if grid.get("frozenColumnCount", 0) >= grid["columnCount"]:
        raise Refused("You can't freeze all the columns.")
    properties = {**asked, "sheetId": number, "title": title, "sheetType": "GRID"}
    tab = Tab(deepcopy(properties | {"gridProperties": grid}))
    place = asked.get("index", len(book.tabs))
    if place > len(book.tabs):
        raise Refused(f"index {place} is past the last tab.")
    book.tabs.insert(place, tab)
    return {"addSheet": {"properties": properties | {"index": place, "gridProperties": grid}}}


def _check_title(book: Book, title: str) -> None:
    if any(tab.title.casefold() == title.casefold() for tab in book.tabs):
        raise Refused(f'A sheet with the name "{title}" already exists. Please enter another name.')
    if not title or len(title) > 100:
        raise Refused(f"A sheet cannot be named {title!r}.")


def _delete_sheet(book: Book, body: Body) -> None:
    _need(body, "sheetId")
    gone = book.tab(body["sheetId"])
    if not any(not tab.properties.get("hidden") for tab in book.tabs if tab is not gone):
        raise Refused("You can't remove all the visible sheets in a document.")
    book.tabs.remove(gone)
    book.metadata = [m for m in book.metadata if _tab_of(m) != gone.id]


def _tab_of(entry: dict[str, Any]) -> int | None:
    location = entry["location"]
    return location.get("sheetId", location.get("dimensionRange", {}).get("sheetId"))


def _update_sheet(book: Book, body: Body) -> None:
    _need(body, "properties", "fields")
    asked = body["properties"]
    _need(asked, "sheetId")
    tab = book.tab(asked["sheetId"])
    tree = mask(body["fields"], "SheetProperties")
    if "title" in tree and asked["title"] != tab.title:
        _check_title(book, asked["title"])
    before = deepcopy(tab.grid)
    tab.properties = merged(
        tab.properties, {k: v for k, v in asked.items() if k != "sheetId"}, tree
    )
    grid = tab.grid
    if grid.get("frozenRowCount", 0) >= grid["rowCount"]:
        raise Refused("You can't freeze all the rows.")
    if grid.get("frozenColumnCount", 0) >= grid["columnCount"]:
        raise Refused("You can't freeze all the columns.")
    if grid["rowCount"] < before["rowCount"] or grid["columnCount"] < before["columnCount"]:
        raise Refused("The double does not shrink a grid: delete lines instead.")
    if all(t.properties.get("hidden") for t in book.tabs):
        raise Refused("You can't hide all the sheets in a document.")
    if "index" in tree:
        book.tabs.remove(tab)
        book.tabs.insert(tab.properties.pop("index"), tab)


def merged(old: dict[str, Any], new: dict[str, Any], tree: Mask) -> dict[str, Any]:
    """`old` with the fields of `tree` as they are in `new`; a field not there is taken away."""
    found = dict(old)
    for name, inner in tree.items():
        if inner:
            value: Any = merged(found.get(name, {}), new.get(name, {}), inner)
            value = value or None
        else:
            value = new.get(name)
        if value is None:
            found.pop(name, None)
        else:
            found[name] = value
    return found


def _cell_mask(fields: str) -> Mask:
    tree = mask(fields, "CellData")
    return (
        {"userEnteredValue": {}, "userEnteredFormat": {}, "note": {}, "dataValidation": {}}
        if (tree == {"*": {}})
        else tree
    )


def _check_cell(cell: Cell) -> None:
    value = cell.get("userEnteredValue", {})
    if len(value) > 1:
        raise Refused(f"ExtendedValue must have one kind, found {sorted(value)}.")
    if "formulaValue" in value:
        raise Refused("The service must not write formulas.")
    if len(value.get("stringValue", "")) > _MOST_CHARACTERS:
        raise Refused(
            f"Your input contains more than the maximum of {_MOST_CHARACTERS} characters in a "
            "single cell."
        )
    if value.get("stringValue") == "":
        raise Refused("An empty cell is sent without a value.")
    if "note" in cell and not cell["note"]:
        raise Refused("A cell without a note is sent without one.")
    form = cell.get("userEnteredFormat", {}).get("numberFormat")
    if form is not None and "type" not in form:
        raise Refused("numberFormat.type must be set.")


def _update_cells(book: Book, body: Body) -> None:
    _need(body, "fields", "rows")
    if ("start" in body) == ("range" in body):
        raise Refused("Either start or range must be set.")
    tree = _cell_mask(body["fields"])
    if "start" in body:
        start = body["start"]
        tab = book.tab(start.get("sheetId", 0))
        row, column = start.get("rowIndex", 0), start.get("columnIndex", 0)
        width = max(len(r.get("values", [])) for r in body["rows"])
        area = {
            "startRowIndex": row,
            "endRowIndex": row + len(body["rows"]),
            "startColumnIndex": column,
            "endColumnIndex": column + width,
        }
        tab.area(area)
        for number, sent in enumerate(body["rows"]):
            _write_row(tab, row + number, column, sent.get("values", []), tree)
        return
    tab = book.tab(body["range"].get("sheetId", 0))
    row, end, column, stop = tab.area(body["range"])
    for number in range(row, end):
        sent = body["rows"][number - row] if number - row < len(body["rows"]) else {}
        values = sent.get("values", [])
        _write_row(tab, number, column, [*values, *([{}] * (stop - column - len(values)))], tree)


def _write_row(tab: Tab, row: int, column: int, cells: list[Cell], tree: Mask) -> None:
    while len(tab.rows) <= row:
        tab.rows.append([])
    there = list(tab.rows[row])
    there += [None] * (column + len(cells) - len(there))
    for place, cell in enumerate(cells, start=column):
        if set(cell) - set(tree):
            raise Refused(f"{sorted(set(cell) - set(tree))} are set but not in the field mask.")
        _check_cell(cell)
        old = there[place]
        there[place] = (merged(_without_shown(old, tree), cell, tree) if old else cell) or None
    tab.rows[row] = there


def _without_shown(cell: Cell | None, tree: Mask) -> Cell:
    """A new value takes away what a formula had shown."""
    found = cell or {}
    if "userEnteredValue" in tree:
        found = {k: v for k, v in found.items() if k != "effectiveValue"}
    return found


def _repeat_cell(book: Book, body: Body) -> None:
    _need(body, "range", "fields")
    cell, tree = body.get("cell", {}), _cell_mask(body["fields"])
    _check_cell(cell)
    if set(cell) - set(tree):
        raise Refused("The cell sets what is not in the field mask.")
    if "userEnteredValue" in tree:
        raise Refused("The double does not repeat values.")
    tab = book.tab(body["range"].get("sheetId", 0))
    row, end, column, stop = tab.area(body["range"])
    tab.rows += [[] for _ in range(end - len(tab.rows))]
    known: dict[int, Cell | None] = {}
    for number in range(row, end):
        there = list(tab.rows[number])
        there += [None] * (stop - len(there))
        for place in range(column, stop):
            old = there[place]
            # Many cells are one and the same blank cell: they stay one.
            same = id(old) if old is None or "userEnteredValue" not in old else None
            if same is None or same not in known:
                new = merged(old or {}, cell, tree) or None
                if same is not None:
                    known[same] = new
            else:
                new = known[same]
            there[place] = new
        tab.rows[number] = there


def _copy_paste(book: Book, body: Body) -> None:
    _need(body, "source", "destination", "pasteType")
    if body["pasteType"] != "PASTE_VALUES":
        raise Refused("The double pastes values only.")
    source, target = (book.tab(body[k].get("sheetId", 0)) for k in ("source", "destination"))
    row, end, column, stop = source.area(body["source"])
    to_row, to_end, to_column, to_stop = target.area(body["destination"])
    if (end - row, stop - column) != (to_end - to_row, to_stop - to_column):
        raise Refused("Source and destination are of different size.")
    tree = {"userEnteredValue": {}}
    for number in range(end - row):
        cells = [
            {k: v for k, v in source.cell(row + number, place).items() if k in tree}
            for place in range(column, stop)
        ]
        _write_row(target, to_row + number, to_column, cells, tree)


def _insert(book: Book, body: Body) -> None:
    _need(body, "range")
    tab = book.tab(body["range"].get("sheetId", 0))
    lines.insert(book, tab, body["range"], inherit=body.get("inheritFromBefore", False))


def _append(book: Book, body: Body) -> None:
    _need(body, "sheetId", "dimension", "length")
    tab = book.tab(body["sheetId"])
    if body["length"] < 1:
        raise Refused("length must be positive.")
    tab.grid["rowCount" if body["dimension"] == "ROWS" else "columnCount"] += body["length"]


def _delete(book: Book, body: Body) -> None:
    _need(body, "range")
    lines.delete(book, book.tab(body["range"].get("sheetId", 0)), body["range"])


def _move(book: Book, body: Body) -> None:
    _need(body, "source", "destinationIndex")
    tab = book.tab(body["source"].get("sheetId", 0))
    lines.move(book, tab, body["source"], body["destinationIndex"])


def _widths(book: Book, body: Body) -> None:
    _need(body, "range", "properties", "fields")
    tree = mask(body["fields"], "DimensionProperties")
    asked = body["range"]
    tab = book.tab(asked.get("sheetId", 0))
    if asked["dimension"] != "COLUMNS" or set(tree) != {"pixelSize"}:
        raise Refused("The double knows widths only.")
    if asked["endIndex"] > tab.size("COLUMNS"):
        raise Refused("The columns are outside of the grid.")
    for place in range(asked["startIndex"], asked["endIndex"]):
        tab.widths[place] = body["properties"]["pixelSize"]


def _validate(book: Book, body: Body) -> None:
    _need(body, "range")
    rule = body.get("rule")
    if rule is not None:
        kind, values = rule["condition"]["type"], rule["condition"].get("values", [])
        if kind == "ONE_OF_LIST" and not values:
            raise Refused("ONE_OF_LIST needs values.")
        if kind in ("BOOLEAN", "DATE_IS_VALID") and values and kind != "BOOLEAN":
            raise Refused(f"{kind} takes no values.")
    tab = book.tab(body["range"].get("sheetId", 0))
    row, end, column, stop = tab.area(body["range"])
    for number in range(row, end):
        for place in range(column, stop):
            cell = {k: v for k, v in tab.cell(number, place).items() if k != "dataValidation"}
            tab.put(number, place, cell | ({"dataValidation": rule} if rule else {}))


def _filter(book: Book, body: Body) -> None:
    _need(body, "filter")
    found = body["filter"]
    _need(found, "range")
    if found.get("sortSpecs") or found.get("criteria"):
        raise Refused("The service must neither sort nor use the deprecated criteria.")
    tab = book.tab(found["range"].get("sheetId", 0))
    _, _, column, stop = tab.area(found["range"])
    for spec in found.get("filterSpecs", []):
        if not column <= spec.get("columnIndex", 0) < stop:
            raise Refused("A filter's column lies outside of its range.")
    tab.filter = deepcopy(found)


def _locations(book: Book, location: dict[str, Any]) -> None:
    kinds = [name for name, value in location.items() if value]
    if len(kinds) != 1:
        raise Refused(f"A metadata location must be one thing, found {kinds}.")
    line = location.get("dimensionRange")
    if "sheetId" in location:
        book.tab(location["sheetId"])
    if line is not None:
        tab = book.tab(line.get("sheetId", 0))
        start, end = line.get("startIndex", 0), line["endIndex"]
        if end != start + 1:
            raise Refused("Metadata sits on exactly one row or column.")
        if end > tab.size(line["dimension"]):
            raise Refused("Metadata outside of the grid.")


def _create_metadata(book: Book, body: Body) -> Reply:
    _need(body, "developerMetadata")
    entry = deepcopy(body["developerMetadata"])
    _need(entry, "metadataKey", "visibility", "location")
    if entry["visibility"] not in ("DOCUMENT", "PROJECT"):
        raise Refused("visibility must be specified.")
    _locations(book, entry["location"])
    number = entry.setdefault("metadataId", book.new_id())
    if number <= 0:
        raise Refused("metadataId must be positive.")
    if any(m["metadataId"] == number for m in book.metadata):
        raise Refused(
            f"Cannot add developer metadata with ID [{number}] because developer metadata with "
            "that ID already exists."
        )
    if len(entry.get("metadataValue", "")) + len(entry["metadataKey"]) > 30_000:
        raise Refused("Too much metadata.")
    book.metadata.append(entry)
    return {"createDeveloperMetadata": {"developerMetadata": deepcopy(entry)}}


def looked_up(book: Book, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Metadata entries that a DeveloperMetadataLookup selects."""
    if not found or set(found) - {"metadataId", "metadataKey", "metadataValue"}:
        raise Refused(f"The double does not look metadata up by {sorted(found)}.")
    for entry in book.metadata:
        if all(entry.get(name) == value for name, value in found.items()):
            yield entry


def _update_metadata(book: Book, body: Body) -> None:
    _need(body, "dataFilters", "developerMetadata", "fields")
    tree = mask(body["fields"], "DeveloperMetadata")
    if set(tree) != {"metadataValue"}:
        raise Refused("The double updates values of metadata only.")
    found = [e for f in body["dataFilters"] for e in looked_up(book, f["developerMetadataLookup"])]
    if not found:
        raise Refused("No developer metadata matches.")
    for entry in found:
        entry["metadataValue"] = body["developerMetadata"]["metadataValue"]


def _delete_metadata(book: Book, body: Body) -> None:
    found = list(looked_up(book, body["dataFilter"]["developerMetadataLookup"]))
    if not found:
        raise Refused("No developer metadata matches.")
    book.metadata = [m for m in book.metadata if m not in found]


KINDS: dict[str, Callable[[Book, Body], Reply | None]] = {
    "addSheet": _add_sheet,
    "deleteSheet": _delete_sheet,
    "updateSheetProperties": _update_sheet,
    "updateCells": _update_cells,
    "repeatCell": _repeat_cell,
    "copyPaste": _copy_paste,
    "insertDimension": _insert,
    "appendDimension": _append,
    "deleteDimension": _delete,
    "moveDimension": _move,
    "updateDimensionProperties": _widths,
    "setDataValidation": _validate,
    "setBasicFilter": _filter,
    "createDeveloperMetadata": _create_metadata,
    "updateDeveloperMetadata": _update_metadata,
    "deleteDeveloperMetadata": _delete_metadata,
    **OBJECTS,
}


def check_body(body: Any) -> list[Body]:
    """The requests of a batchUpdate body that keeps to Google's schema. Raises Fault."""
    check(body, "BatchUpdateSpreadsheetRequest")
    found: list[Body] = body.get("requests", [])
    return found


__all__ = ["apply", "check_body", "looked_up", "overlap"]
