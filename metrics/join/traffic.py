"""Visits to the site and goal reaches, by channel, campaign and direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.calendar import day_number, day_numbers
from metrics.coded import Bools, Ints, combine, encode
from metrics.join.campaigns_book import CampaignBook
from metrics.join.directions import by_pattern, first_given
from metrics.join.rules import RuleRows, classify
from metrics.join.spend import Groups
from metrics.settings import NO_CHANNEL, NO_DIRECTION, Settings

#: What tells apart the rows of one day.
_MARKS = ("traffic_source", "source_engine", "adv_engine", "utm_source", "utm_medium", "utm_campaign",
          "goal_id")  # fmt: skip


@dataclass(frozen=True)
class Traffic:
    """Traffic rows up to as_of: int64 days and counts, and where each row belongs; how many visits
    were left out, for a later file of the clinic holds them too."""

    day: Ints
    sessions: Ints
    goal_reaches: Ints
    groups: Groups
    twice: int = 0


def traffic(rows: pd.DataFrame, book: CampaignBook, settings: Settings) -> Traffic:
    """Traffic (conformed) by the same rules as leads; goals never add to leads."""
    rows = rows[day_numbers(rows["date"]) <= day_number(settings.as_of)]
    later = _held_later(rows, settings.sources)
    twice = int(rows["visits"][later].sum())
    rows = rows[~later]
    names = ("utm_source", "utm_medium", "traffic_source", "adv_engine")
    fields = {n: encode(rows[n]) for n in names}
    name, text, network, of_book = book.inherit(encode(rows["utm_campaign"]))
    answer = classify(
        RuleRows(
            len(rows),
            {**fields, "utm_campaign": text, "network": network},
            np.zeros(len(rows), dtype=bool),
        ),
        settings.rules,
        NO_CHANNEL,
    )
    direction = first_given((of_book, by_pattern((name, text), settings.directions)), NO_DIRECTION)
    return Traffic(
        day_numbers(rows["date"]),
        rows["visits"].fillna(0).to_numpy(dtype=np.int64),
        rows["reaches"].fillna(0).to_numpy(dtype=np.int64),
        Groups(answer.channel, name, direction, answer.retarget),
        twice,
    )


def _held_later(rows: pd.DataFrame, sources: tuple[str, ...]) -> Bools:
    """Rows of files whose day and marks a file of a later source has, too."""
    source = encode(rows["source"])
    files = np.array([name.startswith("file:") for name in source.values], dtype=bool)
    if np.count_nonzero(files) < 2:
        return np.zeros(len(rows), dtype=bool)
    is_file, place = source.where(files), {name: number for number, name in enumerate(sources)}
    places = np.array([place.get(name, len(place)) for name in source.values])
    order = np.where(is_file, places[source.codes], -1)
    days = day_numbers(rows["date"])
    marks = [encode(rows[n]) for n in _MARKS]
    parts = [(c.codes, len(c.values)) for c in marks]
    parts.append((days - days.min(), int(np.ptp(days)) + 1))
    same, _ = combine(parts, len(rows))
    last = np.full(int(same.max()) + 1, -1)
    np.maximum.at(last, same, order)
    later: Bools = is_file & (order < last[same])
    return later
