"""The same reports written well in polars: what `metrics` is measured against and checked by."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from bench.polars_join import GROUP, Twin, join
from metrics.calendar import month_first, month_last, month_number, months_before
from metrics.cohorts import AGES
from metrics.ltv import DAYS_IN_MONTH, READINGS, YEAR
from metrics.settings import ALL, Settings
from metrics.weekly import weeks

_DAY = timedelta(days=1)
_FRESH = ~pl.col("repeat")


def reports(frames: dict[str, pl.DataFrame], settings: Settings) -> dict[str, pl.DataFrame]:
    """Every computed table of a clinic without touch histories, as numbers by name."""
    facts = join(frames, settings)
    wide = {
        "period": _period_sums(facts),
        "unit": _unit_sums(facts),
        **_lives(facts),
        "funnel": _funnel(facts),
        "services": _services(facts),
        "cohorts": _cohorts(facts),
        "weekly": _weekly(facts),
    }
    made = dict(zip(wide, pl.collect_all(list(wide.values())), strict=True))
    by_group = {n: made.pop(n).lazy() for n in ("period", "unit", "margins", "watched", "year")}
    groups = facts.groups.lazy()
    folded = {
        "channel_report": _period(groups, by_group, settings, ["channel"]),
        "total": _period(groups, by_group, settings, []),
        "campaigns": _period(groups, by_group, settings, ["campaign", "channel", "direction"]),
        "unit_economics": _unit(groups, by_group, settings, "direction"),
        "unit_by_channel": _unit(groups, by_group, settings, "channel"),
    }
    return made | dict(zip(folded, pl.collect_all(list(folded.values())), strict=True))


def _events(f: Twin) -> dict[str, pl.LazyFrame]:
    """Each measure as rows of day, group and what it adds."""
    lead, patient, visit = f.leads.lazy(), f.patients.lazy(), f.visits.lazy()
    revenue = f.payments.lazy().filter("revenue")

    def happened(frame: pl.LazyFrame, day: str, **measures: pl.Expr) -> pl.LazyFrame:
        return frame.filter(pl.col(day).is_not_null()).select("group", day=day, **measures)

    one = pl.lit(1)
    return {
        "traffic": happened(
            f.traffic.lazy(),
            "day",
            sessions=pl.col("sessions"),
            goal_reaches=pl.col("goal_reaches"),
        ),
        "leads": happened(
            lead,
            "day",
            leads=_FRESH.cast(pl.Int64),
            repeat_requests=pl.col("repeat").cast(pl.Int64),
        ),
        "bookings": happened(patient, "booking_day", bookings=one),
        "visits": happened(patient, "visit_day", visits=one),
        "repeat_visits": happened(visit.filter(~pl.col("first")), "day", repeat_visits=one),
        "contracts": happened(patient, "contract_day", contracts=one),
        "new_patients": happened(patient, "paid_day", new_patients=one),
        "money": happened(revenue, "day", revenue=pl.col("amount"), margin=pl.col("margin")),
        "costs": happened(
            f.costs.lazy(),
            "day",
            cost=pl.col("cost"),
            impressions=pl.col("impressions"),
            clicks=pl.col("clicks"),
        ),
    }


def _added(
    events: dict[str, pl.LazyFrame], first: date, last: date, keys: list[str]
) -> pl.LazyFrame:
    """Sums of every measure by `keys` (group, and day if wanted) over a period."""
    sums = [
        e.filter(pl.col("day").is_between(first, last))
        .group_by(keys)
        .agg(pl.exclude("day", *keys).sum())
        for e in events.values()
    ]
    measures = pl.concat(sums, how="diagonal")
    return measures.group_by(keys).agg(pl.exclude(keys).sum())


def _period_sums(f: Twin) -> pl.LazyFrame:
    """Everything that the channel report adds up, by group."""
    s = f.settings
    added = _added(_events(f), s.first, s.last, ["group"])
    in_period = pl.col("paid_day").is_between(s.first, s.last)
    new = f.patients.lazy().filter(in_period).select("patient")
    paid = f.payments.lazy().filter("revenue", pl.col("day").is_between(s.first, s.last))
    margin_new = (
        paid.join(new, on="patient", how="semi")
        .group_by("group")
        .agg(margin_new=pl.col("margin").sum())
    )
    paid_visits = (
        f.paid_visits.lazy()
        .filter(pl.col("day").is_between(s.first, s.last))
        .group_by("group")
        .agg(paid_visits=pl.len())
    )
    cohort = (
        f.leads.lazy()
        .filter(_FRESH, pl.col("day").is_between(s.first, s.last))
        .group_by("group")
        .agg(
            pl.len().alias("cohort_leads"),
            pl.col("booked", "visited", "contract").sum().name.prefix("cohort_"),
        )
    )
    return _by(pl.concat([added, margin_new, paid_visits, cohort], how="diagonal"), ["group"])


def _period(
    groups: pl.LazyFrame, by_group: dict[str, pl.LazyFrame], s: Settings, by: list[str]
) -> pl.LazyFrame:
    """The channel report's numbers by columns of the groups, with LTV."""
    sums = _folded(by_group["period"], groups, by)
    return _joined(sums, _ltv(groups, by_group, s, by), by).with_columns(
        cpl=_positive("cost", "leads"),
        cac=_positive("cost", "new_patients"),
        romi=_ratio(pl.col("margin") - pl.col("cost"), "cost"),
        romi_new=_ratio(pl.col("margin_new") - pl.col("cost"), "cost"),
        romi_revenue=_ratio(pl.col("revenue") - pl.col("cost"), "cost"),
        drr=_positive("cost", "revenue"),
        cr_lead_booking=_ratio("cohort_booked", "cohort_leads"),
        cr_booking_visit=_ratio("cohort_visited", "cohort_booked"),
        cr_visit_contract=_ratio("cohort_contract", "cohort_visited"),
        avg_check_visit=_ratio("revenue", "paid_visits"),
    )


