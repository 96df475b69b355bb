"""Rows put where they belong, whole, with all that people keep in them.

Ranges of people's (filters, slicers, pivots, named ranges, charts) that cover the whole table go on
covering it: rows come in and settle only strictly inside of it, never at its edge, where a range
would not grow with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sheets_sync.books.google.ranges import Request, area, lines, longest_ascent, spans
from sheets_sync.books.google.wire import cell_value

#: More insertions, moves and deletions than this are sorted by Google in one request.
_MOST_STEPS = 300


@dataclass(frozen=True)
class TableArea:
    """Where a table lies: its tab, the row of its first line, columns and rows of the tab."""

    sheet_id: int
    first: int
    columns: int
    rows: int


@dataclass
class TableLines:
    """The lines of a table while they are put in order.

    now       what stands in each line: the number that a row had, or below 0 a row to come
    requests  what brought that about
    bare      whether new lines look like the header
    grown     by how many rows the tab is longer
    """

    place: TableArea
    now: list[int]
    requests: list[Request] = field(default_factory=list)
    bare: bool = False
    grown: int = 0

    @property
    def rows(self) -> int:
        """Rows of the tab as it is now."""
        return self.place.rows + self.grown

    def insert(self, at: int, fresh: Sequence[int]) -> None:
        start = self.place.first + at
        # A new line looks like the one below it; at the very end there is none.
        at_end = start == self.rows
        where = lines(self.place.sheet_id, "ROWS", start, start + len(fresh))
        self.requests.append({"insertDimension": {"range": where, "inheritFromBefore": at_end}})
        self.now[at:at] = fresh
        self.grown += len(fresh)
        self.bare |= at_end and not at

    def move(self, start: int, end: int, to: int) -> None:
        """Put lines before the one that is now number `to`."""
        first = self.place.first
        source = lines(self.place.sheet_id, "ROWS", first + start, first + end)
        self.requests.append({"moveDimension": {"source": source, "destinationIndex": first + to}})
        block = self.now[start:end]
        del self.now[start:end]
        at = to if to < start else to - len(block)
        self.now[at:at] = block

    def delete(self, start: int, end: int) -> None:
        first = self.place.first
        if self.rows - first == end - start:
            # A tab keeps a row under its frozen header.
            more = {"sheetId": self.place.sheet_id, "dimension": "ROWS", "length": 1}
            self.requests.append({"appendDimension": more})
            self.grown += 1
        where = lines(self.place.sheet_id, "ROWS", first + start, first + end)
        self.requests.append({"deleteDimension": {"range": where}})
        del self.now[start:end]
        self.grown -= end - start


def settled(
    place: TableArea, now: Sequence[int], target: Sequence[int], *, total: bool, sort: bool
) -> TableLines:
    """Bring the lines `now` into the order `target`.

    now     the table's lines down to its last, each by its number; those not in `target` go
    target  numbers of lines, and numbers below 0 for rows to come
    total   whether the last one of them is the total, which people's ranges may leave out
    sort    whether Google may sort where that is much less; it refuses where cells are merged
    """
    result = _stepwise(
        TableLines(place, list(now)), target, total=total, most=_MOST_STEPS if sort else None
    )
    if result is None:
        result = _sorted(TableLines(place, list(now)), target, total=total)
    return result


def _stepwise(
    table: TableLines, target: Sequence[int], *, total: bool, most: int | None
) -> TableLines | None:
    """Insert, move, delete; None where that takes more than `most` steps."""
    _insert(table, target, total=total)
    if most is not None and len(table.requests) > most:
        return None
    ranks = {line: rank for rank, line in enumerate(target)}
    if target:
        _edges(table, ranks, target, total=total)
        if not _inner(table, ranks, target, most):
            return None
    gone = spans(n for n, line in enumerate(table.now) if line not in ranks)
    if most is not None and len(gone) > most:
        return None
    for start, end in reversed(gone):
        table.delete(start, end)
    return table


def _insert(table: TableLines, target: Sequence[int], *, total: bool) -> None:
    """New lines behind those that they follow, the lowest first, so that numbers stay good."""
    at = {line: n for n, line in enumerate(table.now)}
    runs: list[tuple[int, list[int]]] = []
    behind = 0
    for line in target:
        if line >= 0:
            behind = at[line] + 1
        elif runs and runs[-1][0] == behind:
            runs[-1][1].append(line)
        else:
            runs.append((behind, [line]))
    end = len(table.now)
    if total and end and target and table.now[-1] == target[-1]:
        end -= 1
    for behind, run in sorted(runs, key=lambda pair: -pair[0]):
        if not table.now:
            table.insert(0, run)
        elif not behind:
            # Behind the first line, which then changes places with them.
            table.insert(1, run)
            table.move(0, 1, 1 + len(run))
        elif behind < end or end < 2:
            table.insert(behind, run)
        else:
            table.insert(end - 1, run)
            table.move(end - 1 + len(run), end + len(run), end - 1)


def _edges(table: TableLines, ranks: dict[int, int], target: Sequence[int], *, total: bool) -> None:
    """First and last lines to their places: others move past them, into the inside."""
    at = table.now.index(target[0])
    if any(line in ranks for line in table.now[:at]):
        if at >= len(table.now) - 1 - total and at > 1:
            table.move(at, at + 1, 1)
            at = 1
        table.move(0, at, at + 1)
    end = len(table.now)
    for last in target[:-3:-1] if total else target[-1:]:
        at = table.now.index(last)
        if any(line in ranks for line in table.now[at + 1 : end]):
            table.move(at + 1, end, at)
        end = table.now.index(last)


def _inner(
    table: TableLines, ranks: dict[int, int], target: Sequence[int], most: int | None
) -> bool:
    """All other lines behind those that they follow; as many as can stay where they are."""
    there = [line for line in table.now if line in ranks]
    stays = {there[place] for place in longest_ascent([ranks[line] for line in there])}
    places = {line: n for n, line in enumerate(table.now)}
    runs: list[list[int]] = []
    for before, line in zip([None, *target], target, strict=False):
        if line in stays:
            continue
        if runs and runs[-1][-1] == before and places[line] == places[before] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    if most is not None and len(runs) + len(table.requests) > most:
        return False
    for run in runs:
        start = table.now.index(run[0])
        leader = target[ranks[run[0]] - 1]
        table.move(start, start + len(run), table.now.index(leader) + 1)
    return True


def _sorted(table: TableLines, target: Sequence[int], *, total: bool) -> TableLines:
    """Google sorts the lines by a column of their ranks, which is there only meanwhile."""
    fresh = [line for line in target if line < 0]
    end = len(table.now) - (total and table.now[-1:] == list(target[-1:]))
    if fresh:
        table.insert(max(end - 1, 0), fresh)
    kept = set(target)
    gone = [line for line in table.now if line not in kept]
    # Those that go stand behind the first meanwhile: at the edge, ranges would shrink with them.
    order = [*target[:1], *gone, *target[1:]]
    ranks = {line: rank for rank, line in enumerate(order)}
    sheet_id, first, column = table.place.sheet_id, table.place.first, table.place.columns
    cells = [{"values": [cell_value(ranks[line])]} for line in table.now]
    start = {"sheetId": sheet_id, "rowIndex": first, "columnIndex": column}
    where = area(sheet_id, first, first + len(table.now), 0, column + 1)
    by = [{"dimensionIndex": column, "sortOrder": "ASCENDING"}]
    table.requests += [
        {"appendDimension": {"sheetId": sheet_id, "dimension": "COLUMNS", "length": 1}},
        {"updateCells": {"start": start, "rows": cells, "fields": "userEnteredValue"}},
        {"sortRange": {"range": where, "sortSpecs": by}},
        {"deleteDimension": {"range": lines(sheet_id, "COLUMNS", column, column + 1)}},
    ]
    table.now[:] = order
    for begin, stop in reversed(spans(sorted(ranks[line] for line in gone))):
        table.delete(begin, stop)
    return table
