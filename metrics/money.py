"""Money in whole kopecks: signs, margins, and splits that lose nothing."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd

from metrics.coded import Bools, Coded, Floats, Ints, fold
from metrics.settings import Settings

#: Kinds of payment rows that make revenue (definitions §1).
REVENUE_KINDS = ("payment", "prepayment", "insurance", "refund")
#: Kinds that make a paid visit, where the amount is above 0 (definitions §2).
PAID_KINDS = ("payment", "prepayment", "insurance")


def of_kinds(kind: Coded, kinds: tuple[str, ...]) -> Bools:
    """Rows whose kind is one of `kinds`."""
    return kind.where(np.array([v in kinds for v in kind.values], dtype=bool))


def signed(amount: Ints, kind: Coded) -> Ints:
    """Amounts with their true sign: a refund is -|amount|, a bonus |amount|, whatever was given."""
    result = amount.copy()
    for name, sign in (("refund", -1), ("bonus", 1)):
        rows = np.flatnonzero(of_kinds(kind, (name,)))
        result[rows] = sign * np.abs(amount[rows])
    return result


def times_rate(amount: Ints, rate: Decimal) -> Ints:
    """Kopecks × rate, rounded half to even, exactly (no floats on the way)."""
    exponent = rate.as_tuple().exponent
    scale = -int(exponent) if int(exponent) < 0 else 0
    numerator = int(rate.scaleb(scale))
    denominator = 10**scale
    whole: Ints
    whole, rest = np.divmod(amount * numerator, denominator)
    up = (2 * rest > denominator) | ((2 * rest == denominator) & (whole % 2 == 1))
    rounded: Ints = whole + up
    return rounded


def margins(
    amount: Ints, cost: pd.Series, kind: Coded, direction: Coded, settings: Settings
) -> tuple[Ints, Ints, Bools]:
    """Signed amounts, margins and whether each margin is known (definitions §5, `margin`).

    In: kopecks of payments, their `cost` (conformed), kind and direction. Out: int64 kopecks, int64
    kopecks (0 where the row makes no revenue or knows no margin), bool (False only for revenue of
    unknown margin).
    """
    amount = signed(amount, kind)
    certain = np.array(cost.notna(), dtype=bool)
    spent = cost.to_numpy(dtype=np.int64, na_value=0, copy=True)
    refunds = np.flatnonzero(of_kinds(kind, ("refund",)))
    spent[refunds] = -np.abs(spent[refunds])
    revenue = of_kinds(kind, REVENUE_KINDS)

    margin, without = np.where(certain, amount - spent, 0), np.flatnonzero(~certain)
    own = {fold(name): rate for name, rate in settings.margin_rates.items()}
    rates = [own.get(fold(name), settings.margin_rate) for name in direction.values]
    for rate in {rate for rate in rates if rate is not None}:
        has_rate = np.array([other == rate for other in rates], dtype=bool)
        rows = without[has_rate[direction.codes[without]]]
        margin[rows] = times_rate(amount[rows], rate)
        certain[rows] = True
    return amount, np.where(revenue, margin, 0), certain | ~revenue


def split(whole: Ints, share: Floats, starts: Ints) -> Ints:
    """Split kopecks over shares by largest remainder; the parts add up to the whole exactly.

    whole   kopecks of each row, repeated for each of its shares
    share   the share's weight, adding up to 1 over a row
    starts  the first position of each row; ties go to the earlier share
    """
    exact = whole * share
    part = np.floor(exact + 1e-9).astype(np.int64)
    lengths = np.diff(np.append(starts, len(whole)))
    row = np.repeat(np.arange(len(starts)), lengths)
    missing = whole[starts] - np.add.reduceat(part, starts) if len(starts) else whole
    order = np.lexsort((np.arange(len(whole)), -np.round(exact - part, 9), row))
    place = np.arange(len(whole)) - np.repeat(starts, lengths)
    part[order] += place < np.repeat(missing, lengths)
    return part
