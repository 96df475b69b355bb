"""«Воронка» as columns: sums of any days by any of its names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from metrics.verification.written_tab import WrittenTab, day, number, words

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
    names: Mapping[str, Sequence[str]]
    numbers: Mapping[str, Numbers]

    def __len__(self) -> int:
        return len(self.days)

    def sums(
        self, first: date, last: date, *by: str, of: Sequence[str] = ()
    ) -> dict[tuple[str, ...], Sums]:
        """Sums from `first` to `last`, both included, by some of NAMES; `of` some measures, or all.

        A key for every combination that stands on those days; without `by` the key () always.
        """
        ends = (first.toordinal(), last.toordinal() + 1)
        rows = np.sort(self._by_day[slice(*np.searchsorted(self.days[self._by_day], ends))])
        keys, code = self._keys(rows, by)
        numbers = {title: self.numbers[title] for title in of or self.numbers}
        totals = {t: _total(code, values[rows], len(keys)) for t, values in numbers.items()}
        if not len(rows):
            totals |= {
                t: [None] * len(keys) for t in _OF_THE_SITE if np.isnan(self.numbers[t]).all()
            }
        return {
            key: dict(zip(totals, values, strict=True))
            for key, values in zip(keys, zip(*totals.values(), strict=True), strict=True)
        }

    @cached_property
    def _by_day(self) -> npt.NDArray[np.int64]:
        return np.argsort(self.days, kind="stable")

    @cached_property
    def _codes(self) -> dict[str, tuple[list[str], npt.NDArray[np.int64]]]:
        """Of each of NAMES its texts, and which of them stands in a row."""
        return {title: _coded(texts) for title, texts in self.names.items()}

    def _keys(
        self, rows: npt.NDArray[np.int64], by: Sequence[str]
    ) -> tuple[list[tuple[str, ...]], npt.NDArray[np.int64]]:
        """The combinations that stand in some rows, as they come, and which of them each has."""
        code = np.zeros(len(rows), dtype=np.int64)
        if not by:
            return [()], code
        for texts, each in (self._codes[title] for title in by):
            code = code * len(texts) + each[rows]
        _, firsts, place = np.unique(code, return_index=True, return_inverse=True)
        order = np.argsort(firsts)
        at = rows[firsts[order]].tolist()
        return [tuple(self.names[title][n] for title in by) for n in at], np.argsort(order)[place]


def daily(tab: WrittenTab) -> Daily | None:
    """«Воронка» of a book; None if it has no row."""
    days = list(map(_each(day), tab.column("Дата")))
    rows = [n for n, at in enumerate(days) if at is not None]
    if not rows:
        return None
    numbers = {title: _numbers(tab.column(title))[rows] for title in (*COUNTS, *MONEY)}
    names = {title: list(map(_each(words), tab.column(title))) for title in NAMES}
    return Daily(
        np.array([at.toordinal() for at in days if at], dtype=np.int64),
        {title: [texts[n] for n in rows] for title, texts in names.items()},
        numbers | {title: np.rint(numbers[title] * 100) for title in MONEY},
    )


def _total(code: npt.NDArray[np.int64], values: Numbers, size: int) -> list[float | None]:
    total = np.bincount(code, weights=values, minlength=size)
    bound = np.bincount(code, weights=np.abs(values), minlength=size)
    # NaN is below nothing.
    is_whole: list[bool] = (bound < _TOO_MANY).tolist()
    return [value if whole else None for value, whole in zip(total.tolist(), is_whole, strict=True)]


def _each(read: Callable[[object], A]) -> Callable[[object], A]:
    """A cell that stands in many rows is read once."""
    return lru_cache(None, typed=True)(read)


def _coded(texts: Sequence[str]) -> tuple[list[str], npt.NDArray[np.int64]]:
    seen: dict[str, int] = {}
    code = np.array([seen.setdefault(text, len(seen)) for text in texts], dtype=np.int64)
    return list(seen), code


def _numbers(cells: Sequence[object]) -> Numbers:
    if str in set(map(type, cells)):
        numbers = [number(cell) for cell in cells]
        cells = [None if isinstance(cell, str) else cell for cell in numbers]
    return np.array(cells, dtype=np.float64)
