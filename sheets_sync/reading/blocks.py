"""Tables stacked in one sheet, each under its own heading and a header like the first's, as one with groups."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import chain

from sheets_sync.reading.headings import readers
from sheets_sync.reading.sheet import Sheet
from sheets_sync.reading.words import plain


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
    return dataclasses.replace(
        sheet,
        rows=iter([cells for _, cells in rows]),
        numbers=tuple(n for n, _ in rows),
        merged=(),
        batches=None,
        levels={},
        notes=(
            *sheet.notes,
            f"Таблиц под своими заголовками {len(again) + 1}: прочитаны как одна.",
        ),
    )


def _is_heading(cells: Sequence[str], entity: str) -> bool:
    """Whether a row is one cell that says something of the rows under it."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return len(filled) == 1 and any(read(filled[0]) for _, _, read in readers(entity, ()))


def _plain(cells: Sequence[str]) -> list[str]:
    texts = [plain(cell) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return texts
