"""What the later reports count beside money: calls that are missed, branches, reviews, tracking."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from metrics.schema import ENTITIES
from tests.metrics.clinic_rows import lead, paid, visit
from tests.metrics.clinic_tables import ClinicTables, Row, blank, literal_clinic
from tests.metrics.clinics import seeded_clinic
from tests.metrics.nasty_rows import DOCTORS

BRANCHES = ("", "", "Север", "Юг")


def later_clinic(seed: int, most_rows: int) -> ClinicTables:
    """A nasty clinic, the same for the same seed, whose rows tell all that §13–20 ask for."""
    clinic, dice = seeded_clinic(seed, most_rows), random.Random(seed)
    tables = {
        **clinic.tables,
        "leads": [_lead(row, dice) for row in clinic.tables["leads"]],
        "appointments": [
            row | {"branch": dice.choice(BRANCHES)} for row in clinic.tables["appointments"]
        ],
        "calls": [_call(row, dice) for row in clinic.tables["calls"]],
        "reviews": [_review(n, row, dice) for n, row in enumerate(clinic.tables["appointments"])],
    }
    settings = replace(
        clinic.settings,
        recall_months=dice.choice(({}, {"имплантация": 3, "терапия": 24})),
        match_hours=dice.choice((24, 24, 1)),
        callback_hours=dice.choice((24, 24, 2)),
        work_hours=dice.choice(("09:00–21:00", "00:00–24:00", "08:30–12:00")),
        clinic="Клиника",
    )
    return ClinicTables(tables, settings)


def as_it_was(now: ClinicTables, seed: int) -> ClinicTables:
    """The clinic some days ago: rows that came since are not there, some were others, some that
    are gone were, and a setting may have been another."""
    dice = random.Random(seed)
    tables = {name: _earlier(name, rows, dice) for name, rows in now.tables.items()}
    days = timedelta(days=dice.choice((1, 1, 5, 40)))
    moved = {n: getattr(now.settings, n) - days for n in ("as_of", "first", "last")}
    other = dice.choice(({}, {"duplicate_days": 7}, {"margin_rate": Decimal("0.4")}))
    return ClinicTables(tables, replace(now.settings, **moved, **other))


def _earlier(name: str, rows: list[Row], dice: random.Random) -> list[Row]:
    key = ENTITIES[name].key
    stayed = [_other(name, row, dice) for row in rows if dice.random() < 0.85]
    gone = [row | {key: f"gone-{row[key]}"} for row in rows if key and dice.random() < 0.06]
    return [*stayed, *gone, *(row for row in stayed if not key and dice.random() < 0.04)]


def _other(name: str, row: Row, dice: random.Random) -> Row:
    if dice.random() < 0.85:
        return row
    moved = {"leads": "created_at", "payments": "paid_at", "appointments": "starts_at"}
    if name in moved and dice.random() < 0.5:
        return row | {moved[name]: row[moved[name]] - timedelta(days=dice.choice((1, 31)))}
    if name in ("payments", "costs"):
        return row | {"amount" if name == "payments" else "cost": dice.choice((1, 777, 50_000_00))}
    return row


def _lead(row: Row, dice: random.Random) -> Row:
    given = {"role": "tracking", "source": "calltouch:1"} if dice.random() < 0.3 else {}
    contact = dice.choice((row["contact_type"], "form", "chat", "other"))
    return row | given | {"branch": dice.choice(BRANCHES), "contact_type": contact}


def _call(row: Row, dice: random.Random) -> Row:
    return row | {
        "status": dice.choice(("", "answered", "missed")),
        "talk_duration": dice.choice((None, 0, 40)),
        "wait_duration": dice.choice((None, 0, 7, 30)),
        "is_target": dice.choice((None, True, True, False)),
        "branch": dice.choice(BRANCHES),
    }


def _review(number: int, visit: Row, dice: random.Random) -> Row:
    at = visit["starts_at"] + timedelta(days=dice.randint(-3, 9))
    return blank(
        "reviews",
        review_id=f"R{number}",
        at=at,
        platform="Карты",
        rating=dice.randint(1, 5),
        answered_at=dice.choice((None, at)),
        doctor=dice.choice(DOCTORS),
        branch=dice.choice(BRANCHES),
    )


def buying_clinic(seed: int, patients: int = 160) -> ClinicTables:
    """Patients of two channels who come again by their own pace, until they stop."""
    dice = random.Random(seed)
    as_of = date(2026, 7, 15)
    rows: dict[str, list[Row]] = {"leads": [], "visits": [], "payments": []}
    for n in range(patients):
        who, born = f"P{n:03}", as_of - timedelta(days=dice.randint(1, 900))
        tags = dice.choice(({"utm_source": "vk", "utm_medium": "cpc"}, {"source_raw": "2ГИС"}))
        rows["leads"].append(lead(f"L{who}", f"{born}", who, **tags))
        rows["visits"].append(visit(f"V{who}", f"{born}", who, f"L{who}"))
        pace, usual, day = dice.gammavariate(1.5, 60), dice.lognormvariate(8, 0.6), born
        while day <= as_of:
            amount = round(usual * dice.lognormvariate(0, 0.5))
            number = len(rows["payments"])
            kind = "refund" if day != born and dice.random() < 0.03 else "payment"
            rows["payments"].append(
                paid(f"M{number:05}", f"{day}", who, amount, cost=amount // 4, kind=kind)
            )
            if dice.random() < 0.12:
                break
            day += timedelta(days=1 + int(dice.expovariate(1 / (pace + 1))))
    return literal_clinic(
        as_of=f"{as_of}", first="2026-04-16", last="2026-07-14",
        **{name: tuple(under) for name, under in rows.items()},
        forecast_min_repeaters=20, forecast_max_error=Decimal(9),
    )  # fmt: skip
