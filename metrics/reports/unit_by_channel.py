"""«Юнит по каналам»: what one lead of each channel brings, and what breaks even."""

from __future__ import annotations

import pandas as pd

from metrics.facts import Facts
from metrics.measures.unit import units


def unit_by_channel(facts: Facts) -> pd.DataFrame:
    """Definitions §7 by channel: the columns of `measures.unit.units`."""
    return units(facts, "channel")
