"""LTV and its variants (definitions 6)."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction

from tests.reference.clinic import Clinic
from tests.reference.money import Number, is_item, ratio, revenue, total
from tests.reference.people import Patient
from tests.reference.rows import Group, Row

YEAR = 365
AGES = (30, 90, 180, 365)
MONTH = Fraction(304375, 10000)

Wanted = Callable[[Group], bool]


def months_earlier(day: date, months: int) -> date:
    """The same day `months` earlier; the month's last day where it has no such day."""
    ordinal = day.year * 12 + day.month - 1 - months
    year, month = ordinal // 12, ordinal % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def ltv_group(clinic: Clinic, wanted: Wanted, as_of: date) -> dict[Patient, date]:
    """«Group: patients acquired by the channel (campaign, direction) with first paid day in the
    24 months (setting) up to `as_of` (after the same day 24 months earlier).»"""
    start = months_earlier(as_of, clinic.settings.ltv_window_months)
    return {
        patient: day
        for patient in clinic.patients
        if wanted(clinic.patient_group[patient])
        and (day := clinic.first_paid_day(patient)) is not None
        and start < day <= as_of
    }


def watched(group: dict[Patient, date], days: int, as_of: date) -> dict[Patient, date]:
    """«Y(u) = patients with first paid day + u ≤ `as_of`»"""
    return {p: day for p, day in group.items() if day + timedelta(days=days) <= as_of}


def life(clinic: Clinic, patient: Patient, born: date, until: int, as_of: date) -> list[Row]:
    """Payments of days 0…until of a patient's life: «day 0 = first paid day»."""
    return [
        p
        for p in clinic.payments_of[patient]
        if 0 <= (clinic.day(p["paid_at"]) - born).days <= until
        and clinic.day(p["paid_at"]) <= as_of
    ]


def ltv(clinic: Clinic, group: dict[Patient, date], until: int, as_of: date) -> Fraction | None:
    """«`LTV(t) = Σ_{u = 0…t} ΔM(u) / Y(u)`; ΔM(u) = margin received on day u of life»"""
    value = Fraction(0)
    for patient, born in group.items():
        for payment in life(clinic, patient, born, until, as_of):
            margin = clinic.margin_of[payment["payment_id"]]
            if margin is None:
                return None
            age = (clinic.day(payment["paid_at"]) - born).days
            value += Fraction(margin, len(watched(group, age, as_of)))
    return value


def chosen_ltv(clinic: Clinic, wanted: Wanted, as_of: date) -> Number | None:
    """«Variants, selectable»: what stands as LTV in every table, and in LTV / CAC."""
    name = clinic.settings.ltv
    cells = ltv_cells if name == "ltv_12m" else ltv_variants
    return cells(clinic, wanted, as_of)[name]


def ltv_cells(clinic: Clinic, wanted: Wanted, as_of: date) -> dict[str, Number | None]:
    """«It is **empty unless at least 10 patients (setting) are watched 365 days**. `ltv_now` = LTV
    at `ltv_days` = the largest of 30, 90, 180, 365 that at least 10 patients are watched; both
    empty if none.»"""
    group = ltv_group(clinic, wanted, as_of)
    least = clinic.settings.ltv_min_patients
    ages = [age for age in AGES if len(watched(group, age, as_of)) >= least]
    return {
        "ltv_12m": ltv(clinic, group, YEAR, as_of) if YEAR in ages else None,
        "ltv_now": ltv(clinic, group, max(ages), as_of) if ages else None,
        "ltv_days": max(ages) if ages else None,
    }


def ltv_variants(clinic: Clinic, wanted: Wanted, as_of: date) -> dict[str, Fraction | None]:
    """«over patients of the group watched 365 days and their first 365 days: `ltv_s0` = margin per
    paid visit × paid visits per patient × share with ≥ 2 paid visits · `ltv_s1` = average check ×
    paid visits per patient × margin / revenue · `ltv_s3` = (AvP − COGS) × RPR × Lifetime»"""
    names = ("ltv_s0", "ltv_s1", "ltv_s3")
    group = watched(ltv_group(clinic, wanted, as_of), YEAR, as_of)
    if len(group) < clinic.settings.ltv_min_patients:
        return dict.fromkeys(names)
    lives = {p: life(clinic, p, born, YEAR, as_of) for p, born in group.items()}
    rows = [row for rows in lives.values() for row in rows]
    margin = total([clinic.margin_of[r["payment_id"]] for r in rows])
    if margin is None:
        return dict.fromkeys(names)
    earned, items = sum(revenue(r) for r in rows), sum(is_item(r) for r in rows)
    days = {
        p: [d for d in clinic.paid_days(p) if (d - born).days <= YEAR] for p, born in group.items()
    }
    paid_visits = sum(len(d) for d in days.values())
    again = repeat_rate(list(days.values()))
    per_patient = Fraction(paid_visits, len(group))
    lifetime = mean_lifetime(list(days.values()))
    share = ratio(margin, earned)
    return {
        "ltv_s0": Fraction(margin, paid_visits) * per_patient * (again or 0),
        "ltv_s1": None if share is None else Fraction(earned, paid_visits) * per_patient * share,
        "ltv_s3": None
        if lifetime is None or again is None
        else (Fraction(earned, items) - Fraction(earned - margin, items)) * again * lifetime,
    }


def repeat_rate(paid_days: list[list[date]]) -> Fraction | None:
    """«`RPR` = patients with ≥ 2 paid visits / with ≥ 1»"""
    return ratio(sum(len(d) >= 2 for d in paid_days), sum(len(d) >= 1 for d in paid_days))


def mean_lifetime(paid_days: list[list[date]]) -> Fraction | None:
    """«`Lifetime` = mean (last − first paid day) / 30.4375 of patients with ≥ 2»"""
    spans = [(max(d) - min(d)).days for d in paid_days if len(d) >= 2]
    return ratio(sum(spans), len(spans) * MONTH)
