"""Our reports and the twin's, held against each other: whole numbers exactly, ratios to 1e-9."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import polars as pl

from metrics.measures.events import ADDITIVE
from metrics.reports.cohorts import AGES
from metrics.settings import TOTAL

_RATIOS = (
    "cpl", "cac", "romi", "romi_new", "romi_revenue", "drr", "cr_lead_booking",
    "cr_booking_visit", "cr_visit_contract", "avg_check_visit", "ltv_12m", "ltv_now", "ltv_days",
    "ltv_s0", "ltv_s1", "ltv_s3",
)  # fmt: skip
_UNIT = (
    "ua", "b", "ac", "cr", "cpa", "cac", "avp", "apc", "cogs", "first_cogs", "arppu", "arpu", "cm",
    "rpr", "lifetime", "margin_share", "older_90",
)  # fmt: skip
_COHORT = (
    *("patients", "cost", "cac", "payback"),
    *(f"{block}_{k}" for block in ("retention", "margin", "romi", "patients") for k in range(AGES)),
)
_WEEK = ("leads", "bookings", "visits", "margin", "cac", "ltv", "romi", "cr_booking_visit")


def compared(ours: Mapping[str, pd.DataFrame], theirs: dict[str, pl.DataFrame]) -> int:
    """How many numbers were held against each other. Raises AssertionError at the first quarrel."""
    period = (*ADDITIVE, *_RATIOS)
    channels = ours["channel_report"]
    rows = channels[channels["channel"] != TOTAL]
    total = channels[channels["channel"] == TOTAL]
    weekly = ours["weekly"].set_index("metric").loc[list(_WEEK)]
    weeks = [c for c in weekly.columns if c[:1].isdigit()]
    by_week = weekly[weeks].T.astype("float64").rename_axis("week").reset_index()
    months = (pl.lit("1970-01-01").str.to_date().dt.offset_by(pl.format("{}mo", "month"))).dt
    cohorts = theirs["cohorts"].with_columns(months.strftime("%Y-%m").alias("month"))
    groups = ["channel", "campaign", "direction", "retarget"]
    return sum(
        (
            _same(rows, theirs["channel_report"], ["channel"], period),
            _same(total, theirs["total"].with_columns(channel=pl.lit(TOTAL)), ["channel"], period),
            _same(
                ours["campaigns"], theirs["campaigns"], ["campaign", "channel", "direction"], period
            ),
            _same(ours["funnel"], theirs["funnel"], ["day", *groups], ADDITIVE),
            _same(ours["unit_economics"], theirs["unit_economics"], ["direction"], _UNIT),
            _same(ours["unit_by_channel"], theirs["unit_by_channel"], ["channel"], _UNIT),
            _same(
                ours["services"],
                theirs["services"],
                ["service", "doctor", "direction"],
                ("paid_visits", "items", "revenue", "margin", "margin_share", "avg_check_visit"),
            ),
            _same(ours["cohorts"], cohorts, ["month", "channel", "direction"], _COHORT),
            _same(by_week, theirs["weekly"], ["week"], _WEEK),
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
