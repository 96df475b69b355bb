"""«Сводка»: what the report's period is compared with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pandas as pd

from metrics.facts import Facts
from metrics.measures.period import period_report
from metrics.settings import TOTAL


def summary(facts: Facts) -> pd.DataFrame:
    """The numbers of as many days just before the report's period, by channel, «Итого» last.

    Out: channel, the columns of `measures.period.period_report`. There is no LTV: it is known on
    as_of, not of a period, and its value of the period before was another.
    """
    settings = facts.settings
    length = settings.last - settings.first + timedelta(days=1)
    earlier = replace(settings, first=settings.first - length, last=settings.last - length)
    before = replace(facts, settings=earlier)
    total = period_report(before, []).assign(channel=TOTAL)
    return pd.concat([period_report(before, ["channel"]), total], ignore_index=True)
