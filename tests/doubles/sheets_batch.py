"""batchUpdate: one function for each kind of request, stricter than Google; all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from tests.doubles import sheets_lines as lines
from tests.doubles.sheets_cells import CELLS, merged
from tests.doubles.sheets_metadata import METADATA
from tests.doubles.sheets_model import Book, Refused, Tab, cut, need, overlap
from tests.doubles.sheets_objects import OBJECTS
from tests.doubles.sheets_schema import Fault, check, mask

Reply = dict[str, Any]
Body = dict[str, Any]

_MOST_REQUESTS = 100_000


#: Kinds that a protection does not concern.
_FREE = ("DeveloperMetadata", "Chart", "EmbeddedObject", "addSheet", "ProtectedRange")


def apply(book: Book, requests: list[Body], account: str = "") -> tuple[Book, list[Reply]]:
    """The spreadsheet after the requests of an account, in their order, and a reply to each.

    Raises Refused where one of them is wrong; `book` itself is never changed.
    """
    if not requests:
        raise Refused("Must specify at least one request.")
    if len(requests) > _MOST_REQUESTS:
        raise Refused(f"Cannot exceed {_MOST_REQUESTS} requests in a single batch.")
    changed = book.copy()
    replies = []
    for number, request in enumerate(map(cut, requests)):
        kinds = [name for name, value in request.items() if value is not None]
        if len(kinds) != 1:
            raise Refused(f"Invalid requests[{number}]: one kind must be set, found {kinds}.")
        kind = kinds[0]
        if kind not in KINDS:
            raise Refused(f"Invalid requests[{number}]: the double does not know {kind}.")
        try:
            if not any(free in kind for free in _FREE):
                _refuse_locked(changed, request[kind], account)
            replies.append(KINDS[kind](changed, request[kind]) or {})
            changed.check_size()
        except (Refused, Fault) as error:
            raise Refused(f"Invalid requests[{number}].{kind}: {error}") from None
    return changed, replies


def may_edit(protection: Body, account: str) -> bool:
    """Whether a protection lets an account in."""
    users = protection.get("editors", {}).get("users", [])
    return bool(protection.get("warningOnly")) or account in users


def _refuse_locked(book: Book, body: Body, account: str) -> None:
    """Refuse what touches a range that is protected against the account."""
    places = [part for name, part in _places(body) if name != "source"]
    for tab in book.tabs:
        shut = [p["range"] for p in tab.protected if not may_edit(p, account)]
        here = [place for place in places if place.get("sheetId", 0) == tab.id]
        if any(overlap(one, other) for one in shut for other in here):
            raise Refused(
                "You are trying to edit a protected cell or object. Please contact the spreadsheet "
                "owner to remove protection if you need to edit."
            )


def _places(body: Body, name: str = "") -> Iterator[tuple[str, Body]]:
    """Everything in a request that lies in a tab, as a GridRange, under its field's name."""
    if "sheetId" in body:
        yield name, _as_range(body)
    for field, part in body.items():
        for each in part if isinstance(part, list) else [part]:
            if isinstance(each, dict):
                yield from _places(each, field)
    if "start" in body and "rows" in body:
        start, rows = body["start"], body["rows"]
        width = max(len(row.get("values", [])) for row in rows)
        row, column = start.get("rowIndex", 0), start.get("columnIndex", 0)
        yield (
            name,
            {
                "sheetId": start.get("sheetId", 0),
                "startRowIndex": row,
                "endRowIndex": row + len(rows),
                "startColumnIndex": column,
                "endColumnIndex": column + width,
            },
        )


def _as_range(body: Body) -> Body:
    if "rowIndex" in body:
        row, column = body["rowIndex"], body.get("columnIndex", 0)
        ends = {"endRowIndex": row + 1, "endColumnIndex": column + 1}
        return body | {"startRowIndex": row, "startColumnIndex": column} | ends
    if "dimension" in body and "startIndex" in body:
        line = "Row" if body["dimension"] == "ROWS" else "Column"
        return {
            "sheetId": body.get("sheetId", 0),
            f"start{line}Index": body["startIndex"],
            f"end{line}Index": body.get("endIndex", 10**9),
        }
    return body


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
    need(body, "sheetId")
    gone = book.tab(body["sheetId"])
    if not any(not tab.properties.get("hidden") for tab in book.tabs if tab is not gone):
        raise Refused("You can't remove all the visible sheets in a document.")
    book.tabs.remove(gone)
    book.metadata = [m for m in book.metadata if _tab_of(m) != gone.id]


def _tab_of(entry: dict[str, Any]) -> int | None:
    location = entry["location"]
    return location.get("sheetId", location.get("dimensionRange", {}).get("sheetId"))


def _update_sheet(book: Book, body: Body) -> None:
    need(body, "properties", "fields")
    asked = body["properties"]
    need(asked, "sheetId")
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


def _insert(book: Book, body: Body) -> None:
    need(body, "range")
    tab = book.tab(body["range"].get("sheetId", 0))
    lines.insert(book, tab, body["range"], inherit=body.get("inheritFromBefore", False))


