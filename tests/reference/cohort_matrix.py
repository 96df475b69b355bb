"""The cohort matrix: patients by the month of their first visit (definitions 8)."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

from metrics.settings import ALL
from tests.reference.clinic import Clinic
from tests.reference.money import both, ratio, total
from tests.reference.people import Patient
from tests.reference.rows import Group
from tests.reference.value import months_earlier

AGES = range(13)

#: First day of the month, channel, direction; «in totals the channel or direction is «Все»».
Cohort = tuple[date, str, str]


def month(day: date) -> date:
    return day.replace(day=1)


def age(day: date, cohort_month: date) -> int:
    """«Age T+k = calendar months since the cohort month; money received earlier counts at T+0.»"""
    return max(0, (day.year - cohort_month.year) * 12 + day.month - cohort_month.month)


def month_end(cohort_month: date, k: int) -> date:
    start = months_earlier(cohort_month, -k)
    return start.replace(day=calendar.monthrange(start.year, start.month)[1])


def cohorts_of(day: date, group: Group) -> list[Cohort]:
    """«Cohort = calendar month of first visit × channel × direction of acquisition, plus totals
    per month × channel and per month»"""
    start = month(day)
    return [
        (start, group.channel, group.direction),
        (start, group.channel, ALL),
        (start, ALL, ALL),
    ]


def cohort_rows(clinic: Clinic) -> dict[Cohort, dict[str, Any]]:
    """«months of the last 24 (setting)»; «Cohort cost = cost of that month, channel and direction;
    a cost without patients is a row too.»"""
    oldest = months_earlier(month(clinic.settings.as_of), clinic.settings.cohort_months - 1)
    patients: dict[Cohort, list[Patient]] = {}
    costs: dict[Cohort, int] = {}
    for patient in clinic.patients:
        day = clinic.first_visit_day(patient)
        if day is not None and day >= oldest:
            for cohort in cohorts_of(day, clinic.patient_group[patient]):
                patients.setdefault(cohort, []).append(patient)
    for piece in clinic.spend:
        if piece.day >= oldest and piece.cost:
            for cohort in cohorts_of(piece.day, piece.group):
                costs[cohort] = costs.get(cohort, 0) + piece.cost
    return {
        cohort: cohort_row(clinic, cohort[0], patients.get(cohort, []), costs.get(cohort, 0))
        for cohort in patients.keys() | costs.keys()
    }


def cohort_row(clinic: Clinic, start: date, patients: list[Patient], cost: int) -> dict[str, Any]:
    """«A cell is filled when the last day of month k ≤ `as_of`; before that it is **empty**»"""
    came: list[int | None] = []
    margins: list[int | None] = []
    for k in AGES:
        ripe = month_end(start, k) <= clinic.settings.as_of
        came.append(came_in(clinic, start, patients, k) if ripe else None)
        margins.append(margin_by(clinic, start, patients, k) if ripe else None)
    return {
        "patients": len(patients),
        "cost": cost,
        "cac": both(cost, len(patients)),
        "patients_at": came,
        "retention_at": [ratio(n, len(patients)) for n in came],
        "margin_at": margins,
        # «cumulative ROMI = (margin − cost) / cost (empty where cost = 0)»
        "romi_at": [None if m is None else ratio(m - cost, cost) for m in margins],
        "payback": payback(clinic, start, patients, cost),
    }


def came_in(clinic: Clinic, start: date, patients: list[Patient], k: int) -> int:
    """«patients with a visited appointment in month k»"""
    return sum(
        any(age(clinic.day(v["starts_at"]), start) == k for v in clinic.visits_of[p])
        for p in patients
    )


def margin_by(clinic: Clinic, start: date, patients: list[Patient], k: int) -> int | None:
    """«cumulative margin»"""
    return total(
        [
            clinic.margin_of[row["payment_id"]]
            for p in patients
            for row in clinic.payments_of[p]
            if age(clinic.day(row["paid_at"]), start) <= k
        ]
    )


def payback(clinic: Clinic, start: date, patients: list[Patient], cost: int) -> int | str | None:
    """«`Окупаемость` = first k with margin ≥ cost, «не окупилась за k мес.» with its age if none,
    empty where cost = 0.» Ripe months only, beyond T+12 too; unknown once a margin is unknown."""
    if cost == 0:
        return None
    k = 0
    while month_end(start, k) <= clinic.settings.as_of:
        margin = margin_by(clinic, start, patients, k)
        if margin is None:
            return None
        if margin >= cost:
            return k
        k += 1
    return f"не окупилась за {k - 1} мес." if k else None
