"""The twin's cohort matrix and weekly report in polars."""

from __future__ import annotations

import polars as pl

from bench.polars_join import Twin
from bench.polars_ltv import ltv_on
from bench.polars_periods import FRESH, events
from bench.polars_sums import positive, ratio
from metrics.calendar import month_last, month_number
from metrics.reports.cohorts import AGES
from metrics.reports.weekly import weeks
from metrics.settings import ALL

_KEYS = ["month", "channel", "direction"]


def cohorts(f: Twin) -> pl.LazyFrame:
    """Definitions §8: month × channel × direction, month × channel, month; T+0 … T+12."""
    s = f.settings
    current = month_number(s.as_of)
    mature = current if month_last(current) <= s.as_of else current - 1
    cells = _cells(f, current - s.cohort_months + 1)
    everything = pl.concat(
        [
            cells,
            cells.with_columns(direction=pl.lit(ALL)),
            cells.with_columns(direction=pl.lit(ALL), channel=pl.lit(ALL)),
        ]
    )
    heads = everything.group_by(_KEYS).agg(pl.col("patients", "cost").sum())
    heads = heads.filter((pl.col("patients") > 0) | (pl.col("cost") != 0))
    blocks = _blocks(everything, heads, mature, s.cohort_months)
    return (
        heads.join(blocks, on=_KEYS, how="left")
        .with_columns(
            pl.when(pl.col("cost") != 0).then("payback").alias("payback"),
            cac=positive("cost", "patients"),
            **{f"retention_{a}": ratio(f"patients_{a}", "patients") for a in range(AGES)},
            **{
                f"romi_{a}": ratio(pl.col(f"margin_{a}") - pl.col("cost"), "cost")
                for a in range(AGES)
            },
        )
        .sort(_KEYS)
    )


def _cells(f: Twin, first: int) -> pl.LazyFrame:
    """Patients, costs, and by age margins and visitors of each cohort from month `first` on."""

    def month(column: str) -> pl.Expr:
        day = pl.col(column)
        return ((day.dt.year().cast(pl.Int32) - 1970) * 12 + day.dt.month() - 1).alias("month")

    names = f.groups.lazy().select("group", "channel", "direction")
    inside = pl.col("month") >= first
    born = f.patients.lazy().filter(pl.col("visit_day").is_not_null())
    born = born.select("patient", "group", month("visit_day")).filter(inside)
    start = born.select("patient", born="month")
    people = born.group_by("group", "month").agg(patients=pl.len())
    costs = f.costs.lazy().select("group", "cost", month("day")).filter(inside)
    costs = costs.group_by("group", "month").agg(pl.col("cost").sum())

    def aged(rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.join(start, on="patient").with_columns(
            age=(pl.col("month") - pl.col("born")).clip(0, None), month=pl.col("born")
        )

    money = aged(
        f.payments.lazy().filter("revenue").select("patient", "group", "margin", month("day"))
    )
    money = money.group_by("group", "month", "age").agg(pl.col("margin").sum())
    seen = aged(f.visits.lazy().select("patient", "group", month("day")))
    seen = seen.filter(pl.col("age") < AGES).select("patient", "group", "month", "age").unique()
    seen = seen.group_by("group", "month", "age").agg(visited=pl.len())
    return pl.concat([people, costs, money, seen], how="diagonal").join(names, on="group")


def _blocks(cells: pl.LazyFrame, heads: pl.LazyFrame, mature: int, months: int) -> pl.LazyFrame:
    """Payback, margin and visitors by age of each cohort, as far as the ages are over."""
    # A zero of every age carries the sum over ages in which nothing happened.
    ages = pl.LazyFrame({"age": range(months)}, schema={"age": pl.Int32})
    sums = (
        cells.filter(pl.col("age").is_not_null())
        .group_by(*_KEYS, "age")
        .agg(pl.col("margin", "visited").sum())
    )
    ripe = pl.col("age") <= mature - pl.col("month")
    long = (
        heads.join(ages, how="cross")
        .filter(ripe)
        .join(sums, on=[*_KEYS, "age"], how="left")
        .sort(*_KEYS, "age")
        .with_columns(
            pl.col("margin").fill_null(0).cum_sum().over(_KEYS), pl.col("visited").fill_null(0)
        )
    )
    return long.group_by(_KEYS).agg(
        pl.col("age").filter(pl.col("margin") >= pl.col("cost")).min().alias("payback"),
        *(
            pl.col(value).filter(pl.col("age") == age).first().alias(f"{block}_{age}")
            for age in range(AGES)
            for block, value in (("margin", "margin"), ("patients", "visited"))
        ),
    )


def weekly(f: Twin) -> pl.LazyFrame:
    """Definitions §9: a row per week; LTV as of its last day."""
    s = f.settings
    shown = weeks(s.as_of)
    first, last = shown[0].first, shown[-1].last
    happened = events(f)
    week = pl.col("day").dt.truncate("1w").alias("week")
    sums = [
        happened[n]
        .filter(pl.col("day").is_between(first, last))
        .group_by(week)
        .agg(pl.exclude("day", "group", "week").sum())
        for n in ("leads", "bookings", "visits", "new_patients", "money", "costs")
    ]
    booked = f.leads.lazy().filter(FRESH, "booked", pl.col("day").is_between(first, last))
    sums.append(booked.group_by(week).agg(booked=pl.len(), came=pl.col("visited").sum()))
    table = pl.concat(sums, how="diagonal").group_by("week").agg(pl.all().sum())
    worth = pl.concat([ltv_on(f, w.first, min(w.last, s.as_of)) for w in shown])
    named = (
        happened["money"]
        .filter(pl.col("day").is_between(first, last))
        .join(f.groups.lazy(), on="group")
    )
    top = (
        named.group_by(week, "channel")
        .agg(pl.col("margin").sum())
        .sort("margin", descending=True)
        .group_by("week", maintain_order=True)
        .agg(pl.col("channel").head(3), pl.col("margin").head(3).alias("channel_margin"))
    )
    retarget = f.groups.lazy().filter("retarget").select("group")
    again = [
        happened[n]
        .join(retarget, on="group", how="semi")
        .filter(pl.col("day").is_between(first, last))
        .group_by(week)
        .agg(pl.col(c).sum().alias(f"retarget_{c}"))
        for n, c in (("leads", "leads"), ("money", "margin"))
    ]
    return (
        table.join(worth, on="week", how="left")
        .join(top, on="week", how="left")
        .join(again[0], on="week", how="left")
        .join(again[1], on="week", how="left")
        .with_columns(
            cac=positive("cost", "new_patients"),
            romi=ratio(pl.col("margin") - pl.col("cost"), "cost"),
            cr_booking_visit=ratio("came", "booked"),
        )
        .sort("week")
    )
