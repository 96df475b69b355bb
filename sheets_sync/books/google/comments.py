"""Comments that people wrote beside rows: each stays with its row, whichever way the rows move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from sheets_sync.books.google.cells import Row
from templates_sheets.tab import Cell, Table
from templates_sheets.typed import text

T = TypeVar("T")


def with_comments(table: Table, standing: Sequence[Row]) -> Table:
    """The table with the comments that stand in the sheet right now.

    The table was made of comments read before the sources were pulled: one written, changed or
    deleted meanwhile counts as it is in the sheet. A comment whose row the table does not have
    gets a row of its own, before «Итого»: nobody's words are lost.
    """
    at = next((i for i, column in enumerate(table.columns) if column.comment), None)
    if at is None or not standing:
        return table
    titles = [column.title for column in table.columns]
    key_at = [titles.index(title) for title in table.tab.row_key]
    said = _said(standing, key_at, at)
    rows = []
    wanted = set()
    for row in table.rows:
        key = tuple(text(row[i]) for i in key_at)
        wanted.add(key)
        rows.append([*row[:at], said[key] or None, *row[at + 1 :]] if key in said else row)
    orphans = [(key, comment) for key, comment in said.items() if comment and key not in wanted]
    told = replace(table, rows=rows)
    return _inserted(told, [_orphan(len(titles), key_at, key, at, c) for key, c in orphans])


def _said(standing: Sequence[Row], key_at: Sequence[int], at: int) -> dict[tuple[str, ...], str]:
    """Comments by key; words beside two rows of one key stay together."""
    found: dict[tuple[str, ...], str] = {}
    for row in standing:
        key = tuple(text(row[i]) for i in key_at)
        comment = str(row[at]).strip()
        before = found.get(key, "")
        known = before.split("\n")
        found[key] = before if comment in known else f"{before}\n{comment}".strip()
    return found


def _orphan(
    width: int, key_at: Sequence[int], key: tuple[str, ...], at: int, comment: str
) -> list[Cell]:
    row: list[Cell] = [None] * width
    for place, part in zip(key_at, key, strict=True):
        row[place] = part or None
    row[at] = comment
    return row


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
        bold=frozenset(r + len(rows) if r >= end else r for r in table.bold),
    )
