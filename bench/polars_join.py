"""The twin's join in polars: channels, campaigns, directions and money, as facts by group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from bench.polars_people import People, people
from bench.polars_rules import campaign_book, classified, direction, inherit
from metrics.money import PAID_KINDS, REVENUE_KINDS
from metrics.settings import Settings

GROUP = ("channel", "campaign", "direction", "retarget")


@dataclass(frozen=True)
class Twin:
    """Facts: days are dates of the clinic's zone, `group` is the row of `groups`, money kopecks."""

    settings: Settings
    groups: pl.DataFrame
    leads: pl.DataFrame
    patients: pl.DataFrame
    visits: pl.DataFrame
    payments: pl.DataFrame
    paid_visits: pl.DataFrame
    costs: pl.DataFrame
    traffic: pl.DataFrame


def join(frames: dict[str, pl.DataFrame], settings: Settings) -> Twin:
    """Definitions §2 and §3 for clinics whose leads have no touch histories.

    Channels, campaigns and directions are found on distinct rows only; everything else goes by the
    number of its group.
    """
    who = people(frames, settings)
    rules, patterns = settings.rules, settings.directions
    costs, cost_kinds, book = _costs(frames["costs"], settings)
    utm = ["utm_source", "utm_medium", "utm_campaign"]
    fields = ["source_raw", *utm, "referrer_domain", "contact_type", "service", "landing_path"]
    leads, kinds = _distinct(
        who.leads.with_columns((pl.col("yclid") != "").alias("has_yclid")),
        [*fields, "direction", "has_yclid"],
    )
    kinds = inherit(kinds, pl.col("utm_campaign"), book).with_columns(
        pl.col("text").alias("utm_campaign"), pl.col("known_network").alias("network")
    )
    looked = [pl.col(n) for n in ("campaign", "text", "service", "landing_path")]
    own = direction([pl.col("known_direction"), pl.col("direction")], looked, patterns)
    kinds = classified(kinds.with_columns(own.alias("direction")), rules)

    patients, stays = _distinct(
        who.patients.with_columns(pl.col("source_raw", "direction").fill_null("")),
        ["source_raw", "direction"],
    )
    stays = classified(
        stays.with_columns(direction=direction([pl.col("direction")], [], ())), rules
    )
    stays = stays.with_columns(pl.lit("").alias("campaign"), retarget=pl.lit(value=False))

    traffic = frames["traffic"].filter(pl.col("date").cast(pl.Date) <= settings.as_of)
    traffic, seen = _distinct(traffic, [*utm, "traffic_source", "adv_engine"])
    seen = inherit(seen, pl.col("utm_campaign"), book).with_columns(
        pl.col("text").alias("utm_campaign"), pl.col("known_network").alias("network")
    )
    looked = [pl.col("campaign"), pl.col("text")]
    seen = classified(
        seen.with_columns(direction=direction([pl.col("known_direction")], looked, patterns)), rules
    )

    tables = [kinds, stays, cost_kinds, seen]
    groups = pl.concat([t.select(GROUP) for t in tables]).unique().with_row_index("group")
    codes = [t.join(groups, on=GROUP).select("combination", "group") for t in tables]
    leads = leads.join(codes[0], on="combination").drop("combination")
    patients = (
        patients.join(leads.select("lead", lead_group="group"), on="lead", how="left")
        .join(codes[1], on="combination")
        .with_columns(pl.coalesce("lead_group", "group").alias("group"))
    )
    costs = costs.join(codes[2], on="combination")
    traffic = traffic.join(codes[3], on="combination")
    who = People(leads, who.visits, who.payments, patients)
    return _facts(groups, who, costs, traffic, settings)


def spelled(rows: pl.DataFrame) -> pl.DataFrame:
    """Few rows with texts in the place of categories, whose letters are looked at."""
    return rows.with_columns(pl.col(pl.Categorical).cast(pl.String))


