"""The twin's join in polars: the same people, leads, channels and money, as facts by group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import polars as pl

from bench.polars_rules import campaign_book, classified, direction, inherit
from metrics.money import PAID_KINDS, REVENUE_KINDS
from metrics.people import NOT_LEADS, VISITED
from metrics.settings import Settings

GROUP = ("channel", "campaign", "direction", "retarget")
_DAY = timedelta(days=1)


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
    """Definitions §2 and §3 for clinics whose leads have no touch histories."""
    end = datetime.combine(settings.as_of + _DAY, time(), tzinfo=settings.zone).astimezone(UTC)
    person, patient = _key("person_key"), _key("patient_key")
    leads = _kept(
        _numbered(frames["leads"], "lead_id", "lead")
        .filter(pl.col("created_at") < end)
        .with_columns(person),
        timedelta(days=settings.duplicate_days),
    )
    visits = (
        _numbered(frames["appointments"], "appointment_id", "visit")
        .select(
            "visit", "lead_id", "starts_at", "direction", "source_raw", person, patient,
            pl.coalesce("booked_at", "starts_at").alias("booking"),
            (pl.col("status").is_in(VISITED) & (pl.col("starts_at") < end)).alias("visited"),
        )
        .filter(pl.col("booking") < end)
    )  # fmt: skip
    payments = (
        frames["payments"]
        .select(
            "paid_at", "amount", "cost", "kind", "service", "doctor", "direction", person, patient
        )
        .filter(pl.col("paid_at") < end)
    )
    visits, payments, pairs = _patients(visits, payments)
    visits = _with_lead(visits, leads, pairs, settings)
    patients = _acquired(visits, leads)
    leads = _repeats(leads, patients, pairs)
    return _grouped(frames, leads, visits, payments, patients, settings)


def _key(column: str) -> pl.Expr:
    """A key as 64 bits (they are random already), null where there is none."""
    return pl.when(pl.col(column) != "").then(pl.col(column).hash()).alias(column)


def _numbered(frame: pl.DataFrame, key: str, name: str) -> pl.DataFrame:
    """Rows numbered by rising id, so that the smaller id is the smaller number."""
    ordered = frame if frame[key].is_sorted() else frame.sort(key)
    return ordered.with_row_index(name)


def _kept(leads: pl.DataFrame, window: timedelta) -> pl.DataFrame:
    """Real lead rows with `kept`, the number of the lead each one means."""
    real = leads.filter(~pl.col("status").is_in(NOT_LEADS))
    left = (
        real.filter(pl.col("person_key").is_not_null() & pl.col("person_key").is_duplicated())
        .select("lead", "person_key", "created_at")
        .sort("person_key", "created_at", "lead")
    )
    decided = [left.select("lead", kept="lead").clear()]
    while len(left):
        first = pl.col("created_at").first().over("person_key")
        marked = left.with_columns(
            pl.col("lead").first().over("person_key").alias("kept"),
            (pl.col("created_at") - first < window).alias("near"),
        )
        decided.append(marked.filter("near").select("lead", "kept"))
        left = marked.filter(~pl.col("near")).drop("kept", "near")
    return real.join(pl.concat(decided), on="lead", how="left", maintain_order="left").with_columns(
        pl.coalesce("kept", "lead").alias("kept")
    )


def _patients(
    visits: pl.DataFrame, payments: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Give both frames `patient`, an integer; the pairs of phones and patients known together."""
    both = pl.concat([f.select("person_key", "patient_key") for f in (visits, payments)])
    person, card = pl.col("person_key"), pl.col("patient_key")
    named = both.filter(person.is_not_null() & card.is_not_null()).unique()
    alone = both.filter(person.is_not_null() & card.is_null()).select("person_key").unique()
    sole = named.filter(pl.len().over("person_key") == 1)
    phones = alone.join(sole, on="person_key", how="left")
    cards = both.filter(card.is_not_null()).select("patient_key").unique().with_row_index("patient")
    strangers = (
        phones.filter(card.is_null()).select("person_key").with_row_index("patient", len(cards))
    )
    by_phone = pl.concat(
        [
            phones.drop_nulls().join(cards, on="patient_key").select("person_key", "patient"),
            strangers.select("person_key", "patient"),
        ]
    )

    def resolved(frame: pl.DataFrame) -> pl.DataFrame:
        known = frame.join(cards, on="patient_key", how="left", maintain_order="left")
        if not known["patient"].has_nulls():
            return known
        other = known.join(by_phone, on="person_key", how="left", suffix="_by_phone")
        return other.with_columns(pl.coalesce("patient", "patient_by_phone").alias("patient"))

    pairs = pl.concat(
        [named.join(cards, on="patient_key").select("person_key", "patient"), by_phone]
    )
    return resolved(visits), resolved(payments), pairs.unique()


