"""Notes on cells: ours are signed, and only they are written over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sheets_sync.books.google.blocks import blocks, update_cells
from sheets_sync.books.google.look.drawn import Drawn
from sheets_sync.books.google.ranges import Request
from sheets_sync.books.google.wire import Row
from templates_sheets.tab import Table

#: Ends every note of ours; nobody sees it (an invisible separator).
SIGN = "\u2063"
#: Row and column of a cell in its sheet -> the note on it.
Notes = Mapping[tuple[int, int], str]


def signed(table: Table) -> Table:
    """The table with notes and header notes that can be told from people's own."""
    return replace(
        table,
        columns=tuple(replace(c, hint=c.hint + SIGN) if c.hint else c for c in table.columns),
        notes={place: text + SIGN for place, text in table.notes.items()},
    )


def is_ours(note: str, *, unsigned: bool = False) -> bool:
    """Whether a note may be written over; `unsigned`: ours are not signed yet."""
    return not note or unsigned or note.endswith(SIGN)


def notes(
    drawn: Drawn, columns: Sequence[int], there: Sequence[Row], *, unsigned: bool = False
) -> Iterator[Request]:
    """Lay the table's notes in some of its columns, and take away ours that it has no more.

    there  the notes in these columns, of all lines from the first under the header on
    """
    at = {drawn.row(number): number for number in range(len(drawn.table.rows))}
    texts_now = []
    for line, old in enumerate(there):
        row = at.get(drawn.top + 1 + line)
        texts: Row = [
            drawn.table.notes.get((row, c), "") if row is not None else "" for c in columns
        ]
        texts_now.append(_laid(old, texts, unsigned=unsigned))
    places = [drawn.at[place] for place in columns]
    for block in blocks(there, texts_now, drawn.top + 1, places):
        yield update_cells(drawn.sheet_id, block, _note, "note")


def header_notes(drawn: Drawn, there: Row, *, unsigned: bool = False) -> Iterator[Request]:
    """Lay the notes on the header; `there` are those on it now, column by column."""
    hints: Row = [column.hint for column in drawn.table.columns]
    texts_now = _laid(there, hints, unsigned=unsigned)
    for block in blocks([there], [texts_now], drawn.top, drawn.at):
        yield update_cells(drawn.sheet_id, block, _note, "note")


def _laid(old: Row, new: Row, *, unsigned: bool) -> Row:
    return [
        now if is_ours(str(was), unsigned=unsigned) else was
        for was, now in zip(old, new, strict=True)
    ]


def _note(text: str) -> dict[str, Any]:
    return {"note": text} if text else {}
