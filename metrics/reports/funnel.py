"""«Воронка»: one row per date, channel, campaign, direction and retarget flag that has anything."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metrics.calendar import month_first, month_number, month_numbers
from metrics.coded import Floats, Ints, dense
from metrics.facts import Facts, day_number
from metrics.measures.events import ADDITIVE, Events, events
from metrics.settings import OTHER
from metrics.sums import TOLERANCE

_NAMES = ["channel", "campaign", "direction", "retarget"]


def funnel(facts: Facts) -> pd.DataFrame:
    """Funnel rows of the last `funnel_months` months, and at least of the report's period.

    Out: day (datetime64), channel, campaign, direction, retarget, then the measures of ADDITIVE
    (counts and kopecks, float64; margin NaN where a row knows none). Sorted by day and names.
    Summed over a period it gives the channel report. Rows with fewer new patients than
    `min_patients` are merged into their month's «Прочее», dated the month's first day; a month
    that the report's period cuts has one on each side of the cut (definitions §10).
    """
    settings = facts.settings
    last = max(day_number(settings.as_of), day_number(settings.last))
    begin = month_first(month_number(settings.as_of) - settings.funnel_months + 1)
    first = min(day_number(begin), day_number(settings.first))
    happened = {n: events(facts)[n].during(first, last) for n in ADDITIVE}
    groups = max(len(facts.groups), 1)
    key = np.concatenate([(e.day - first) * groups + e.group for e in happened.values()])
    present, code = dense(key, (last - first + 1) * groups)
    day, group = present // groups + first, present % groups
    sums = _sums(happened, code, len(present))
    if settings.min_patients > 1:
        day, group, sums = _merge_small(facts, happened, code, day, group, sums)
    if facts.traffic.empty:
        sums |= {n: np.full(len(day), np.nan) for n in ("sessions", "goal_reaches")}
    names, rank = _names(facts)
    row = np.where(group < 0, len(names) - 1, group)
    order = np.lexsort((rank[row], day))
    sums = {name: values[order] for name, values in sums.items()}
    shown = names.take(row[order]).reset_index(drop=True)
    return pd.concat([pd.DataFrame({"day": _dates(day[order])}), shown, pd.DataFrame(sums)], axis=1)


def _sums(happened: dict[str, Events], code: Ints, size: int) -> dict[str, Floats]:
    ends = np.cumsum([len(e.day) for e in happened.values()])[:-1]
    parts = np.split(code, ends)
    return {n: e.sums(part, size) for (n, e), part in zip(happened.items(), parts, strict=True)}


def _merge_small(
    facts: Facts,
    happened: dict[str, Events],
    code: Ints,
    day: Ints,
    group: Ints,
    sums: dict[str, Floats],
) -> tuple[Ints, Ints, dict[str, Floats]]:
    """Merge rows with too few new patients into one row a month; group -1 is «Прочее»."""
    small = sums["new_patients"] < facts.settings.min_patients - TOLERANCE
    start = _starts(day, day_number(facts.settings.first), day_number(facts.settings.last))
    key = np.where(small, start, day) * (len(facts.groups) + 1) + np.where(small, 0, group + 1)
    present, merged = np.unique(key, return_inverse=True)
    size = len(facts.groups) + 1
    return present // size, present % size - 1, _sums(happened, merged[code], len(present))


def _starts(day: Ints, first: int, last: int) -> Ints:
    """The first day of each day's month, on the same side of the period's ends: a «Прочее» that
    crossed one would leave the sums of the period short."""
    month: Ints = (
        month_numbers(day).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    )
    edge = np.where(day > last, last + 1, np.where(day >= first, first, month))
    starts: Ints = np.maximum(month, edge)
    return starts


def _names(facts: Facts) -> tuple[pd.DataFrame, Ints]:
    """Names of all groups, «Прочее» last, and the place of each by them."""
    other = pd.DataFrame(
        {"channel": [OTHER], "campaign": [""], "direction": [OTHER], "retarget": [False]}
    ).astype(facts.groups.dtypes.to_dict())
    names = pd.concat([facts.groups, other], ignore_index=True)
    ordered = names.sort_values(_NAMES)
    rank = np.empty(len(names), dtype=np.int64)
    rank[ordered.index.to_numpy()] = np.cumsum(~ordered.duplicated(_NAMES).to_numpy())
    return names, rank


def _dates(day: Ints) -> pd.Series:
    return pd.Series(day.astype("datetime64[D]").astype("datetime64[us]"))
