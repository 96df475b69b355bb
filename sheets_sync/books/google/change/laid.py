"""What one tab needs, and what of it is laid anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from sheets_sync.books.google.blocks import Block
from sheets_sync.books.google.change.columns import ColumnPlaces
from sheets_sync.books.google.change.metadata import head_mark
from sheets_sync.books.google.look import lay
from sheets_sync.books.google.look.conditional import rules
from sheets_sync.books.google.look.drawn import Drawn
from sheets_sync.books.google.look.groups import grouped
from sheets_sync.books.google.look.notes import header_notes
from sheets_sync.books.google.ranges import Request, lines
from sheets_sync.books.google.read.layout import BookTab, stored
from sheets_sync.books.google.read.record import Record
from sheets_sync.books.google.wire import Row
from templates_sheets.tab import Table


@dataclass(frozen=True)
class TabPlan:
    """What one tab needs, in the order of sending.

    first   the tab itself, its header row and columns
    rows    room for its rows
    blocks  its changed cells
    shown   all its lines
    theirs  those of them that people typed
    look    how it looks
    record  what will be remembered; charts are filled in later
    sheet   the tab as it was, None if it is new
    size    rows and columns of its grid afterwards
    """

    drawn: Drawn
    record: Record
    sheet: BookTab | None
    size: tuple[int, int]
    first: list[Request] = field(default_factory=list)
    rows: list[Request] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    shown: list[Row] = field(default_factory=list)
    theirs: Collection[int] = ()
    look: list[Request] = field(default_factory=list)


@dataclass(frozen=True)
class Anew:
    """What about a tab must be laid anew: header texts, header notes, look, filter, groups."""

    titles: bool = False
    hints: bool = False
    look: bool = False
    filter: bool = False
    groups: bool = False

    @classmethod
    def of(
        cls, sheet: BookTab, target: Record, placed: ColumnPlaces, *, shuffled: bool = False
    ) -> Anew:
        """What differs from how the tab was left."""
        before, headless = sheet.record, sheet.top < 0
        return cls(
            titles=shuffled or headless or before.titles != target.titles,
            hints=shuffled or headless or before.hints != target.hints or not before.signed,
            look=headless or placed.moved or before.look != target.look,
            groups=before.groups != target.groups,
        )


def relaid(
    drawn: Drawn, sheet: BookTab, placed: ColumnPlaces, anew: Anew, *, moved: bool = False
) -> tuple[list[Request], tuple[str, ...]]:
    """Requests for what must be laid anew, and the marks of the conditional formats then there.

    moved  whether rows are moved in the same batch
    """
    everything, fresh = range(len(placed.at)), placed.fresh
    requests: list[Request] = []
    marks = sheet.record.rules
    if anew.look:
        rule_requests, marks = rules(drawn, sheet)
        requests += [
            *lay.columns(drawn, everything),
            *lay.columns(drawn, fresh, paint=True),
            *lay.widths(drawn, fresh),
            *rule_requests,
            *lay.banding(drawn, sheet),
            *lay.protection(drawn, sheet, placed.width),
            *lay.checks(drawn),
            *lay.freeze(drawn, None if placed.moved else sheet),
        ]
    parts = {"userEnteredValue": anew.titles, "userEnteredFormat": anew.look}
    if parts_anew := [part for part, target in parts.items() if target]:
        requests += lay.header(drawn, everything, parts_anew)
    if not anew.titles:
        requests += lay.header(drawn, _emptied(sheet, placed), ["userEnteredValue"])
    if fresh and len(parts_anew) < len(parts):
        requests += lay.header(drawn, fresh, list(parts))
    if anew.hints or fresh:
        there: Row = [
            "" if at is None else sheet.typed.get((sheet.top, at), {}).get("note", "")
            for at in placed.before
        ]
        requests += header_notes(drawn, there, unsigned=not sheet.record.signed)
    if anew.groups:
        requests += grouped(drawn, sheet)
    if drawn.table.hidden != sheet.record.hidden:
        requests.append(_hidden(sheet, hidden=drawn.table.hidden))
    if anew.filter or (drawn.table.tab.filters and sheet.filter is not None):
        requests += lay.basic_filter(drawn, sheet, moved=moved)
    return requests, marks


def new_header(table: Table, sheet: BookTab) -> Iterator[Request]:
    """A header row where somebody deleted it."""
    if sheet.top < 0:
        where = lines(sheet.id, "ROWS", 0, 1)
        yield {"insertDimension": {"range": where, "inheritFromBefore": False}}
        yield head_mark(table, sheet.id, 0)


def longer(sheet_id: int, missing: int) -> Iterator[Request]:
    """Rows at a sheet's end, where so many are missing."""
    if missing > 0:
        yield {"appendDimension": {"sheetId": sheet_id, "dimension": "ROWS", "length": missing}}


def _emptied(sheet: BookTab, placed: ColumnPlaces) -> list[int]:
    """Columns whose header cell somebody emptied; a header that she wrote anew is hers."""
    texts = [
        at is not None and stored(sheet.typed.get((sheet.top, at), {})) for at in placed.before
    ]
    return [place for place, text in enumerate(texts) if text == ""] if any(texts) else []


def _hidden(sheet: BookTab, *, hidden: bool) -> Request:
    properties = {"sheetId": sheet.id, "hidden": hidden}
    return {"updateSheetProperties": {"properties": properties, "fields": "hidden"}}
