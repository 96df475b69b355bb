"""Our reports and the twin's, held against each other: whole numbers exactly, ratios to 1e-9."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import polars as pl

from metrics.measures.events import ADDITIVE
from metrics.settings import TOTAL

_RATIOS = (
    "cpl", "cost_per_booking", "cac", "romi", "romi_new", "romi_revenue", "drr",
    "cr_lead_booking", "cr_booking_visit", "cr_visit_contract", "avg_check_visit",
)  # fmt: skip
_GROUP = ["channel", "campaign", "direction", "retarget"]


def compared(ours: Mapping[str, pd.DataFrame], theirs: dict[str, pl.DataFrame]) -> int:
    """How many numbers were held against each other. Raises AssertionError at the first quarrel."""
    period = (*ADDITIVE, *_RATIOS)
    channels = ours["channel_report"]
    rows = channels[channels["channel"] != TOTAL]
    total = channels[channels["channel"] == TOTAL]
    whole = theirs["total"].with_columns(channel=pl.lit(TOTAL))
    return sum(
        (
            _same(rows, theirs["channel_report"], ["channel"], period),
            _same(total, whole, ["channel"], period),
            _same(ours["campaigns"], theirs["campaigns"], _GROUP[:3], period),
            _same(ours["funnel"], theirs["funnel"], ["day", *_GROUP], ADDITIVE),
        )
    )


def _same(
    ours: pd.DataFrame, theirs: pl.DataFrame, keys: list[str], columns: tuple[str, ...]
) -> int:
    one, two = _ordered(ours, keys), _ordered(theirs.to_pandas(), keys)
    assert one[keys].equals(two[keys]), f"rows differ: {keys}"
    for name in columns:
        a = one[name].to_numpy(dtype=np.float64, na_value=np.nan)
        b = two[name].to_numpy(dtype=np.float64, na_value=np.nan)
        bad = ~np.isclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True)
        assert not bad.any(), f"{keys}.{name}: {a[bad][:3]} and {b[bad][:3]}"
    return len(one) * len(columns)


def _ordered(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Rows in the order of their keys, dates as text."""
    texts = {k: table[k].astype("str") for k in keys if k != "retarget"}
    return table.assign(**texts).sort_values(keys, ignore_index=True)
