"""One clinic's Google spreadsheet: at most two reads and one atomic write a refresh."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from sheets_sync.books.book import Stamp, Typed, WriteCost, must_be_ours
from sheets_sync.books.google.change.book_plan import BookPlan, Scene, must_be_whole, plan, surveys
from sheets_sync.books.google.change.metadata import delete_metadata, try_metadata
from sheets_sync.books.google.change.stage import FillBatch
from sheets_sync.books.google.errors import ProtectedError, RefusedError
from sheets_sync.books.google.locked import locks, locks_on_ours, stayed, would_stay
from sheets_sync.books.google.look.needed import look_areas, looks_of
from sheets_sync.books.google.memory import BookMemory, table_digests, with_charted
from sheets_sync.books.google.read import ask
from sheets_sync.books.google.read.layout import (
    Layout,
    landed,
    layout,
    with_typed,
)
from sheets_sync.books.google.read.record import TRY
from sheets_sync.books.google.read.titles import by_titles, headers_stand, is_read, titled
from sheets_sync.books.google.read.typed import typed
from sheets_sync.books.google.wire import Row
from sheets_sync.errors import BookError
from templates_sheets.tab import Tab, Table

#: So many locked tabs are found one after the other, each by a write that Google refuses.
_ONE_BY_ONE = 3


class Calls(Protocol):
    """What a book asks of Google: sheets_sync.books.google.client.GoogleCalls."""

    account: str
    address: str

    @property
    def sent(self) -> tuple[int, int]: ...

    def version(self) -> str: ...

    def get(self, fields: str) -> Mapping[str, Any]: ...

    def filtered(self, filters: Sequence[Mapping[str, Any]], fields: str) -> Mapping[str, Any]: ...

    def values(self, body: Mapping[str, Any], fields: str) -> Mapping[str, Any]: ...

    def batch(self, batch: Sequence[Any], landed: Callable[[], bool]) -> None: ...


class GoogleBook:
    """A spreadsheet that people and the service fill together.

    What people add stays: tabs, columns beside and between the service's, lines under and inside of
    its tables, comments, notes, filters, colours, names of tabs and places of columns. What the
    service laid is found by developer metadata, its rows by their keys, its notes by their sign.
    """

    def __init__(self, calls: Calls, tabs: Sequence[Tab], clinic: str = "") -> None:
        self.calls = calls
        self.tabs = tabs
        self.clinic = clinic
        self.address = calls.address
        self.kept: dict[str, Any] = {}
        self._seen: Layout | None = None

    def read(self, *, take: bool = False) -> Typed:
        """What people typed into input tabs and comment columns; empty if the book is new.

        One request, whatever the size of the spreadsheet. Raises BookError, and OtherClinicError
        where the book is another clinic's and not to be taken from it.
        """
        try:
            answer = self.calls.filtered(ask.seen_filters(), ask.SEEN)
        except RefusedError:
            # Nothing of ours to match: read as a spreadsheet that was never filled.
            answer = {}
        self._seen = layout(answer, self.tabs, whole=False)
        if self._seen.is_new:
            self._seen = self._unmarked()
        if not take:
            must_be_ours(self.clinic, self._seen.mark.clinic, self.address)
        return typed(self._seen, self.tabs)

    def cells(self) -> dict[str, list[list[Any]]]:
        """Every cell of our tabs: formulas as text, days as numbers. Raises BookError."""
        if self._seen is None:
            self.read()
        sheets = self._seen.sheets if self._seen else {}
        tabs = [tab for tab in self.tabs if tab.key in sheets]
        values = self._stored(sheets[tab.key].id for tab in tabs)
        return {
            tab.title: titled(tab, sheets[tab.key], values.get(sheets[tab.key].id, []))
            for tab in tabs
        }

    def write(self, tables: Sequence[Table], stamp: Stamp) -> WriteCost:
        """Make the spreadsheet show `tables`, in one atomic batch.

        Only what differs is sent. A fill too large for one request arrives in a hidden tab first,
        and appears in one batch all the same; interrupted, it goes on where it stopped. Raises
        BookError: the spreadsheet then shows what it showed.
        """
        return self._insist(tables, partial(self._write, stamp=stamp))

    def init(self, tables: Sequence[Table], stamp: Stamp) -> WriteCost:
        """Lay the template, or repair a damaged one: an update with its look forced.

        Brings back missing tabs, columns and their order, header texts, formats, rules, charts,
        protection; rows that are there are left alone, and what is so already is not sent. Raises
        BookError.
        """
        return self._insist(tables, partial(self._repair, stamp=stamp))

    def _insist(
        self, tables: Sequence[Table], send: Callable[[Sequence[Table], bool], BookPlan]
    ) -> WriteCost:
        """Send; anew where somebody changed the structure meanwhile, and around tabs that are locked.

        send  given tables, and whether the spreadsheet must be looked at anew
        """
        requests, size = self.calls.sent
        if self._seen is None:
            self.read()
        locked: dict[str, BookError] = {}
        again = False
        while True:
            left = [table for table in tables if table.tab.key not in locked]
            try:
                sent = send(left, again or bool(locked))
                break
            except RefusedError:
                if again:
                    raise
                again = True
            except ProtectedError as error:
                faults = self._locked(error, left, every=len(locked) >= _ONE_BY_ONE)
                if not faults:
                    raise
                locked |= faults
        self._seen = None
        now = self.calls.sent
        return WriteCost(sent.cells, now[0] - requests, now[1] - size, tuple(locked.values()))

    def _locked(
        self, error: ProtectedError, tables: Sequence[Table], *, every: bool
    ) -> dict[str, BookError]:
        """Which of these tabs Google refused, by key; `every` that may be refused where it is so."""
        sheets = self._whole().sheets
        there = {t.tab.key: sheets[t.tab.key] for t in tables if t.tab.key in sheets}
        return {
            key: stayed(sheet.title, locks(sheet.protected), self.calls.account)
            for key, sheet in there.items()
            if locks(sheet.protected) and (every or error.sheet_id in (None, sheet.id))
        }

    def _repair(self, tables: Sequence[Table], again: bool, stamp: Stamp) -> BookPlan:  # noqa: FBT001
        structure = self._seen if self._seen and self._seen.whole and not again else self._whole()
        there = [structure.sheets[t.tab.key] for t in tables if t.tab.key in structure.sheets]
        answer = self._cells(look_areas(there), ask.LOOKS)
        values = self._values(structure, tables)
        scene = Scene(structure, self.clinic, values, looks=looks_of(answer))
        sent = plan(tables, scene, stamp)
        if sent.requests:
            self._send(sent)
        return sent

    def try_write(self) -> list[BookError]:
        """Leave a mark and take it away, in one batch; then see who has locked which of our cells.
        Raises BookError."""
        self.calls.batch([try_metadata(), delete_metadata(TRY)], lambda: False)
        sheets = self._whole().sheets
        there = [(sheets[tab.key], tab) for tab in self.tabs if tab.key in sheets]
        return [
            would_stay(sheet.title, locked, self.calls.account)
            for sheet, tab in there
            if (locked := locks_on_ours(sheet, tab))
        ]

    def _unmarked(self) -> Layout:
        """A spreadsheet where nothing says it is ours: new, or copied without its metadata."""
        whole = self._whole()
        read = [tab for tab in self.tabs if tab.key in whole.sheets and is_read(tab)]
        if not read:
            return whole
        answer = self._cells(({"sheetId": whole.sheets[tab.key].id} for tab in read), ask.SEEN)
        full = with_typed(whole, layout(answer, self.tabs, whole=True))
        sheets = full.sheets | {tab.key: by_titles(full.sheets[tab.key], tab) for tab in read}
        return Layout(sheets, full.others, full.mark, full.marks, whole=True)

    def _whole(self) -> Layout:
        whole = layout(self.calls.get(ask.WHOLE), self.tabs, whole=True)
        return with_typed(whole, self._seen) if self._seen else whole

    def _cells(self, areas: Iterable[Mapping[str, Any]], fields: str) -> Mapping[str, Any]:
        filters = ask.areas(areas)
        return self.calls.filtered(filters, fields) if filters else {}

    def _values(self, structure: Layout, tables: Sequence[Table]) -> dict[int, list[Row]]:
        """Cells of our tabs; of a new spreadsheet those of its blank tab."""
        ids = [structure.sheets[t.tab.key].id for t in tables if t.tab.key in structure.sheets]
        ids = ids or [sheet.id for sheet in structure.others if sheet.id == 0]
        return self._stored(ids)

    def _stored(self, sheet_ids: Iterable[int]) -> dict[int, list[Row]]:
        ids = list(sheet_ids)
        return ask.values(self.calls.values(ask.values_body(ids), ask.VALUES)) if ids else {}

    def _write(self, tables: Sequence[Table], again: bool, stamp: Stamp) -> BookPlan:  # noqa: FBT001
        structure = self._seen or self._whole()
        if again or (not structure.whole and must_be_whole(structure, tables)):
            structure = self._whole()
            if again:
                self._refuse_older(structure, stamp)
        now = self._now(tables, stamp)
        before = BookMemory.of(self.kept)
        unread = frozenset() if structure.whole else with_charted(before.unread(now), tables)
        laid: Sequence[Table] = [table for table in tables if table.tab.key not in unread]
        values = self._values(structure, laid)
        if not structure.whole and not headers_stand(structure, values, laid):
            structure, laid, unread = self._whole(), tables, frozenset()
            values = self._values(structure, laid)
        reports = surveys(laid, structure, values)
        answer = self._cells(
            (where for report in reports.values() for where in report.asks), ask.NOTES
        )
        notes = {
            number: {place: cell["note"] for place, cell in cells.items()}
            for number, cells in looks_of(answer).items()
        }
        scene = Scene(structure, self.clinic, values, reports, notes, sort=not again)
        sent = plan(laid, scene, stamp)
        self._send_kept(sent, replace(now, read=before.read) if unread else now)
        return sent

    def _now(self, tables: Sequence[Table], stamp: Stamp) -> BookMemory:
        """The spreadsheet as it is and as it is to be; of no version where Drive says none."""
        version = self.calls.version()
        digests = table_digests(tables) if version else {}
        return BookMemory(self.address, version, digests, stamp.at.isoformat())

    def _send_kept(self, sent: BookPlan, now: BookMemory) -> None:
        """Send, and keep for the next write what then stands there, where that is known for sure."""
        self.kept = {}
        sure = bool(now.version) and self.calls.version() == now.version
        requests, _ = self.calls.sent
        self._send(sent)
        # Between several requests people may have done anything.
        if sure and self.calls.sent[0] == requests + 1:
            version = self.calls.version()
            if version not in ("", now.version):
                self.kept = replace(now, version=version).plain()

    def _refuse_older(self, structure: Layout, stamp: Stamp) -> None:
        """Stop where another run, or another clinic's, has filled the book since this one began."""
        mark = structure.mark
        must_be_ours(self.clinic, mark.clinic, self.address)
        if mark.at and mark.run_id != stamp.run_id and datetime.fromisoformat(mark.at) > stamp.at:
            raise BookError(
                "таблицу только что обновил другой запуск; он новее, этот остановлен.",
                where=self.address,
                hint="Делать ничего не нужно: таблица свежая.",
                permanent=False,
            )

    def _send(self, batch: BookPlan) -> None:
        for part in batch.parts:
            self.calls.batch(part.requests, partial(self._has_part, part))
        self.calls.batch(batch.requests, partial(self._has, batch))

    def _has(self, batch: BookPlan) -> bool:
        mark, _ = landed(self.calls.get(ask.LANDED))
        return (mark.run_id, mark.content) == (batch.mark.run_id, batch.mark.content)

    def _has_part(self, part: FillBatch) -> bool:
        _, records = landed(self.calls.get(ask.LANDED))
        kept = records.get(part.sheet_id)
        return kept is not None and kept.charts == part.content and kept.done >= part.done
