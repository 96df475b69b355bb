"""The twin's unit economics in polars."""

from __future__ import annotations

import polars as pl

from bench.polars_join import Twin
from bench.polars_ltv import ltv
from bench.polars_periods import FRESH
from bench.polars_sums import folded, joined, positive, ratio, summed
from metrics.measures.ltv import DAYS_IN_MONTH
from metrics.settings import Settings


def unit_sums(f: Twin) -> pl.LazyFrame:
    """Everything that unit economics adds up, by group."""
    s = f.settings
    in_period = pl.col("day").is_between(s.first, s.last)
    leads = (
        f.leads.lazy()
        .filter(FRESH, in_period)
        .select(
            "group",
            ua=pl.lit(1),
            old=((pl.lit(s.as_of) - pl.col("day")).dt.total_days() >= 90).cast(pl.Int64),
        )
    )
    costs = f.costs.lazy().filter(in_period).select("group", ac="cost")
    mine = f.patients.lazy().filter(pl.col("lead_day").is_between(s.first, s.last), FRESH)
    again = pl.col("paid_visits") >= 2
    people = mine.select(
        "group",
        b=pl.col("paid_day").is_not_null().cast(pl.Int64),
        again=again.fill_null(value=False).cast(pl.Int64),
        stayed=pl.when(again).then((pl.col("last_paid_day") - pl.col("paid_day")).dt.total_days()),
    )
    paid = f.payments.lazy().join(mine.select("patient", "visit_day"), on="patient")
    money = paid.filter("revenue").select(
        "group", "margin", revenue=pl.col("amount"), items=pl.col("item").cast(pl.Int64)
    )
    bonus = paid.filter(pl.col("kind") == "bonus", pl.col("day") == pl.col("visit_day")).select(
        "group", bonus=pl.col("amount")
    )
    parts = [summed(t, ["group"]) for t in (leads, costs, people, money, bonus)]
    return summed(pl.concat(parts, how="diagonal"), ["group"])


def unit(
    groups: pl.LazyFrame, by_group: dict[str, pl.LazyFrame], s: Settings, by: str
) -> pl.LazyFrame:
    """Definitions §7 by direction or channel."""
    items, b, ua, ac = (pl.col(n) for n in ("items", "b", "ua", "ac"))
    sums = folded(by_group["unit"], groups, [by])
    return (
        joined(sums, ltv(groups, by_group, s, [by]), [by])
        .with_columns(
            cr=ratio("b", "ua"),
            cpa=positive("ac", "ua"),
            cac=positive("ac", "b"),
            avp=ratio("revenue", "items"),
            apc=ratio("items", "b"),
            cogs=ratio(pl.col("revenue") - pl.col("margin"), "items"),
            first_cogs=ratio("bonus", "b"),
            cm=pl.col("margin") - pl.col("bonus") - ac,
            rpr=ratio("again", "b"),
            lifetime=ratio("stayed", "again") / DAYS_IN_MONTH,
            margin_share=pl.col("margin") / pl.col("margin").sum(),
            older_90=ratio("old", "ua"),
        )
        .with_columns(arppu=(pl.col("avp") - pl.col("cogs")) * pl.col("apc") - pl.col("first_cogs"))
        .with_columns(
            arpu=pl.col("arppu") * pl.col("cr"),
            breakeven_cr=ac / (ua * pl.col("arppu")),
            breakeven_ac=b * pl.col("arppu"),
            breakeven_avp=pl.col("cogs") + (ac / b + pl.col("first_cogs")) / pl.col("apc"),
            breakeven_apc=(ac / b + pl.col("first_cogs")) / (pl.col("avp") - pl.col("cogs")),
            breakeven_first_cogs=(pl.col("avp") - pl.col("cogs")) * items / b - ac / b,
        )
    )
