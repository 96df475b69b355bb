"""The twin's people in polars: leads kept, patients, whose lead an appointment is, who asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import polars as pl

from metrics.join.people import VISITED
from metrics.schema import NOT_LEADS
from metrics.settings import Settings

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class People:
    """Rows up to as_of: kept `leads` with `repeat`; `visits` and `payments` with their `patient`,
    a number; `visits` with their `lead`; `patients` with a booking, and whose lead they were."""

    leads: pl.DataFrame
    visits: pl.DataFrame
    payments: pl.DataFrame
    patients: pl.DataFrame


def people(frames: dict[str, pl.DataFrame], settings: Settings) -> People:
    """Definitions §2."""
    end = datetime.combine(settings.as_of + _DAY, time(), tzinfo=settings.zone).astimezone(UTC)
    person, patient = key("person_key"), key("patient_key")
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
    return People(_repeats(leads, patients, pairs), visits, payments, patients)


def key(column: str) -> pl.Expr:
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
        by_card = frame.join(cards, on="patient_key", how="left", maintain_order="left")
        if not by_card["patient"].has_nulls():
            return by_card
        other = by_card.join(by_phone, on="person_key", how="left", suffix="_by_phone")
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
    phones = pl.concat(
        [
            looking.filter(pl.col("person_key").is_not_null()),
            looking.filter(pl.col("person_key").is_null())
            .drop("person_key")
            .join(pairs, on="patient")
            .select(looking.columns),
        ]
    )
    kept = leads.filter((pl.col("kept") == pl.col("lead")) & pl.col("person_key").is_not_null())
    latest = (
        phones.join(kept.select("person_key"), on="person_key", how="semi")
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
    return visits.drop("lead_id").join(pl.concat([named, latest]), on="visit", how="left")


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
