"""Sums in the cells of a table that is laid across: which cells are sums, and what a row of them adds up to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sheets_sync.reading.money import Signs, kopecks, signs
from sheets_sync.reading.words import nothing

#: A row or a column of totals begins so.
TOTAL = re.compile(r"\W*(?:(?:общий )?итог|итого|всего|total)\b", re.IGNORECASE)


def is_sum(cell: str) -> bool:
    return kopecks(cell, signs([cell])) is not None or cell.strip().casefold() in nothing()


def filled(rows: Iterable[Sequence[str]], column: int) -> list[str]:
    return [r[column] for r in rows if column < len(r) and r[column].strip()]


def mostly_sums(rows: Sequence[Sequence[str]], columns: Sequence[int]) -> bool:
    cells = [cell for column in columns for cell in filled(rows, column)]
    return bool(cells) and sum(map(is_sum, cells)) >= 0.6 * len(cells)


def are_words(row: Sequence[str], columns: Sequence[int]) -> bool:
    return all(c < len(row) and row[c].strip() and not is_sum(row[c]) for c in columns)


def added(cells: Iterable[str]) -> str:
    """The sum of some cells, "" where none is filled."""
    texts = [cell for cell in cells if cell.strip()]
    seen = signs(texts)
    values = [kopecks(text, seen) or 0 for text in texts]
    return f"{sum(values) // 100}.{sum(values) % 100:02d}" if texts else ""


def total_fits(total: str, cells: Sequence[dict[str, str]]) -> bool:
    whole = kopecks(total, signs([total])) if total.strip() else None
    if whole is None:
        return True
    row_sum = added(cell for by_own in cells for cell in by_own.values())
    return abs((kopecks(row_sum, Signs()) or 0) - whole) < 100
