"""Groups of columns and rows that are laid closed; cells that lead to other tabs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

from sheets_sync.books.google.look.drawn import Drawn
from sheets_sync.books.google.ranges import Request, area, lines, repeat
from sheets_sync.books.google.read.layout import BookTab
from sheets_sync.books.google.read.ours import Id, identities
from sheets_sync.books.google.read.record import column_id, digest, row_mark
from sheets_sync.books.google.wire import wire_rows
from templates_sheets.tab import Table

_LINK = "userEnteredFormat.textFormat.link"


def group_marks(table: Table) -> tuple[str, ...]:
    """What each group is known by: its first and last column, or row."""
    marks = [
        _mark(column_id(table.columns[first]), column_id(table.columns[last]))
        for first, last in _column_runs(table)
    ]
    if table.folded:
        names = identities(table, wire_rows(table))
        marks += [_mark(row_mark(names[a]), row_mark(names[b])) for a, b in table.folded]
    return tuple(marks)


def _mark(first: str, last: str) -> str:
    return f"{first}…{last}"


def _column_runs(table: Table) -> Iterator[tuple[int, int]]:
    """First and last column of each group, neighbours of one name."""
    for name, run in groupby(enumerate(table.columns), key=lambda pair: pair[1].group):
        places = [place for place, _ in run]
        if name:
            yield places[0], places[-1]


def ungrouped(sheet: BookTab, name_at: Callable[[int], Id | None]) -> Iterator[Request]:
    """Away with groups of ours, before anything moves.

    name_at  the name of the row that stands in a row of the sheet
    """
    columns = {place: name for name, place in sheet.at.items()}
    for group in sheet.groups:
        first, last = group.get("startIndex", 0), group["endIndex"] - 1
        if group["dimension"] == "COLUMNS":
            mark = _mark(columns.get(first, ""), columns.get(last, ""))
        else:
            ends = (name_at(first), name_at(last))
            mark = _mark(*("" if name is None else row_mark(name) for name in ends))
        if mark in sheet.record.groups:
            yield {"deleteDimensionGroup": {"range": group}}


def grouped(drawn: Drawn, sheet: BookTab | None) -> Iterator[Request]:
    """Groups as declared, laid closed; none in a direction in which people made their own."""
    theirs = {
        group["dimension"] for group in (sheet.groups if sheet and not sheet.record.groups else ())
    }
    areas = [
        lines(drawn.sheet_id, "COLUMNS", drawn.at[first], drawn.at[last] + 1)
        for first, last in _column_runs(drawn.table)
        # Columns of their own between ours, or ours moved apart: no group.
        if drawn.at[last] - drawn.at[first] == last - first
    ]
    areas += [
        lines(drawn.sheet_id, "ROWS", drawn.row(first), drawn.row(last) + 1)
        for first, last in drawn.table.folded
    ]
    if drawn.table.folded and drawn.table.tab.sum_below:
        after = {"sheetId": drawn.sheet_id, "gridProperties": {"rowGroupControlAfter": True}}
        fields = "gridProperties.rowGroupControlAfter"
        yield {"updateSheetProperties": {"properties": after, "fields": fields}}
    for where in areas:
        if where["dimension"] not in theirs:
            closed = {"range": where, "depth": 1, "collapsed": True}
            yield {"addDimensionGroup": {"range": where}}
            yield {"updateDimensionGroup": {"dimensionGroup": closed, "fields": "collapsed"}}


def links_hash(table: Table) -> str:
    """Of which rows lead where; "" where none does."""
    if not table.links:
        return ""
    names = identities(table, wire_rows(table))
    return digest(sorted((names[row], at, key) for (row, at), key in table.links.items()))


def links(drawn: Drawn, sheets: Mapping[str, int]) -> Iterator[Request]:
    """Make cells lead to the tabs they name; `sheets` are their ids by tab key."""
    for at in sorted({at for _, at in drawn.table.links}):
        place = drawn.at[at]
        whole = area(drawn.sheet_id, drawn.top + 1, drawn.end, place, place + 1)
        yield repeat(whole, {}, _LINK)
    for (row, at), key in sorted(drawn.table.links.items()):
        if key in sheets:
            line, place = drawn.row(row), drawn.at[at]
            cell: dict[str, Any] = {"textFormat": {"link": {"uri": f"#gid={sheets[key]}"}}}
            where = area(drawn.sheet_id, line, line + 1, place, place + 1)
            yield repeat(where, {"userEnteredFormat": cell}, _LINK)
