"""Costs without a direction, split over the directions of the leads they brought (a setting)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metrics.calendar import month_numbers
from metrics.coded import Coded, Floats, Ints, combine, concat
from metrics.join.spend import Groups, Spend
from metrics.money import split
from metrics.settings import NO_DIRECTION


def spread_over_leads(costs: Spend, leads: Groups, weight: Floats, day: Ints) -> Spend:
    """Split each day of cost without a direction by the leads of its month and campaign; a cost
    without a campaign by those of its month and channel that have none either.

    In: costs per day; the groups, weights (0 for repeat requests) and days of lead shares.
    Out: costs whose kopecks, impressions and clicks add up to what they were; a cost that
    brought no lead with a direction that month stays as it was.
    """
    cost_key, lead_key = _keys(costs, leads, day)
    homeless = np.array([v == NO_DIRECTION for v in costs.groups.direction.values], dtype=bool)
    open_rows = costs.groups.direction.where(homeless)

    # By name, so that equal remainders give the odd kopeck the same way whatever else there is.
    names = sorted(leads.direction.values)
    rank = np.argsort(np.argsort(np.array(leads.direction.values, dtype=object)))
    size = max(len(names), 1)
    sums = np.bincount(lead_key * size + rank[leads.direction.codes], weights=weight)
    cell = np.flatnonzero(sums)
    cell_key, cell_direction, cell_share = cell // size, cell % size, sums[cell]
    low_cell = np.searchsorted(cell_key, cost_key, side="left")
    count = np.searchsorted(cell_key, cost_key, side="right") - low_cell
    count = np.where(open_rows & (count > 0), count, 0)

    row = np.repeat(np.arange(len(count)), np.maximum(count, 1))
    begin = np.cumsum(np.maximum(count, 1)) - np.maximum(count, 1)
    split_row = count[row] > 0
    place = np.where(split_row, low_cell[row] + np.arange(len(row)) - begin[row], 0)
    share = np.where(split_row, cell_share[place], 1.0) if len(cell) else np.ones(len(row))
    share = share / np.add.reduceat(share, begin)[row] if len(row) else share

    both = concat([costs.groups.direction, leads.direction])
    lead_codes = concat([Coded(np.arange(len(names)), names)])
    shift = np.array([both.values.index(n) for n in lead_codes.values], dtype=np.int64)
    own = both.codes[: len(costs.day)][row]
    direction = np.where(split_row, shift[cell_direction[place]], own) if len(cell) else own
    groups = replace(costs.groups.take(row), direction=Coded(direction, both.values))
    return replace(
        costs,
        day=costs.day[row],
        cost=split(costs.cost[row], share, begin),
        impressions=split(costs.impressions[row], share, begin),
        clicks=split(costs.clicks[row], share, begin),
        source=costs.source.take(row),
        groups=groups,
        is_direct=costs.is_direct[row],
    )


def _keys(costs: Spend, leads: Groups, day: Ints) -> tuple[Ints, Ints]:
    """The month and campaign, else the month and channel, of costs and of lead shares as codes."""
    channel = concat([costs.groups.channel, leads.channel])
    campaign = concat([costs.groups.campaign, leads.campaign])
    month = month_numbers(np.concatenate([costs.day, day]))
    low = int(month.min()) if len(month) else 0
    key, _ = combine(
        [
            (np.where(campaign.filled(), 0, channel.codes + 1), len(channel.values) + 1),
            (campaign.codes, len(campaign.values)),
            (month - low, int(np.ptp(month)) + 1 if len(month) else 1),
        ],
        len(month),
    )
    return key[: len(costs.day)], key[len(costs.day) :]
