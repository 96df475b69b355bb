"""One tab that people fill: the service's columns beside what they typed, notes on wrong cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sheets_sync.books.google import body
from sheets_sync.books.google import look as laid
from sheets_sync.books.google.cells import Block, Row, Wire, blocks, wire_rows
from sheets_sync.books.google.charts import Drawn
from sheets_sync.books.google.columns import place_columns
from sheets_sync.books.google.format import is_asked
from sheets_sync.books.google.new import new_tab
from sheets_sync.books.google.record import digest
from sheets_sync.books.google.state import Sheet, stored
from sheets_sync.books.google.tab import (
    Lay,
    Request,
    TabPlan,
    keys_of,
    new_header,
    project,
    relaid,
    to_lay,
)
from templates_sheets.tab import Table

#: Ends every note of ours on a cell that people fill; nobody sees it (an invisible separator).
SIGN = "\u2063"


def signed(table: Table) -> Table:
    """The table with notes that can be told from people's own."""
    return replace(table, notes={place: text + SIGN for place, text in table.notes.items()})


def new_input(table: Table, title: str, index: int) -> TabPlan:
    """A tab that is not there yet: laid once, with everything in it."""
    plan = new_tab(table, title, index)
    notes = [_note(plan.drawn, row, at, text) for (row, at), text in sorted(table.notes.items())]
    return replace(plan, look=[*plan.look, *notes])


def update_input(table: Table, sheet: Sheet, raw: Sequence[Row]) -> TabPlan:
    """What people typed is never written, only the service's columns and notes.

    A row that changed since it was read gets nothing: the service's words would stand beside words
    that they do not answer. `raw` are all cells of the sheet, its first row first.
    """
    placed = place_columns(sheet, table, in_order=False)
    top = max(sheet.top, 0)
    drawn, wanted = Drawn(table, sheet.id, top, placed.at), laid.hashes(table)
    under = project(raw[sheet.top + 1 :], placed.before)
    rows = wire_rows(table)
    steady = _steady(sheet, placed.before, under, len(rows))
    changed = list(_changed(drawn, under, rows, steady))
    keys = digest(keys_of(table, rows))
    lay = to_lay(sheet, wanted, placed, Lay())
    requests, marks = relaid(drawn, sheet, placed, lay, len(rows))
    hanging = wanted.body != sheet.record.body or (
        wanted.body != "" and (lay.look or keys != sheet.record.keys)
    )
    there = sheet.rows - sheet.top - 1
    return TabPlan(
        drawn,
        replace(wanted, rows=len(rows), keys=keys, rules=marks),
        sheet,
        (top + 1 + max(there, len(rows)), placed.width),
        first=[*new_header(table, sheet), *placed.requests],
        rows=list(_longer(sheet.id, len(rows) - there)),
        blocks=changed,
        look=[
            *requests,
            *(body.body(drawn, sheet.record, 0) if hanging else ()),
            *_notes(drawn, sheet, placed.before, steady),
        ],
    )


def _steady(
    sheet: Sheet, before: Sequence[int | None], under: Sequence[Row], rows: int
) -> list[bool]:
    """For each row of the table, whether its cells are still what they were when it was read."""
    found = []
    for number in range(rows):
        seen = [_seen(sheet, number, place) for place in before]
        now = under[number] if number < len(under) else [""] * len(before)
        found.append(seen == now)
    return found


def _seen(sheet: Sheet, number: int, place: int | None) -> Wire:
    if place is None:
        return ""
    return stored(sheet.typed.get((sheet.top + 1 + number, place), {}))


def _changed(
    drawn: Drawn, under: Sequence[Row], rows: Sequence[Row], steady: Sequence[bool]
) -> Iterator[Block]:
    """The service's cells that differ; below the table they are emptied where nothing is typed."""
    table = drawn.table
    ours = [i for i, column in enumerate(table.columns) if not is_asked(column, table.tab)]
    asked = [i for i in range(len(table.columns)) if i not in ours]
    old: list[Row] = []
    new: list[Row] = []
    for number in range(max(len(rows), len(under))):
        was = under[number] if number < len(under) else [""] * len(table.columns)
        if number < len(rows):
            now = rows[number] if steady[number] else was
        else:
            blank = not any(was[i] != "" for i in asked)
            now = [""] * len(was) if blank else was
        old.append([was[i] for i in ours])
        new.append([now[i] for i in ours])
    at = [drawn.at[i] for i in ours]
    yield from blocks(old, new, drawn.top + 1, at, frozenset())


def _longer(sheet_id: int, missing: int) -> Iterator[Request]:
    if missing > 0:
        yield {"appendDimension": {"sheetId": sheet_id, "dimension": "ROWS", "length": missing}}


def _notes(
    drawn: Drawn, sheet: Sheet, before: Sequence[int | None], steady: Sequence[bool]
) -> Iterator[Request]:
    """Notes on wrong cells, and away with ours from cells that are right again."""
    wanted = drawn.table.notes
    there = _notes_there(sheet, before)
    for number, place in sorted(set(wanted) | set(there)):
        text = wanted.get((number, place), "")
        is_steady = number >= len(steady) or steady[number]
        if is_steady and text != there.get((number, place), ""):
            yield _note(drawn, number, place, text)


def _notes_there(sheet: Sheet, before: Sequence[int | None]) -> dict[tuple[int, int], str]:
    """Our notes as they were read: (row, column) of the table -> text."""
    by_place = {place: i for i, place in enumerate(before) if place is not None}
    return {
        (row - sheet.top - 1, by_place[column]): cell["note"]
        for (row, column), cell in sheet.typed.items()
        if row > sheet.top and column in by_place and cell.get("note", "").endswith(SIGN)
    }


def _note(drawn: Drawn, number: int, place: int, text: str) -> Request:
    start = {
        "sheetId": drawn.sheet_id,
        "rowIndex": drawn.top + 1 + number,
        "columnIndex": drawn.at[place],
    }
    cell: Mapping[str, Any] = {"note": text} if text else {}
    return {"updateCells": {"start": start, "rows": [{"values": [cell]}], "fields": "note"}}
