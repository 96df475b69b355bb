"""«Прогноз»: paid weeks and margin of the year to come (definitions 13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import exp, inf, lgamma, log

from scipy.optimize import minimize

from tests.reference.clinic import Clinic
from tests.reference.people import Patient

EVERY = "Итого"
LEAST, MOST = 1e-4, 1e4
Frequency = tuple[float, float, float, float]
Money = tuple[float, float, float]


@dataclass(frozen=True)
class Life:
    """«Of each: x = paid weeks after f up to E, t = the last paid week − f, T = E − f, m = margin
    of the weeks after f up to E, / x»"""

    x: int
    t: int
    T: int
    m: float


def week(day: date) -> int:
    """ISO weeks, counted."""
    return (day.toordinal() - 1) // 7


def last_week(as_of: date) -> int:
    """«E = the last that ended by D», D = as_of − 1."""
    return week(as_of - timedelta(days=7))


def paid_weeks(clinic: Clinic, patient: Patient) -> list[int]:
    """«A paid week has a paid visit.»"""
    return sorted({week(day) for day in clinic.paid_days(patient)})


def margin_between(clinic: Clinic, patient: Patient, first: int, last: int) -> int | None:
    found = [
        clinic.margin_of[row["payment_id"]]
        for row in clinic.payments_of[patient]
        if first <= week(clinic.day(row["paid_at"])) <= last
    ]
    return None if None in found else sum(n for n in found if n is not None)


def lives(clinic: Clinic, end: int) -> dict[Patient, Life] | None:
    """«Пациенты: those with first paid week f ≤ E.» None: «an unknown margin»."""
    found = {}
    for patient in clinic.patients:
        weeks = [w for w in paid_weeks(clinic, patient) if w <= end]
        if not weeks:
            continue
        f, x = weeks[0], len(weeks) - 1
        margin = margin_between(clinic, patient, f + 1, end)
        if margin is None:
            return None
        found[patient] = Life(x, weeks[-1] - f, end - f, margin / x if x else 0.0)
    return found


def frequency_likelihood(life: Life, parameters: Frequency) -> float:
    """«lnΓ(r+x) − lnΓ(r) + r ln α + lnΓ(a+b) + lnΓ(b+x) − lnΓ(b) − lnΓ(a+b+x) + ln[(α+T)^−(r+x) +
    (x>0)·a/(b+x−1)·(α+t)^−(r+x)]»"""
    r, alpha, a, b = parameters
    x = life.x
    alive = -(r + x) * log(alpha + life.T)
    gone = log(a / (b + x - 1)) - (r + x) * log(alpha + life.t) if x else -inf
    most = max(alive, gone)
    return (
        lgamma(r + x) - lgamma(r) + r * log(alpha)
        + lgamma(a + b) + lgamma(b + x) - lgamma(b) - lgamma(a + b + x)
        + most + log(exp(alive - most) + exp(gone - most))
    )  # fmt: skip


def money_likelihood(life: Life, parameters: Money) -> float:
    """«lnΓ(px+q) − lnΓ(px) − lnΓ(q) + q ln v + (px−1) ln m + px ln x − (px+q) ln(v+xm)»"""
    p, q, v = parameters
    x, m = life.x, life.m
    return (
        lgamma(p * x + q) - lgamma(p * x) - lgamma(q) + q * log(v)
        + (p * x - 1) * log(m) + p * x * log(x) - (p * x + q) * log(v + x * m)
    )  # fmt: skip


def maximum(likelihood: Callable[..., float], rows: list[Life], size: int) -> tuple[float, ...]:
    """«maximum of the sum over patients, L-BFGS-B on logs of parameters, all starting at 1, bounds
    10⁻⁴…10⁴, ftol 10⁻¹²»"""
    made = minimize(
        lambda logs: -sum(likelihood(row, [exp(n) for n in logs]) for row in rows),
        [0.0] * size,
        method="L-BFGS-B",
        jac="3-point",
        bounds=[(log(LEAST), log(MOST))] * size,
        options={"ftol": 1e-12, "maxiter": 2000},
    )
    return tuple(exp(n) for n in made.x)


def fitted_frequency(rows: list[Life]) -> tuple[float, ...]:
    return maximum(frequency_likelihood, rows, 4)


def fitted_money(rows: list[Life]) -> tuple[tuple[float, ...], float]:
    """«those of x > 0, m > 0»; «m is fitted in units of its mean over those fitted, and v
    multiplied back». The parameters as fitted, and the unit."""
    fit = [row for row in rows if row.x > 0 and row.m > 0]
    unit = sum(row.m for row in fit) / len(fit)
    scaled = [Life(row.x, row.t, row.T, row.m / unit) for row in fit]
    return maximum(money_likelihood, scaled, 3), unit


def hypergeometric(a: float, b: float, c: float, z: float) -> float:
    """₂F₁ as its series, 0 ≤ z < 1."""
    term = total = 1.0
    for n in range(1_000_000):
        term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z
        total += term
        if abs(term) < 1e-15 * abs(total):
            break
    return total


def weeks_ahead(life: Life, parameters: Frequency, h: int) -> tuple[float, float]:
    """«paid weeks N = (a+b+x−1)/(a−1)·[1 − g·₂F₁(…)]/(1+δ) (|a−1| < 10⁻⁶: a = 1 + 10⁻⁶); returns S =
    (1−g)/(1+δ)»"""
    r, alpha, a, b = parameters
    if abs(a - 1) < 1e-6:
        a = 1 + 1e-6
    x, t, age = life.x, life.t, life.T
    delta = a / (b + x - 1) * ((alpha + age) / (alpha + t)) ** (r + x) if x else 0.0
    g = ((alpha + age) / (alpha + age + h)) ** (r + x)
    series = hypergeometric(r + x, b + x, a + b + x - 1, h / (alpha + age + h))
    n = (a + b + x - 1) / (a - 1) * (1 - g * series) / (1 + delta)
    return n, (1 - g) / (1 + delta)


def margin_of_week(life: Life, parameters: Money) -> float:
    """«margin of a week G = p(v+xm)/(px+q−1), with x = 0 unless m > 0»"""
    p, q, v = parameters
    x = life.x if life.m > 0 else 0
    return p * (v + x * life.m) / (p * x + q - 1)


Fit = tuple[Frequency, Money]


def channel_forecast(people: dict[Patient, Life], fit: Fit) -> dict[str, float | None]:
    """«Прогноз, over the channel's patients: ΣN, ΣNG, ΣNG/ΣN, ΣS/Пациенты; ΣNG/Пациенты.» The fit's
    v is in kopecks."""
    ahead = {p: weeks_ahead(life, fit[0], 52) for p, life in people.items()}
    weeks = sum(n for n, _ in ahead.values())
    margin = sum(ahead[p][0] * margin_of_week(life, fit[1]) for p, life in people.items())
    return {
        "visits_forecast": weeks,
        "margin_forecast": margin,
        "visit_margin_forecast": margin / weeks,
        "retention_forecast": sum(s for _, s in ahead.values()) / len(people),
        "patient_margin_forecast": margin / len(people),
    }


def channel_facts(clinic: Clinic, people: dict[Patient, Life], end: int) -> dict[str, object]:
    """«Факт, in weeks E−51…E after f: paid weeks, margin, margin / paid weeks, share of patients
    with a paid week.»"""
    own = {p: [w for w in paid_weeks(clinic, p)[1:] if end - 51 <= w <= end] for p in people}
    weeks = sum(len(found) for found in own.values())
    margin = _margin_after_first(clinic, people, end - 51, end)
    return {
        "patients": len(people),
        "visits_fact": weeks,
        "margin_fact": margin,
        "visit_margin_fact": None if margin is None or not weeks else Fraction(margin, weeks),
        "retention_fact": Fraction(sum(bool(found) for found in own.values()), len(people)),
    }


def _margin_after_first(
    clinic: Clinic, people: dict[Patient, Life], first: int, last: int
) -> int | None:
    parts = [
        margin_between(clinic, p, max(first, paid_weeks(clinic, p)[0] + 1), last) for p in people
    ]
    return None if None in parts else sum(n for n in parts if n is not None)


def channel_check(
    clinic: Clinic, people: dict[Patient, Life], fit: Fit, end: int
) -> dict[str, object]:
    """«rows up to week E−26 fitted anew, h = 26; its ΣNG against the margin of the same patients in
    E−25…E; error = forecast/fact − 1.» `people` and `fit` are those of E−26, `end` is E."""
    forecast = sum(
        weeks_ahead(life, fit[0], 26)[0] * margin_of_week(life, fit[1]) for life in people.values()
    )
    fact = _margin_after_first(clinic, people, end - 25, end)
    before = _margin_after_first(clinic, people, end - 51, end - 26)
    return {
        "check_forecast": forecast,
        "check_fact": fact,
        "check_error": forecast / fact - 1 if fact else None,
        # «adds «не точнее прошлого полугодия» if their margin of E−51…E−26 after f is nearer»
        "no_better": None not in (fact, before) and abs(before - fact) < abs(forecast - fact),  # type: ignore[operator]
    }


def forecast_rows(clinic: Clinic, fits: tuple[Fit, Fit] | None) -> dict[str, dict[str, object]]:
    """Channel → its row, «Итого» under them; `fits` are those of E and of E−26, None where nothing
    is fitted."""
    end = last_week(clinic.settings.as_of)
    now, then = lives(clinic, end), lives(clinic, end - 26)
    assert now is not None
    assert then is not None
    names = [EVERY, *{clinic.patient_group[p].channel for p in now}]
    rows: dict[str, dict[str, object]] = {}
    for name in names:
        own, earlier = (
            {
                p: life
                for p, life in people.items()
                if name in (EVERY, clinic.patient_group[p].channel)
            }
            for people in (now, then)
        )
        rows[name] = channel_facts(clinic, own, end)
        if fits is not None:
            rows[name] |= channel_forecast(own, fits[0])
            rows[name] |= channel_check(clinic, earlier, fits[1], end)
    return rows
