"""Requests that make a table look as declared: header, columns, rules, stripes, protection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from sheets_sync.books.google import format as form
from sheets_sync.books.google.cells import spans
from sheets_sync.books.google.charts import Drawn
from sheets_sync.books.google.record import Record, column_id, digest, stable_id
from sheets_sync.books.google.state import Sheet
from templates_sheets import look
from templates_sheets.tab import Column, Table

Request = dict[str, Any]

#: Every part of a header cell, and the parts that are laid apart.
ALL = ("userEnteredValue", "note", "userEnteredFormat")


def hashes(table: Table) -> Record:
    """The hashes of everything that a table wants laid; rows and keys are not filled.

    `body` is "" where nothing hangs on row numbers.
    """
    columns, ids = table.columns, [column_id(c) for c in table.columns]
    looks = [
        [
            name,
            form.body_format(table, place),
            form.header_format(column, table.tab),
            [column.heat, column.band, column.bar, column.choices],
        ]
        for place, (name, column) in enumerate(zip(ids, columns, strict=True))
    ]
    # Notes on what people typed are told from theirs one by one, not by a hash of all.
    ours = table.notes if table.tab.filled_by == "service" else {}
    notes = sorted((row, ids[at], text) for (row, at), text in ours.items())
    choices = sorted((row, ids[at], words) for (row, at), words in table.choices.items())
    ticks = len(table.rows) if any(c.format == "check" for c in columns) else 0
    hanging = [notes, sorted(own_codes(table).items()), choices, ticks]
    return Record(
        table.tab.key,
        titles=digest([c.title for c in columns]),
        hints=digest([c.hint for c in columns]),
        look=digest([form.LOOK, table.tab.freeze, table.tab.filters, table.bands, looks]),
        body=digest(hanging) if any(hanging) else "",
        notes=tuple(sorted({name for _, name, _ in notes})),
        bold=tuple(sorted(table.bold)),
    )


def header(drawn: Drawn, places: Iterable[int], parts: Sequence[str] = ALL) -> Iterator[Request]:
    """Header cells of the columns `places`: their texts, notes and formats, or some of these."""
    columns = drawn.table.columns
    for run in side_by_side(drawn, places):
        cells = [_header_cell(columns[place], drawn, parts) for place in run]
        start = {
            "sheetId": drawn.sheet_id,
            "rowIndex": drawn.top,
            "columnIndex": drawn.at[run[0]],
        }
        rows = [{"values": cells}]
        yield {"updateCells": {"start": start, "rows": rows, "fields": ",".join(parts)}}


def _header_cell(column: Column, drawn: Drawn, parts: Sequence[str]) -> dict[str, Any]:
    cell = {
        "userEnteredValue": {"stringValue": column.title},
        "note": column.hint,
        "userEnteredFormat": form.header_format(column, drawn.table.tab),
    }
    return {part: cell[part] for part in parts if cell[part]}


def columns(drawn: Drawn, places: Iterable[int], *, paint: bool = False) -> Iterator[Request]:
    """Formats of columns from under the header to the end; `paint` also where people write."""
    looks = {place: form.body_format(drawn.table, place) for place in places}
    fill = {"backgroundColorStyle": form.colour(look.INPUT_FILL)}
    if paint:
        looks = {p: cell | fill if painted(drawn.table, p) else cell for p, cell in looks.items()}
    for run in side_by_side(drawn, looks):
        for _, same in groupby(run, key=lambda place: digest(looks[place])):
            alike = list(same)
            cell = looks[alike[0]]
            first, end = drawn.at[alike[0]], drawn.at[alike[-1]] + 1
            body = {
                "sheetId": drawn.sheet_id,
                "startRowIndex": drawn.top + 1,
                "startColumnIndex": first,
                "endColumnIndex": end,
            }
            yield repeat(body, {"userEnteredFormat": cell}, form.mask(cell))


def painted(table: Table, place: int) -> bool:
    """Whether cells of a column have the colour of a place to write in."""
    column, tab = table.columns[place], table.tab
    return column.comment or (tab.filled_by == "people" and not tab.filters and not column.key)


def widths(drawn: Drawn, places: Iterable[int]) -> Iterator[Request]:
    """Widths of columns, as declared; people may change them afterwards."""
    for place in places:
        at = drawn.at[place]
        yield {
            "updateDimensionProperties": {
                "range": {
                    "sheetId": drawn.sheet_id,
                    "dimension": "COLUMNS",
                    "startIndex": at,
                    "endIndex": at + 1,
                },
                "properties": {"pixelSize": form.pixels(drawn.table.columns[place].width)},
                "fields": "pixelSize",
            }
        }


def checks(drawn: Drawn) -> Iterator[Request]:
    """Drop-downs and checks of columns that people fill."""
    for place, column in enumerate(drawn.table.columns):
        rule = form.check_of(column) if form.is_asked(column, drawn.table.tab) else None
        if rule:
            at = drawn.at[place]
            below = {
                "sheetId": drawn.sheet_id,
                "startRowIndex": drawn.top + 1,
                "startColumnIndex": at,
                "endColumnIndex": at + 1,
            }
            yield {"setDataValidation": {"range": below, "rule": rule}}


def rules(drawn: Drawn, sheet: Sheet | None) -> tuple[list[Request], tuple[str, ...]]:
    """Conditional formats: ours from before go, the declared ones come after people's own.

    Also gives their marks, by which the next write will know them.
    """
    wanted = form.rules(drawn.table, drawn.sheet_id, drawn.top, drawn.at)
    marks = tuple(form.rule_mark(rule) for rule in wanted)
    there = list(sheet.rules) if sheet else []
    # A tab that lost its record (a copied file) has those that are wanted now.
    ours = list(sheet.record.rules or marks) if sheet else []
    requests: list[Request] = []
    for index in reversed(range(len(there))):
        mark = form.rule_mark(there[index])
        if mark in ours:
            ours.remove(mark)
            gone = {"sheetId": drawn.sheet_id, "index": index}
            requests.append({"deleteConditionalFormatRule": gone})
    kept = len(there) - len(requests)
    for index, rule in enumerate(wanted, start=kept):
        requests.append({"addConditionalFormatRule": {"rule": rule, "index": index}})
    return requests, marks


def banding(drawn: Drawn, sheet: Sheet | None) -> Iterator[Request]:
    """Stripes under the header, unless people laid stripes of their own there."""
    number = stable_id("banding", drawn.table.tab.key)
    there = {b["bandedRangeId"] for b in sheet.bandings} if sheet else set()
    if drawn.table.tab.filled_by != "service" or there - {number}:
        return
    area = {
        "sheetId": drawn.sheet_id,
        "startRowIndex": drawn.top + 1,
        "startColumnIndex": min(drawn.at),
        "endColumnIndex": max(drawn.at) + 1,
    }
    banded = {"bandedRangeId": number, "range": area, "rowProperties": form.stripes()}
    if number in there:
        yield {"updateBanding": {"bandedRange": banded, "fields": "range,rowProperties"}}
    else:
        yield {"addBanding": {"bandedRange": banded}}


def protection(drawn: Drawn, sheet: Sheet | None, columns_there: int) -> Iterator[Request]:
    """A warning before somebody edits what the service fills; one protection a tab, ours.

    columns_there  how many columns the sheet has: those right of the table are people's
    """
    there = [
        p for p in (sheet.protected if sheet else ()) if p.get("description") == form.PROTECTION
    ]
    wanted = [_protected(drawn, area, columns_there) for area in _protected_areas(drawn)]
    for old, new in zip(there, wanted, strict=False):
        new = new | {"protectedRangeId": old["protectedRangeId"]}  # noqa: PLW2901 - the same one
        fields = "range,unprotectedRanges,warningOnly"
        yield {"updateProtectedRange": {"protectedRange": new, "fields": fields}}
    for old in there[len(wanted) :]:
        yield {"deleteProtectedRange": {"protectedRangeId": old["protectedRangeId"]}}
    for new in wanted[len(there) :]:
        yield {"addProtectedRange": {"protectedRange": new}}


def _protected_areas(drawn: Drawn) -> list[dict[str, Any]]:
    """The whole tab of a report; in a tab that people fill, the service's columns."""
    if drawn.table.tab.filled_by == "service":
        return [{"sheetId": drawn.sheet_id}]
    ours = sorted(
        at
        for at, column in zip(drawn.at, drawn.table.columns, strict=True)
        if not form.is_asked(column, drawn.table.tab)
    )
    return [
        {"sheetId": drawn.sheet_id, "startColumnIndex": first, "endColumnIndex": end}
        for first, end in spans(ours)
    ]


