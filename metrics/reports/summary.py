"""«Сводка»: what the report's period is compared with."""

from __future__ import annotations

import pandas as pd

from metrics.facts import Facts
from metrics.measures.period import period_of, period_report
from metrics.settings import TOTAL


def summary(facts: Facts) -> pd.DataFrame:
    """The numbers of as many days just before the report's period, by channel, «Итого» last.

    Out: channel, the columns of `measures.period.period_report`. There is no LTV: it is known on
    as_of, not of a period, and its value of the period before was another.
    """
    first, last = period_of(facts.settings)
    before = first - (last - first + 1), first - 1
    total = period_report(facts, [], before).assign(channel=TOTAL)
    return pd.concat([period_report(facts, ["channel"], before), total], ignore_index=True)
