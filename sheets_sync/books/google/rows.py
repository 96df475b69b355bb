"""Where the rows of a table go: which stay, which are inserted and deleted in the sheet."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sheets_sync.books.google.cells import Row, Wire, blank_rows, spans

Key = tuple[Wire, ...]

#: Tables up to this size are written where they stand; longer ones move whole rows.
_SMALL = 200
#: More insertions and deletions than this are no cheaper than writing every row.
_MOST_MOVES = 200


@dataclass(frozen=True)
class Standing:
    """A tab's rows under its header as they are in the sheet.

    rows    cells in the table's columns, up to the last row that is ours
    keys    their keys, in the same order
    foreign rows (of the same numbers) where people keep something beside the table
    grid    rows of the sheet under the header, blank ones included
    """

    rows: list[Row]
    keys: list[Key]
    foreign: frozenset[int]
    grid: int


@dataclass(frozen=True)
class Moved:
    """What makes room: requests, and what then stands in each row of the table.

    now     before the cells are sent, a row for each row of the new table and, below them, those
            that are to be emptied
    at      number that a row had -> number that it has; rows that are gone are left out
    fresh   numbers of inserted rows
    grid    rows of the sheet under the header, afterwards
    inside  whether rows were moved inside the table: what hangs on row numbers must be laid anew
    """

    requests: list[dict[str, Any]]
    now: list[Row]
    at: dict[int, int]
    fresh: list[int] = field(default_factory=list)
    grid: int = 0
    inside: bool = False


def move_rows(
    standing: Standing, keys: Sequence[Key], width: int, sheet_id: int, first: int, *, keyed: bool
) -> Moved:
    """Make room for rows with these `keys` in a sheet whose row `first` is the table's first.

    A long table is matched by its keys, so that rows dropped at one end and added at the other do
    not shift everything between: whole rows are inserted and deleted, and what people keep beside
    them moves along. Rows beside which people keep something are never deleted.
    """
    if keyed and max(len(keys), len(standing.keys)) > _SMALL:
        moved = _by_key(standing, keys, width, sheet_id, first)
        if moved is not None:
            return moved
    return _in_place(standing, len(keys), width, sheet_id, first)


def _in_place(standing: Standing, count: int, width: int, sheet_id: int, first: int) -> Moved:
    """Every row keeps its number; the table grows and shrinks at its end."""
    had = len(standing.rows)
    at = {number: number for number in range(min(had, count))}
    rows = [*standing.rows[:count], *blank_rows(count - had, width)]
    if count > had:
        at_end = had == standing.grid
        insert = _insert(sheet_id, first + had, first + count, inherit=at_end)
        return Moved(
            [insert], rows, at, list(range(had, count)), standing.grid + count - had, inside=False
        )
    gone = range(count, had)
    if not gone:
        return Moved([], rows, at, grid=standing.grid)
    if standing.foreign.isdisjoint(gone) and standing.grid - len(gone) >= 1:
        delete = _delete(sheet_id, first + count, first + had)
        return Moved([delete], rows, at, grid=standing.grid - len(gone))
    at |= {number: number for number in gone}
    return Moved([], [*rows, *standing.rows[count:]], at, grid=standing.grid)


def _by_key(
    standing: Standing, keys: Sequence[Key], width: int, sheet_id: int, first: int
) -> Moved | None:
    """Rows matched by key; None where keys repeat or it would be no cheaper."""
    pairs = matched(standing.keys, keys)
    if pairs is None:
        return None
    at = dict(pairs)
    stays = {new for _, new in pairs}
    gone = [number for number in range(len(standing.keys)) if number not in at]
    fresh = [number for number in range(len(keys)) if number not in stays]
    deletes, inserts = spans(gone), spans(fresh)
    left = standing.grid - len(gone)
    if (
        len(deletes) + len(inserts) > _MOST_MOVES
        or len(fresh) > len(keys) // 2
        or not standing.foreign.isdisjoint(gone)
        or left < 1
    ):
        return None
    requests = [_delete(sheet_id, first + a, first + b) for a, b in reversed(deletes)]
    for start, end in inserts:
        requests.append(_insert(sheet_id, first + start, first + end, inherit=start == left))
        left += end - start
    now = blank_rows(len(keys), width)
    for old, new in pairs:
        now[new] = standing.rows[old]
    return Moved(requests, now, at, fresh, left, inside=bool(requests))


def matched(old: Sequence[Key], new: Sequence[Key]) -> list[tuple[int, int]] | None:
    """Pairs of numbers of rows that stay: as many as keep their order. None if a key repeats."""
    places = {key: number for number, key in enumerate(old)}
    if len(places) != len(old) or len(set(new)) != len(new):
        return None
    pairs = [(places[key], number) for number, key in enumerate(new) if key in places]
    return _ascending(pairs)


def _ascending(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of `pairs`, ascending in the second, that ascends in the first too."""
    ends: list[int] = []  # the smallest last value of a run of each length
    tails: list[int] = []  # and where it is
    before = [-1] * len(pairs)
    for place, (value, _) in enumerate(pairs):
        length = bisect_left(ends, value)
        before[place] = tails[length - 1] if length else -1
        if length == len(ends):
            ends.append(value)
            tails.append(place)
        else:
            ends[length], tails[length] = value, place
    found = []
    place = tails[-1] if tails else -1
    while place >= 0:
        found.append(pairs[place])
        place = before[place]
    return found[::-1]


def _insert(sheet_id: int, start: int, end: int, *, inherit: bool) -> dict[str, Any]:
    # Without `inherit` a new row looks like the one below it; at the very end there is none.
    return {"insertDimension": {"range": _rows(sheet_id, start, end), "inheritFromBefore": inherit}}


def _delete(sheet_id: int, start: int, end: int) -> dict[str, Any]:
    return {"deleteDimension": {"range": _rows(sheet_id, start, end)}}


def _rows(sheet_id: int, start: int, end: int) -> dict[str, Any]:
    return {"sheetId": sheet_id, "dimension": "ROWS", "startIndex": start, "endIndex": end}
