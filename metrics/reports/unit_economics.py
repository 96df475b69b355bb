"""«Юнит-экономика»: what one lead of each direction brings, and what breaks even."""

from __future__ import annotations

import pandas as pd

from metrics.facts import Facts
from metrics.measures.unit import units


def unit_economics(facts: Facts) -> pd.DataFrame:
    """Definitions §7 by direction: the columns of `measures.unit.units`."""
    return units(facts, "direction")
