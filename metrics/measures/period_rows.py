"""Rows of a period report with LTV beside them and a verdict under each: shared by two tabs."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from metrics.facts import Facts
from metrics.measures.ltv import ltv
from metrics.measures.period import period_report
from metrics.measures.ratios import WORTH_RATIOS, quotients
from metrics.measures.verdict import verdicts
from metrics.settings import TOTAL


def period_rows(facts: Facts, by: Sequence[str], total_in: str = "") -> pd.DataFrame:
    """The period's numbers by columns of `facts.groups`, dearest first (then most margin, names).

    Adds to `measures.period_report` the columns of `ltv.ltv`, ltv_cac and verdict. With
    `total_in` a last row says «Итого» in that column; it is computed from all rows at once.
    """
    total = _numbers(facts, [])
    rows = _numbers(facts, by).sort_values(
        ["cost", "margin", *by], ascending=[False, False, *[True] * len(by)], ignore_index=True
    )
    judged = rows.assign(verdict=verdicts(rows, total.iloc[0], facts.settings))
    if not total_in:
        return judged
    verdict = verdicts(total, total.iloc[0], facts.settings)
    last = total.assign(verdict=verdict, **{total_in: TOTAL})
    return pd.concat([judged, last[judged.columns]], ignore_index=True)


def _numbers(facts: Facts, by: Sequence[str]) -> pd.DataFrame:
    report = period_report(facts, by)
    worth = ltv(facts, by)
    both = report.merge(worth, on=list(by), how="left") if by else report.join(worth)
    return both.assign(**quotients(WORTH_RATIOS, {n: both[n].to_numpy() for n in ("ltv", "cac")}))
