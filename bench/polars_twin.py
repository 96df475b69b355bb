"""The join and three headline reports written well in polars: what ours are measured against."""

from __future__ import annotations

import polars as pl

from bench.polars_join import Twin, join
from bench.polars_periods import funnel, period, period_sums
from metrics.settings import Settings


def reports(frames: dict[str, pl.DataFrame], settings: Settings) -> dict[str, pl.DataFrame]:
    """Channel report, its total, campaigns and funnel of a clinic without touch histories."""
    return of_joined(join(frames, settings))


def of_joined(facts: Twin) -> dict[str, pl.DataFrame]:
    """The same reports of rows that are joined already."""
    sums, rows = pl.collect_all([period_sums(facts), funnel(facts)])
    by = {
        "channel_report": ["channel"],
        "total": [],
        "campaigns": ["campaign", "channel", "direction"],
    }
    folded = [period(facts.groups.lazy(), sums.lazy(), names) for names in by.values()]
    return {"funnel": rows, **dict(zip(by, pl.collect_all(folded), strict=True))}
