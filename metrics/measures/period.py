"""The numbers of a period on the cash basis, and of its lead cohort: one table for many reports."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from metrics.coded import Floats, Ints
from metrics.facts import Facts, day_number, once
from metrics.measures.events import ADDITIVE, events, new_patient_margin
from metrics.measures.ratios import PERIOD_RATIOS, quotients
from metrics.settings import Settings
from metrics.sums import GroupKeys, codes, group_sum, within

#: Sums that ratios are made of, beside ADDITIVE: margin of the period's new patients; leads created
#: in it and what became of them by as_of; days on which a patient paid.
PARTS = (
    *("margin_new", "cohort_leads", "cohort_booked", "cohort_visited", "cohort_contract"),
    "paid_visits",
)


Period = tuple[int, int]


def period_of(settings: Settings) -> Period:
    """The first and the last day number of the report's period."""
    return day_number(settings.first), day_number(settings.last)


def period_report(facts: Facts, by: Sequence[str], period: Period | None = None) -> pd.DataFrame:
    """The numbers of definitions §5 for a period (the report's), by columns of `facts.groups`.

    Out: the `by` columns; every measure of ADDITIVE and PARTS; every ratio of PERIOD_RATIOS. Counts and
    kopecks are float64; NaN is empty (sessions and goal_reaches where there is no traffic at all).
    One row per combination that anything happened to; no columns in `by` give the total.
    """
    keys = codes(facts.groups, by)
    rows, numbers = period_numbers(facts, keys, period)
    shown = {name: values[rows] for name, values in numbers.items()}
    return pd.concat([keys.labels.take(rows).reset_index(drop=True), pd.DataFrame(shown)], axis=1)


def period_numbers(
    facts: Facts, keys: GroupKeys, period: Period | None = None
) -> tuple[Ints, dict[str, Floats]]:
    """The columns of `period_report` for every row of `keys`, and the rows that anything happened
    to; the only row always counts."""
    seen, by_group = _sums(facts, period or period_of(facts.settings))
    size = len(keys)
    sums = {name: group_sum(keys.code, values, size) for name, values in by_group.items()}
    if facts.traffic.empty:
        sums |= {n: np.full(size, np.nan) for n in ("sessions", "goal_reaches")}
    happened = group_sum(keys.code, seen, size) > 0
    return np.flatnonzero(happened | (not len(keys.labels.columns))), _numbers(sums)


@once
def _sums(facts: Facts, period: Period) -> tuple[Ints, dict[str, Floats]]:
    """By row of `facts.groups`: how many events there are, and the sums of the period."""
    size = len(facts.groups)
    happened = {name: e.during(*period) for name, e in events(facts).items()}
    seen = np.zeros(size, dtype=np.int64)
    for event in happened.values():
        seen += np.bincount(event.group, minlength=size)
    happened["margin_new"] = new_patient_margin(facts, *period)
    sums = {name: e.sums(e.group, size) for name, e in happened.items()}
    return seen, sums | _lead_cohort(facts, *period)


def _lead_cohort(facts: Facts, first: int, last: int) -> dict[str, Floats]:
    """Leads created in the period and what became of them by as_of (definitions §4), by group."""
    leads, size = facts.leads, len(facts.groups)
    inside = within(leads["day"].to_numpy(), first, last) & ~leads["repeat"].to_numpy()
    rows = np.flatnonzero(inside)
    group, weight = (leads[name].to_numpy()[rows] for name in ("group", "weight"))
    outcomes = {n: leads[n].to_numpy()[rows] for n in ("booked", "visited", "contract")}
    return {"cohort_leads": group_sum(group, weight, size)} | {
        f"cohort_{name}": group_sum(group, weight * came, size) for name, came in outcomes.items()
    }


def _numbers(sums: dict[str, Floats]) -> dict[str, Floats]:
    kept = {name: sums[name] for name in (*ADDITIVE, *PARTS)}
    return kept | quotients(PERIOD_RATIOS, sums)
