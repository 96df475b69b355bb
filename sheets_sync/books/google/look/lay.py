"""Requests that make a table look as declared: header, columns, stripes, protection, filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sheets_sync.books.google.look import format as form
from sheets_sync.books.google.look.drawn import Drawn
from sheets_sync.books.google.ranges import Request, area, lines, repeat, spans
from sheets_sync.books.google.read.layout import BookTab
from sheets_sync.books.google.read.record import digest, stable_id
from templates_sheets.tab import Column

#: What our protection says of itself, by which it is told from people's own.
PROTECTION = "romi-sheets: заполняет сервис"
_STRIPES = {
    "firstBandColorStyle": form.colour("#FFFFFF"),
    "secondBandColorStyle": form.colour("#F6F8FA"),
}


def header(drawn: Drawn, places: Iterable[int], parts: Sequence[str]) -> Iterator[Request]:
    """Header cells of the columns `places`: texts (userEnteredValue), formats, or both."""
    columns = drawn.table.columns
    for run in drawn.side_by_side(places):
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
        "userEnteredFormat": form.header_format(column, drawn.table.tab),
    }
    return {part: cell[part] for part in parts}


def columns(drawn: Drawn, places: Iterable[int], *, paint: bool = False) -> Iterator[Request]:
    """Formats of columns from under the header to the end; `paint` also where people write."""
    looks = {place: form.body_format(drawn.table, place) for place in places}
    if paint:
        looks = {
            place: cell | form.INPUT_FORMAT if form.is_painted(drawn.table, place) else cell
            for place, cell in looks.items()
        }
    for run in drawn.side_by_side(looks):
        for _, same in groupby(run, key=lambda place: digest(looks[place])):
            alike = list(same)
            cell = looks[alike[0]]
            where = area(
                drawn.sheet_id, drawn.top + 1, None, drawn.at[alike[0]], drawn.at[alike[-1]] + 1
            )
            yield repeat(where, {"userEnteredFormat": cell}, form.mask(cell))


def widths(drawn: Drawn, places: Iterable[int]) -> Iterator[Request]:
    """Widths of columns, as declared; people may change them afterwards."""
    for place in places:
        at = drawn.at[place]
        yield {
            "updateDimensionProperties": {
                "range": lines(drawn.sheet_id, "COLUMNS", at, at + 1),
                "properties": {"pixelSize": form.pixels(drawn.table.columns[place].width)},
                "fields": "pixelSize",
            }
        }


def checks(drawn: Drawn) -> Iterator[Request]:
    """Drop-downs and checks of columns that people fill."""
    for place, column in enumerate(drawn.table.columns):
        rule = form.check_of(column) if form.is_theirs(column, drawn.table.tab) else None
        if rule:
            at = drawn.at[place]
            where = area(drawn.sheet_id, drawn.top + 1, None, at, at + 1)
            yield {"setDataValidation": {"range": where, "rule": rule}}


def banding(drawn: Drawn, sheet: BookTab | None) -> Iterator[Request]:
    """Stripes under the header, unless people laid stripes or made a table of their own there."""
    number = stable_id("banding", drawn.table.tab.key)
    there = {b["bandedRangeId"]: b for b in sheet.bandings} if sheet else {}
    theirs = set(there) - {number} or (sheet and sheet.tables)
    if drawn.table.tab.filled_by != "service" or theirs:
        return
    where = area(drawn.sheet_id, drawn.top + 1, None, min(drawn.at), max(drawn.at) + 1)
    banded = {"bandedRangeId": number, "range": where, "rowProperties": _STRIPES}
    if number not in there:
        yield {"addBanding": {"bandedRange": banded}}
    elif not covers(there[number], banded):
        yield {"updateBanding": {"bandedRange": banded, "fields": "range,rowProperties"}}


def protection(drawn: Drawn, sheet: BookTab | None, columns_there: int) -> Iterator[Request]:
    """A warning before somebody edits what the service fills; ours say so in their description.

    columns_there  how many columns the sheet has: those right of the table are people's
    """
    protected = sheet.protected if sheet else ()
    there = [p for p in protected if p.get("description") == PROTECTION]
    ours = [_protected(drawn, where, columns_there) for where in _protected_areas(drawn)]
    for old, new in zip(there, ours, strict=False):
        if not covers(old, new):
            kept = new | {"protectedRangeId": old["protectedRangeId"]}
            fields = "range,unprotectedRanges,warningOnly"
            yield {"updateProtectedRange": {"protectedRange": kept, "fields": fields}}
    for old in there[len(ours) :]:
        yield {"deleteProtectedRange": {"protectedRangeId": old["protectedRangeId"]}}
    for new in ours[len(there) :]:
        yield {"addProtectedRange": {"protectedRange": new}}


def _protected_areas(drawn: Drawn) -> list[dict[str, Any]]:
    """The whole tab of a report; in a tab that people fill, the service's columns."""
    if drawn.table.tab.filled_by == "service":
        return [{"sheetId": drawn.sheet_id}]
    ours = sorted(
        at
        for at, column in zip(drawn.at, drawn.table.columns, strict=True)
        if not form.is_theirs(column, drawn.table.tab)
    )
    return [
        {"sheetId": drawn.sheet_id, "startColumnIndex": first, "endColumnIndex": end}
        for first, end in spans(ours)
    ]


