"""What people wrote beside rows stays with its row, whichever way the rows move."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from sheets_sync.books.google.change.standing import StandingLines
from sheets_sync.books.google.read.ours import Id, key_places
from templates_sheets.tab import Cell, Table

T = TypeVar("T")


def with_kept(
    table: Table, standing: StandingLines, names: Sequence[Id], noted: Collection[int]
) -> Table:
    """The table with the comments that stand in the sheet right now.

    names  of its rows; noted: lines on which people left notes

    The table was made of comments read before the sources were pulled: one written, changed or
    deleted meanwhile counts as it is in the sheet. A row that the table does not have any more, with
    a comment, a note or own words beside it, keeps its name before «Итого»: nobody's words are lost.
    """
    comment_at = next((i for i, column in enumerate(table.columns) if column.comment), None)
    key_at = key_places(table)
    lines = {name: n for n, name in enumerate(standing.ids) if name is not None}
    rows = table.rows
    if comment_at is not None:
        rows = [
            [*row[:comment_at], _text(standing, lines[name], comment_at), *row[comment_at + 1 :]]
            if name in lines
            else row
            for row, name in zip(table.rows, names, strict=True)
        ]
    orphans = []
    there = set(names)
    for name, line in lines.items():
        comment = _text(standing, line, comment_at) if comment_at is not None else None
        if name not in there and (comment or line in standing.beside or line in noted):
            orphan: list[Cell] = [None] * len(table.columns)
            for place in key_at:
                orphan[place] = standing.rows[line][place]
            if comment_at is not None:
                orphan[comment_at] = comment
            orphans.append(orphan)
    if rows is table.rows and not orphans:
        return table
    return _inserted(replace(table, rows=rows), orphans)


def _text(standing: StandingLines, line: int, place: int) -> str | None:
    return str(standing.rows[line][place]).strip() or None


def _inserted(table: Table, rows: list[list[Cell]]) -> Table:
    """The table with more rows before «Итого», and all that hangs on row numbers moved along."""
    if not rows:
        return table
    end = len(table.rows) - 1 if table.tab.total and table.rows else len(table.rows)

    def along(cells: Mapping[tuple[int, int], T]) -> dict[tuple[int, int], T]:
        return {(r + len(rows) if r >= end else r, c): v for (r, c), v in cells.items()}

    return replace(
        table,
        rows=[*table.rows[:end], *rows, *table.rows[end:]],
        notes=along(table.notes),
        formats=along(table.formats),
        choices=along(table.choices),
        links=along(table.links),
        folded=tuple(
            (first + len(rows) * (first >= end), last + len(rows) * (last >= end))
            for first, last in table.folded
        ),
        bold=frozenset(r + len(rows) if r >= end else r for r in table.bold),
    )
