"""Rows of a period report with LTV, bounds and a verdict: what two tabs share."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from metrics.facts import Facts
from metrics.measures.bounds import people_bounds, period_bounds
from metrics.measures.ltv import ltv
from metrics.measures.ltv_variance import ltv_variance
from metrics.measures.period import period_report
from metrics.measures.ratios import WORTH_RATIOS, quotients
from metrics.measures.verdict import verdicts
from metrics.settings import TOTAL
from metrics.sums import codes


def period_rows(facts: Facts, by: Sequence[str], total_in: str = "") -> pd.DataFrame:
    """The period's numbers by columns of `facts.groups`, dearest first (then most margin, names).

    Adds to `period.period_report` the columns of `ltv.ltv`, ltv_cac, the bounds of definitions §12
    (`<key>_low`, `<key>_high`) and verdict. With `total_in` a last row says «Итого» in that
    column; it is computed from all rows at once.
    """
    total = _numbers(facts, [])
    rows = ordered(_numbers(facts, by), by)
    judged = rows.assign(verdict=verdicts(rows, total.iloc[0], facts.settings))
    if not total_in:
        return judged
    verdict = verdicts(total, total.iloc[0], facts.settings)
    last = total.assign(verdict=verdict, **{total_in: TOTAL})
    return pd.concat([judged, last[judged.columns]], ignore_index=True)


def ordered(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Dearest first, then most margin, then by name."""
    return rows.sort_values(
        ["cost", "margin", *by], ascending=[False, False, *[True] * len(by)], ignore_index=True
    )


def _numbers(facts: Facts, by: Sequence[str]) -> pd.DataFrame:
    report = period_report(facts, by)
    worth = ltv(facts, by)
    worth = worth.assign(ltv_variance=ltv_variance(facts, codes(facts.groups, by), worth))
    sides = people_bounds(facts, by)
    for part in (worth, sides):
        report = report.merge(part, on=list(by), how="left") if by else report.join(part)
    both = {n: report[n].to_numpy() for n in ("ltv", "cac")}
    return report.assign(**quotients(WORTH_RATIOS, both), **period_bounds(report, facts.settings))