def _protected(drawn: Drawn, where: dict[str, Any], columns_there: int) -> dict[str, Any]:
    protected = {"range": where, "description": PROTECTION, "warningOnly": True}
    if len(where) > 1:
        return protected
    free = [
        area(drawn.sheet_id, drawn.top + 1, None, at, at + 1)
        for at, column in zip(drawn.at, drawn.table.columns, strict=True)
        if column.comment
    ]
    right = max(drawn.at) + 1
    if right < columns_there:
        free.append({"sheetId": drawn.sheet_id, "startColumnIndex": right})
    return protected | ({"unprotectedRanges": free} if free else {})


def freeze(drawn: Drawn, sheet: BookTab | None) -> Iterator[Request]:
    """The header and the first columns stay in view; what people froze beyond that does, too."""
    rows, left = drawn.top + 1, drawn.table.tab.freeze
    if sheet and sheet.frozen[0] >= rows and sheet.frozen[1] >= left:
        return
    frozen = {"frozenRowCount": rows, "frozenColumnCount": left}
    yield {
        "updateSheetProperties": {
            "properties": {"sheetId": drawn.sheet_id, "gridProperties": frozen},
            "fields": "gridProperties.frozenRowCount,gridProperties.frozenColumnCount",
        }
    }


def basic_filter(drawn: Drawn, sheet: BookTab | None, *, moved: bool = False) -> Iterator[Request]:
    """The filter over the tab's rows without «Итого»; none if it is as it should be.

    moved  whether rows are moved in the same batch, and its edges with them

    What people chose in it is kept, and so are columns of theirs that it covers. Their sorting is
    not: the order of rows is the report's. A tab that they made a table has its own.
    """
    if sheet and sheet.tables:
        return
    there = sheet.filter if sheet else None
    total = drawn.table.tab.total
    end = drawn.end - 1 if total and drawn.table.rows else drawn.end
    where = area(
        drawn.sheet_id, drawn.top, end if total else None, min(drawn.at), max(drawn.at) + 1
    )
    ours: dict[str, Any] = {"range": where}
    if there is not None:
        old = there["range"]
        where["startColumnIndex"] = min(where["startColumnIndex"], old.get("startColumnIndex", 0))
        where["endColumnIndex"] = max(where["endColumnIndex"], old.get("endColumnIndex", 0))
        if not total and old.get("endRowIndex", 0) >= end:
            where["endRowIndex"] = old["endRowIndex"]
        if (
            not moved
            and all(old.get(name, 0) == value for name, value in where.items())
            and (total or old.get("endRowIndex", end) >= end)
        ):
            return
        chosen = there.get("filterSpecs") or [
            {"columnIndex": int(index), "filterCriteria": criteria}
            for index, criteria in there.get("criteria", {}).items()
        ]
        ours |= {"filterSpecs": chosen} if chosen else {}
    yield {"setBasicFilter": {"filter": ours}}


def covers(there: Any, target: Any) -> bool:
    """Whether everything wanted is there, as Google gives it back.

    It leaves out what is 0, false or empty, cuts a colour's channel to a step of 1/255 and keeps
    it as a float of 32 bits.
    """
    if isinstance(target, Mapping):
        content = there if isinstance(there, Mapping) else {}
        return all(covers(content.get(name), value) for name, value in target.items())
    if isinstance(target, bool):
        return bool(there) == target
    if isinstance(target, int | float):
        return abs(float(there or 0) - target) < 1.01 / 255
    if isinstance(target, list):
        several = there or []
        return len(several) == len(target) and all(map(covers, several, target))
    return bool(there == target)
