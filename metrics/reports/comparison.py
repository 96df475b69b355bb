"""Comparison (Сравнение): two periods side by side, and what moved CAC and ROMI between them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from metrics.coded import Floats
from metrics.facts import Facts, day_number
from metrics.measures.events import events, new_patient_margin
from metrics.measures.ltv import ltv_by
from metrics.settings import OTHER, TOTAL, compared_period
from metrics.sums import TOLERANCE, GroupKeys, codes, group_sum, positive_ratio, ratio

#: What is looked at: columns of `Facts.groups`.
SIDES = ("channel", "direction")
ADDED = ("cost", "leads", "new_patients", "revenue", "margin_new")
MEASURES = (*ADDED, "cac", "romi_new", "romi_revenue", "ltv")
#: Measures whose change is a difference; of the others it is relative.
DIFFERENCES = ("romi_new", "romi_revenue")
CAUSES = ("cac_price", "cac_mix", "romi_yield", "romi_mix")
COLUMNS = (
    "side",
    "name",
    *(f"{measure}_{when}" for measure in MEASURES for when in ("before", "after", "change")),
    *CAUSES,
)
_MONTH = 30

Period = tuple[date, date]


def comparison(facts: Facts) -> pd.DataFrame:
    """Definitions §16: the report's period against `compared_period`, by channel, by direction.

    Out: COLUMNS; rows of each side by cost before, then «Прочее» and «Итого». Counts and kopecks
    are per 30 days, ratios come of whole sums, LTV is that of each period's last day; NaN where
    empty. The causes of the rows add up to the change of the whole.
    """
    periods = compared_period(facts.settings), (facts.settings.first, facts.settings.last)
    sums = [_by_group(facts, period) for period in periods]
    sides = [_side(facts, by, periods, sums) for by in SIDES]
    return pd.concat(sides, ignore_index=True).reindex(columns=list(COLUMNS))


def _by_group(facts: Facts, period: Period) -> dict[str, Floats]:
    """Whole sums of a period by row of `facts.groups`; kopecks, NaN where a margin is unknown."""
    first, last = (day_number(day) for day in period)
    happened = {name: events(facts)[name].during(first, last) for name in ADDED[:-1]}
    happened["margin_new"] = new_patient_margin(facts, first, last)
    return {name: e.sums(e.group, len(facts.groups)) for name, e in happened.items()}


def _names(facts: Facts, by: str, people: Floats) -> GroupKeys:
    """The values of `by`; those of too few new patients under one name (definitions §10)."""
    keys = codes(facts.groups, [by])
    least = facts.settings.min_patients
    if least <= 1:
        return keys
    small = group_sum(keys.code, people, len(keys)) < least - TOLERANCE
    names = keys.labels[by].mask(small, OTHER)
    shown = codes(pd.DataFrame({by: names}), [by])
    return GroupKeys(shown.code[keys.code], shown.labels)


def _side(
    facts: Facts, by: str, periods: tuple[Period, Period], sums: list[dict[str, Floats]]
) -> pd.DataFrame:
    """The rows of one side, «Итого» last; none where nothing happened in either period."""
    keys = _names(facts, by, sums[1]["new_patients"])
    name = pd.Index(keys.labels[by], name="name")
    before, after = (
        pd.DataFrame({n: group_sum(keys.code, v, len(keys)) for n, v in each.items()}, index=name)
        for each in sums
    )
    seen = ((before.fillna(1) != 0) | (after.fillna(1) != 0)).any(axis=1)
    if not seen.any():
        return pd.DataFrame()
    causes = _causes(before, after)[seen]
    rows = [_with_total(s)[[*seen, True]] for s in (before, after)]
    whole = codes(facts.groups, [])
    days = [min(day, facts.settings.as_of) for _, day in periods]
    lives = [
        pd.concat([ltv_by(facts, k, day)["ltv"] for k in (keys, whole)])
        .set_axis([*name, TOTAL])
        .reindex(rows[0].index)
        for day in days
    ]
    table = pd.concat([_numbers(rows, lives, periods), _with_total(causes)], axis=1)
    table = table.assign(side=by, last=table.index.map({OTHER: 1, TOTAL: 2}).fillna(0))
    return table.reset_index(names="name").sort_values(
        ["last", "cost_before", "name"], ascending=[True, False, True]
    )


def _with_total(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the sums of its columns below; an unknown value empties its sum."""
    total = table.sum(skipna=False).to_frame(TOTAL).T
    return pd.concat([table, total])


def _numbers(
    rows: list[pd.DataFrame], lives: list[pd.Series], periods: tuple[Period, Period]
) -> pd.DataFrame:
    """Every measure before, after, and its change."""
    one, two = (
        _measures(table, life, (last - first).days + 1)
        for table, life, (first, last) in zip(rows, lives, periods, strict=True)
    )
    numbers: dict[str, Floats] = {}
    for name in MEASURES:
        was, became = one[name], two[name]
        change = became - was if name in DIFFERENCES else ratio(became - was, was)
        empty = (name not in DIFFERENCES) & ~(was > 0)
        numbers |= {f"{name}_before": was, f"{name}_after": became}
        numbers[f"{name}_change"] = np.where(empty, np.nan, change)
    return pd.DataFrame(numbers, index=rows[0].index)


def _measures(sums: pd.DataFrame, life: pd.Series, days: int) -> dict[str, Floats]:
    whole = {name: sums[name].to_numpy(dtype=np.float64) for name in ADDED}
    return {name: values * _MONTH / days for name, values in whole.items()} | {
        "cac": positive_ratio(whole["cost"], whole["new_patients"]),
        "romi_new": ratio(whole["margin_new"] - whole["cost"], whole["cost"]),
        "romi_revenue": ratio(whole["revenue"] - whole["cost"], whole["cost"]),
        "ltv": life.to_numpy(dtype=np.float64),
    }


def _causes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """What of the change of CAC and of ROMI новых each row made, by its own and by its share."""
    price, mix = _decomposed(before, after, "cost", "new_patients")
    gain, share = _decomposed(before, after, "margin_new", "cost")
    causes = dict(zip(CAUSES, (price, mix, gain, share), strict=True))
    return pd.DataFrame(causes, index=before.index)


def _decomposed(
    before: pd.DataFrame, after: pd.DataFrame, above: str, below: str
) -> tuple[Floats, Floats]:
    """The change of X/Y over rows x, y: by k = x/y of the row, and by its share s = y/Y.

    own = ½(s₀+s₁)(k₁−k₀), 0 unless y > 0 in both; mix = x₁/Y₁ − x₀/Y₀ − own − ½(K₀+K₁)(s₁−s₀).
    They add up to K₁ − K₀; NaN if Y is 0 in either period.
    """
    x, y = (
        [t[name].to_numpy(dtype=np.float64) for t in (before, after)] for name in (above, below)
    )
    whole = [values.sum() for values in y]
    if not all(whole):
        return np.full(len(before), np.nan), np.full(len(before), np.nan)
    share = [part / total for part, total in zip(y, whole, strict=True)]
    own = (share[0] + share[1]) / 2 * (ratio(x[1], y[1]) - ratio(x[0], y[0]))
    own = np.where((y[0] > 0) & (y[1] > 0), own, 0.0)
    mean = (x[0].sum() / whole[0] + x[1].sum() / whole[1]) / 2
    mix = x[1] / whole[1] - x[0] / whole[0] - own - mean * (share[1] - share[0])
    return own, mix
