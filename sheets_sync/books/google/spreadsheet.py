"""One clinic's Google spreadsheet: at most two reads and one atomic write a refresh."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from sheets_sync.books.book import Stamp, Typed, Written
from sheets_sync.books.google import repair, state
from sheets_sync.books.google.cells import Row
from sheets_sync.books.google.errors import RefusedError
from sheets_sync.books.google.format import HEADER_FILLS, paint_of
from sheets_sync.books.google.plan import Plan, Scene, must_be_whole, plan
from sheets_sync.books.google.record import TRY, delete_metadata, try_metadata
from sheets_sync.books.google.stage import Part
from sheets_sync.books.google.state import Layout, Sheet
from sheets_sync.books.google.tab import moved_by_people
from sheets_sync.errors import BookError
from templates_sheets.tab import Tab, Table

_COLOURS = (
    "sheets(properties(sheetId),"
    "data(startRow,startColumn,rowData(values(userEnteredFormat(backgroundColorStyle)))))"
)


class Calls(Protocol):
    """What a book asks of Google: sheets_sync.books.google.client.Calls."""

    account: str
    address: str

    @property
    def sent(self) -> tuple[int, int]: ...

    def get(self, fields: str) -> Mapping[str, Any]: ...

    def filtered(self, filters: Sequence[Mapping[str, Any]], fields: str) -> Mapping[str, Any]: ...

    def values(self, body: Mapping[str, Any], fields: str) -> Mapping[str, Any]: ...

    def batch(self, batch: Sequence[Any], landed: Callable[[], bool]) -> None: ...


class GoogleBook:
    """A spreadsheet that people and the service fill together.

    People's tabs, their columns right of a table or between its columns, comments, filters,
    colours, names of tabs and places of columns survive every write. What the service laid is
    found by developer metadata.
    """

    def __init__(self, calls: Calls, tabs: Sequence[Tab]) -> None:
        self.calls = calls
        self.tabs = tabs
        self.address = calls.address
        self._seen: Layout | None = None

    def read(self) -> Typed:
        """What people typed into input tabs and comment columns; empty if the book is new.

        One request, whatever the size of the spreadsheet. Raises BookError.
        """
        try:
            answer = self.calls.filtered(state.seen_filters(), state.SEEN)
        except RefusedError:
            # Nothing of ours to match: read as a spreadsheet that was never filled.
            answer = {}
        self._seen = state.layout(answer, self.tabs, whole=False)
        if self._seen.is_new:
            self._seen = self._unmarked()
        return state.typed(self._seen, self.tabs)

    def write(self, tables: Sequence[Table], stamp: Stamp) -> Written:
        """Make the spreadsheet show `tables`, in one atomic batch.

        Only what differs is sent. A fill too large for one request arrives in a hidden tab first,
        and appears in one batch all the same; interrupted, it goes on where it stopped. Raises
        BookError: the spreadsheet then shows what it showed.
        """
        requests, size = self.calls.sent
        if self._seen is None:
            self.read()
        try:
            sent = self._write(tables, stamp, again=False)
        except RefusedError:
            # Somebody changed the structure since it was read.
            sent = self._write(tables, stamp, again=True)
        self._seen = None
        return self._written(sent, requests, size)

    def init(self, tables: Sequence[Table], stamp: Stamp) -> Written:
        """Lay the template, or repair a damaged one; rows that are there are left alone.

        Brings back missing tabs, columns and their order, header texts, formats, rules, charts,
        protection. Nothing is sent where nothing is missing. Raises BookError.
        """
        requests, size = self.calls.sent
        self.read()
        layout = self._seen if self._seen and self._seen.whole else self._whole()
        there = [layout.sheets[t.tab.key] for t in tables if t.tab.key in layout.sheets]
        looks = self.calls.filtered(repair.look_filters(there), repair.LOOKS) if there else {}
        scene = Scene(
            layout, self._values(layout, tables), damage=repair.damage(tables, layout, looks)
        )
        found = plan(tables, scene, stamp)
        if found.requests:
            self._send(found)
        self._seen = None
        return self._written(found, requests, size)

    def try_write(self) -> None:
        """Leave a mark and take it away, in one batch. Raises BookError."""
        self.calls.batch([try_metadata(), delete_metadata(TRY)], lambda: False)

    def _written(self, sent: Plan, requests: int, size: int) -> Written:
        now = self.calls.sent
        return Written(sent.cells, now[0] - requests, now[1] - size)

    def _unmarked(self) -> Layout:
        """A spreadsheet where nothing says it is ours: new, or copied without its metadata."""
        whole = self._whole()
        asked = [tab for tab in self.tabs if tab.key in whole.sheets and _is_read(tab)]
        if not asked:
            return whole
        ids = [whole.sheets[tab.key].id for tab in asked]
        filters = [{"gridRange": {"sheetId": number}} for number in ids]
        seen = state.layout(self.calls.filtered(filters, state.SEEN), self.tabs, whole=True)
        full = state.with_typed(whole, seen)
        sheets = full.sheets | {t.key: _by_titles(full.sheets[t.key], t) for t in asked}
        return Layout(sheets, full.others, full.mark, full.marks, whole=True)

    def _whole(self) -> Layout:
        layout = state.layout(self.calls.get(state.WHOLE), self.tabs, whole=True)
        return state.with_typed(layout, self._seen) if self._seen else layout

    def _values(self, layout: Layout, tables: Sequence[Table]) -> dict[int, list[Row]]:
        """Cells of our tabs; of a new spreadsheet those of its blank tab."""
        ids = [layout.sheets[t.tab.key].id for t in tables if t.tab.key in layout.sheets]
        ids = ids or [sheet.id for sheet in layout.others if sheet.id == 0]
        return state.values(self.calls.values(state.values_body(ids), state.VALUES)) if ids else {}

    def _write(self, tables: Sequence[Table], stamp: Stamp, *, again: bool) -> Plan:
        layout = self._seen or self._whole()
        if again or (not layout.whole and must_be_whole(layout, tables)):
            layout = self._whole()
            if again:
                self._refuse_older(layout, stamp)
        values = self._values(layout, tables)
        if not layout.whole and not _headers_stand(layout, values, tables):
            layout = self._whole()
            values = self._values(layout, tables)
        tinted = self._tinted(layout, values, tables)
        found = plan(tables, Scene(layout, values, tinted), stamp)
        self._send(found)
        return found

    def _refuse_older(self, layout: Layout, stamp: Stamp) -> None:
        """Stop where another run has filled the spreadsheet since this one began."""
        mark = layout.mark
        if mark.at and mark.run_id != stamp.run_id and datetime.fromisoformat(mark.at) > stamp.at:
            raise BookError(
                "таблицу только что обновил другой запуск; он новее, этот остановлен.",
                where=self.address,
                hint="Делать ничего не нужно: таблица свежая.",
                permanent=False,
            )

    def _tinted(
        self, layout: Layout, values: Mapping[int, Sequence[Row]], tables: Sequence[Table]
    ) -> dict[str, frozenset[int]]:
        """Rows painted as totals or headers, of tabs whose rows people moved."""
        moved: dict[str, Sheet] = {}
        for table in tables:
            sheet = layout.sheets.get(table.tab.key)
            if sheet and table.tab.filled_by == "service" and sheet.rows > sheet.top + 1:
                raw = values.get(sheet.id, [])
                known = state.adopted(sheet, table.tab, raw[0] if raw else [])
                if moved_by_people(table, known, raw):
                    moved[table.tab.key] = known
        if not moved:
            return {}
        filters = [{"gridRange": _first_column(sheet)} for sheet in moved.values()]
        answer = self.calls.filtered(filters, _COLOURS)
        found = {s["properties"]["sheetId"]: s.get("data", []) for s in answer.get("sheets", [])}
        return {
            key: frozenset(
                row - sheet.top - 1
                for (row, _), cell in state.cells_of(found.get(sheet.id, []))
                if paint_of(cell) in HEADER_FILLS
            )
            for key, sheet in moved.items()
        }

    def _send(self, found: Plan) -> None:
        for part in found.parts:
            self.calls.batch(part.requests, partial(self._has_part, part))
        self.calls.batch(found.requests, partial(self._has, found))

    def _has(self, found: Plan) -> bool:
        mark, _ = state.landed(self.calls.get(state.LANDED))
        return (mark.run_id, mark.content) == (found.mark.run_id, found.mark.content)

    def _has_part(self, part: Part) -> bool:
        _, records = state.landed(self.calls.get(state.LANDED))
        kept = records.get(part.sheet_id)
        return kept is not None and kept.charts == part.content and kept.done >= part.done


def _is_read(tab: Tab) -> bool:
    return tab.filled_by == "people" or any(column.comment for column in tab.columns)


def _by_titles(sheet: Sheet, tab: Tab) -> Sheet:
    last = max((column for row, column in sheet.typed if row == 0), default=-1)
    header = [state.stored(sheet.typed.get((0, column), {})) for column in range(last + 1)]
    return state.adopted(sheet, tab, header)


def _headers_stand(
    layout: Layout, values: Mapping[int, Sequence[Row]], tables: Sequence[Table]
) -> bool:
    """Whether columns are still where the first read saw them."""
    sheets = [layout.sheets[t.tab.key] for t in tables if t.tab.key in layout.sheets]
    return all(sheet.header_is(values.get(sheet.id, [])) for sheet in sheets)


def _first_column(sheet: Sheet) -> dict[str, int]:
    """The first of the table's columns under its header."""
    place = min(sheet.at.values(), default=0)
    return {
        "sheetId": sheet.id,
        "startRowIndex": sheet.top + 1,
        "startColumnIndex": place,
        "endColumnIndex": place + 1,
    }
