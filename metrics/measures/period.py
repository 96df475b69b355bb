"""The numbers of a period on the cash basis, and of its lead cohort: one table for many reports."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from metrics.coded import Floats, Ints
from metrics.facts import Facts, day_number
from metrics.measures.events import ADDITIVE, events, new_patient_margin
from metrics.measures.ratios import PERIOD_RATIOS, quotients
from metrics.sums import codes, group_sum, pick, within

#: Sums that ratios are made of, beside ADDITIVE: margin of the period's new patients; leads created
#: in it and what became of them by as_of; days on which a patient paid.
PARTS = (
    *("margin_new", "cohort_leads", "cohort_booked", "cohort_visited", "cohort_contract"),
    "paid_visits",
)


def period_report(facts: Facts, by: Sequence[str]) -> pd.DataFrame:
    """The numbers of definitions §5 for the report's period, by columns of `facts.groups`.

    Out: the `by` columns; every measure of ADDITIVE and PARTS; every ratio of PERIOD_RATIOS. Counts and
    kopecks are float64; NaN is empty (sessions and goal_reaches where there is no traffic at all).
    One row per combination that anything happened to; no columns in `by` give the total.
    """
    first, last = day_number(facts.settings.first), day_number(facts.settings.last)
    keys = codes(facts.groups, by)
    size = len(keys)
    happened = {name: e.during(first, last) for name, e in events(facts).items()}
    seen = np.zeros(size, dtype=np.int64)
    sums: dict[str, Floats] = {}
    for name, event in happened.items():
        code = keys.code[event.group]
        sums[name] = event.sums(code, size)
        seen += np.bincount(code, minlength=size)
    if facts.traffic.empty:
        sums |= {n: np.full(size, np.nan) for n in ("sessions", "goal_reaches")}
    new = new_patient_margin(facts, first, last)
    sums["margin_new"] = new.sums(keys.code[new.group], size)
    sums |= _lead_cohort(facts, keys.code, size, first, last)
    report = pd.concat([keys.labels, pd.DataFrame(_numbers(sums))], axis=1)
    return report[(seen > 0) | (not by)].reset_index(drop=True)


def _lead_cohort(facts: Facts, code: Ints, size: int, first: int, last: int) -> dict[str, Floats]:
    """Leads created in the period and what became of them by as_of (definitions §4)."""
    leads = facts.leads
    inside = within(leads["day"].to_numpy(), first, last) & ~leads["repeat"].to_numpy()
    rows = pick(leads, ("group", "weight", "booked", "visited", "contract"), inside)
    row = code[rows["group"].to_numpy()]
    weight = rows["weight"].to_numpy()
    booked, visited, contract = (rows[n].to_numpy() for n in ("booked", "visited", "contract"))
    return {
        "cohort_leads": group_sum(row, weight, size),
        "cohort_booked": group_sum(row, weight * booked, size),
        "cohort_visited": group_sum(row, weight * visited, size),
        "cohort_contract": group_sum(row, weight * contract, size),
    }


def _numbers(sums: dict[str, Floats]) -> dict[str, Floats]:
    kept = {name: sums[name] for name in (*ADDITIVE, *PARTS)}
    return kept | quotients(PERIOD_RATIOS, sums)
