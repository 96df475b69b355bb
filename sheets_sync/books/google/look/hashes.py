"""Hashes of what a table wants laid, so that only what differs from the last write is laid again."""

from __future__ import annotations

from collections.abc import Sequence

from sheets_sync.books.google.look import format as form
from sheets_sync.books.google.look.body import own_codes
from sheets_sync.books.google.look.groups import group_marks, links_hash
from sheets_sync.books.google.read.ours import Id, remembered
from sheets_sync.books.google.read.record import Record, column_id, digest, row_mark
from templates_sheets.tab import Table

#: Changes when the same declarations are drawn differently, so that they are laid anew.
_LOOK = 2


def look_hash(table: Table) -> str:
    """Of formats and rules of columns."""
    looks = [
        [
            column_id(column),
            form.body_format(table, place),
            form.header_format(column, table.tab),
            [column.heat, column.band, column.bar, column.choices],
        ]
        for place, column in enumerate(table.columns)
    ]
    return digest([_LOOK, table.tab.freeze, table.tab.filters, table.bands, looks])


def record_of(table: Table, names: Sequence[Id], before: Record | None = None) -> Record:
    """What will be remembered of a tab; charts and rules are filled in later.

    names   of its rows
    before  how the tab was left
    """
    ids = [column_id(column) for column in table.columns]
    # Notes on what people typed are told from theirs one by one, not by a hash of all.
    ours = table.notes if table.tab.filled_by == "service" else {}
    notes = sorted((names[row], ids[at], text) for (row, at), text in ours.items())
    formats = sorted((names[row], ids[at], code) for (row, at), code in own_codes(table).items())
    choices = sorted((names[row], ids[at], words) for (row, at), words in table.choices.items())
    ticks = [n for n in names if any(c.format == "check" for c in table.columns)]
    hanging = [formats, choices, ticks]
    keys = digest(names)
    wrote = before.wrote if before and before.keys == keys else ""
    if not wrote and table.tab.filled_by == "service":
        wrote = remembered(names)
    return Record(
        table.tab.key,
        titles=digest([column.title for column in table.columns]),
        hints=digest([column.hint for column in table.columns]),
        look=look_hash(table),
        body=digest(hanging) if any(hanging) else "",
        note=digest(notes) if notes else "",
        rows=len(names),
        keys=keys,
        wrote=wrote,
        noted=tuple(sorted({name for _, name, _ in notes})),
        groups=group_marks(table),
        links=links_hash(table),
        hidden=table.hidden,
        totals=tuple(sorted(row_mark(names[row]) for row in table.bold)),
    )
