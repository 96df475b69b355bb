"""One tab that the service fills: what to send so that it shows its table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sheets_sync.books.google import body
from sheets_sync.books.google import look as laid
from sheets_sync.books.google.cells import Block, Row, Wire, blank_rows, blocks, wire_rows
from sheets_sync.books.google.charts import Drawn
from sheets_sync.books.google.columns import Placed, head_mark, place_columns
from sheets_sync.books.google.comments import with_comments
from sheets_sync.books.google.record import Record, column_id, digest
from sheets_sync.books.google.rows import Moved, Standing, move_rows
from sheets_sync.books.google.state import Sheet
from templates_sheets.tab import Table

Request = dict[str, Any]


@dataclass(frozen=True)
class TabPlan:
    """What one tab needs, in the order of sending.

    first   the tab itself, its header row and columns
    rows    room for its rows
    blocks  its changed cells
    shown   all its rows, those below that are emptied too
    look    how it looks
    record  what will be remembered; charts are filled in later
    sheet   the tab as it was, None if it is new
    size    rows and columns of its grid afterwards
    """

    drawn: Drawn
    record: Record
    sheet: Sheet | None
    size: tuple[int, int]
    first: list[Request] = field(default_factory=list)
    rows: list[Request] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    shown: list[Row] = field(default_factory=list)
    look: list[Request] = field(default_factory=list)


@dataclass(frozen=True)
class Lay:
    """What about a tab must be laid anew: header texts, header notes, look, filter."""

    titles: bool = False
    hints: bool = False
    look: bool = False
    filter: bool = False


def keys_of(table: Table, rows: Sequence[Row]) -> list[tuple[Wire, ...]]:
    """The keys of stored rows: the cells of the key columns, the first column where none is."""
    titles = [column.title for column in table.columns]
    at = [titles.index(title) for title in table.tab.row_key] or [0]
    if len(at) == 1:
        only = at[0]
        return [(row[only],) for row in rows]
    return [tuple(row[i] for i in at) for row in rows]


def project(raw: Sequence[Row], at: Sequence[int | None]) -> list[Row]:
    """Ragged rows of a sheet as rows of the table's columns; a column not there is empty."""
    width = len(at)
    if tuple(at) == tuple(range(width)):
        return [row[:width] + [""] * (width - len(row)) for row in raw]
    return [["" if p is None or p >= len(row) else row[p] for p in at] for row in raw]


def moved_by_people(table: Table, sheet: Sheet, raw: Sequence[Row]) -> bool:
    """Whether rows of the tab were sorted, inserted or deleted since the last write."""
    if not sheet.record.keys:
        return True
    count = sheet.record.rows
    names = [column_id(column) for column in table.columns]
    under = raw[sheet.top + 1 : sheet.top + 1 + count]
    rows = project(under, [sheet.at.get(name) for name in names])
    rows += blank_rows(count - len(rows), len(names))
    return digest(keys_of(table, rows)) != sheet.record.keys


def update_tab(
    table: Table, sheet: Sheet, raw: Sequence[Row], tinted: frozenset[int] | None = None
) -> TabPlan:
    """A tab that is there.

    raw     all its cells, the sheet's first row first
    tinted  rows that look like totals, given where people moved rows (moved_by_people)
    """
    placed = place_columns(sheet, table, in_order=False)
    shuffled = tinted is not None
    standing = _standing(table, sheet, placed, raw[sheet.top + 1 :], exact=not shuffled)
    table = with_comments(table, standing.rows)
    top = max(sheet.top, 0)
    drawn, wanted = Drawn(table, sheet.id, top, placed.at), laid.hashes(table)
    rows = wire_rows(table)
    keys = keys_of(table, rows)
    moved = move_rows(
        standing, keys, len(table.columns), sheet.id, top + 1, keyed=bool(table.tab.row_key)
    )
    shown = [*rows, *blank_rows(len(moved.now) - len(rows), len(table.columns))]
    people = frozenset(i for i, column in enumerate(table.columns) if column.comment)
    lay = to_lay(sheet, wanted, placed, Lay(titles=shuffled, hints=shuffled))
    look_requests, marks = relaid(drawn, sheet, placed, lay, len(rows))
    hanging = wanted.body != sheet.record.body or (
        wanted.body != "" and (lay.look or shuffled or moved.inside)
    )
    return TabPlan(
        drawn,
        replace(wanted, rows=len(rows), keys=digest(keys), rules=marks),
        sheet,
        (top + 1 + moved.grid, placed.width),
        first=[*new_header(table, sheet), *placed.requests],
        rows=moved.requests,
        blocks=blocks(moved.now, shown, top + 1, placed.at, people),
        shown=shown,
        look=[
            *look_requests,
            *_totals(drawn, moved, sheet.record.bold if tinted is None else tinted),
            *(body.body(drawn, sheet.record, len(moved.now)) if hanging else ()),
        ],
    )


