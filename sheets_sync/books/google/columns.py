"""Where the columns of a table lie in its sheet: found by metadata, missing ones inserted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sheets_sync.books.google import record
from sheets_sync.books.google.record import column_id, stable_id
from sheets_sync.books.google.state import Sheet
from templates_sheets.tab import Table

Request = dict[str, Any]


@dataclass(frozen=True)
class Placed:
    """Requests, and the sheet's column of each column of the table: afterwards and before (None:
    it was not there). `width` is how many columns the sheet has afterwards."""

    requests: list[Request]
    at: tuple[int, ...]
    before: tuple[int | None, ...]
    width: int

    @property
    def fresh(self) -> list[int]:
        """Columns of the table that were inserted."""
        return [place for place, was in enumerate(self.before) if was is None]

    @property
    def moved(self) -> bool:
        return bool(self.requests)


def place_columns(sheet: Sheet, table: Table, *, in_order: bool) -> Placed:
    """Columns stay where people moved them, people's own columns among them too.

    in_order  bring them back side by side from the first on
    """
    wanted = [column_id(column) for column in table.columns]
    at = dict(sheet.at)
    before = tuple(at.get(name) for name in wanted)
    requests, width = [], sheet.columns
    if table.tab.filled_by == "service":
        for name in sorted(set(at) - set(wanted), key=lambda n: -at[n]):
            place = at.pop(name)
            requests.append({"deleteDimension": {"range": _columns(sheet.id, place, place + 1)}})
            at = {n: p - (p > place) for n, p in at.items()}
            width -= 1
    for index, name in enumerate(wanted):
        if name not in at:
            place = at[wanted[index - 1]] + 1 if index else min(at.values(), default=0)
            requests += _insert(sheet.id, table, index, place, at_end=place == width)
            at = {n: p + (p >= place) for n, p in at.items()} | {name: place}
            width += 1
    if in_order:
        moves = list(_moves(sheet.id, wanted, at))
        if moves:
            # No column can be moved across the edge of the frozen ones; the look freezes them again.
            requests += [_thaw(sheet.id), *moves]
            at = {name: place for place, name in enumerate(wanted)}
    return Placed(requests, tuple(at[name] for name in wanted), before, width)


def _insert(sheet_id: int, table: Table, index: int, place: int, *, at_end: bool) -> list[Request]:
    insert = {"range": _columns(sheet_id, place, place + 1), "inheritFromBefore": at_end}
    return [{"insertDimension": insert}, *column_marks(table, index, sheet_id, place)]


def _moves(sheet_id: int, wanted: list[str], at: dict[str, int]) -> Iterator[Request]:
    for target, name in enumerate(wanted):
        place = at[name]
        if place != target:
            move = {"source": _columns(sheet_id, place, place + 1), "destinationIndex": target}
            yield {"moveDimension": move}
            at.update({n: p + 1 for n, p in at.items() if target <= p < place})
            at[name] = target


def _thaw(sheet_id: int) -> Request:
    properties = {"sheetId": sheet_id, "gridProperties": {"frozenColumnCount": 0}}
    fields = "gridProperties.frozenColumnCount"
    return {"updateSheetProperties": {"properties": properties, "fields": fields}}


def column_marks(table: Table, index: int, sheet_id: int, place: int) -> Iterator[Request]:
    """Metadata of one column: what it is, and whether read for what people typed."""
    column, tab = table.columns[index], table.tab
    name = column_id(column)
    number = stable_id("column", tab.key, name)
    yield record.on_line(number, record.COLUMN, name, sheet_id, "COLUMNS", place)
    told = tab.filled_by == "service" and any(c.comment for c in table.columns)
    if told and (column.comment or column.title in tab.row_key):
        number = stable_id("typed", tab.key, name)
        yield record.on_line(number, record.TYPED, tab.key, sheet_id, "COLUMNS", place)


def tab_marks(table: Table, record_value: str, sheet_id: int) -> Iterator[Request]:
    """Metadata of a tab: its record, and whether it is read for what people typed."""
    key = table.tab.key
    yield record.on_tab(stable_id("record", key), record.TAB, record_value, sheet_id)
    if table.tab.filled_by == "people":
        yield record.on_tab(stable_id("typed", key), record.TYPED, key, sheet_id)


def head_mark(table: Table, sheet_id: int, top: int) -> Request:
    """Metadata of a tab's header row."""
    key = table.tab.key
    return record.on_line(stable_id("head", key), record.HEAD, key, sheet_id, "ROWS", top)


def _columns(sheet_id: int, start: int, end: int) -> dict[str, Any]:
    return {"sheetId": sheet_id, "dimension": "COLUMNS", "startIndex": start, "endIndex": end}
