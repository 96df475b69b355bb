"""Directions: an ordered table of patterns over campaign, service and landing page."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from metrics.coded import Coded, combine
from metrics.join.patterns import compiled
from metrics.money import fold
from metrics.settings import NO_DIRECTION, Settings


def by_pattern(columns: tuple[Coded, ...], patterns: tuple[tuple[str, str], ...]) -> Coded:
    """The direction of the first pattern found in any of `columns`; "" where none is.

    Case does not matter, ё = е.
    """
    rows = len(columns[0])
    code, first = combine([(c.codes, len(c.values)) for c in columns], rows)
    answer = np.full(len(first), -1, dtype=np.int64)
    for place, (pattern, _) in enumerate(patterns):
        search = compiled(pattern).search
        for column in columns:
            mask = np.array([search(fold(v)) is not None for v in column.values], dtype=bool)
            hit = mask[column.codes[first]] & (answer < 0) if len(mask) else answer > 0
            answer[hit] = place
    values = ["", *(direction for _, direction in patterns)]
    return Coded((answer + 1)[code], values).told(values)


def first_given(columns: tuple[Coded, ...], otherwise: str) -> Coded:
    """Row by row the first of `columns` that is not "", else `otherwise`."""
    values: dict[str, int] = {otherwise: 0}
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    for column in reversed(columns):
        new = np.array([values.setdefault(v, len(values)) for v in column.values], dtype=np.int64)
        codes = np.where(column.filled(), new[column.codes], codes) if len(new) else codes
    return Coded(codes, list(values))


def one_spelling(settings: Settings, columns: Iterable[Coded]) -> dict[str, str]:
    """How each direction is written everywhere: as the clinic's settings write it, else as the
    alphabet puts first among the spellings that differ by case or ё only."""
    chosen: dict[str, str] = {}
    for name in (*(d for _, d in settings.directions), *settings.margin_rates):
        chosen.setdefault(fold(name), name)
    seen = sorted({v for column in columns for v in column.values if v})
    for name in seen:
        chosen.setdefault(fold(name), name.strip())
    chosen.setdefault(fold(NO_DIRECTION), NO_DIRECTION)
    return chosen


def respell(column: Coded, spelling: dict[str, str]) -> Coded:
    """The column with each direction written one way."""
    return column.told([spelling.get(fold(v), v) for v in column.values])