def repair_tab(table: Table, sheet: Sheet, damage: Lay) -> TabPlan:
    """A tab that is there, its columns and look as declared; its rows are left alone."""
    placed = place_columns(sheet, table, in_order=True)
    drawn, wanted = Drawn(table, sheet.id, max(sheet.top, 0), placed.at), laid.hashes(table)
    lay = to_lay(sheet, wanted, placed, damage)
    before = sheet.record
    requests, marks = relaid(drawn, sheet, placed, lay, before.rows)
    # Formats of single cells went with those of their columns: the next refresh lays them again.
    kept = replace(
        before,
        titles=wanted.titles if lay.titles else before.titles,
        hints=wanted.hints if lay.hints else before.hints,
        look=wanted.look,
        body="" if lay.look and before.body else before.body,
        rules=marks,
    )
    first = [*new_header(table, sheet), *placed.requests]
    return TabPlan(
        drawn, kept, sheet, (sheet.rows + (sheet.top < 0), placed.width), first, look=requests
    )


def to_lay(sheet: Sheet, wanted: Record, placed: Placed, damage: Lay) -> Lay:
    """What differs from how the tab was left, and what is damaged."""
    before, headless = sheet.record, sheet.top < 0
    look_too = damage.look or headless or placed.moved or before.look != wanted.look
    return Lay(
        titles=damage.titles or headless or before.titles != wanted.titles,
        hints=damage.hints or headless or before.hints != wanted.hints,
        look=look_too,
        filter=damage.filter,
    )


def relaid(
    drawn: Drawn, sheet: Sheet, placed: Placed, lay: Lay, rows: int
) -> tuple[list[Request], tuple[str, ...]]:
    """Requests for what must be laid anew, and the marks of the conditional formats then there.

    rows  how many rows the tab will have
    """
    everything, fresh = range(len(placed.at)), placed.fresh
    requests: list[Request] = []
    marks = sheet.record.rules
    if lay.look:
        rules, marks = laid.rules(drawn, sheet)
        requests += [
            *laid.columns(drawn, everything),
            *laid.columns(drawn, fresh, paint=True),
            *laid.widths(drawn, fresh),
            *rules,
            *laid.banding(drawn, sheet),
            *laid.protection(drawn, sheet, placed.width),
            *laid.checks(drawn),
            laid.freeze(drawn),
        ]
    parts = zip(laid.ALL, (lay.titles, lay.hints, lay.look), strict=True)
    asked = [part for part, wanted in parts if wanted]
    if asked:
        requests += laid.header(drawn, everything, asked)
    if fresh and not (lay.titles and lay.hints):
        requests += laid.header(drawn, fresh)
    if lay.filter or (drawn.table.tab.filters and sheet.filter is not None):
        requests += body.basic_filter(drawn, sheet.filter, rows)
    return requests, marks


def _totals(drawn: Drawn, moved: Moved, was: Iterable[int]) -> Iterator[Request]:
    """Bold rows where they are now; inserted rows must not look like the total they came beside."""
    bold = {moved.at[row] for row in was if row in moved.at}
    fresh = moved.fresh if bold or drawn.table.bold else []
    return body.totals(drawn, bold, drawn.table.bold, fresh)


def _standing(
    table: Table, sheet: Sheet, placed: Placed, under: Sequence[Row], *, exact: bool
) -> Standing:
    """The tab's rows as they are; `exact`: as many as were written, else all that are not empty."""
    rows = project(under, placed.before)
    ours = sheet.record.rows
    if not exact:
        filled = (number for number, row in enumerate(rows) if any(c != "" for c in row))
        ours = max(filled, default=-1) + 1
    rows = rows[:ours]
    rows += blank_rows(ours - len(rows), len(table.columns))
    own = frozenset(sheet.at.values())
    foreign = frozenset(number for number, row in enumerate(under) if _is_kept(row, own))
    return Standing(rows, keys_of(table, rows), foreign, sheet.rows - sheet.top - 1)


def _is_kept(row: Row, own: frozenset[int]) -> bool:
    """Whether people keep words or numbers in a row beside the table; formulas can go with it."""
    if len(row) <= len(own) and len(own) == max(own, default=-1) + 1:
        return False
    return any(
        cell != "" and not (isinstance(cell, str) and cell.startswith("="))
        for place, cell in enumerate(row)
        if place not in own
    )


def new_header(table: Table, sheet: Sheet) -> Iterator[Request]:
    """A header row where somebody deleted it."""
    if sheet.top < 0:
        row = {"sheetId": sheet.id, "dimension": "ROWS", "startIndex": 0, "endIndex": 1}
        yield {"insertDimension": {"range": row, "inheritFromBefore": False}}
        yield head_mark(table, sheet.id, 0)