def _distinct(rows: pl.DataFrame, columns: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows with `combination`, and the distinct combinations of some columns."""
    keyed = rows.with_columns(pl.struct(columns).hash().alias("combination"))
    return keyed, spelled(keyed.select("combination", *columns).unique("combination"))


def _costs(
    costs: pl.DataFrame, settings: Settings
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Costs per day that won their channel's day, their distinct kinds, and the campaign book."""
    costs = spelled(costs)
    book = campaign_book(costs)
    names = ["platform", "network", "utm_source", "utm_medium", "utm_campaign", "campaign"]
    costs, kinds = _distinct(costs, [*names, "campaign_id", "direction"])

    def first_filled(*columns: str) -> pl.Expr:
        return pl.coalesce(
            [pl.when(pl.col(c) != "").then(pl.col(c)) for c in columns] + [pl.lit("")]
        )

    kinds = kinds.with_columns(first_filled("utm_campaign", "campaign").alias("shown"))
    kinds = inherit(kinds, first_filled("campaign_id", "campaign", "utm_campaign"), book)
    kinds = kinds.with_columns(pl.col("shown").alias("utm_campaign"))
    looked = [pl.col("campaign"), pl.col("utm_campaign")]
    own = direction([pl.col("direction")], looked, settings.directions)
    kinds = classified(kinds.with_columns(own.alias("direction")), settings.rules, is_cost=True)

    days = pl.date_ranges("date_from", "date_to").alias("day")
    long = costs.with_columns(pl.col("date_from", "date_to").cast(pl.Date)).with_columns(days)
    count, place = pl.col("day").list.len(), pl.int_ranges(pl.col("day").list.len())
    spread = (
        long.with_columns(count.alias("count"), place.alias("place"))
        .explode("day", "place")
        .filter(pl.col("day") <= settings.as_of)
        .with_columns(
            pl.col(c).fill_null(0) // pl.col("count")
            + pl.when(pl.col("place") == pl.col("count") - 1)
            .then(pl.col(c).fill_null(0) % pl.col("count"))
            .otherwise(0)
            for c in ("cost", "impressions", "clicks")
        )
        .join(kinds.select("combination", "channel"), on="combination")
        .with_columns(
            pl.col("source")
            .str.split(":")
            .list.first()
            .replace_strict({k: n for n, k in enumerate(settings.cost_order)}, default=99)
            .alias("rank")
        )
        .filter(pl.col("rank") == pl.col("rank").min().over("channel", "day"))
    )
    return spread.select("day", "combination", "cost", "impressions", "clicks"), kinds, book


def _facts(
    groups: pl.DataFrame,
    who: People,
    costs: pl.DataFrame,
    traffic: pl.DataFrame,
    settings: Settings,
) -> Twin:
    """Every fact on its own local day, carried by its group."""

    def day(column: str) -> pl.Expr:
        return pl.col(column).dt.convert_time_zone(settings.timezone).dt.date()

    pay = _money(who.payments, settings).with_columns(day("paid_at").alias("day"))
    everybody = pl.concat([who.patients.select("patient"), pay.select("patient").unique()]).unique()
    patients = everybody.join(who.patients, on="patient", how="left")
    pay = pay.join(patients.select("patient", "group"), on="patient")
    paid_visits = pay.filter("paid").select("patient", "day", "group").unique()
    leads = who.leads.with_columns(day("created_at").alias("day"))
    patients = _days(patients, paid_visits, leads, day)
    leads = leads.join(_became(who.visits, patients), on="lead", how="left").select(
        "day", "group", "repeat", pl.col("booked", "visited", "contract").fill_null(value=False)
    )
    came = (
        who.visits.filter("visited")
        .join(patients.select("patient", "group", "first"), on="patient")
        .select(
            "patient",
            "group",
            day("starts_at").alias("day"),
            (pl.col("visit") == pl.col("first")).alias("first"),
        )
    )
    seen = traffic.select(
        "group",
        pl.col("date").cast(pl.Date).alias("day"),
        pl.col("visits").fill_null(0).alias("sessions"),
        pl.col("reaches").fill_null(0).alias("goal_reaches"),
    )
    return Twin(settings, groups, leads, patients, came, pay, paid_visits, costs, seen)


def _days(
    patients: pl.DataFrame,
    paid_visits: pl.DataFrame,
    leads: pl.DataFrame,
    day: Callable[[str], pl.Expr],
) -> pl.DataFrame:
    """Patients with the days of their life: of the lead, booking, visit, payments, contract."""
    paid = paid_visits.group_by("patient").agg(
        pl.col("day").min().alias("paid_day"),
        pl.col("day").max().alias("last_paid_day"),
        pl.len().alias("paid_visits"),
    )
    both = pl.col("visit_day").is_not_null() & pl.col("paid_day").is_not_null()
    return (
        patients.join(paid, on="patient", how="left")
        .join(leads.select("lead", "repeat", lead_day="day"), on="lead", how="left")
        .with_columns(day("booking").alias("booking_day"), day("first_visit").alias("visit_day"))
        .with_columns(contract_day=pl.when(both).then(pl.max_horizontal("visit_day", "paid_day")))
    )


def _became(visits: pl.DataFrame, patients: pl.DataFrame) -> pl.DataFrame:
    """What became of each lead of an appointment: booked, visited, contract."""
    payer = pl.col("paid_day").is_not_null()
    return (
        visits.filter(pl.col("lead").is_not_null())
        .join(patients.select("patient", "paid_day"), on="patient")
        .group_by("lead")
        .agg(pl.col("visited").any(), contract=(pl.col("visited") & payer).any())
        .with_columns(booked=pl.lit(value=True))
    )


def _money(payments: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Signed amounts, margins in whole kopecks (half to even), what makes revenue."""
    kind, size = pl.col("kind"), pl.col("amount").abs()
    scale = 10_000
    general = None if settings.margin_rate is None else int(settings.margin_rate * scale)
    rate = (
        pl.col("direction")
        .cast(pl.String)
        .replace_strict(
            {k: int(v * scale) for k, v in settings.margin_rates.items()},
            default=general,
            return_dtype=pl.Int64,
        )
    )
    refund = kind == "refund"
    revenue = kind.is_in(REVENUE_KINDS)
    amount = pl.when(refund).then(-size).when(kind == "bonus").then(size).otherwise("amount")
    cost = pl.when(refund).then(-pl.col("cost").abs()).otherwise("cost")
    scaled = pl.col("amount") * rate
    whole, rest = scaled // scale, scaled % scale
    up = (2 * rest > scale) | ((2 * rest == scale) & (whole % 2 == 1))
    return (
        payments.with_columns(amount.alias("amount"), cost.alias("cost"), revenue.alias("revenue"))
        .with_columns(pl.coalesce(pl.col("amount") - pl.col("cost"), whole + up).alias("margin"))
        .with_columns(
            ((pl.col("amount") > 0) & pl.col("revenue")).alias("item"),
            ((pl.col("amount") > 0) & kind.is_in(PAID_KINDS)).alias("paid"),
            pl.when("revenue").then("margin").alias("margin"),
        )
    )
