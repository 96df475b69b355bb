"""The same reports written well in polars: what `metrics` is measured against and checked by."""

from __future__ import annotations

import polars as pl

from bench.polars_cohorts import cohorts, weekly
from bench.polars_join import join
from bench.polars_ltv import lives
from bench.polars_periods import funnel, period, period_sums, services
from bench.polars_unit import unit, unit_sums
from metrics.settings import Settings


def reports(frames: dict[str, pl.DataFrame], settings: Settings) -> dict[str, pl.DataFrame]:
    """Every computed table of a clinic without touch histories, as numbers by name."""
    facts = join(frames, settings)
    wide = {
        "period": period_sums(facts),
        "unit": unit_sums(facts),
        **lives(facts),
        "funnel": funnel(facts),
        "services": services(facts),
        "cohorts": cohorts(facts),
        "weekly": weekly(facts),
    }
    made = dict(zip(wide, pl.collect_all(list(wide.values())), strict=True))
    by_group = {n: made.pop(n).lazy() for n in ("period", "unit", "margins", "watched", "year")}
    groups = facts.groups.lazy()
    folded = {
        "channel_report": period(groups, by_group, settings, ["channel"]),
        "total": period(groups, by_group, settings, []),
        "campaigns": period(groups, by_group, settings, ["campaign", "channel", "direction"]),
        "unit_economics": unit(groups, by_group, settings, "direction"),
        "unit_by_channel": unit(groups, by_group, settings, "channel"),
    }
    return made | dict(zip(folded, pl.collect_all(list(folded.values())), strict=True))
