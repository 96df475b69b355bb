"""«Воронка» as columns: sums of any days by any of its names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from metrics.verification.written_tab import Written, day, number, words, written_tab

COUNTS = (
    *("Визиты на сайт", "Достижения целей", "Лиды", "Повторные обращения", "Записи", "Визиты"),
    *("Повторные визиты", "Договоры", "Новые пациенты"),
)
MONEY = ("Выручка", "Маржа", "Расходы")
#: Kopecks from which float64 keeps no sum whole: 90 trillion roubles. The book leaves those empty.
_TOO_MANY = 2.0**53
#: Empty on every day where the clinic has no Metrica.
_OF_THE_SITE = ("Визиты на сайт", "Достижения целей")
NAMES = ("Канал", "Кампания", "Направление")

A = TypeVar("A")
Numbers = npt.NDArray[np.float64]
Names = npt.NDArray[np.object_]
#: Title of a measure -> its sum, kopecks for money; None: a part of it is empty, or it is too large.
Sums = Mapping[str, float | None]
#: Sums of what has no row.
EMPTY: Sums = dict.fromkeys((*COUNTS, *MONEY), 0.0)


@dataclass(frozen=True)
class Daily:
    """The rows of «Воронка» that have a day: `days` as ordinals, names and numbers by title.

    Kopecks are whole; an empty cell, or one that is no number, is NaN.
    """

    days: npt.NDArray[np.int64]
    names: Mapping[str, Names]
    numbers: Mapping[str, Numbers]

    def __len__(self) -> int:
        return len(self.days)

    def sums(self, first: date, last: date, *by: str) -> dict[tuple[str, ...], Sums]:
        """Sums from `first` to `last`, both included, by some of NAMES.

        A key for every combination that stands on those days; without `by` the key () always.
        """
        inside = (self.days >= first.toordinal()) & (self.days <= last.toordinal())
        rows = np.flatnonzero(inside)
        keys: dict[tuple[str, ...], int] = {} if by else {(): 0}
        code = np.zeros(len(rows), dtype=np.int64)
        if by:
            named = zip(*(self.names[title][rows].tolist() for title in by), strict=True)
            code[:] = [keys.setdefault(name, len(keys)) for name in named]
        totals = {t: _total(code, values[rows], len(keys)) for t, values in self.numbers.items()}
        if not len(rows):
            totals |= {t: [np.nan] for t in _OF_THE_SITE if np.isnan(self.numbers[t]).all()}
        return {
            key: {t: None if np.isnan(values[at]) else values[at] for t, values in totals.items()}
            for key, at in keys.items()
        }


def daily(written: Written) -> Daily | None:
    """«Воронка» of a book; None if it has none, or no row."""
    tab = written_tab(written, "Воронка", "Дата", *NAMES)
    if tab is None:
        return None
    days = list(map(_each(day), tab.column("Дата")))
    rows = np.flatnonzero([at is not None for at in days])
    if not len(rows):
        return None
    numbers = {title: _numbers(tab.column(title))[rows] for title in (*COUNTS, *MONEY)}
    names = {title: tab.column(title) for title in NAMES}
    return Daily(
        np.array([at.toordinal() for at in days if at], dtype=np.int64),
        {title: _names(cells)[rows] for title, cells in names.items()},
        numbers | {title: np.rint(numbers[title] * 100) for title in MONEY},
    )


def _total(code: npt.NDArray[np.int64], values: Numbers, size: int) -> list[float]:
    total = np.bincount(code, weights=values, minlength=size).astype(np.float64)
    total[np.bincount(code, weights=np.abs(values), minlength=size) >= _TOO_MANY] = np.nan
    return list(total.tolist())


def _each(read: Callable[[object], A]) -> Callable[[object], A]:
    """A cell that stands in many rows is read once."""
    return lru_cache(None, typed=True)(read)


def _names(cells: Sequence[object]) -> Names:
    return np.array(list(map(_each(words), cells)), dtype=object)


def _numbers(cells: Sequence[object]) -> Numbers:
    if str in set(map(type, cells)):
        numbers = [number(cell) for cell in cells]
        cells = [None if isinstance(cell, str) else cell for cell in numbers]
    return np.array(cells, dtype=np.float64)
