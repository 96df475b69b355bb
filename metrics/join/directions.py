"""Directions: an ordered table of patterns over campaign, service and landing page."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from metrics.coded import Coded, combine, fold
from metrics.join.patterns import Haystack
from metrics.settings import NO_DIRECTION, Settings


def by_pattern(columns: tuple[Coded, ...], patterns: tuple[tuple[str, str], ...]) -> Coded:
    """The direction of the first pattern found in any of `columns`; "" where none is.

    Case does not matter, ё = е.
    """
    rows = len(columns[0])
    code, first = combine([(c.codes, len(c.values)) for c in columns], rows)
    answer = np.full(len(first), -1, dtype=np.int64)
    texts = [(column.codes[first], Haystack(column.values)) for column in columns]
    for place, (pattern, _) in enumerate(patterns):
        for codes, haystack in texts:
            answer[haystack.matches(pattern)[codes] & (answer < 0)] = place
    values = ["", *(direction for _, direction in patterns)]
    return Coded((answer + 1)[code], values).with_texts(values)


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
    return column.with_texts([spelling.get(fold(v), v) for v in column.values])
