"""Bounds of a period report's numbers (definitions §12), and what they are made of per person."""

from __future__ import annotations

import numpy as np

from metrics.coded import Floats
from metrics.facts import Facts, day_number
from metrics.measures.events import new_patient_rows
from metrics.measures.intervals import (
    Bounds,
    gain,
    on_log_scale,
    per_person,
    price,
    quotient,
    share,
    total,
)
from metrics.settings import Settings
from metrics.sums import GroupKeys, within

#: Shares of a period report: key, part and whole.
SHARES = (
    ("cr_lead_booking", "cohort_booked", "cohort_leads"),
    ("cr_booking_visit", "cohort_visited", "cohort_booked"),
    ("cr_visit_contract", "cohort_contract", "cohort_visited"),
)


def people_bounds(facts: Facts, keys: GroupKeys) -> dict[str, Floats]:
    """Bounds of the sums over new patients of the period, by row of `keys` over `facts.groups`.

    Out: margin_new_low, margin_new_high (kopecks), new_patients_low, new_patients_high; NaN where
    there is nobody.
    """
    first, last = day_number(facts.settings.first), day_number(facts.settings.last)
    size = len(keys)
    pay, patients = facts.payments, facts.patients
    paid = new_patient_rows(facts, first, last)
    brought = per_person(
        keys.code[pay["group"].to_numpy()[paid]],
        pay["patient"].to_numpy()[paid],
        pay["margin"].to_numpy()[paid].astype(np.float64),
        size,
    )
    new = np.flatnonzero(within(patients["paid_day"].to_numpy(), first, last))
    people = per_person(
        keys.code[patients["group"].to_numpy()[new]],
        patients["patient"].to_numpy()[new],
        patients["weight"].to_numpy()[new],
        size,
    )
    return bound_columns("margin_new", total(brought)) | bound_columns(
        "new_patients", total(people)
    )


def period_bounds(column: dict[str, Floats], settings: Settings) -> dict[str, Floats]:
    """от and до of a period report's numbers, as `<key>_low` and `<key>_high`.

    In: the columns of `period.period_report`, `people_bounds`, `ltv.ltv` and ltv_variance. Empty
    where the number itself is.
    """
    cost, cac = column["cost"], column["cac"]
    brought = _where(~np.isnan(column["romi_new"]), bounds_of(column, "margin_new"))
    romi = gain(cost, brought)
    paid = price(cost, bounds_of(column, "new_patients"))
    ltv, ratio = ltv_bounds(column, cac, paid, settings)
    shares = [bound_columns(key, share(column[part], column[whole])) for key, part, whole in SHARES]
    return {
        **bound_columns("romi_new", romi),
        **bound_columns("cac", paid),
        **bound_columns("ltv", ltv),
        **bound_columns("ltv_cac", ratio),
        **{name: values for each in shares for name, values in each.items()},
        "ltv_now_cac_low": now_bound(column, cac, paid),
    }


def ltv_bounds(
    column: dict[str, Floats], cac: Floats, paid: Bounds, settings: Settings
) -> tuple[Bounds, Bounds]:
    """Bounds of LTV and of LTV / CAC: only where the LTV shown is the observed one."""
    observed = settings.ltv == "ltv_12m"
    worth = column["ltv_12m"] if observed else np.full(len(cac), np.nan)
    ltv = on_log_scale(worth, column["ltv_variance"])
    return ltv, quotient(worth / cac, worth, ltv, cac, paid)


def now_bound(column: dict[str, Floats], cac: Floats, paid: Bounds) -> Floats:
    """от of ltv_now / CAC, where ltv_12m is empty: what the rule of LTV may already be held to."""
    now = np.where(np.isnan(column["ltv_12m"]), column["ltv_now"], np.nan)
    return quotient(now / cac, now, on_log_scale(now, column["ltv_variance"]), cac, paid).low


def bounds_of(column: dict[str, Floats], key: str) -> Bounds:
    """The bounds that stand in the columns of a key."""
    return Bounds(column[f"{key}_low"], column[f"{key}_high"])


def bound_columns(key: str, bounds: Bounds) -> dict[str, Floats]:
    """Bounds as columns of a key."""
    return {f"{key}_low": bounds.low, f"{key}_high": bounds.high}


def _where(there: np.ndarray, bounds: Bounds) -> Bounds:
    return Bounds(np.where(there, bounds.low, np.nan), np.where(there, bounds.high, np.nan))
