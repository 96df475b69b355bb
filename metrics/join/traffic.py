"""Visits to the site and goal reaches, by channel, campaign and direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.calendar import day_number, day_numbers
from metrics.coded import Ints, encode
from metrics.join.campaigns_book import CampaignBook
from metrics.join.directions import by_pattern, first_given
from metrics.join.rules import RuleRows, classify
from metrics.join.spend import Groups
from metrics.settings import NO_CHANNEL, NO_DIRECTION, Settings


@dataclass(frozen=True)
class Traffic:
    """Traffic rows up to as_of: int64 days and counts, and where each row belongs."""

    day: Ints
    sessions: Ints
    goal_reaches: Ints
    groups: Groups


def traffic(rows: pd.DataFrame, book: CampaignBook, settings: Settings) -> Traffic:
    """Traffic (conformed) by the same rules as leads; goals never add to leads."""
    rows = rows[day_numbers(rows["date"]) <= day_number(settings.as_of)]
    names = ("utm_source", "utm_medium", "traffic_source", "adv_engine")
    fields = {n: encode(rows[n]) for n in names}
    name, text, network, known = book.inherit(encode(rows["utm_campaign"]))
    answer = classify(
        RuleRows(
            len(rows),
            {**fields, "utm_campaign": text, "network": network},
            np.zeros(len(rows), dtype=bool),
        ),
        settings.rules,
        NO_CHANNEL,
    )
    direction = first_given((known, by_pattern((name, text), settings.directions)), NO_DIRECTION)
    return Traffic(
        day_numbers(rows["date"]),
        rows["visits"].fillna(0).to_numpy(dtype=np.int64),
        rows["reaches"].fillna(0).to_numpy(dtype=np.int64),
        Groups(answer.channel, name, direction, answer.retarget),
    )
