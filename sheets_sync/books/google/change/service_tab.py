"""One tab that the service fills: what to send so that it shows its table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sheets_sync.books.google.blocks import blocks
from sheets_sync.books.google.change.columns import ColumnPlaces, place_columns
from sheets_sync.books.google.change.kept import with_kept
from sheets_sync.books.google.change.laid import Anew, TabPlan, new_header, relaid
from sheets_sync.books.google.change.rows import TableArea, TableLines, settled
from sheets_sync.books.google.change.standing import StandingLines, places, standing_lines
from sheets_sync.books.google.look import body, lay
from sheets_sync.books.google.look.drawn import Drawn
from sheets_sync.books.google.look.groups import ungrouped
from sheets_sync.books.google.look.hashes import record_of
from sheets_sync.books.google.look.notes import Notes, is_ours, notes
from sheets_sync.books.google.ranges import Request, area, spans
from sheets_sync.books.google.read.layout import BookTab
from sheets_sync.books.google.read.ours import Id, identities
from sheets_sync.books.google.read.record import Record, column_id, row_mark
from sheets_sync.books.google.wire import Row, wire_rows
from templates_sheets.tab import Table

#: More runs of rows that go than this are looked at as one.
_MOST_RUNS = 40


@dataclass(frozen=True)
class Survey:
    """A report's tab before anything is decided: its table, where it lies, what stands there."""

    table: Table
    sheet: BookTab
    placed: ColumnPlaces
    rows: list[Row]
    names: list[Id]
    target: Record
    standing_lines: StandingLines

    @property
    def noted(self) -> list[int]:
        """Columns of the table that may hold notes of ours, where those must be laid anew."""
        if self.target.note == self.sheet.record.note and self.sheet.record.signed:
            return []
        ids = {*self.target.noted, *self.sheet.record.noted}
        return [
            place
            for place, column in enumerate(self.table.columns)
            if column_id(column) in ids or not self.sheet.record.signed
        ]

    @property
    def asks(self) -> Iterator[dict[str, Any]]:
        """Areas whose notes must be known: of rows that go, and where ours must be laid anew."""
        first, under = self.sheet.top + 1, len(self.standing_lines.rows)
        gone = spans(self.standing_lines.gone(self.names))
        if len(gone) > _MOST_RUNS:
            gone = [(gone[0][0], gone[-1][1])]
        for start, end in gone:
            yield area(self.sheet.id, first + start, first + end, 0, None)
        columns = {self.placed.before[place] for place in self.noted} - {None}
        for start, end in spans(sorted(at for at in columns if at is not None)) if under else ():
            yield area(self.sheet.id, first, first + under, start, end)


def survey(table: Table, sheet: BookTab, raw: Sequence[Row]) -> Survey:
    """Look at a tab that is there. `raw` are all its cells, the sheet's first row first."""
    placed = place_columns(sheet, table, in_order=False)
    rows = wire_rows(table)
    names = identities(table, rows)
    target = record_of(table, names, sheet.record)
    stands = standing_lines(table, sheet, placed, raw, rows, names)
    return Survey(table, sheet, placed, rows, names, target, stands)


def update_tab(seen: Survey, notes_there: Notes, *, sort: bool) -> TabPlan:
    """A tab that is there.

    notes_there  notes in the areas that the survey asks for
    sort         whether Google may sort rows
    """
    sheet, placed, stands = seen.sheet, seen.placed, seen.standing_lines
    noted = _noted(seen, notes_there)
    stands = replace(stands, theirs=stands.theirs | {n for n in noted if stands.ids[n] is None})
    table = with_kept(seen.table, stands, seen.names, noted)
    rows, names, target = seen.rows, seen.names, seen.target
    if table is not seen.table:
        rows = wire_rows(table)
        names = identities(table, rows)
        target = record_of(table, names, sheet.record)
    order, line_of = places(stands, names, theirs_below=not stands.in_order)
    top = max(sheet.top, 0)
    table_lines = settled(
        TableArea(sheet.id, top + 1, placed.width, sheet.rows + (sheet.top < 0)),
        range(stands.end),
        order,
        total=table.tab.total and bool(names) and line_of[-1] == len(order) - 1,
        sort=sort,
    )
    drawn = Drawn(table, sheet.id, top, placed.at, line_of)
    now, shown = _before_and_after(stands, table_lines, rows, line_of, len(table.columns))
    anew = Anew.of(sheet, target, placed, shuffled=not stands.in_order)
    requests, marks = relaid(drawn, sheet, placed, anew, moved=bool(table_lines.requests))
    fresh = [drawn.top + 1 + n for n, line in enumerate(table_lines.now) if line < 0]
    hanging = target.body != sheet.record.body or (target.body and (anew.look or fresh))
    commented = frozenset(i for i, column in enumerate(table.columns) if column.comment)
    return TabPlan(
        drawn,
        replace(target, rules=marks),
        sheet,
        (table_lines.rows, placed.width),
        first=[*_ungrouped(stands, sheet, anew), *new_header(table, sheet), *placed.requests],
        rows=_unhindered(table_lines, sheet),
        blocks=blocks(now, shown, top + 1, placed.at, commented),
        shown=shown,
        theirs={n for n, line in enumerate(table_lines.now) if line in stands.theirs},
        look=[
            *requests,
            *(lay.columns(drawn, range(len(placed.at))) if table_lines.bare else ()),
            *body.fresh(drawn, fresh, placed.width),
            *_totals(drawn, stands, table_lines, sheet.record),
            *(body.body(drawn, anew=bool(sheet.record.body)) if hanging else ()),
            *_notes(drawn, seen, table_lines, notes_there),
        ],
    )


