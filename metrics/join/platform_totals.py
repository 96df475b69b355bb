"""A platform's cost in one file beside the costs of its campaigns in another: the same money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metrics.coded import Bools, Coded, Ints, combine
from metrics.join.directions import first_given
from metrics.join.overlaps import code_of, file_order, one_platform

#: Kopecks by which a total may miss the sum of its campaigns.
ROUNDING = 100
#: Days of a platform's total, below which equal sums may be chance.
LEAST_DAYS = 2


@dataclass(frozen=True)
class PlatformTotals:
    """lost: costs per day that are a total of campaigns elsewhere; doubtful: those that may be."""

    lost: Bools
    doubtful: Bools


def platform_totals(
    columns: dict[str, Coded], row: Ints, day: Ints, money: Ints, sources: tuple[str, ...]
) -> PlatformTotals:
    """Costs per day of rows without a campaign, held against those of campaigns in other files.

    In: coded columns of cost rows; the cost row, the day and the kopecks of each cost per day. One
    total is what a file says of a platform (of a network of it, where it names one) in one row,
    however many days long. It is lost where the campaigns of its days come to it within a rouble,
    and where it, or as many such as are told apart from chance, are two days long.
    """
    nothing = np.zeros(len(row), dtype=bool)
    order = file_order(columns["source"], columns["file"], sources)[row]
    names = first_given((columns["campaign_id"], columns["campaign"], columns["utm_campaign"]), "")
    named = names.filled()[row]
    total, part = ~named & (order >= 0), named & (order >= 0)
    if not total.any() or not part.any():
        return PlatformTotals(nothing, nothing)
    beside = _beside(columns, row, day, order, np.where(part, money, 0))
    there = _beside(columns, row, day, order, part.astype(np.int64)) > 0
    size = int(row.max()) + 1
    own, others, days = (
        np.bincount(row[total], weights, size).astype(np.int64)
        for weights in (money[total], beside[total], there[total])
    )
    equal = ((days > 0) & (abs(own - others) <= ROUNDING))[row]
    platform = code_of((one_platform(columns["platform"]),), row, order)
    agree = np.zeros(int(platform.max()) + 1, dtype=np.int64)
    np.add.at(agree, platform[total & there & equal], 1)
    lost = total & equal & (agree[platform] >= LEAST_DAYS)
    return PlatformTotals(lost, total & (days > 0)[row] & ~lost)


def _beside(columns: dict[str, Coded], row: Ints, day: Ints, order: Ints, values: Ints) -> Ints:
    """For each cost per day, the sum of values of its platform and day over all other files."""
    platform, network = one_platform(columns["platform"]), columns["network"]
    whole = _elsewhere((platform,), row, day, order, values)
    of_network = _elsewhere((platform, network), row, day, order, values)
    return np.where(network.filled()[row], of_network, whole)


def _elsewhere(columns: tuple[Coded, ...], row: Ints, day: Ints, order: Ints, values: Ints) -> Ints:
    base = code_of(columns, row, day)
    own, first = combine([(base, int(base.max()) + 1), (order + 1, int(order.max()) + 2)], len(row))
    of_base = np.zeros(int(base.max()) + 1, dtype=np.int64)
    of_own = np.zeros(len(first), dtype=np.int64)
    np.add.at(of_base, base, values)
    np.add.at(of_own, own, values)
    rest: Ints = of_base[base] - of_own[own]
    return rest
