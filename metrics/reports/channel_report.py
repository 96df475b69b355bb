"""«Отчёт по каналам»: what each channel brought and cost, and what to do about it."""

from __future__ import annotations

import pandas as pd

from metrics.facts import Facts
from metrics.measures.period_rows import period_rows


def channel_report(facts: Facts) -> pd.DataFrame:
    """One row per channel that anything happened to in the period, dearest first, then «Итого».

    Out: channel, the columns of `measures.period_report` and of `ltv.ltv`, ltv_cac and verdict
    (definitions §5). «Итого» is computed from all rows at once.
    """
    return period_rows(facts, ["channel"], total_in="channel")