def _funnel(f: Twin) -> pl.LazyFrame:
    s = f.settings
    begin = month_first(month_number(s.as_of) - s.funnel_months + 1)
    rows = _added(_events(f), min(begin, s.first), max(s.as_of, s.last), ["day", "group"])
    return rows.join(f.groups.lazy(), on="group").drop("group").sort("day", *GROUP)


def _lives(f: Twin) -> dict[str, pl.LazyFrame]:
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


def _ltv(
    groups: pl.LazyFrame, by_group: dict[str, pl.LazyFrame], s: Settings, by: list[str]
) -> pl.LazyFrame:
    """Definitions §6 by columns of the groups, every variant."""
    ages = pl.LazyFrame({"age": range(YEAR + 1)}, schema={"age": pl.Int64})
    heads = groups.select(by).unique() if by else pl.LazyFrame({"all": [0]})
    margins = _folded(by_group["margins"], groups, [*by, "age"])
    watched = _folded(by_group["watched"], groups, [*by, "age"])
    year = _folded(by_group["year"], groups, by)
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
    return _by(pl.concat([_by(t, ["group"]) for t in (money, visits)], how="diagonal"), ["group"])


def _unit_sums(f: Twin) -> pl.LazyFrame:
    """Everything that unit economics adds up, by group."""
    s = f.settings
    in_period = pl.col("day").is_between(s.first, s.last)
    leads = (
        f.leads.lazy()
        .filter(_FRESH, in_period)
        .select(
            "group",
            ua=pl.lit(1),
            old=((pl.lit(s.as_of) - pl.col("day")).dt.total_days() >= 90).cast(pl.Int64),
        )
    )
    costs = f.costs.lazy().filter(in_period).select("group", ac="cost")
    mine = f.patients.lazy().filter(pl.col("lead_day").is_between(s.first, s.last), _FRESH)
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
    parts = [_by(t, ["group"]) for t in (leads, costs, people, money, bonus)]
    return _by(pl.concat(parts, how="diagonal"), ["group"])