def _with_lead(
    visits: pl.DataFrame, leads: pl.DataFrame, pairs: pl.DataFrame, settings: Settings
) -> pl.DataFrame:
    """Add `lead`: the one named, else the latest of the same phone not too old and not too late."""
    named = (
        visits.filter(pl.col("lead_id") != "")
        .select("visit", "lead_id")
        .join(leads.select("lead_id", lead="kept"), on="lead_id")
        .select("visit", "lead")
    )
    looking = visits.join(named, on="visit", how="anti").select(
        "visit", "patient", "person_key", (pl.col("booking") + _DAY).alias("until")
    )
    asked = pl.concat(
        [
            looking.filter(pl.col("person_key").is_not_null()),
            looking.filter(pl.col("person_key").is_null())
            .drop("person_key")
            .join(pairs, on="patient")
            .select(looking.columns),
        ]
    )
    kept = leads.filter((pl.col("kept") == pl.col("lead")) & pl.col("person_key").is_not_null())
    found = (
        asked.join(kept.select("person_key"), on="person_key", how="semi")
        .sort("until")
        .join_asof(
            kept.select("person_key", "created_at", "lead").sort("created_at"),
            left_on="until",
            right_on="created_at",
            by="person_key",
            tolerance=timedelta(days=settings.lead_max_age_days + 1),
            check_sortedness=False,
            coalesce=False,
        )
        .drop_nulls("lead")
        .sort("created_at", "lead", descending=[True, False])
        .unique("visit", keep="first", maintain_order=True)
        .select("visit", "lead")
    )
    return visits.drop("lead_id").join(pl.concat([named, found]), on="visit", how="left")


def _acquired(visits: pl.DataFrame, leads: pl.DataFrame) -> pl.DataFrame:
    """One row per patient with a booking: when booked and first visited, whose lead."""
    patients = (
        visits.select("patient", "booking", "visit", "source_raw", "lead")
        .sort("booking", "visit")
        .group_by("patient")
        .agg(
            pl.col("booking", "source_raw").first(),
            pl.col("lead").drop_nulls().first(),
        )
    )
    came = (
        visits.filter("visited")
        .select("patient", "starts_at", "visit", "direction")
        .sort("starts_at", "visit")
        .group_by("patient")
        .agg(
            pl.col("starts_at").first().alias("first_visit"),
            pl.col("visit").first().alias("first"),
            pl.col("direction").first(),
        )
    )
    never = pl.col("first_visit").is_null()
    in_time = never | (pl.col("created") <= pl.col("first_visit") + _DAY)
    return (
        patients.join(came, on="patient", how="left")
        .join(leads.select("lead", created="created_at"), on="lead", how="left")
        .with_columns(pl.when(in_time).then("lead").alias("lead"))
        .drop("created")
    )


