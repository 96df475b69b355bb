"""Weights of the touches of one lead by each attribution model (definitions 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

Weights = list[Fraction] | list[float]

INSIGNIFICANT = ("direct", "internal", "saved")
HALF_LIFE = timedelta(days=7)


@dataclass(frozen=True)
class Touch:
    """A touch of a lead's last 90 days, earliest first in every list here."""

    at: datetime
    traffic_source: str
    paid: bool = False


def _only(count: int, place: int) -> list[Fraction]:
    return [Fraction(int(i == place)) for i in range(count)]


def first(touches: list[Touch]) -> list[Fraction]:
    return _only(len(touches), 0)


def last(touches: list[Touch]) -> list[Fraction]:
    return _only(len(touches), len(touches) - 1)


def last_significant(touches: list[Touch]) -> list[Fraction]:
    """«last significant (default: the last touch that is not direct, internal or saved, else the
    last)»"""
    fitting = [i for i, t in enumerate(touches) if t.traffic_source not in INSIGNIFICANT]
    return _only(len(touches), fitting[-1] if fitting else len(touches) - 1)


def last_paid(touches: list[Touch]) -> list[Fraction]:
    """«last paid»: a significant one, else any, else as the default model."""
    paid = [i for i, t in enumerate(touches) if t.paid]
    fitting = [i for i in paid if touches[i].traffic_source not in INSIGNIFICANT] or paid
    return _only(len(touches), fitting[-1]) if fitting else last_significant(touches)


def linear(touches: list[Touch]) -> list[Fraction]:
    return [Fraction(1, len(touches))] * len(touches)


def position(touches: list[Touch]) -> list[Fraction]:
    """«position 40/20/40 (one touch 1, two 50/50)»"""
    count = len(touches)
    if count <= 2:
        return linear(touches)
    middle = [Fraction(20, 100) / (count - 2)] * (count - 2)
    return [Fraction(40, 100), *middle, Fraction(40, 100)]


def time_decay(touches: list[Touch], lead_at: datetime) -> list[float]:
    """«time decay (half-life 7 days)»"""
    raw = [2.0 ** (-((lead_at - t.at) / HALF_LIFE)) for t in touches]
    return [r / sum(raw) for r in raw]
