"""Sums in two columns, «Руб.» and «Коп.», as one."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from itertools import chain, pairwise

from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import WHOLES
from sheets_sync.reading.headings_across import canonical_of
from sheets_sync.reading.money import unit, without_unit
from sheets_sync.reading.sheet import Sheet
from sheets_sync.reading.words import letters

_ROUBLES = re.compile(r"(?:-?\d[\d\s]*)?")
_KOPECKS = re.compile(r"\d{0,2}")


def kopecks_apart(
    sheet: Sheet, top: Sequence[list[str]], row: int, below: Sequence[list[str]], entity: str
) -> Sheet | None:
    """The sheet with whole roubles and the kopecks beside them in one column; None where none are
    apart. `row` is the header's, from 0; `below` are the rows after it that were read."""
    head = [cell.strip() for cell in top[row]]
    beside = enumerate(pairwise(head))
    place = next((c for c, (one, other) in beside if _are_apart(one, other)), -1)
    pairs = [(_at(cells, place), _at(cells, place + 1)) for cells in below]
    if (
        place < 0
        or sheet.hidden
        or any(last > row for _, (last, _) in sheet.merged)
        or not all(_ROUBLES.fullmatch(a) and _KOPECKS.fullmatch(b) for a, b in pairs)
    ):
        return None
    over = _at(top[row - 1], place) if row else ""
    others = [*head[:place], *head[place + 1 :]]
    if not over and any(canonical_of(entity, h) in {"amount", *WHOLES} for h in others):
        return None
    name = head[place] if without_unit(letters(head[place])) else f"{over or 'Сумма'}, руб."
    rows = [[*cells[: place + 1], *cells[place + 2 :]] for cells in top[: row + 1]]
    rows[row][place] = name
    for short in chain(below, sheet.rows):
        cells = [*short, *[""] * (place + 2 - len(short))]
        many, few = _at(cells, place), _at(cells, place + 1)
        whole = f"{many or 0},{few.zfill(2)}" if few else many
        rows.append([*cells[:place], whole, *cells[place + 2 :]])
    note = f"Столбцы «{mask(head[place])}» и «{mask(head[place + 1])}» – одна сумма."
    return dataclasses.replace(
        sheet, rows=iter(rows), merged=(), batches=None, notes=(*sheet.notes, note)
    )


def _are_apart(one: str, other: str) -> bool:
    """Whether two headers beside each other name roubles and their kopecks, the second nothing else."""
    first, second = letters(one), letters(other)
    if not first or not second or without_unit(second):
        return False
    return unit(first).currency == "RUB" and unit(first).kopecks > 1 == unit(second).kopecks


def _at(cells: Sequence[str], column: int) -> str:
    return cells[column].strip() if 0 <= column < len(cells) else ""
