"""The twin's LTV in polars: every variant by columns of the groups, and as of a week's end."""

from __future__ import annotations

from datetime import date

import polars as pl

from bench.polars_join import Twin
from bench.polars_sums import folded, summed
from metrics.calendar import months_before
from metrics.measures.ltv import DAYS_IN_MONTH, READINGS, YEAR
from metrics.settings import Settings


def lives(f: Twin) -> dict[str, pl.LazyFrame]:
    """By group: margin at each age, patients by how long they are watched, sums of a whole year."""
    s = f.settings
    after = months_before(s.as_of, s.ltv_window_months)
    watched = (pl.lit(s.as_of) - pl.col("paid_day")).dt.total_days()
    born = f.patients.lazy().filter(pl.col("paid_day") > after)
    born = born.select("patient", "group", "paid_day", watched=watched)
    lived = (
        f.payments.lazy()
        .filter("revenue")
        .join(born.drop("group"), on="patient")
        .with_columns(age=(pl.col("day") - pl.col("paid_day")).dt.total_days())
        .filter(pl.col("age").is_between(0, YEAR))
    )
    return {
        "margins": lived.group_by("group", "age").agg(pl.col("margin").sum()),
        "watched": born.group_by("group", age=pl.col("watched").clip(0, YEAR)).agg(n=pl.len()),
        "year": _year(f, born, lived),
    }


def ltv(
    groups: pl.LazyFrame, by_group: dict[str, pl.LazyFrame], s: Settings, by: list[str]
) -> pl.LazyFrame:
    """Definitions §6 by columns of the groups, every variant."""
    ages = pl.LazyFrame({"age": range(YEAR + 1)}, schema={"age": pl.Int64})
    heads = groups.select(by).unique() if by else pl.LazyFrame({"all": [0]})
    margins = folded(by_group["margins"], groups, [*by, "age"])
    watched = folded(by_group["watched"], groups, [*by, "age"])
    year = folded(by_group["year"], groups, by)
    key = by or ["all"]
    if not by:
        margins, watched, year = (
            t.with_columns(all=pl.lit(0, pl.Int64)) for t in (margins, watched, year)
        )
    curve = (
        heads.join(ages, how="cross")
        .join(margins, on=[*key, "age"], how="left")
        .join(watched, on=[*key, "age"], how="left")
        .sort(*key, "age")
        .with_columns(pl.col("n", "margin").fill_null(0))
        .with_columns(y=pl.col("n").cum_sum(reverse=True).over(key))
        .with_columns(
            value=(pl.col("margin") / pl.when(pl.col("y") > 0).then("y").otherwise(1))
            .cum_sum()
            .over(key)
        )
    )
    enough = pl.col("y") >= s.ltv_min_patients
    read = (
        curve.filter(enough, pl.col("age").is_in(READINGS))
        .group_by(key)
        .agg(
            pl.col("value").sort_by("age").last().alias("ltv_now"),
            pl.col("age").max().alias("ltv_days"),
            pl.col("value").filter(pl.col("age") == YEAR).first().alias("ltv_12m"),
        )
    )
    full = pl.col("patients") >= s.ltv_min_patients
    visits = pl.col("visits") / pl.col("patients")
    share = pl.col("returned") / pl.col("patients")
    months = pl.col("stayed") / pl.col("returned") / DAYS_IN_MONTH
    return (
        heads.join(read, on=key, how="left")
        .join(year, on=key, how="left")
        .with_columns(
            ltv_s0=pl.when(full).then(pl.col("margin") / pl.col("visits") * visits * share),
            ltv_s1=pl.when(full).then(pl.col("margin") / pl.col("visits") * visits),
            ltv_s3=pl.when(full).then(pl.col("margin") / pl.col("items") * share * months),
        )
        .select(*by, "ltv_12m", "ltv_now", "ltv_days", "ltv_s0", "ltv_s1", "ltv_s3")
    )


def _year(f: Twin, born: pl.LazyFrame, lived: pl.LazyFrame) -> pl.LazyFrame:
    """Sums over patients watched a year and their days of life 0 … 365."""
    whole = born.filter(pl.col("watched") >= YEAR).drop("group", "watched")
    money = lived.filter(pl.col("watched") >= YEAR).select(
        "group", "margin", revenue=pl.col("amount"), items=pl.col("item").cast(pl.Int64)
    )
    visits = (
        f.paid_visits.lazy()
        .join(whole, on="patient")
        .with_columns(age=(pl.col("day") - pl.col("paid_day")).dt.total_days())
        .filter(pl.col("age").is_between(0, YEAR))
        .group_by("patient")
        .agg(pl.col("group").first(), visits=pl.len(), stayed=pl.col("age").max())
        .select(
            "group",
            "visits",
            "stayed",
            patients=pl.lit(1),
            returned=(pl.col("visits") > 1).cast(pl.Int64),
        )
    )
    return summed(
        pl.concat([summed(t, ["group"]) for t in (money, visits)], how="diagonal"), ["group"]
    )


def ltv_on(f: Twin, week: date, day: date) -> pl.LazyFrame:
    """LTV of all patients through day 365 as it stood at the end of `day`."""
    s = f.settings
    born = (
        f.patients.lazy()
        .filter(
            pl.col("paid_day") > months_before(day, s.ltv_window_months), pl.col("paid_day") <= day
        )
        .select("patient", "paid_day", watched=(pl.lit(day) - pl.col("paid_day")).dt.total_days())
    )
    watched = born.group_by(age=pl.col("watched").clip(0, YEAR)).agg(n=pl.len())
    margins = (
        f.payments.lazy()
        .filter("revenue", pl.col("day") <= day)
        .select("patient", "day", "margin")
        .join(born.select("patient", "paid_day"), on="patient")
        .group_by(age=(pl.col("day") - pl.col("paid_day")).dt.total_days())
        .agg(pl.col("margin").sum())
    )
    ages = pl.LazyFrame({"age": range(YEAR + 1)}, schema={"age": pl.Int64})
    return (
        ages.join(watched, on="age", how="left")
        .join(margins, on="age", how="left")
        .sort("age")
        .with_columns(pl.col("n", "margin").fill_null(0))
        .with_columns(y=pl.col("n").cum_sum(reverse=True))
        .select(
            week=pl.lit(week),
            ltv=pl.when(pl.col("y").last() >= s.ltv_min_patients).then(
                (pl.col("margin") / pl.when(pl.col("y") > 0).then("y").otherwise(1)).sum()
            ),
        )
    )
