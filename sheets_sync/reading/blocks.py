"""Tables of one header in one sheet, as one: stacked, each under its own heading, or side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import chain

from sheets_sync.reading.aliases import NEEDED, ranks
from sheets_sync.reading.headings import readers
from sheets_sync.reading.sheet import Sheet
from sheets_sync.reading.words import plain

#: So many tables are several.
_LEAST = 2


def stacked(
    sheet: Sheet, top: Sequence[list[str]], row: int, below: Sequence[list[str]], entity: str
) -> Sheet | None:
    """The sheet with one header above all headings; None where only one table stands in it. `row` is its
    first header's, from 0; `below` are the rows after it that were read."""
    if sheet.numbers or not row or not _is_heading(top[row - 1], entity):
        return None
    head = _plain(top[row])
    filled = [cells for cells in below if any(map(str.strip, cells))]
    again = [n for n, cells in enumerate(filled) if n and _plain(cells) == head]
    if not again or not all(_is_heading(filled[n - 1], entity) for n in again):
        return None
    rows = [(row + 1, top[row]), (row, top[row - 1])]
    rows += [
        (n, cells) for n, cells in enumerate(chain(below, sheet.rows), row + 2) if _plain(cells) != head
    ]  # fmt: skip
    rows = [*enumerate(top[: row - 1], 1), *rows]
    return _as_one(
        sheet, rows, f"Таблиц под своими заголовками {len(again) + 1}: прочитаны как одна."
    )


def side_by_side(
    sheet: Sheet, top: Sequence[list[str]], row: int, below: Sequence[list[str]], entity: str
) -> Sheet | None:
    """The sheet with its tables one under another; None where only one stands in it. Tables that stand
    beside each other have one header and an empty column between them, and each has all that a row
    needs."""
    head = [cell.strip() for cell in top[row]]
    while head and not head[-1]:
        head.pop()
    starts = [0, *(c + 1 for c, cell in enumerate(head) if not cell and c)]
    spans = [(a, b - 1) for a, b in zip(starts, [*starts[1:], len(head) + 1], strict=True)]
    spans = [(a, b) for a, b in spans if b > a]
    blocks = {tuple(map(plain, head[a:b])) for a, b in spans}
    gaps = [a - 1 for a, _ in spans[1:]]
    filled = any(len(cells) > gap and cells[gap].strip() for cells in below for gap in gaps)
    if len(spans) < _LEAST or len(blocks) > 1 or filled:
        return None
    if not all(_knows(blocks, group, entity) for group in NEEDED[entity]):
        return None
    last = spans[0][1]
    rows = [*enumerate((cells[:last] for cells in top[: row + 1]), 1)]
    rest = list(enumerate(chain(below, sheet.rows), row + 2))
    rows += [
        (n, cells[a:b]) for a, b in spans for n, cells in rest if any(map(str.strip, cells[a:b]))
    ]
    return _as_one(sheet, rows, f"Таблиц рядом {len(spans)}: прочитаны как одна.")


def _as_one(sheet: Sheet, rows: Sequence[tuple[int, list[str]]], note: str) -> Sheet:
    """The sheet of numbered rows that were several tables: what else it showed of them is no more."""
    return dataclasses.replace(
        sheet,
        rows=iter([cells for _, cells in rows]),
        numbers=tuple(n for n, _ in rows),
        merged=(),
        batches=None,
        levels={},
        notes=(*sheet.notes, note),
    )


def _knows(blocks: set[tuple[str, ...]], group: Sequence[str], entity: str) -> bool:
    return any(head in ranks(entity)[name] for name in group if name in ranks(entity) for heads in blocks for head in heads)  # fmt: skip


def _is_heading(cells: Sequence[str], entity: str) -> bool:
    """Whether a row is one cell that says something of the rows under it."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return len(filled) == 1 and any(read(filled[0]) for _, _, read in readers(entity, ()))


def _plain(cells: Sequence[str]) -> list[str]:
    texts = [plain(cell) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return texts
