"""One tab that people fill: the service's columns beside what they typed, notes on wrong cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sheets_sync.books.google.blocks import Block, blocks
from sheets_sync.books.google.change.columns import place_columns
from sheets_sync.books.google.change.laid import Anew, TabPlan, longer, new_header, relaid
from sheets_sync.books.google.change.standing import project
from sheets_sync.books.google.look import body
from sheets_sync.books.google.look.drawn import Drawn
from sheets_sync.books.google.look.format import is_theirs
from sheets_sync.books.google.look.hashes import record_of
from sheets_sync.books.google.look.notes import notes
from sheets_sync.books.google.ranges import Request
from sheets_sync.books.google.read.layout import BookTab, stored
from sheets_sync.books.google.read.ours import identities
from sheets_sync.books.google.wire import Row, Wire, wire_rows
from templates_sheets.tab import Table


def update_input(table: Table, sheet: BookTab, raw: Sequence[Row]) -> TabPlan:
    """What people typed is never written, only the service's columns and notes.

    A row that changed since it was read gets nothing: the service's words would stand beside words
    that they do not answer. `raw` are all cells of the sheet, its first row first.
    """
    placed = place_columns(sheet, table, in_order=False)
    top = max(sheet.top, 0)
    drawn = Drawn(table, sheet.id, top, placed.at)
    rows = wire_rows(table)
    target = record_of(table, identities(table, rows), sheet.record)
    under = project(raw[sheet.top + 1 :], placed.before)
    steady = _steady(sheet, placed.before, under, len(rows))
    anew = Anew.of(sheet, target, placed)
    requests, marks = relaid(drawn, sheet, placed, anew)
    hanging = target.body != sheet.record.body or (
        target.body and (anew.look or target.keys != sheet.record.keys)
    )
    there = sheet.rows - sheet.top - 1
    return TabPlan(
        drawn,
        replace(target, rules=marks),
        sheet,
        (top + 1 + max(there, len(rows)), placed.width),
        first=[*new_header(table, sheet), *placed.requests],
        rows=list(longer(sheet.id, len(rows) - there)),
        blocks=list(_changed(drawn, under, rows, steady)),
        look=[
            *requests,
            *(body.body(drawn, anew=bool(sheet.record.body)) if hanging else ()),
            *_notes(drawn, sheet, placed.before, steady),
        ],
    )


def _steady(
    sheet: BookTab, before: Sequence[int | None], under: Sequence[Row], rows: int
) -> list[bool]:
    """For each row of the table, whether its cells are still what they were when it was read."""
    steady = []
    for number in range(rows):
        seen = [_seen(sheet, number, place) for place in before]
        now = under[number] if number < len(under) else [""] * len(before)
        steady.append(seen == now)
    return steady


def _seen(sheet: BookTab, number: int, place: int | None) -> Wire:
    if place is None:
        return ""
    return stored(sheet.typed.get((sheet.top + 1 + number, place), {}))


def _changed(
    drawn: Drawn, under: Sequence[Row], rows: Sequence[Row], steady: Sequence[bool]
) -> Iterator[Block]:
    """The service's cells that differ; below the table they are emptied where nothing is typed."""
    table = drawn.table
    ours = [i for i, column in enumerate(table.columns) if not is_theirs(column, table.tab)]
    theirs = [i for i in range(len(table.columns)) if i not in ours]
    old: list[Row] = []
    new: list[Row] = []
    for number in range(max(len(rows), len(under))):
        was = under[number] if number < len(under) else [""] * len(table.columns)
        if number < len(rows):
            now = rows[number] if steady[number] else was
        else:
            blank = not any(was[i] != "" for i in theirs)
            now = [""] * len(was) if blank else was
        old.append([was[i] for i in ours])
        new.append([now[i] for i in ours])
    yield from blocks(old, new, drawn.top + 1, [drawn.at[i] for i in ours])


def _notes(
    drawn: Drawn, sheet: BookTab, before: Sequence[int | None], steady: Sequence[bool]
) -> Iterator[Request]:
    """Notes on wrong cells, and away with ours from cells that are right again."""
    first = sheet.top + 1
    last = max((row - first for row, _ in sheet.typed), default=-1)
    rows = range(max(len(steady), last + 1))
    moving = {number for number, same in enumerate(steady) if not same}
    # What is not looked at stays as it is.
    there: list[Row] = [
        [
            sheet.typed.get((first + number, at), {}).get("note", "")
            if at is not None and number not in moving
            else ""
            for at in before
        ]
        for number in rows
    ]
    laid = {place: note for place, note in drawn.table.notes.items() if place[0] not in moving}
    quiet = replace(drawn, table=replace(drawn.table, notes=laid))
    yield from notes(quiet, range(len(before)), there)
