"""What of a forced look would change something: so `init` run again and again writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sheets_sync.books.google.look import format as form
from sheets_sync.books.google.look.drawn import Drawn
from sheets_sync.books.google.look.lay import covers
from sheets_sync.books.google.ranges import Request, area
from sheets_sync.books.google.read.layout import BookTab, cells_of

#: Formats are looked at in so many rows of each tab.
_ROWS = 1000

#: By sheet id: row and column -> CellData.
Looks = Mapping[int, Mapping[tuple[int, int], Mapping[str, Any]]]


def look_areas(sheets: Iterable[BookTab]) -> Iterator[dict[str, Any]]:
    """The header and the first rows of tabs that are there."""
    for sheet in sheets:
        top = max(sheet.top, 0)
        yield area(sheet.id, top, min(top + 2 + _ROWS, sheet.rows), 0, None)


def looks_of(answer: Mapping[str, Any]) -> Looks:
    """The cells in an answer to LOOKS or NOTES."""
    return {
        sheet["properties"]["sheetId"]: dict(cells_of(sheet.get("data", [])))
        for sheet in answer.get("sheets", [])
    }


def needed_requests(
    requests: Sequence[Request], drawn: Drawn, sheet: BookTab, looks: Looks
) -> Iterator[Request]:
    """Those requests that are not carried out already, as far as `looks` goes.

    People's formats in columns that they fill are theirs; cells with formats of their own are laid
    with the rows.
    """
    cells = looks.get(sheet.id, {})
    own = {drawn.at[at] for _, at in drawn.table.formats} | {
        drawn.at[place]
        for place, column in enumerate(drawn.table.columns)
        if form.is_theirs(column, drawn.table.tab)
    }
    rows = range(sheet.top + 1, sheet.top + 1 + max(1, min(sheet.record.rows, _ROWS)))
    for request in requests:
        ((kind, body),) = request.items()
        if kind == "updateCells":
            changes = _updated(body)
        elif kind == "repeatCell":
            columns = set(_columns(body["range"])) - own
            changes = {(row, column): body["cell"] for row in rows for column in columns}
        elif kind == "setDataValidation":
            columns = set(_columns(body["range"]))
            rule = {"dataValidation": body["rule"]}
            changes = {(rows[0], column): rule for column in columns}
        else:
            yield request
            continue
        if not all(covers(cells.get(place, {}), cell) for place, cell in changes.items()):
            yield request


def _updated(body: Mapping[str, Any]) -> dict[tuple[int, int], Mapping[str, Any]]:
    start, names = body["start"], body["fields"].split(",")
    return {
        (start["rowIndex"] + number, start["columnIndex"] + place): dict.fromkeys(names) | cell
        for number, row in enumerate(body["rows"])
        for place, cell in enumerate(row["values"])
    }


def _columns(where: Mapping[str, int]) -> range:
    return range(where["startColumnIndex"], where["endColumnIndex"])
