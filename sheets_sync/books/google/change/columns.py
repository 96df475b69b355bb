"""Where the columns of a table lie in its sheet: found by metadata, missing ones inserted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sheets_sync.books.google.change.metadata import column_marks
from sheets_sync.books.google.ranges import Request, lines
from sheets_sync.books.google.read.layout import BookTab
from sheets_sync.books.google.read.record import column_id
from templates_sheets.tab import Table


@dataclass(frozen=True)
class ColumnPlaces:
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


def place_columns(sheet: BookTab, table: Table, *, in_order: bool) -> ColumnPlaces:
    """Columns stay where people moved them, people's own columns among them too.

    in_order  bring them back side by side from the first on
    """
    names = [column_id(column) for column in table.columns]
    at = dict(sheet.at)
    before = tuple(at.get(name) for name in names)
    requests, width = [], sheet.columns
    if table.tab.filled_by == "service":
        for name in sorted(set(at) - set(names), key=lambda n: -at[n]):
            place = at.pop(name)
            requests.append(
                {"deleteDimension": {"range": lines(sheet.id, "COLUMNS", place, place + 1)}}
            )
            at = {n: p - (p > place) for n, p in at.items()}
            width -= 1
    for index, name in enumerate(names):
        if name not in at:
            place = at[names[index - 1]] + 1 if index else min(at.values(), default=0)
            requests += _insert(sheet.id, table, index, place, at_end=place == width)
            at = {n: p + (p >= place) for n, p in at.items()} | {name: place}
            width += 1
    if in_order:
        moves = list(_moves(sheet.id, names, at))
        if moves:
            # No column can be moved across the edge of the frozen ones; the look freezes them again.
            requests += [_thaw(sheet.id), *moves]
            at = {name: place for place, name in enumerate(names)}
    return ColumnPlaces(requests, tuple(at[name] for name in names), before, width)


def _insert(sheet_id: int, table: Table, index: int, place: int, *, at_end: bool) -> list[Request]:
    insert = {"range": lines(sheet_id, "COLUMNS", place, place + 1), "inheritFromBefore": at_end}
    return [{"insertDimension": insert}, *column_marks(table, index, sheet_id, place)]


def _moves(sheet_id: int, names: list[str], at: dict[str, int]) -> Iterator[Request]:
    for target, name in enumerate(names):
        place = at[name]
        if place != target:
            move = {
                "source": lines(sheet_id, "COLUMNS", place, place + 1),
                "destinationIndex": target,
            }
            yield {"moveDimension": move}
            at.update({n: p + 1 for n, p in at.items() if target <= p < place})
            at[name] = target


def _thaw(sheet_id: int) -> Request:
    properties = {"sheetId": sheet_id, "gridProperties": {"frozenColumnCount": 0}}
    fields = "gridProperties.frozenColumnCount"
    return {"updateSheetProperties": {"properties": properties, "fields": fields}}
