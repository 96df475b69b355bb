"""Payments of several services in one row, «Услуга 1», «Сумма 1», «Услуга 2», «Сумма 2»: a row for each."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from itertools import chain

from sheets_sync.privacy.personal import mask
from sheets_sync.reading.across_sums import TOTAL, added
from sheets_sync.reading.aliases import PARTS, WHOLES
from sheets_sync.reading.headings_across import canonical_of
from sheets_sync.reading.sheet import Sheet
from sheets_sync.reading.words import nothing, plain

_NUMBERED = re.compile(r"(?P<name>.*?[^\W\d].*?)[\s№#_.(-]*(?P<number>[1-9])\)?")
_SUMS = ("amount", *WHOLES)
#: What is said of a whole row; repeated on each of its services it would count more than once.
_OF_THE_ROW = (*_SUMS, *PARTS, "refund", "paid_out", "change", "debt", "discount", "price", "fee")


def numbered(
    sheet: Sheet, top: Sequence[list[str]], row: int, below: Sequence[list[str]], entity: str
) -> Sheet | None:
    """The sheet with a row for each of the sums that its rows hold; None where the sums are not
    numbered together with what they are for, or money of the whole row stands beside them. `row` is
    the header's, from 0; `below` are the rows after it that were read."""
    head = [cell.strip() for cell in top[row]]
    several = _several(head, entity)
    if not several or sheet.hidden or any(last > row for _, (last, _) in sheet.merged):
        return None
    of_one = {column for columns in several.values() for column in columns}
    rest = [c for c in range(len(head)) if c not in of_one]
    if any(canonical_of(entity, head[c]) in _OF_THE_ROW for c in rest):
        return None
    lines = [[*rest, *columns] for columns in zip(*several.values(), strict=True)]
    is_sum = [False] * len(rest) + [canonical_of(entity, name) in _SUMS for name in several]
    rows = [*enumerate(top[:row], 1), (row + 1, [*(head[c] for c in rest), *several])]
    for number, cells in enumerate(chain(below, sheet.rows), row + 2):
        rows += ((number, line) for line in _lines(cells, lines, len(rest), is_sum))
    first = next(
        columns for name, columns in several.items() if canonical_of(entity, name) in _SUMS
    )
    shown = f"«{mask(head[first[0]])}» … «{mask(head[first[-1]])}»"
    return dataclasses.replace(
        sheet,
        rows=iter([cells for _, cells in rows]),
        numbers=tuple(sheet.numbers[n - 1] if sheet.numbers else n for n, _ in rows),
        merged=(),
        batches=None,
        levels={},
        notes=(*sheet.notes, f"Столбцы {shown}: каждая сумма принята отдельной строкой."),
    )


def _several(head: Sequence[str], entity: str) -> dict[str, list[int]]:
    """Header without its number -> its columns 1, 2, 3 …, one of sums and another beside it; empty
    where there are none such."""
    columns: dict[str, dict[int, int]] = {}
    names: dict[str, str] = {}
    for column, text in enumerate(head):
        if match := _NUMBERED.fullmatch(text):
            name = names.setdefault(plain(match["name"]), match["name"])
            columns.setdefault(name, {})[int(match["number"])] = column
    sums = [name for name in columns if canonical_of(entity, name) in _SUMS]
    if entity != "payments" or len(sums) != 1:
        return {}
    numbers = range(1, len(columns[sums[0]]) + 1)
    same = {
        name: [own[n] for n in numbers]
        for name, own in columns.items()
        if sorted(own) == [*numbers]
    }
    return same if sums[0] in same and len(same) > 1 and len(numbers) > 1 else {}


def _lines(
    cells: Sequence[str], lines: Sequence[Sequence[int]], common: int, is_sum: Sequence[bool]
) -> Iterator[list[str]]:
    """The rows of one row: of each group that is filled; of a total one, with the sums added."""
    laid = [[cells[c] if c < len(cells) else "" for c in columns] for columns in lines]
    if TOTAL.match(next(filter(str.strip, cells), "")):
        yield [
            added(line[i] for line in laid) if here else (laid[0][i] if i < common else "")
            for i, here in enumerate(is_sum)
        ]
        return
    filled = [line for line in laid if any(map(_is_filled, line[common:]))]
    yield from filled or laid[:1]


def _is_filled(cell: str) -> bool:
    return bool(cell.strip()) and cell.strip().casefold() not in nothing()