def _protected(drawn: Drawn, area: dict[str, Any], columns_there: int) -> dict[str, Any]:
    found = {"range": area, "description": form.PROTECTION, "warningOnly": True}
    if len(area) > 1:
        return found
    free = [
        {
            "sheetId": drawn.sheet_id,
            "startRowIndex": drawn.top + 1,
            "startColumnIndex": at,
            "endColumnIndex": at + 1,
        }
        for at, column in zip(drawn.at, drawn.table.columns, strict=True)
        if column.comment
    ]
    right = max(drawn.at) + 1
    if right < columns_there:
        free.append({"sheetId": drawn.sheet_id, "startColumnIndex": right})
    return found | ({"unprotectedRanges": free} if free else {})


def freeze(drawn: Drawn) -> Request:
    """The header and the first columns stay in view."""
    frozen = {
        "frozenRowCount": drawn.top + 1,
        "frozenColumnCount": drawn.table.tab.freeze,
    }
    return {
        "updateSheetProperties": {
            "properties": {"sheetId": drawn.sheet_id, "gridProperties": frozen},
            "fields": "gridProperties.frozenRowCount,gridProperties.frozenColumnCount",
        }
    }


def side_by_side(drawn: Drawn, places: Iterable[int]) -> Iterator[list[int]]:
    """Columns of the table in runs that touch in the sheet, in the sheet's order."""
    by_place = {drawn.at[place]: place for place in places}
    for start, end in spans(sorted(by_place)):
        yield [by_place[at] for at in range(start, end)]


def repeat(area: dict[str, Any], cell: dict[str, Any], fields: str) -> Request:
    return {"repeatCell": {"range": area, "cell": cell, "fields": fields}}


def own_codes(table: Table) -> dict[tuple[int, int], tuple[Any, str]]:
    """Cells with a format of their own -> the format and its code, which may depend on the value."""
    return {
        (row, at): (kind, look.code(kind, table.rows[row][at]))
        for (row, at), kind in table.formats.items()
    }
