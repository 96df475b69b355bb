"""Rows of a period report with LTV beside them and a verdict under each: shared by two tabs."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from metrics.facts import Facts
from metrics.ltv import ltv
from metrics.measures import period_report
from metrics.settings import TOTAL
from metrics.sums import ratio
from metrics.verdict import verdicts


def period_rows(facts: Facts, by: Sequence[str]) -> pd.DataFrame:
    """The period's numbers by columns of `facts.groups`, dearest first (then most margin, names).

    Adds to `measures.period_report` the columns of `ltv.ltv`, ltv_cac, band and verdict.
    """
    total = _numbers(facts, [])
    rows = _numbers(facts, by)
    rows = rows.sort_values(
        ["cost", "margin", *by], ascending=[False, False, *[True] * len(by)], ignore_index=True
    )
    return _judged(rows, total, facts)


def with_total(facts: Facts, by: Sequence[str], label: str) -> pd.DataFrame:
    """`period_rows` and, last, «Итого» in column `label`, computed from all rows at once."""
    total = _numbers(facts, [])
    rows = period_rows(facts, by)
    last = _judged(total, total, facts).assign(**{label: TOTAL})
    return pd.concat([rows, last[rows.columns]], ignore_index=True)


def _numbers(facts: Facts, by: Sequence[str]) -> pd.DataFrame:
    report = period_report(facts, by)
    worth = ltv(facts, by)
    both = report.merge(worth, on=list(by), how="left") if by else report.join(worth)
    return both.assign(ltv_cac=ratio(both["ltv"].to_numpy(), both["cac"].to_numpy()))


def _judged(rows: pd.DataFrame, total: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    return rows.assign(verdict=verdicts(rows, total.iloc[0], facts.settings))
