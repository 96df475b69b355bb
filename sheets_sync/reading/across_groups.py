"""Groups in a table that is laid across: a heading's sums stand in the same columns as those of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sheets_sync.errors import FileError
from sheets_sync.reading.across_sums import TOTAL
from sheets_sync.reading.across_table import AcrossTable
from sheets_sync.reading.headings_across import is_platform
from sheets_sync.reading.money import kopecks, signs
from sheets_sync.reading.sheet import Sheet

#: Kopecks that a heading may be off; columns and rows of which equal sums are no chance.
_ROUNDING, _LEAST = 100, 2
#: Rows of one group, and its heading.
_LONGEST = 500

_Sums = tuple[int, ...]


@dataclass(frozen=True)
class Ungrouped:
    """`rows` with headings of groups emptied; `platforms` of each; whether `by_platform`: groups are."""

    rows: list[list[str]]
    platforms: list[str]
    heads: int
    by_platform: bool


def without_groups(
    table: AcrossTable, rows: list[list[str]], sheet: Sheet, where: str
) -> tuple[list[list[str]], AcrossTable, list[str]]:
    """Rows under a header without those that are the sums of others, and what to say of them; where
    groups are platforms, these get a column of their own.

    Raises FileError where a row may be the sum of one other or its equal.
    """
    first = table.row + 1
    places = [sheet.numbers[n] - 1 if sheet.numbers else n for n in range(first, first + len(rows))]
    depths = [sheet.levels.get(place, 0) for place in places]
    if table.measure or not table.labels:
        return rows, table, []
    label = table.labels[0][0]
    columns = [c for _, cells in table.headings for c, _ in cells]
    if not (flat := _ungrouped(rows, label, columns, depths, where)):
        return rows, table, []
    note = f"Строки групп ({flat.heads}) – суммы строк под ними: они не учтены."
    if len(table.labels) > 1 or not flat.by_platform:
        return flat.rows, table, [note]
    width = max(map(len, rows))
    wide = [
        [*row, *[""] * (width - len(row)), platform]
        for row, platform in zip(flat.rows, flat.platforms, strict=True)
    ]
    return wide, replace(table, labels=((label, "Кампания"), (width, "Площадка"))), [note]


def _ungrouped(
    rows: Sequence[list[str]], label: int, columns: Sequence[int], depths: Sequence[int], where: str
) -> Ungrouped | None:
    """None where no row is the sum of others, or where some that stand higher are no such sums. `label` is
    the column of names, `depths` those of the sheet's outline."""
    names = [row[label].strip() if label < len(row) else "" for row in rows]
    totals = [i for i, row in enumerate(rows) if TOTAL.match(next(filter(str.strip, row), ""))]
    order = [i for i, name in enumerate(names) if name and i not in totals]
    seen = signs(row[c] for row in rows for c in columns if c < len(row))
    sums = [
        tuple(kopecks(row[c], seen) or 0 if c < len(row) else 0 for c in columns) for row in rows
    ]
    depth = {i: depths[i] or _indent(rows[i][label]) for i in order}
    if len(set(depth.values())) > 1:
        is_below = depth[order[0]] > min(depth.values())
        over = _by_depth(order[::-1] if is_below else order, depth)
    else:
        summed = _by_sums(order, sums, sums[totals[-1]] if totals else None)
        if summed is None:
            raise FileError(
                "строки групп стоят вместе со своими слагаемыми, а итога, который показал бы их, нет.",
                where=where,
                hint="Добавьте строку «Итого» или удалите строки групп.",
            )
        over = summed
    heads = {head for path in over.values() for head in path}
    for head in heads:
        added = _added(sums[i] for i in order if head in over[i] and i not in heads)
        off = max(abs(a - b) for a, b in zip(added, sums[head], strict=True))
        if off > _ROUNDING and any(c < len(rows[head]) and rows[head][c].strip() for c in columns):
            return None
    if not heads:
        return None
    tops = {path[0] for path in over.values() if path}
    named = all(is_platform(names[top]) for top in tops)
    platforms = [names[over[i][0] if over[i] else i] if i in over else "" for i in range(len(rows))]
    kept = [[] if i in heads else row for i, row in enumerate(rows)]
    return Ungrouped(kept, platforms, len(heads), named)


def _indent(cell: str) -> int:
    return len(cell) - len(cell.lstrip())


def _added(rows: Iterable[_Sums]) -> _Sums:
    return tuple(map(sum, zip(*rows, strict=True)))


def _by_depth(order: Sequence[int], depth: Mapping[int, int]) -> dict[int, tuple[int, ...]]:
    """The rows over each row that stand higher, the highest first."""
    over: dict[int, tuple[int, ...]] = {}
    path: list[int] = []
    for row in order:
        while path and depth[path[-1]] >= depth[row]:
            path.pop()
        over[row] = tuple(path)
        path.append(row)
    return over


def _by_sums(
    order: Sequence[int], sums: Sequence[_Sums], total: _Sums | None
) -> dict[int, tuple[int, ...]] | None:
    """The row over each row whose sums are those of two rows or more right under it; of one row, too,
    where only so the table adds up to its total. None where there is no total to say."""
    ways = []
    for fewest in (_LEAST, 1):
        over: dict[int, tuple[int, ...]] = dict.fromkeys(order, ())
        place = 0
        while place < len(order):
            under = _under(order[place : place + _LONGEST], sums, fewest)
            over |= dict.fromkeys(under, (order[place],))
            place += 1 + len(under)
        heads = {head for path in over.values() for head in path}
        if total is not None and _added([sums[i] for i in order if i not in heads]) == total:
            return over
        ways.append((over, heads))
    (over, heads), (_, more) = ways
    if total is not None or not heads:
        return dict.fromkeys(order, ())
    return over if heads == more else None


def _under(order: Sequence[int], sums: Sequence[_Sums], fewest: int) -> Sequence[int]:
    """The rows after the first that add up to it in every column."""
    whole, added = sums[order[0]], tuple(0 for _ in sums[order[0]])
    if sum(map(bool, whole)) < _LEAST:
        return ()
    for count in range(1, len(order)):
        added = _added([added, sums[order[count]]])
        if added == whole:
            return order[1 : count + 1] if count >= fewest else ()
        if any(a > b for a, b in zip(added, whole, strict=True)):
            return ()
    return ()
