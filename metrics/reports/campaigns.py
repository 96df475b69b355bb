"""«Кампании»: the channel report's numbers by campaign, channel and direction."""

from __future__ import annotations

import pandas as pd

from metrics.facts import Facts
from metrics.measures.period_rows import period_rows


def campaigns(facts: Facts) -> pd.DataFrame:
    """One row per campaign ("" where there is none), channel and direction, dearest first.

    Out: campaign, channel, direction, then the columns of the channel report.
    """
    return period_rows(facts, ["campaign", "channel", "direction"])
