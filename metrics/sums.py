"""Sums by integer code and safe ratios: the arithmetic that every report shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.coded import Bools, Floats, Ints, encode

#: Below it float64 keeps every sum whole: 90 trillion roubles in kopecks.
MOST = 2**53
#: Up to so many possible combinations are counted rather than sorted.
_DENSE = 10_000_000
#: Weights of fractional attribution add up to whole people only to within this.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class GroupKeys:
    """Rows coded by some columns: row i of the frame belongs to row `code[i]` of `labels`.

    `labels` has the columns that were coded, distinct, sorted by them, on a plain RangeIndex.
    """

    code: Ints
    labels: pd.DataFrame

    def __len__(self) -> int:
        return len(self.labels)


def codes(frame: pd.DataFrame, columns: Sequence[str]) -> GroupKeys:
    """Code the combinations of `columns` that occur in `frame`; no columns make one row of all."""
    if not columns:
        return GroupKeys(np.zeros(len(frame), dtype=np.int64), pd.DataFrame(index=pd.RangeIndex(1)))
    coded = [_sorted(frame[name]) for name in columns]
    shape = [len(distinct) for _, distinct in coded]
    size = math.prod(shape)
    key = np.zeros(len(frame), dtype=np.int64)
    for code, distinct in coded:
        key = key * len(distinct) + code
    if size <= _DENSE:
        occurs = np.bincount(key, minlength=size) > 0
        present, dense = np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[key]
    else:
        present, dense = np.unique(key, return_inverse=True)
    places = np.unravel_index(present, shape) if size else [present] * len(coded)
    labels = {
        name: distinct.take(place).reset_index(drop=True)
        for name, place, (_, distinct) in zip(columns, places, coded, strict=True)
    }
    return GroupKeys(
        dense.astype(np.int64), pd.DataFrame(labels, index=pd.RangeIndex(len(present)))
    )


def _sorted(column: pd.Series) -> tuple[Ints, pd.Series]:
    """The code of each cell and the distinct values by rank: text (also categorical) or flags."""
    if column.dtype == bool:
        return column.to_numpy().astype(np.int64), pd.Series([False, True])
    if isinstance(column.dtype, pd.CategoricalDtype):
        code, texts = column.cat.codes.to_numpy().astype(np.int64), list(column.cat.categories)
    else:
        coded = encode(column)
        code, texts = coded.codes, coded.values
    order = sorted(range(len(texts)), key=texts.__getitem__)
    rank = np.empty(len(texts), dtype=np.int64)
    rank[order] = np.arange(len(texts))
    return rank[code], pd.Series([texts[i] for i in order], dtype="str")


def ratio(a: Floats | float, b: Floats | float) -> Floats:
    """a / b; NaN where b is 0 or either is NaN. Whole sums in, the only division out."""
    above, below = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(b, np.float64))
    quotient: Floats = np.full(above.shape, np.nan)
    np.divide(above, below, out=quotient, where=below != 0)
    return quotient


def positive_ratio(a: Floats | float, b: Floats | float) -> Floats:
    """a / b; NaN where either is 0 or NaN: CPL, CAC and ДРР, which say nothing of a free thing."""
    return ratio(np.where(np.asarray(a, np.float64) == 0, np.nan, a), b)


def group_sum(code: Ints, weights: Ints | Floats | Bools | None, size: int) -> Floats:
    """Sum `weights` (None: count rows) by code 0 … size − 1, as float64.

    Kopecks stay whole below MOST; a sum that may have lost some is NaN («Качество данных» says why).
    """
    total: Floats = np.bincount(code, weights=weights, minlength=size).astype(
        np.float64, copy=False
    )
    if weights is not None and may_lose(weights):
        total[np.bincount(code, weights=np.abs(weights), minlength=size) >= MOST] = np.nan
    return total


def may_lose(weights: Ints | Floats | Bools) -> bool:
    """Whether the sum of so many numbers of such a size may not be whole in float64."""
    if weights.dtype == bool or not len(weights):
        return False
    return max(float(weights.max()), -float(weights.min())) * len(weights) >= MOST


def known_sum(code: Ints, margin: Ints, is_known: Bools, size: int) -> Floats:
    """Sum margins by code; NaN wherever a margin that is not known counts (definitions §5)."""
    total = group_sum(code, margin, size)
    if not is_known.all():
        total[np.bincount(code[~is_known], minlength=size) > 0] = np.nan
    return total


def within(day: Ints, first: int, last: int) -> Bools:
    """Which day numbers lie in a period, both its ends included."""
    inside: Bools = (day >= first) & (day <= last)
    return inside


def by_patient(patients: pd.DataFrame, values: Ints | Bools, absent: int) -> Ints:
    """Lay a column of `Facts.patients` out by patient number, so that other frames can look it up.

    Shares of one patient repeat the same value; numbers without a row get `absent`.
    """
    patient = patients["patient"].to_numpy()
    laid = np.full(int(patient.max(initial=-1)) + 1, absent, dtype=np.int64)
    laid[patient] = values
    return laid


def pick(frame: pd.DataFrame, columns: Sequence[str], rows: Ints | Bools) -> pd.DataFrame:
    """Some columns at some rows, on a plain RangeIndex, without copying the others on the way."""
    place = np.flatnonzero(rows) if rows.dtype == bool else rows
    return pd.DataFrame(
        {name: frame[name].array.take(place) for name in columns},
        index=pd.RangeIndex(len(place)),
    )
