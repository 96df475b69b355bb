"""What people keep in our tabs, put to the rows of their tables again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from zlib import crc32

from metrics.coded import fold
from templates_sheets import look
from templates_sheets.tab import Cell, Table
from templates_sheets.typed import text

#: Who signs our notes; LibreOffice forgets it.
AUTHOR = "romi-sheets"
#: Our own colours: whoever paints a cell with one of them is not told from us.
_OURS = {
    colour.upper()
    for colour in (look.HEADER_FILL, look.INPUT_HEADER_FILL, look.MARK_FILL, look.INPUT_FILL,
                   look.TOTAL_FILL, "#FFFFFF")
}  # fmt: skip
_PROPERTY, _TITLES_IN_ONE = "romi_sheets_laid", 28


@dataclass(frozen=True)
class TabAsFound:
    """A tab of ours as a file holds it, rows and columns from 0, the header first.

    notes  (row, column) -> author, text;  fills  (row, column) -> #RRGGBB
    laid   hashes of the titles that the last write laid; none: an older service wrote the file
    """

    rows: list[list[Cell]]
    notes: Mapping[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    fills: Mapping[tuple[int, int], str] = field(default_factory=dict)
    laid: frozenset[str] = frozenset()


@dataclass
class KeptCells:
    """What goes into the new sheet beside the table; rows from 0, the header first.

    beside  people's own columns, right of the table's, a row each as far down as there are any
    lines   rows under the table, in its columns
    notes, fills  (row, column) -> author and text; colour
    """

    beside: list[list[Cell]] = field(default_factory=list)
    lines: list[list[Cell]] = field(default_factory=list)
    notes: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    fills: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        return bool(self.beside or self.lines or self.notes or self.fills)


def title_marks(table: Table) -> dict[str, str]:
    """Properties of a workbook that tell which columns of a tab are ours."""
    marks = [_mark(column.title) for column in table.columns]
    parts = range(0, len(marks), _TITLES_IN_ONE)
    return {
        f"{_PROPERTY}_{table.tab.key}_{at}": " ".join(marks[at : at + _TITLES_IN_ONE])
        for at in parts
    }


def laid_titles(properties: Mapping[str, str], key: str) -> frozenset[str]:
    """What `title_marks` left for a tab."""
    return frozenset(
        mark
        for name, value in properties.items()
        if name.rpartition("_")[0] == f"{_PROPERTY}_{key}"
        for mark in value.split()
    )


def _mark(title: str) -> str:
    return f"{crc32(fold(title).encode()):08x}"


def kept_cells(table: Table, before: TabAsFound) -> KeptCells:
    """What people keep in a tab, at its place beside the table that comes now.

    A row of theirs, or one that is gone and has words of theirs beside it, comes under the table; in
    a tab that people fill every row stays where it is.
    """
    kept = KeptCells()
    if not before.rows or not before.laid:
        return kept
    at, own = _columns(table, before)
    lines = dict(_lines(table, before, at, own))
    under = [n for n, line in lines.items() if line < 0]
    to = {
        n: line if line >= 0 else len(table.rows) + 1 + under.index(n) for n, line in lines.items()
    }
    to[0] = 0
    kept.lines = [_line(before, n, at) for n in under]
    columns = {place: column for column, place in at.items()}
    columns |= {place: len(table.columns) + number for number, place in enumerate(own)}
    if own:
        kept.beside = [[None] * len(own) for _ in range(max(to.values()) + 1)]
        for n, line in to.items():
            there = before.rows[n] if n < len(before.rows) else []
            kept.beside[line] = [_cell(there, place) for place in own]
    hints = {c.hint for c in table.columns} | set(table.notes.values())
    for (row, column), note in before.notes.items():
        if row in to and column in columns and _is_theirs(note, hints):
            kept.notes[to[row], columns[column]] = note
    for (row, column), colour in before.fills.items():
        if row in to and column in columns and colour not in _OURS:
            kept.fills[to[row], columns[column]] = colour
    return kept


def _columns(table: Table, before: TabAsFound) -> tuple[dict[int, int], list[int]]:
    """Where each column of the table stands in the file, and the columns that are people's own."""
    header = [fold(text(cell)) for cell in before.rows[0]]
    # A copy that somebody pasted beside has our title, too, but stands second.
    ours = {header.index(title) for title in header if _mark(title) in before.laid}
    at = {}
    for number, column in enumerate(table.columns):
        title = fold(column.title)
        if title in header:
            at[number] = header.index(title)
        elif _mark(title) in before.laid and number < len(header) and number not in ours:
            at[number] = number  # people call it something else
    ours |= set(at.values())
    width = max(map(len, before.rows))
    painted = {column for _, column in (*before.notes, *before.fills)}
    return at, [
        place
        for place in range(max([width, *(column + 1 for column in painted)]))
        if place not in ours
        and (place in painted or any(_cell(row, place) is not None for row in before.rows))
    ]


def _lines(
    table: Table, before: TabAsFound, at: Mapping[int, int], own: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Rows of the file that are kept: their number, and the sheet's row to come; below 0: under it."""
    if table.tab.filled_by == "people":
        marked = max((row for row, _ in (*before.notes, *before.fills)), default=0)
        last = max(len(before.rows) - 1, min(marked, look.INPUT_ROWS))
        yield from ((number, number) for number in range(1, last + 1))
        return
    titles = [column.title for column in table.columns]
    keys = [titles.index(title) for title in table.tab.row_key] or [0]
    coming = _named([[row[k] for k in keys] for row in table.rows])
    line_of = {name: number for number, name in enumerate(coming)}
    names = _named([[_cell(row, at.get(k, -1)) for k in keys] for row in before.rows[1:]])
    hints = {c.hint for c in table.columns} | set(table.notes.values())
    noted = {row for (row, _), note in before.notes.items() if _is_theirs(note, hints)}
    full = [
        place
        for place in range(len(titles) if table.rows else 0)
        if place not in keys and all(row[place] is not None for row in table.rows)
    ]
    for number, (row, name) in enumerate(zip(before.rows[1:], names, strict=True), start=1):
        if name in line_of:
            yield number, line_of[name] + 1
            continue
        cells = [_cell(row, at.get(place, -1)) for place in full]
        filled = sum(cell is not None for cell in cells)
        beside = number in noted or any(_cell(row, place) is not None for place in own)
        typed = any(cell is not None for cell in row) and bool(full) and filled < 0.5 * len(full)
        if beside or typed:
            yield number, -1


def _named(rows: Sequence[Sequence[Cell]]) -> list[tuple[object, ...]]:
    """What rows are called; of two of one name the second is another."""
    seen: defaultdict[tuple[object, ...], int] = defaultdict(int)
    word = lru_cache(None, typed=True)(text)  # a cell of a key stands in many rows
    names = []
    for row in rows:
        name = tuple(map(word, row))
        names.append((*name, seen[name]))
        seen[name] += 1
    return names


def _line(before: TabAsFound, number: int, at: Mapping[int, int]) -> list[Cell]:
    return [
        _cell(before.rows[number], at.get(place, -1)) for place in range(max(at, default=-1) + 1)
    ]


def _is_theirs(note: tuple[str, str], hints: set[str]) -> bool:
    author, words = note
    return author != AUTHOR and (bool(author) or words not in hints)


def _cell(row: Sequence[Any], place: int) -> Any:
    return row[place] if 0 <= place < len(row) else None
