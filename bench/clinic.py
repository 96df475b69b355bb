"""A clinic of any size as conformed frames, all from numpy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from bench.columns import ids, keys, microseconds, times, words
from metrics.coded import encode
from metrics.schema import ENTITIES, conform
from metrics.settings import Settings

AS_OF = date(2026, 10, 31)
YEARS = 3
DIRECTIONS = (
    "имплантация", "ортодонтия", "терапия", "гигиена", "протезирование", "хирургия",
    "детская стоматология", "эстетика",
)  # fmt: skip
#: What cost rows and utm of the twelve channels look like: platform, network, source, medium,
#: roubles a lead (0: costs nothing), what the CRM calls it.
SOURCES = (
    ("Яндекс Директ", "search", "yandex", "cpc", 1900, "Яндекс Директ"),
    ("Яндекс Директ", "ad_network", "yandex", "cpc", 1300, "Яндекс Директ"),
    ("VK Реклама", "", "vk_ads", "cpc", 1500, "VK Реклама"),
    ("2ГИС", "", "2gis", "maps", 1100, "2ГИС"),
    ("ПроДокторов", "", "prodoctorov", "listing", 2000, "ПроДокторов"),
    ("Авито", "", "avito", "listing", 1200, "Авито"),
    ("Сбер Ads", "", "sber", "cpc", 1700, "Сбер Ads"),
    ("SEO", "", "", "organic", 1500, "Поиск Яндекса"),
    ("Telegram", "", "telegram", "post", 900, "Telegram"),
    ("Рассылка", "", "unisender", "email", 200, "Рассылка"),
    ("", "", "", "", 0, "Рекомендация знакомых"),
    ("", "", "", "", 0, ""),
)
CAMPAIGNS_PER_SOURCE = 5
#: A clinic of so many appointments, and every larger one, pays for each campaign each day.
_EVERY_DAY = 100_000
_DAY = 86_400_000_000
_MINUTE = 60_000_000
_STATUSES = ("completed", "no_show", "cancelled", "booked")
_KINDS = ("payment", "prepayment", "insurance", "refund", "bonus", "balance_spend")


@dataclass(frozen=True)
class Clinic:
    """Conformed frames by entity, and who each row belongs to (codes; -1: the row does not say)."""

    frames: dict[str, pd.DataFrame]
    lead_person: np.ndarray
    visit_person: np.ndarray
    visit_patient: np.ndarray
    paid_patient: np.ndarray


def settings(**more: object) -> Settings:
    """The settings all measurements use: the last 90 days, a rate where a cost is unknown."""
    first, last = AS_OF - timedelta(days=90), AS_OF - timedelta(days=1)
    directions = tuple((name, name) for name in DIRECTIONS)
    base = {"margin_rate": Decimal("0.45"), "directions": directions}
    return Settings(AS_OF, first, last, **{**base, **more})  # type: ignore[arg-type]


def clinic(appointments: int, seed: int = 1) -> Clinic:
    """Make `appointments` rows, ¾ of it payments, 0.3 of it leads, over three years."""
    random = np.random.default_rng(seed)
    leads, lead_person, campaign = _leads(random, round(appointments * 0.3))
    visits, visit_person, patient = _appointments(random, appointments, leads, lead_person)
    payments, paid_patient = _payments(random, round(appointments * 0.75), visits, patient)
    frames = {
        "leads": leads,
        "appointments": visits,
        "payments": payments,
        "costs": _some(_costs(random, campaign), appointments),
        "traffic": _some(_traffic(random, campaign), appointments),
    }
    frames = {name: conform(name, frame) for name, frame in frames.items()}
    return Clinic(frames, lead_person, visit_person, patient, paid_patient)


def as_stored(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Frames as the store gives them: texts that rows share are codes."""
    words = {name: ENTITIES[name].words for name in frames}
    return {
        name: frame.assign(**{w: encode(frame[w]).category() for w in words[name]})
        for name, frame in frames.items()
    }


