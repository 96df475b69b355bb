"""Kopecks: signs, margins, costs by the day, splitting (definitions 1, 4, 5)."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from metrics.settings import Settings
from tests.reference.rows import REVENUE, Row

Number = int | Fraction


def ratio(top: Number | None, bottom: Number | None) -> Fraction | None:
    """«ratios with an empty denominator are empty»; «An empty metric is an empty cell»"""
    if top is None or bottom is None or bottom == 0:
        return None
    return Fraction(top) / Fraction(bottom)


def both(top: Number | None, bottom: Number | None) -> Fraction | None:
    """A ratio that is empty when «either is 0» (CPL, CAC, ДРР)."""
    return None if top == 0 else ratio(top, bottom)


def total(numbers: list[int | None]) -> int | None:
    """«then empty wherever that row counts»"""
    return None if None in numbers else sum(n for n in numbers if n is not None)


def revenue(payment: Row) -> int:
    """«Only payment, prepayment, insurance and refund **make revenue**»"""
    amount: int = payment["amount"]
    return amount if payment["kind"] in REVENUE else 0


def margin(payment: Row, settings: Settings) -> int | None:
    """«Σ (amount − cost) over rows that make revenue; where a row has no cost: amount × margin
    rate of its own direction, else of the clinic (settings), rounded half to even to the kopeck,
    row by row»; «a row knows neither: then empty wherever that row counts»"""
    if payment["kind"] not in REVENUE:
        return 0
    amount: int = payment["amount"]
    if payment["cost"] is not None:
        return amount - int(payment["cost"])
    rate = settings.margin_rates.get(payment["direction"], settings.margin_rate)
    if rate is None:
        return None
    return int((Decimal(amount) * rate).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def is_item(payment: Row) -> bool:
    """«items (rows with amount > 0 that make revenue)»"""
    return bool(payment["kind"] in REVENUE and payment["amount"] > 0)


def by_day(whole: int, days: int) -> list[int]:
    """«a cost row over n days: floor(cost / n) kopecks a day, the remainder on the last»"""
    each = whole // days
    return [each] * (days - 1) + [whole - each * (days - 1)]


def largest_remainder(whole: int, weights: list[Fraction]) -> list[int]:
    """«money is split to the kopeck by largest remainder»; equal remainders: the earlier first."""
    exact = [whole * w for w in weights]
    shares = [int(e // 1) for e in exact]
    left = whole - sum(shares)
    order = sorted(range(len(weights)), key=lambda i: (-(exact[i] - shares[i]), i))
    for i in order[:left]:
        shares[i] += 1
    return shares