def _noted(seen: Survey, notes_there: Notes) -> set[int]:
    """Lines that would go, were it not for notes that people left on them."""
    gone = set(seen.standing_lines.gone(seen.names))
    unsigned = {at for at in seen.placed.before if not seen.sheet.record.signed}
    lines = (
        (row - seen.sheet.top - 1, column, note) for (row, column), note in notes_there.items()
    )
    return {
        line
        for line, column, note in lines
        if line in gone and not is_ours(note, unsigned=column in unsigned)
    }


def _before_and_after(
    stands: StandingLines,
    table_lines: TableLines,
    rows: Sequence[Row],
    line_of: Sequence[int],
    width: int,
) -> tuple[list[Row], list[Row]]:
    """Each line once rows have been put in order, and as it is to be."""
    blank: Row = [""] * width
    now = [stands.rows[line] if line >= 0 else blank for line in table_lines.now]
    shown = list(now)
    for line, row in zip(line_of, rows, strict=True):
        shown[line] = row
    return now, shown


def _ungrouped(stands: StandingLines, sheet: BookTab, anew: Anew) -> Iterator[Request]:
    first = sheet.top + 1

    def name_at(row: int) -> Id | None:
        return stands.ids[row - first] if 0 <= row - first < len(stands.ids) else None

    if anew.groups:
        yield from ungrouped(sheet, name_at)


def _unhindered(table_lines: TableLines, sheet: BookTab) -> list[Request]:
    """Rows do not move across the edge of frozen ones, nor out of cells merged over several."""
    requests = table_lines.requests
    if not requests:
        return []
    first = table_lines.place.first
    split = [
        {"unmergeCells": {"range": merge}}
        for merge in sheet.merges
        if merge["endRowIndex"] - merge["startRowIndex"] > 1 and merge["endRowIndex"] > first
    ]
    if sheet.frozen[0] <= first:
        return [*split, *requests]
    # Of the rows that are left at least one stays loose.
    again = min(sheet.frozen[0], table_lines.rows - 1)
    return [*split, _frozen(sheet, first), *requests, _frozen(sheet, again)]


def _frozen(sheet: BookTab, rows: int) -> Request:
    properties = {"sheetId": sheet.id, "gridProperties": {"frozenRowCount": rows}}
    fields = "gridProperties.frozenRowCount"
    return {"updateSheetProperties": {"properties": properties, "fields": fields}}


def _totals(
    drawn: Drawn, stands: StandingLines, table_lines: TableLines, before: Record
) -> Iterator[Request]:
    """Bold rows where they are now; those that were and are no longer become plain."""
    first = drawn.top + 1
    bold = {
        first + n
        for n, line in enumerate(table_lines.now)
        if line >= 0 and (name := stands.ids[line]) is not None and row_mark(name) in before.totals
    } if before.totals else set()  # fmt: skip
    target = {drawn.row(row) for row in drawn.table.bold}
    yield from body.totals(drawn, bold - target, total=False)
    yield from body.totals(drawn, target - bold, total=True)


def _notes(
    drawn: Drawn, seen: Survey, table_lines: TableLines, notes_there: Notes
) -> Iterator[Request]:
    columns = seen.noted
    if columns:
        before = [seen.placed.before[place] for place in columns]
        first = seen.sheet.top + 1
        there: list[Row] = [
            [
                notes_there.get((first + line, at), "") if line >= 0 and at is not None else ""
                for at in before
            ]
            for line in table_lines.now
        ]
        yield from notes(drawn, columns, there, unsigned=not seen.sheet.record.signed)
