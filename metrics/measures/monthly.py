"""What was shown of each month and channel: the numbers that snapshots keep."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from metrics.calendar import month_first, month_last, month_number, month_numbers
from metrics.facts import Facts, day_number
from metrics.measures.events import events
from metrics.settings import ALL
from metrics.sums import codes

#: In the order of the tab.
MEASURES = ("leads", "new_patients", "revenue", "margin", "cost")
#: Of them kopecks.
MONEY = ("revenue", "margin", "cost")
MONTHS = 24
KEYS = ("month", "channel", "measure")


def months_until(day: date) -> range:
    """Numbers of the MONTHS months that end with that of `day`."""
    last = month_number(day)
    return range(last - MONTHS + 1, last + 1)


def monthly(facts: Facts, months: range) -> pd.Series:
    """Sums of MEASURES on the cash basis (definitions §4), by month number, channel and «Все».

    Out: float64 (counts, kopecks; NaN where a margin is unknown) under KEYS, without zeros.
    """
    channels = codes(facts.groups, ["channel"])
    names = np.array([*channels.labels["channel"], ALL], dtype=object)
    first, last = day_number(month_first(months[0])), day_number(month_last(months[-1]))
    parts = []
    for measure in MEASURES:
        happened = events(facts)[measure].during(first, last)
        month = month_numbers(happened.day) - months[0]
        by_channel = month * len(names) + channels.code[happened.group]
        sums = happened.sums(by_channel, len(months) * len(names)).reshape(-1, len(names))
        sums[:, -1] = happened.sums(month, len(months))
        at, channel = np.nonzero(sums)
        index = pd.MultiIndex.from_arrays(
            [at + months[0], names[channel], np.full(len(at), measure, dtype=object)],
            names=list(KEYS),
        )
        parts.append(pd.Series(sums[at, channel], index=index, dtype=np.float64))
    return pd.concat(parts).rename("value")
