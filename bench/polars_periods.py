"""The twin's sums on their own days in polars: channel report, campaigns, funnel."""

from __future__ import annotations

from datetime import date

import polars as pl

from bench.polars_join import GROUP, Twin
from bench.polars_sums import folded, positive, ratio, summed
from metrics.calendar import month_first, month_number

FRESH = ~pl.col("repeat")


def events(f: Twin) -> dict[str, pl.LazyFrame]:
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
            leads=FRESH.cast(pl.Int64),
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


def added(
    measures: dict[str, pl.LazyFrame], first: date, last: date, keys: list[str]
) -> pl.LazyFrame:
    """Sums of every measure by `keys` (group, and day if wanted) over a period."""
    sums = [
        e.filter(pl.col("day").is_between(first, last))
        .group_by(keys)
        .agg(pl.exclude("day", *keys).sum())
        for e in measures.values()
    ]
    return pl.concat(sums, how="diagonal").group_by(keys).agg(pl.exclude(keys).sum())


def period_sums(f: Twin) -> pl.LazyFrame:
    """Everything that the channel report adds up, by group."""
    s = f.settings
    sums = added(events(f), s.first, s.last, ["group"])
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
        .filter(FRESH, pl.col("day").is_between(s.first, s.last))
        .group_by("group")
        .agg(
            pl.len().alias("cohort_leads"),
            pl.col("booked", "visited", "contract").sum().name.prefix("cohort_"),
        )
    )
    return summed(pl.concat([sums, margin_new, paid_visits, cohort], how="diagonal"), ["group"])


def period(groups: pl.LazyFrame, sums: pl.LazyFrame, by: list[str]) -> pl.LazyFrame:
    """The channel report's numbers by columns of the groups."""
    return folded(sums, groups, by).with_columns(
        cpl=positive("cost", "leads"),
        cost_per_booking=positive("cost", "bookings"),
        cac=positive("cost", "new_patients"),
        romi=ratio(pl.col("margin") - pl.col("cost"), "cost"),
        romi_new=ratio(pl.col("margin_new") - pl.col("cost"), "cost"),
        romi_revenue=ratio(pl.col("revenue") - pl.col("cost"), "cost"),
        drr=positive("cost", "revenue"),
        cr_lead_booking=ratio("cohort_booked", "cohort_leads"),
        cr_booking_visit=ratio("cohort_visited", "cohort_booked"),
        cr_visit_contract=ratio("cohort_contract", "cohort_visited"),
        avg_check_visit=ratio("revenue", "paid_visits"),
    )


def funnel(f: Twin) -> pl.LazyFrame:
    s = f.settings
    begin = month_first(month_number(s.as_of) - s.funnel_months + 1)
    rows = added(events(f), min(begin, s.first), max(s.as_of, s.last), ["day", "group"])
    return rows.join(f.groups.lazy(), on="group").drop("group").sort("day", *GROUP)
