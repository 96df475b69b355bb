"""The three headline reports in DuckDB's SQL, of rows that are joined already."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

from metrics.calendar import month_first, month_number
from metrics.facts import Facts, day_number

#: measure -> the table of facts, the day that counts, what is added, which rows.
_EVENTS = {
    "sessions": ("traffic", "day", "sessions", "true"),
    "goal_reaches": ("traffic", "day", "goal_reaches", "true"),
    "impressions": ("costs", "day", "impressions", "true"),
    "clicks": ("costs", "day", "clicks", "true"),
    "leads": ("leads", "day", "weight", "not repeat"),
    "repeat_requests": ("leads", "day", "weight", "repeat"),
    "bookings": ("patients", "booking_day", "weight", "true"),
    "visits": ("patients", "visit_day", "weight", "true"),
    "repeat_visits": ("visits", "day", "weight", 'not "first"'),
    "contracts": ("patients", "contract_day", "weight", "true"),
    "new_patients": ("patients", "paid_day", "weight", "true"),
    "revenue": ("payments", "day", "amount", "revenue"),
    "margin": ("payments", "day", "margin", "revenue"),
    "cost": ("costs", "day", "cost", "true"),
}
_PERIOD = {"paid_visits": ("paid_visits", "day", "weight", "true")}
_RATIOS = {
    "romi": ("margin - cost", "cost"),
    "romi_new": ("margin_new - cost", "cost"),
    "romi_revenue": ("revenue - cost", "cost"),
    "cr_lead_booking": ("cohort_booked", "cohort_leads"),
    "cr_booking_visit": ("cohort_visited", "cohort_booked"),
    "cr_visit_contract": ("cohort_contract", "cohort_visited"),
    "avg_check_visit": ("revenue", "paid_visits"),
}
#: Those that say nothing of a free thing.
_PRICES = {
    "cpl": ("cost", "leads"),
    "cost_per_booking": ("cost", "bookings"),
    "cac": ("cost", "new_patients"),
    "drr": ("cost", "revenue"),
}
_TABLES = ("leads", "patients", "visits", "payments", "paid_visits", "costs", "traffic")
_COHORT = ("booked", "visited", "contract")


def reports(facts: Facts) -> dict[str, pl.DataFrame]:
    """Channel report, its total, campaigns and funnel of facts whose margins are all known."""
    settings = facts.settings
    first, last = day_number(settings.first), day_number(settings.last)
    with duckdb.connect() as db:
        for name in _TABLES:
            db.register(name, getattr(facts, name))
        db.register("groups", facts.groups.assign(group=range(len(facts.groups))))
        db.execute(f"create table sums as {_sums(first, last)}")
        begin = month_first(month_number(settings.as_of) - settings.funnel_months + 1)
        end = max(settings.as_of, settings.last)
        return {
            "channel_report": db.sql(_report(("channel",))).pl(),
            "total": db.sql(_report(())).pl(),
            "campaigns": db.sql(_report(("campaign", "channel", "direction"))).pl(),
            "funnel": db.sql(_funnel(min(begin, settings.first), end)).pl(),
        }


def _added(events: dict[str, tuple[str, str, str, str]], first: int, last: int, day: str) -> str:
    """Rows of group, measure and what is added; of `day` too where it names a column."""
    return " union all ".join(
        f"""select "group", {day and f"{when} as day,"} '{measure}' as measure,
            sum({value})::double as added from {table}
            where {rows} and {when} between {first} and {last}
            group by "group" {day and f", {when}"}"""
        for measure, (table, when, value, rows) in events.items()
    )


def _sums(first: int, last: int) -> str:
    """Every number that is added up, by group and measure."""
    new = f"select patient from patients where paid_day between {first} and {last}"
    cohort = "".join(
        f""" union all select "group", 'cohort_{name}', sum(weight * {name}::int)::double from leads
        where not repeat and day between {first} and {last} group by "group" """
        for name in _COHORT
    )
    return f"""{_added(_EVENTS | _PERIOD, first, last, "")}
        union all select "group", 'margin_new', sum(margin)::double from payments
        where revenue and day between {first} and {last} and patient in ({new}) group by "group"
        union all select "group", 'cohort_leads', sum(weight)::double from leads
        where not repeat and day between {first} and {last} group by "group" {cohort}"""


def _wide(measures: tuple[str, ...]) -> str:
    return ", ".join(
        f"coalesce(sum(added) filter (measure = '{name}'), 0) as {name}" for name in measures
    )


def _report(by: tuple[str, ...]) -> str:
    """The period's numbers and ratios by columns of groups."""
    cohort = (f"cohort_{name}" for name in ("leads", *_COHORT))
    measures = (*_EVENTS, *_PERIOD, "margin_new", *cohort)
    names = ", ".join(by)
    ratios = [
        *(f"({a}) / nullif({b}, 0) as {name}" for name, (a, b) in _RATIOS.items()),
        *(f"nullif({a}, 0) / nullif({b}, 0) as {name}" for name, (a, b) in _PRICES.items()),
    ]
    return f"""select *, {", ".join(ratios)} from (
        select {names and names + ","} {_wide(measures)} from sums join groups using ("group")
        {names and "group by " + names})"""


def _funnel(begin: date, end: date) -> str:
    rows = _added(_EVENTS, day_number(begin), day_number(end), "day")
    return f"""select date '1970-01-01' + day::int as day, channel, campaign, direction, retarget,
        {_wide(tuple(_EVENTS))} from ({rows}) join groups using ("group")
        group by all order by day, channel, campaign, direction, retarget"""
