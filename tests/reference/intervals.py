"""95 % intervals of the period's numbers, of unit economics and of LTV (definitions 12)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, timedelta

from scipy.special import chdtri

from tests.reference.clinic import Clinic
from tests.reference.money import Number
from tests.reference.people import Patient
from tests.reference.value import YEAR, Wanted, ltv_group, watched

Z = 1.959964
Pair = tuple[float | None, float | None]
EMPTY: Pair = (None, None)


def share(x: int, n: int) -> Pair:
    """«Wilson: (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n) …; empty if n = 0 or x > n»"""
    if n == 0 or x > n:
        return EMPTY
    p = x / n
    away = Z * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    low, high = (((p + Z**2 / (2 * n)) + sign * away) / (1 + Z**2 / n) for sign in (-1, 1))
    return low, high


def one_sided(w: list[float]) -> tuple[float, float]:
    """«y = Σw, v = Σw², M = max w over w > 0; L = v/2y · χ²(2y²/v; .025), U = (v+M²)/2(y+M) ·
    χ²(2(y+M)²/(v+M²); .975)»; «a missing side is 0»"""
    if not w:
        return 0.0, 0.0
    y, v, m = sum(w), sum(x * x for x in w), max(w)
    low = v / (2 * y) * chdtri(2 * y * y / v, 0.975)
    high = (v + m * m) / (2 * (y + m)) * chdtri(2 * (y + m) ** 2 / (v + m * m), 0.025)
    return float(low), float(high)


def over_people(values: Iterable[float]) -> Pair:
    """«Those of w < 0 make L⁻, U⁻ from −w; the bounds are L − U⁻ and U − L⁻. No w > 0: empty»"""
    w = list(values)
    gains, losses = [x for x in w if x > 0], [-x for x in w if x < 0]
    if not gains:
        return EMPTY
    (low, high), (low_lost, high_lost) = one_sided(gains), one_sided(losses)
    return low - high_lost, high - low_lost


def cac(cost: int, people: int) -> Pair:
    """«w = share of a new patient; cost/U, cost/L. Without any: от = cost/3.688879, до empty.
    Empty if cost = 0»"""
    if cost == 0:
        return EMPTY
    if people == 0:
        return cost / 3.688879454113936, None
    low, high = over_people([1.0] * people)
    assert low is not None
    assert high is not None
    return cost / high, cost / low


def romi_new(
    clinic: Clinic, first: date, last: date, wanted: Wanted, cost: int, *, known: bool
) -> Pair:
    """«w = what a person brought to margin_new; (L − cost)/cost, (U − cost)/cost»"""
    if cost == 0 or not known:
        return EMPTY
    brought = []
    for patient in clinic.patients:
        day = clinic.first_paid_day(patient)
        if day is not None and first <= day <= last and wanted(clinic.patient_group[patient]):
            brought.append(
                sum(
                    clinic.margin_of[p["payment_id"]]
                    for p in clinic.payments_of[patient]
                    if first <= clinic.day(p["paid_at"]) <= last
                )
            )
    low, high = over_people(brought)
    return (None, None) if low is None else ((low - cost) / cost, (high - cost) / cost)


def ltv(clinic: Clinic, wanted: Wanted, as_of: date, value: Number | None, until: int) -> Pair:
    """«LTV·e^(∓z√V/LTV); V = Σᵢ(Σᵤ (dmᵢ(u) − wᵢ·ΔM(u)/Y(u))/Y(u))²: i the patients of the group,
    dmᵢ(u) margin on day u, over the days u ≤ 365 on which i is watched»"""
    if value is None or value <= 0:
        return EMPTY
    group = ltv_group(clinic, wanted, as_of)
    day_margin: dict[Patient, list[int]] = {p: [0] * (until + 1) for p in group}
    for patient, born in group.items():
        for payment in clinic.payments_of[patient]:
            age = (clinic.day(payment["paid_at"]) - born).days
            if 0 <= age <= until:
                day_margin[patient][age] += clinic.margin_of[payment["payment_id"]]
    seen = [watched(group, u, as_of) for u in range(until + 1)]
    each_day = [sum(day_margin[p][u] for p in group) for u in range(until + 1)]
    variance = 0.0
    for patient, born in group.items():
        days = [u for u in range(until + 1) if born + timedelta(days=u) <= as_of]
        away = sum(
            (day_margin[patient][u] - each_day[u] / len(seen[u])) / len(seen[u]) for u in days
        )
        variance += away**2
    factor = math.exp(Z * math.sqrt(variance) / float(value))
    return float(value) / factor, float(value) * factor


def times(
    value: Number | None, ltv_12m: Number | None, of: Pair, cost: Number | None, by: Pair
) -> Pair:
    """«R·e^−√(ln²(LTV/LTV от) + ln²(CAC до/CAC)), R·e^√(ln²(LTV до/LTV) + ln²(CAC/CAC от));
    empty if any is»"""
    if None in (value, ltv_12m, cost, *of, *by):
        return EMPTY
    low = math.hypot(math.log(ltv_12m / of[0]), math.log(by[1] / cost))
    high = math.hypot(math.log(of[1] / ltv_12m), math.log(cost / by[0]))
    return float(value) * math.exp(-low), float(value) * math.exp(high)


def named(key: str, pair: Pair, low: str = "low", high: str = "high") -> dict[str, float | None]:
    return {f"{key}_{low}": pair[0], f"{key}_{high}": pair[1]}


def observed(clinic: Clinic, wanted: Wanted, cells: dict, people: Pair) -> dict[str, float | None]:
    """Bounds of LTV («only `ltv_12m`») and of LTV / CAC."""
    value = cells["ltv_12m"] if clinic.settings.ltv == "ltv_12m" else None
    worth = ltv(clinic, wanted, clinic.settings.as_of, value, YEAR)
    ratio = times(cells["ltv_cac"], value, worth, cells["cac"], people)
    return named("ltv", worth) | named("ltv_cac", ratio)
