"""95 % intervals (definitions §12): of a share, of a sum over people, of a product of two."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import scipy  # as repeat_buying says

from metrics.coded import Floats, Ints, dense
from metrics.sums import TOLERANCE, group_sum, ratio

#: The quantile of the normal law that leaves 2.5 % above.
Z = 1.959964
_LOW, _HIGH = 0.025, 0.975


class Bounds(NamedTuple):
    """от and до of each row; NaN where empty."""

    low: Floats
    high: Floats


class PerPerson(NamedTuple):
    """What each person gives a row: one value per person and row. `row` runs over 0 … size − 1."""

    row: Ints
    value: Floats
    size: int


def per_person(row: Ints, person: Ints, value: Floats, size: int) -> PerPerson:
    """Add up values by row and person."""
    people = int(person.max(initial=-1)) + 1
    present, place = dense(row * people + person, size * people)
    return PerPerson(present // max(people, 1), group_sum(place, value, len(present)), size)


def share(part: Floats, whole: Floats) -> Bounds:
    """Wilson's interval of part / whole; empty where there is no whole, or less of it than of part.

    Both are sums of people, or of their shares under a fractional model.
    """
    p = ratio(part, np.where(part > whole + TOLERANCE, np.nan, whole))
    n = np.where(whole > 0, whole, np.nan)
    # A share that a fractional model makes 1 + 1e-16 has no root.
    spread = Z * np.sqrt(np.maximum(p * (1 - p), 0.0) / n + Z**2 / (4 * n**2))
    middle, scale = p + Z**2 / (2 * n), 1 + Z**2 / n
    # Of nobody it begins at 0, of everybody it ends at 1; what is counted may miss these by 1e-17.
    low, high = (middle - spread) / scale, (middle + spread) / scale
    return Bounds(np.where(p <= 0, 0.0, low), np.where(p >= 1, 1.0, high))


def total(people: PerPerson) -> Bounds:
    """Fay and Feuer's interval of a sum over people, gains and losses apart; empty without a gain."""
    gains, losses = _one_sided(people, 1.0), _one_sided(people, -1.0)
    loss = Bounds(np.nan_to_num(losses.low), np.nan_to_num(losses.high))
    return Bounds(gains.low - loss.high, gains.high - loss.low)


def _one_sided(people: PerPerson, sign: float) -> Bounds:
    """The interval of the sum of the values that have this sign, turned positive; NaN without any."""
    rows = np.flatnonzero(sign * people.value > 0)
    row, w = people.row[rows], sign * people.value[rows]
    y, v = group_sum(row, w, people.size), group_sum(row, w * w, people.size)
    largest: Floats = np.zeros(people.size)
    np.maximum.at(largest, row, w)
    low = ratio(v, 2 * y) * _chi2(ratio(2 * y**2, v), _LOW)
    wide, far = v + largest**2, y + largest
    high = ratio(wide, 2 * far) * _chi2(ratio(2 * far**2, wide), _HIGH)
    return Bounds(low, high)


def _chi2(freedom: Floats, level: float) -> Floats:
    """The quantile of χ² with a real number of degrees of freedom."""
    quantile: Floats = 2.0 * np.asarray(
        scipy.special.gammaincinv(freedom / 2, level), dtype=np.float64
    )
    return quantile


#: The upper bound of a number of people where there was nobody.
NOBODY = -math.log(1 - _HIGH)


def price(cost: Floats, people: Bounds) -> Bounds:
    """cost / people: the fewer people there may be, the dearer each; without anybody only от."""
    paid = np.where(cost > 0, cost, np.nan)
    most = np.where(np.isnan(people.high), NOBODY, people.high)
    return Bounds(ratio(paid, most), ratio(paid, people.low))


def gain(cost: Floats, brought: Bounds) -> Bounds:
    """(brought − cost) / cost."""
    return Bounds(ratio(brought.low - cost, cost), ratio(brought.high - cost, cost))


def on_log_scale(value: Floats, variance: Floats) -> Bounds:
    """value · e^(∓z√V / value), for what is skewed; only where it is above 0."""
    positive = np.where(value > 0, value, np.nan)
    away = np.exp(Z * ratio(np.sqrt(variance), positive))
    return Bounds(positive / away, positive * away)


def quotient(value: Floats, above: Floats, of: Bounds, below: Floats, by: Bounds) -> Bounds:
    """The interval of value = above / below out of those of both, on a log scale."""
    low = np.hypot(np.log(above / of.low), np.log(by.high / below))
    high = np.hypot(np.log(of.high / above), np.log(below / by.low))
    return Bounds(value * np.exp(-low), value * np.exp(high))
