"""«Сводка»: what the report's period is compared with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pandas as pd

from metrics.facts import Facts
from metrics.measures.period_rows import period_rows

#: LTV is known on as_of, not of a period: its value of the period before was another.
_OF_AS_OF = ("ltv", "ltv_12m", "ltv_now", "ltv_days", "ltv_cac", "ltv_s0", "ltv_s1", "ltv_s3")


def summary(facts: Facts) -> pd.DataFrame:
    """The channel report of as many days just before the report's period, without LTV."""
    settings = facts.settings
    length = settings.last - settings.first + timedelta(days=1)
    earlier = replace(settings, first=settings.first - length, last=settings.last - length)
    report = period_rows(replace(facts, settings=earlier), ["channel"], total_in="channel")
    return report.assign(**dict.fromkeys(_OF_AS_OF, float("nan")))