def _repeats(leads: pl.DataFrame, patients: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Kept leads with `repeat`: created more than 24 hours after a visit of the same phone."""
    seen = (
        pairs.join(patients.select("patient", "first_visit"), on="patient")
        .group_by("person_key")
        .agg(pl.col("first_visit").min())
    )
    late = pl.col("created_at") - pl.col("first_visit") > _DAY
    return (
        leads.filter(pl.col("kept") == pl.col("lead"))
        .join(seen, on="person_key", how="left")
        .with_columns(late.fill_null(value=False).alias("repeat"))
    )


def _distinct(rows: pl.DataFrame, columns: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows with `combination`, and the distinct combinations of some columns."""
    keyed = rows.with_columns(pl.struct(columns).hash().alias("combination"))
    return keyed, keyed.select("combination", *columns).unique("combination")


def _grouped(
    frames: dict[str, pl.DataFrame],
    leads: pl.DataFrame,
    visits: pl.DataFrame,
    payments: pl.DataFrame,
    patients: pl.DataFrame,
    settings: Settings,
) -> Twin:
    """Channels, campaigns and directions on distinct rows only; everything else by group number."""
    rules, patterns = settings.rules, settings.directions
    costs, cost_kinds, book = _costs(frames["costs"], settings)
    utm = ["utm_source", "utm_medium", "utm_campaign"]
    fields = ["source_raw", *utm, "referrer_domain", "contact_type", "service", "landing_path"]
    leads, kinds = _distinct(
        leads.with_columns((pl.col("yclid") != "").alias("has_yclid")),
        [*fields, "direction", "has_yclid"],
    )
    kinds = inherit(kinds, pl.col("utm_campaign"), book).with_columns(
        pl.col("text").alias("utm_campaign"), pl.col("known_network").alias("network")
    )
    looked = [pl.col(n) for n in ("campaign", "text", "service", "landing_path")]
    own = direction([pl.col("known_direction"), pl.col("direction")], looked, patterns)
    kinds = classified(kinds.with_columns(own.alias("direction")), rules)

    patients, stays = _distinct(
        patients.with_columns(pl.col("source_raw", "direction").fill_null("")),
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
    return _facts(groups, leads, visits, payments, patients, costs, traffic, settings)


def _costs(
    costs: pl.DataFrame, settings: Settings
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Costs per day that won their channel's day, their distinct kinds, and the campaign book."""
    book = campaign_book(costs)
    names = ["platform", "network", "utm_source", "utm_medium", "utm_campaign", "campaign"]
    costs, kinds = _distinct(costs, [*names, "campaign_id", "direction"])

    def first_filled(*columns: str) -> pl.Expr:
        return pl.coalesce(
            [pl.when(pl.col(c) != "").then(pl.col(c)) for c in columns] + [pl.lit("")]
        )

    kinds = kinds.with_columns(first_filled("utm_campaign", "campaign").alias("shown"))
    known = inherit(kinds, first_filled("campaign_id", "campaign", "utm_campaign"), book)
    known = known.with_columns(pl.col("shown").alias("utm_campaign"))
    looked = [pl.col("campaign"), pl.col("utm_campaign")]
    own = direction([pl.col("direction")], looked, settings.directions)
    known = classified(known.with_columns(own.alias("direction")), settings.rules, is_cost=True)

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
        .join(known.select("combination", "channel"), on="combination")
        .with_columns(
            pl.col("source")
            .str.split(":")
            .list.first()
            .replace_strict({k: n for n, k in enumerate(settings.cost_order)}, default=99)
            .alias("rank")
        )
        .filter(pl.col("rank") == pl.col("rank").min().over("channel", "day"))
    )
    return spread.select("day", "combination", "cost", "impressions", "clicks"), known, book


def _facts(
    groups: pl.DataFrame,
    leads: pl.DataFrame,
    visits: pl.DataFrame,
    payments: pl.DataFrame,
    patients: pl.DataFrame,
    costs: pl.DataFrame,
    traffic: pl.DataFrame,
    settings: Settings,
) -> Twin:
    def day(column: str) -> pl.Expr:
        return pl.col(column).dt.convert_time_zone(settings.timezone).dt.date()

    pay = _money(payments, settings).with_columns(day("paid_at").alias("day"))
    everybody = pl.concat([patients.select("patient"), pay.select("patient").unique()]).unique()
    patients = everybody.join(patients, on="patient", how="left")
    pay = pay.join(patients.select("patient", "group"), on="patient")
    paid_visits = pay.filter("paid").select("patient", "day", "group").unique()
    paid = paid_visits.group_by("patient").agg(
        pl.col("day").min().alias("paid_day"),
        pl.col("day").max().alias("last_paid_day"),
        pl.len().alias("paid_visits"),
    )
    patients = (
        patients.join(paid, on="patient", how="left")
        .join(leads.select("lead", "repeat", lead_day=day("created_at")), on="lead", how="left")
        .with_columns(day("booking").alias("booking_day"), day("first_visit").alias("visit_day"))
        .with_columns(
            pl.when(pl.col("visit_day").is_not_null() & pl.col("paid_day").is_not_null())
            .then(pl.max_horizontal("visit_day", "paid_day"))
            .alias("contract_day")
        )
    )
    became = (
        visits.filter(pl.col("lead").is_not_null())
        .join(patients.select("patient", "paid_day"), on="patient")
        .group_by("lead")
        .agg(
            pl.col("visited").any(),
            (pl.col("visited") & pl.col("paid_day").is_not_null()).any().alias("contract"),
        )
        .with_columns(booked=pl.lit(value=True))
    )
    leads = leads.join(became, on="lead", how="left").select(
        day("created_at").alias("day"),
        "group",
        "repeat",
        pl.col("booked", "visited", "contract").fill_null(value=False),
    )
    came = (
        visits.filter("visited")
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


def _money(payments: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Signed amounts, margins in whole kopecks (half to even), what makes revenue."""
    kind, size = pl.col("kind"), pl.col("amount").abs()
    scale = 10_000
    general = None if settings.margin_rate is None else int(settings.margin_rate * scale)
    rate = pl.col("direction").replace_strict(
        {k: int(v * scale) for k, v in settings.margin_rates.items()},
        default=general,
        return_dtype=pl.Int64,
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