def _unit(
    groups: pl.LazyFrame, by_group: dict[str, pl.LazyFrame], s: Settings, by: str
) -> pl.LazyFrame:
    """Definitions §7 by direction or channel."""
    items, b, ua, ac = (pl.col(n) for n in ("items", "b", "ua", "ac"))
    sums = _folded(by_group["unit"], groups, [by])
    return (
        _joined(sums, _ltv(groups, by_group, s, [by]), [by])
        .with_columns(
            cr=_ratio("b", "ua"),
            cpa=_positive("ac", "ua"),
            cac=_positive("ac", "b"),
            avp=_ratio("revenue", "items"),
            apc=_ratio("items", "b"),
            cogs=_ratio(pl.col("revenue") - pl.col("margin"), "items"),
            first_cogs=_ratio("bonus", "b"),
            cm=pl.col("margin") - pl.col("bonus") - ac,
            rpr=_ratio("again", "b"),
            lifetime=_ratio("stayed", "again") / DAYS_IN_MONTH,
            margin_share=pl.col("margin") / pl.col("margin").sum(),
            older_90=_ratio("old", "ua"),
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


def _services(f: Twin) -> pl.LazyFrame:
    s = f.settings
    sold = f.payments.lazy().filter("revenue", pl.col("day").is_between(s.first, s.last))
    visit = pl.struct("patient", "day").filter("paid").n_unique()
    return (
        sold.group_by("service", "doctor", "direction")
        .agg(
            visit.alias("paid_visits"),
            pl.col("item").sum().alias("items"),
            pl.col("amount").sum().alias("revenue"),
            pl.col("margin").sum(),
        )
        .with_columns(
            margin_share=pl.col("margin") / pl.col("margin").sum(),
            avg_check_visit=_ratio("revenue", "paid_visits"),
        )
        .sort("revenue", "service", "doctor", descending=[True, False, False])
    )


def _cohorts(f: Twin) -> pl.LazyFrame:
    """Definitions §8: month × channel × direction, month × channel, month; T+0 … T+12."""
    s = f.settings
    current = month_number(s.as_of)
    first = current - s.cohort_months + 1
    mature = current if month_last(current) <= s.as_of else current - 1

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
    cells = pl.concat([people, costs, money, seen], how="diagonal").join(names, on="group")
    # A zero of every age carries the sum over ages in which nothing happened.
    keys = ["month", "channel", "direction"]
    ages = pl.LazyFrame({"age": range(s.cohort_months)}, schema={"age": pl.Int32})
    everything = pl.concat(
        [
            cells,
            cells.with_columns(direction=pl.lit(ALL)),
            cells.with_columns(direction=pl.lit(ALL), channel=pl.lit(ALL)),
        ]
    )
    heads = everything.group_by(keys).agg(pl.col("patients", "cost").sum())
    heads = heads.filter((pl.col("patients") > 0) | (pl.col("cost") != 0))
    sums = (
        everything.filter(pl.col("age").is_not_null())
        .group_by(*keys, "age")
        .agg(pl.col("margin", "visited").sum())
    )
    ripe = pl.col("age") <= mature - pl.col("month")
    long = (
        heads.join(ages, how="cross")
        .filter(ripe)
        .join(sums, on=[*keys, "age"], how="left")
        .sort(*keys, "age")
        .with_columns(
            pl.col("margin").fill_null(0).cum_sum().over(keys), pl.col("visited").fill_null(0)
        )
    )
    blocks = long.group_by(keys).agg(
        pl.col("age").filter(pl.col("margin") >= pl.col("cost")).min().alias("payback"),
        *(
            pl.col(value).filter(pl.col("age") == age).first().alias(f"{block}_{age}")
            for age in range(AGES)
            for block, value in (("margin", "margin"), ("patients", "visited"))
        ),
    )
    return (
        heads.join(blocks, on=keys, how="left")
        .with_columns(
            pl.when(pl.col("cost") != 0).then("payback").alias("payback"),
            cac=_positive("cost", "patients"),
            **{f"retention_{a}": _ratio(f"patients_{a}", "patients") for a in range(AGES)},
            **{
                f"romi_{a}": _ratio(pl.col(f"margin_{a}") - pl.col("cost"), "cost")
                for a in range(AGES)
            },
        )
        .sort(keys)
    )


def _weekly(f: Twin) -> pl.LazyFrame:
    """Definitions §9: a row per week; LTV as of its last day."""
    s = f.settings
    shown = weeks(s.as_of)
    first, last = shown[0].first, shown[-1].last
    events = _events(f)
    week = pl.col("day").dt.truncate("1w").alias("week")
    sums = [
        events[n]
        .filter(pl.col("day").is_between(first, last))
        .group_by(week)
        .agg(pl.exclude("day", "group", "week").sum())
        for n in ("leads", "bookings", "visits", "new_patients", "money", "costs")
    ]
    booked = f.leads.lazy().filter(_FRESH, "booked", pl.col("day").is_between(first, last))
    sums.append(booked.group_by(week).agg(booked=pl.len(), came=pl.col("visited").sum()))
    table = pl.concat(sums, how="diagonal").group_by("week").agg(pl.all().sum())
    worth = pl.concat([_ltv_on(f, w.first, min(w.last, s.as_of)) for w in shown])
    named = (
        events["money"]
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
        events[n]
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
            cac=_positive("cost", "new_patients"),
            romi=_ratio(pl.col("margin") - pl.col("cost"), "cost"),
            cr_booking_visit=_ratio("came", "booked"),
        )
        .sort("week")
    )


def _ltv_on(f: Twin, week: date, day: date) -> pl.LazyFrame:
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


def _folded(sums: pl.LazyFrame, groups: pl.LazyFrame, by: list[str]) -> pl.LazyFrame:
    """Sums by group added up by columns of the groups (and what else `by` names)."""
    names = groups.select("group", *(c for c in by if c in GROUP))
    return _by(sums.join(names, on="group").drop("group"), by)


def _by(rows: pl.LazyFrame, by: list[str]) -> pl.LazyFrame:
    return rows.group_by(by).agg(pl.exclude(by).sum()) if by else rows.select(pl.all().sum())


def _joined(left: pl.LazyFrame, right: pl.LazyFrame, by: list[str]) -> pl.LazyFrame:
    return left.join(right, on=by, how="left") if by else pl.concat([left, right], how="horizontal")


def _ratio(above: str | pl.Expr, below: str) -> pl.Expr:
    above = pl.col(above) if isinstance(above, str) else above
    return pl.when(pl.col(below) != 0).then(above / pl.col(below))


def _positive(above: str, below: str) -> pl.Expr:
    return pl.when(pl.col(above) != 0, pl.col(below) != 0).then(pl.col(above) / pl.col(below))