def _some(daily: pd.DataFrame, appointments: int) -> pd.DataFrame:
    """All rows of a clinic that advertises every day; of a small one as much less as it is small."""
    every = max(_EVERY_DAY // appointments, 1)
    return daily.iloc[::every].reset_index(drop=True)


def _leads(random: np.random.Generator, count: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Leads in order of time; 5 % are people who had asked before."""
    created = np.sort(random.integers(0, YEARS * 365 * _DAY, count)) + _start()
    person = np.arange(count)
    again = random.random(count) < 0.05
    person[again] = (random.random(again.sum()) * np.flatnonzero(again)).astype(np.int64)
    person = np.where(random.random(count) < 0.96, person, -1)
    campaign = random.choice(len(SOURCES) * CAMPAIGNS_PER_SOURCE, count, p=_shares())
    source, direction = campaign // CAMPAIGNS_PER_SOURCE, campaign % len(DIRECTIONS)
    status = random.choice(3, count, p=(0.96, 0.02, 0.02))
    frame = pd.DataFrame(
        {
            "source": words(("file:leads",), np.zeros(count, np.int64)),
            "lead_id": ids("L", count),
            "created_at": times(created),
            "person_key": keys(person, 1),
            "status": words(("new", "spam", "duplicate"), status),
            "source_raw": words([s[5] for s in SOURCES], source),
            "utm_source": words([s[2] for s in SOURCES], source),
            "utm_medium": words([s[3] for s in SOURCES], source),
            "utm_campaign": words(_campaign_ids(), campaign),
            "contact_type": words(["form"] * 11 + ["call"], source),
            "service": words(DIRECTIONS, direction),
        }
    )
    return frame, person, campaign


def _appointments(
    random: np.random.Generator, count: int, leads: pd.DataFrame, lead_person: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Appointments of patients whom about half of the leads became, and of 6 % who had no lead."""
    created = microseconds(leads["created_at"])
    began = np.flatnonzero(random.random(len(leads)) < 0.55)
    walk_ins = len(began) // 16
    at = np.concatenate([created[began], random.choice(created, walk_ins)])
    patients = len(at)
    patient = np.concatenate([np.arange(patients), random.integers(0, patients, count - patients)])
    first = np.arange(count) < patients
    left = np.maximum(_start() + YEARS * 365 * _DAY - at[patient], _DAY)
    later = (random.random(count) ** 1.5 * np.minimum(left, 500 * _DAY)).astype(np.int64)
    booked = at[patient] + np.where(first, random.integers(5, 2000, count) * _MINUTE, later)
    starts = booked + random.integers(30, 12 * 1440, count) * _MINUTE
    order = np.argsort(booked, kind="stable")
    patient, booked, starts, first = (a[order] for a in (patient, booked, starts, first))

    lead = np.where(patient < len(began), began[np.minimum(patient, len(began) - 1)], -1)
    person = np.where(lead >= 0, lead_person[lead], -1)
    person = np.where(random.random(count) < 0.9, person, -1)
    says = first & (lead >= 0) & (random.random(count) < 0.5)
    wrong = random.random(count) < 0.002
    named = leads["lead_id"].to_list()
    direction = random.integers(0, len(DIRECTIONS), count)
    status = random.choice(4, count, p=(0.74, 0.11, 0.1, 0.05))
    frame = pd.DataFrame(
        {
            "source": words(("file:appointments",), np.zeros(count, np.int64)),
            "appointment_id": ids("A", count),
            "patient_key": keys(patient, 2),
            "person_key": keys(person, 1),
            "lead_id": words(
                [*named, "L-nowhere", ""], np.where(says, np.where(wrong, -2, lead), -1)
            ),
            "booked_at": times(booked),
            "starts_at": times(starts),
            "status": words(_STATUSES, status),
            "doctor": words([f"Врач {n}" for n in range(40)], random.integers(0, 40, count)),
            "service": words(_services(), direction * 10 + random.integers(0, 10, count)),
            "direction": words(DIRECTIONS, direction),
            "source_raw": words([s[5] for s in SOURCES], random.integers(0, len(SOURCES), count)),
        }
    )
    return frame, person, patient


def _payments(
    random: np.random.Generator, count: int, visits: pd.DataFrame, patient: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray]:
    """Payments at visits that took place, in order of time."""
    came = np.flatnonzero((visits["status"] == "completed").to_numpy())
    row = np.sort(random.choice(came, count))
    paid = microseconds(visits["starts_at"])[row]
    amount = (np.exp(random.normal(8.8, 0.9, count)) * 100).astype(np.int64)
    kind = random.choice(6, count, p=(0.9, 0.04, 0.02, 0.015, 0.015, 0.01))
    cost = pd.array((amount * random.uniform(0.4, 0.65, count)).astype(np.int64), dtype="Int64")
    cost[random.random(count) < 0.1] = pd.NA
    frame = pd.DataFrame(
        {
            "source": words(("file:payments",), np.zeros(count, np.int64)),
            "payment_id": ids("P", count),
            "patient_key": keys(patient[row], 2),
            "appointment_id": visits["appointment_id"].iloc[row].reset_index(drop=True),
            "paid_at": times(paid + random.integers(20, 90, count) * _MINUTE),
            "amount": amount,
            "cost": cost,
            "kind": words(_KINDS, kind),
            "service": visits["service"].iloc[row].reset_index(drop=True),
            "direction": visits["direction"].iloc[row].reset_index(drop=True),
            "doctor": visits["doctor"].iloc[row].reset_index(drop=True),
        }
    )
    return frame, patient[row]


def _costs(random: np.random.Generator, campaign: np.ndarray) -> pd.DataFrame:
    """A cost row per paid campaign and day."""
    leads = np.bincount(campaign, minlength=len(SOURCES) * CAMPAIGNS_PER_SOURCE)
    paid = np.flatnonzero([bool(SOURCES[c // CAMPAIGNS_PER_SOURCE][4]) for c in range(len(leads))])
    days = YEARS * 365
    number = np.tile(paid, days)
    source = number // CAMPAIGNS_PER_SOURCE
    price = np.array([s[4] for s in SOURCES])[source] * 100.0
    cost = leads[number] / days * price * random.uniform(0.5, 1.5, len(number))
    day = pd.Series(np.repeat(_days(), len(paid)))
    return pd.DataFrame(
        {
            "source": words(("file:costs",), np.zeros(len(number), np.int64)),
            "date_from": day,
            "date_to": day,
            "platform": words([s[0] for s in SOURCES], source),
            "campaign": words(_campaign_names(), number),
            "campaign_id": words(_campaign_ids(), number),
            "network": words([s[1] for s in SOURCES], source),
            "utm_source": words([s[2] for s in SOURCES], source),
            "utm_medium": words([s[3] for s in SOURCES], source),
            "cost": cost.astype(np.int64),
            "impressions": (cost / 100).astype(np.int64),
            "clicks": (cost / 5000).astype(np.int64),
        }
    )


def _traffic(random: np.random.Generator, campaign: np.ndarray) -> pd.DataFrame:
    """A row of visits per campaign and day; the last two sources bring none to the site."""
    campaigns, days = (len(SOURCES) - 2) * CAMPAIGNS_PER_SOURCE, YEARS * 365
    number = np.tile(np.arange(campaigns), days)
    source = number // CAMPAIGNS_PER_SOURCE
    visits = random.poisson(np.bincount(campaign, minlength=campaigns)[number] / days * 30)
    kinds = ("ad",) * 7 + ("organic", "messenger", "email")
    return pd.DataFrame(
        {
            "source": words(("file:traffic",), np.zeros(len(number), np.int64)),
            "date": pd.Series(np.repeat(_days(), campaigns)),
            "traffic_source": words(kinds, source),
            "utm_source": words([s[2] for s in SOURCES], source),
            "utm_medium": words([s[3] for s in SOURCES], source),
            "utm_campaign": words(_campaign_ids(), number),
            "visits": visits,
            "reaches": visits // 20,
        }
    )


def _start() -> int:
    return int(np.datetime64(AS_OF - timedelta(days=YEARS * 365), "us").astype(np.int64))


def _days() -> np.ndarray:
    start = np.datetime64(AS_OF - timedelta(days=YEARS * 365 - 1), "D")
    return (start + np.arange(YEARS * 365)).astype("datetime64[us]")


def _shares() -> np.ndarray:
    weights = 1 / (1 + np.arange(len(SOURCES) * CAMPAIGNS_PER_SOURCE) % 17)
    return weights / weights.sum()


def _campaign_ids() -> list[str]:
    return [
        str(7_000_000 + c) if SOURCES[c // CAMPAIGNS_PER_SOURCE][2] else ""
        for c in range(len(SOURCES) * CAMPAIGNS_PER_SOURCE)
    ]


def _campaign_names() -> list[str]:
    return [
        f"{DIRECTIONS[c % len(DIRECTIONS)]} | {SOURCES[c // CAMPAIGNS_PER_SOURCE][0]} | {c}"
        + (" | ретаргет" if c % 20 == 7 else "")
        for c in range(len(SOURCES) * CAMPAIGNS_PER_SOURCE)
    ]


def _services() -> list[str]:
    return [f"{name}: услуга {n}" for name in DIRECTIONS for n in range(10)]