def _append(book: Book, body: Body) -> None:
    need(body, "sheetId", "dimension", "length")
    tab = book.tab(body["sheetId"])
    if body["length"] < 1:
        raise Refused("length must be positive.")
    tab.grid["rowCount" if body["dimension"] == "ROWS" else "columnCount"] += body["length"]


def _delete(book: Book, body: Body) -> None:
    need(body, "range")
    lines.delete(book, book.tab(body["range"].get("sheetId", 0)), body["range"])


def _move(book: Book, body: Body) -> None:
    need(body, "source", "destinationIndex")
    tab = book.tab(body["source"].get("sheetId", 0))
    lines.move(book, tab, body["source"], body["destinationIndex"])


def _widths(book: Book, body: Body) -> None:
    need(body, "range", "properties", "fields")
    tree = mask(body["fields"], "DimensionProperties")
    asked = body["range"]
    tab = book.tab(asked.get("sheetId", 0))
    if asked["dimension"] != "COLUMNS" or set(tree) != {"pixelSize"}:
        raise Refused("The double knows widths only.")
    if asked["endIndex"] > tab.size("COLUMNS"):
        raise Refused("The columns are outside of the grid.")
    for place in range(asked["startIndex"], asked["endIndex"]):
        tab.widths[place] = body["properties"]["pixelSize"]


def _filter(book: Book, body: Body) -> None:
    need(body, "filter")
    found = body["filter"]
    need(found, "range")
    if found.get("sortSpecs") or found.get("criteria"):
        raise Refused("The service must neither sort nor use the deprecated criteria.")
    tab = book.tab(found["range"].get("sheetId", 0))
    if any(overlap(table["range"], found["range"]) for table in tab.tables):
        raise Refused("A filter cannot overlap a table.")
    _, _, column, stop = tab.area(found["range"])
    for spec in found.get("filterSpecs", []):
        if not column <= spec.get("columnIndex", 0) < stop:
            raise Refused("A filter's column lies outside of its range.")
    tab.filter = deepcopy(found)


def _sort(book: Book, body: Body) -> None:
    need(body, "range", "sortSpecs")
    tab = book.tab(body["range"].get("sheetId", 0))
    row, end, column, stop = tab.area(body["range"])
    if any(overlap(merge, body["range"]) for merge in tab.merges):
        raise Refused("You can't sort a range that has merged cells.")
    if (column, stop) != (0, tab.size("COLUMNS")):
        raise Refused("The double sorts whole rows only.")
    (by,) = body["sortSpecs"]
    lines.sort(tab, row, end, by.get("dimensionIndex", 0), down=by["sortOrder"] == "DESCENDING")


def _unmerge(book: Book, body: Body) -> None:
    need(body, "range")
    tab = book.tab(body["range"].get("sheetId", 0))
    tab.area(body["range"])
    tab.merges = [merge for merge in tab.merges if not overlap(merge, body["range"])]


def _add_group(book: Book, body: Body) -> None:
    need(body, "range")
    found = body["range"]
    tab = book.tab(found.get("sheetId", 0))
    if not 0 <= found["startIndex"] < found["endIndex"] <= tab.size(found["dimension"]):
        raise Refused("The group lies outside of the grid.")
    for other in tab.groups:
        there = other["range"]
        apart = found["endIndex"] <= there["startIndex"] or there["endIndex"] <= found["startIndex"]
        if there["dimension"] == found["dimension"] and not apart:
            raise Refused("The double nests no groups.")
    tab.groups.append({"range": deepcopy(found), "depth": 1})


def _delete_group(book: Book, body: Body) -> None:
    need(body, "range")
    tab = book.tab(body["range"].get("sheetId", 0))
    if not any(group["range"] == body["range"] for group in tab.groups):
        raise Refused("There is no such group.")
    tab.groups = [group for group in tab.groups if group["range"] != body["range"]]


def _update_group(book: Book, body: Body) -> None:
    need(body, "dimensionGroup", "fields")
    asked = body["dimensionGroup"]
    tree = mask(body["fields"], "DimensionGroup")
    for group in book.tab(asked["range"].get("sheetId", 0)).groups:
        if (group["range"], group["depth"]) == (asked["range"], asked["depth"]):
            group |= {name: asked[name] for name in tree}
            return
    raise Refused("There is no such group.")


KINDS: dict[str, Callable[[Book, Body], Reply | None]] = {
    "addSheet": _add_sheet,
    "deleteSheet": _delete_sheet,
    "updateSheetProperties": _update_sheet,
    "insertDimension": _insert,
    "appendDimension": _append,
    "deleteDimension": _delete,
    "moveDimension": _move,
    "updateDimensionProperties": _widths,
    "setBasicFilter": _filter,
    "sortRange": _sort,
    "unmergeCells": _unmerge,
    "addDimensionGroup": _add_group,
    "deleteDimensionGroup": _delete_group,
    "updateDimensionGroup": _update_group,
    **CELLS,
    **METADATA,
    **OBJECTS,
}


def check_body(body: Any) -> list[Body]:
    """The requests of a batchUpdate body that keeps to Google's schema. Raises Fault."""
    check(body, "BatchUpdateSpreadsheetRequest")
    found: list[Body] = body.get("requests", [])
    return found
