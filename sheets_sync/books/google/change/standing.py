"""The rows of a tab as they stand: which are ours, and beside which people keep something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sheets_sync.books.google.change.columns import ColumnPlaces
from sheets_sync.books.google.read.layout import BookTab
from sheets_sync.books.google.read.ours import Id, among, identities, key_places
from sheets_sync.books.google.read.record import digest
from sheets_sync.books.google.wire import Row, blank_rows
from templates_sheets.tab import Table


@dataclass(frozen=True)
class StandingLines:
    """Lines under a tab's header, down to the last that holds anything.

    rows       their cells in the table's columns
    ids        what those of ours are called; None: somebody's line, or an empty one
    theirs     lines that people typed
    beside     lines where people keep words in columns of their own
    in_order   whether ours are as the last write left them
    """

    rows: list[Row]
    ids: list[Id | None]
    theirs: frozenset[int]
    beside: frozenset[int]
    in_order: bool

    @property
    def end(self) -> int:
        """How many lines there are down to the last of ours."""
        return next((n + 1 for n in reversed(range(len(self.ids))) if self.ids[n] is not None), 0)

    def gone(self, target: Sequence[Id]) -> list[int]:
        """Lines of ours whose rows the table has no more, and empty ones among them."""
        end = self.end
        if self.ids[:end] == list(target):
            return []
        kept = set(target)
        return [
            n
            for n, name in enumerate(self.ids[:end])
            if n not in self.theirs and (name is None or name not in kept)
        ]


def standing_lines(
    table: Table,
    sheet: BookTab,
    placed: ColumnPlaces,
    raw: Sequence[Row],
    target: Sequence[Row],
    names: Sequence[Id],
) -> StandingLines:
    """What stands in a tab.

    raw     all its cells, the sheet's first row first
    target  the rows that it is to have, called `names`
    """
    under = raw[sheet.top + 1 :]
    rows = project(under, placed.before)
    count = sheet.record.rows
    head = identities(table, [*rows[:count], *blank_rows(count - len(rows), len(table.columns))])
    ids: list[Id | None] = [None] * len(rows)
    if sheet.record.keys == digest(head):
        in_order = True
        ids[:count] = head[: len(rows)]
    elif any(placed.before[place] is None for place in key_places(table)):
        # Their keys are gone with a column: rows are taken to stand as they were left.
        filled = (n for n, row in enumerate(rows) if any(cell != "" for cell in row))
        nameless = (("", str(n)) for n in range(len(names), count))
        for line, name in zip(filled, [*names[:count], *nameless], strict=False):
            ids[line] = name
        in_order = True
    else:
        ids = _recognised(table, sheet, rows, names, _likeness(table, target))
        in_order = sheet.record.keys == digest([name for name in ids if name is not None])
    if names and not any(ids) and not any(cell != "" for row in rows[:1] for cell in row):
        # The first row of all takes a blank line: one put in there would push stripes and rules down.
        rows[:1], ids[:1] = blank_rows(1, len(table.columns)), [names[0]]
    own = frozenset(sheet.at.values())
    beside = frozenset(n for n, row in enumerate(under) if _is_kept(row, own))
    titles = [column.title for column in table.columns]
    theirs = frozenset(
        n
        for n, row in enumerate(rows)
        # A header that was sorted into the rows is nobody's.
        if ids[n] is None and (n in beside or (any(cell != "" for cell in row) and row != titles))
    )
    return StandingLines(rows, ids, theirs, beside, in_order)


def _recognised(
    table: Table,
    sheet: BookTab,
    rows: Sequence[Row],
    target: Sequence[Id],
    like_ours: Callable[[Row], bool],
) -> list[Id | None]:
    """Which lines are ours, where they are not as they were left."""
    names = identities(table, rows)
    if sheet.record.wrote:
        ours = among(sheet.record.wrote, names)
    else:
        # A long table, a copied file, or one that an older service filled: what looks like ours is.
        kept = set(target)
        ours = [n in kept or like_ours(row) for n, row in zip(names, rows, strict=True)]
    ids: list[Id | None] = [
        name if is_ours else None for name, is_ours in zip(names, ours, strict=True)
    ]
    _retitle(ids, sheet, rows, target, like_ours)
    return ids


def _retitle(
    ids: list[Id | None],
    sheet: BookTab,
    rows: Sequence[Row],
    target: Sequence[Id],
    like_ours: Callable[[Row], bool],
) -> None:
    """A row in the place of one of ours that is missing is that one, whatever its key says now."""
    at = {name: n for n, name in enumerate(ids) if name is not None}
    missing = [name for name in target if name not in at]
    lost = {n for n, ours in zip(missing, among(sheet.record.wrote, missing), strict=True) if ours}
    line = -1
    for name in target:
        if name in at:
            line = at[name]
            continue
        below = line + 1
        if name in lost and below < len(ids) and ids[below] is None:
            blank = not any(cell != "" for cell in rows[below])
            if blank or like_ours(rows[below]):
                ids[below] = name
                line = below


def _likeness(table: Table, target: Sequence[Row]) -> Callable[[Row], bool]:
    """Whether a line is filled as all rows of the table are, nearly, whatever its key."""
    full = [
        place
        for place in range(len(table.columns) if target else 0)
        if place not in key_places(table) and all(row[place] != "" for row in target)
    ]
    kinds = [isinstance(target[0][place], str) for place in full]

    def like_ours(row: Row) -> bool:
        alike = sum(
            row[place] != "" and isinstance(row[place], str) == is_text
            for place, is_text in zip(full, kinds, strict=True)
        )
        return any(cell != "" for cell in row) and alike >= 0.75 * len(full)

    return like_ours


def _is_kept(row: Row, own: frozenset[int]) -> bool:
    """Whether people keep words or numbers in a row beside the table; formulas can go with it."""
    if len(row) <= len(own) and len(own) == max(own, default=-1) + 1:
        return False
    return any(
        cell != "" and not (isinstance(cell, str) and cell.startswith("="))
        for place, cell in enumerate(row)
        if place not in own
    )


def project(raw: Sequence[Row], at: Sequence[int | None]) -> list[Row]:
    """Ragged rows of a sheet as rows of the table's columns; a column not there is empty."""
    width = len(at)
    if tuple(at) == tuple(range(width)):
        return [row[:width] + [""] * (width - len(row)) for row in raw]
    return [["" if p is None or p >= len(row) else row[p] for p in at] for row in raw]


def places(
    standing_lines: StandingLines, names: Sequence[Id], *, theirs_below: bool
) -> tuple[list[int], list[int]]:
    """The order to come: numbers of lines, below 0 for rows that are not there yet.

    Also gives for each row of the table its line in that order. A line that people typed inside
    of the table stays behind the row that it stands behind; where rows were sorted by hand, it
    comes under the table.
    """
    at = {name: n for n, name in enumerate(standing_lines.ids) if name is not None}
    inside = [n for n in sorted(standing_lines.theirs) if n < standing_lines.end]
    behind: dict[int, list[int]] = {}
    if not theirs_below:
        kept = {at[name] for name in names if name in at}
        for line in inside:
            leader = next((n for n in range(line - 1, -1, -1) if n in kept), -1)
            behind.setdefault(leader, []).append(line)
    order = list(behind.get(-1, []))
    lines = []
    for number, name in enumerate(names):
        line = at.get(name, -1 - number)
        lines.append(len(order))
        order += [line, *behind.get(line, [])] if line >= 0 else [line]
    if theirs_below:
        order += inside
    return order, lines
