"""LTV: what a new patient brings, observed, and corrected for those not yet watched so long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from metrics.calendar import months_before
from metrics.coded import Floats, Ints
from metrics.facts import NEVER, Facts, day_number, once
from metrics.settings import Settings
from metrics.sums import TOLERANCE, GroupKeys, by_patient, codes, group_sum, known_sum, ratio

#: The last day of life that LTV (12 мес) counts; day 0 is the first paid day.
YEAR = 365
#: Ages at which `ltv_now` may be read, in days of life.
READINGS = (30, 90, 180, YEAR)
DAYS_IN_MONTH = 30.4375
COLUMNS = ("ltv_12m", "ltv_now", "ltv_days", "ltv_s0", "ltv_s1", "ltv_s3", "ltv")

AGES = YEAR + 1
#: Which lane each row of a frame of Facts (by its patients and groups) belongs to.
_Lane = Callable[[Ints, Ints], Ints]


@dataclass(frozen=True)
class _Lives:
    """Sums over new patients by lane: an acquisition group, or a first paid day.

    margin   received on each day of life, lanes × 366; NaN where an unknown margin counts
    watched  patients watched at least so many days, lanes × 366
    year     for the variants, sums over the patients watched a year and their days of life
             0 … 365, by lane: patients; visits (paid visits); returned (patients with two of them
             or more); stayed (days from the first to the last); revenue, margin, items
    """

    margin: Floats
    watched: Floats
    year: dict[str, Floats]


def ltv(facts: Facts, by: Sequence[str]) -> pd.DataFrame:
    """LTV of the patients acquired by each value of `by` (definitions §6).

    In: Facts; `by` some of channel, campaign, direction (none: one row of all patients).
    Out: a row per combination in `facts.groups`, in the order of `sums.codes(facts.groups, by)`:
    the columns of `by`, then ltv_12m, ltv_now, ltv_s0, ltv_s1, ltv_s3 and `ltv` (the variant that
    the settings choose) in kopecks, ltv_days in days. NaN: fewer patients are watched than the
    settings ask for, or a margin among the days counted is unknown.
    """
    keys = codes(facts.groups, by)
    return pd.concat([keys.labels, ltv_by(facts, keys, facts.settings.as_of)], axis=1)


def ltv_by(facts: Facts, keys: GroupKeys, day: date) -> pd.DataFrame:
    """The columns of `ltv` for each row of `keys` over `facts.groups`, as it stood at the end of
    `day`, of rows dated by then.

    Acquisition is that of today: who booked only after having paid stands where the booking is.
    """
    lives, size = _of_groups(facts, day), len(keys)
    folded = _Lives(
        _fold(lives.margin, keys.code, size),
        _fold(lives.watched, keys.code, size),
        {name: group_sum(keys.code, lane, size) for name, lane in lives.year.items()},
    )
    return _columns(folded, facts.settings)


def curve_of(facts: Facts, keys: GroupKeys) -> tuple[Floats, Floats]:
    """Of each row of `keys`: margin received on each day of life, and patients watched so long
    (1 where there is nobody), rows × 366."""
    lives = _of_groups(facts, facts.settings.as_of)
    watched = _fold(lives.watched, keys.code, len(keys))
    return _fold(lives.margin, keys.code, len(keys)), _someone(watched)


@once
def born_by(facts: Facts, day: date) -> Ints:
    """First paid day by patient number as LTV of `day` asks for it; NEVER outside its window."""
    after = day_number(months_before(day, facts.settings.ltv_window_months))
    return _born(facts, after, day_number(day))


@once
def margins_of(facts: Facts, day: date) -> Ints:
    """Rows of `facts.payments` that LTV of `day` counts: of patients of its window, days of life
    0 … 365."""
    return _counted(facts, born_by(facts, day), day_number(day))


def _counted(facts: Facts, born: Ints, today: int) -> Ints:
    """Rows of `facts.payments` up to `today`, of patients `born` by number, days of life 0 … 365."""
    pay = facts.payments
    day = pay["day"].to_numpy()
    age = day - born[pay["patient"].to_numpy()]
    return np.flatnonzero(pay["revenue"].to_numpy() & (age >= 0) & (age <= YEAR) & (day <= today))


def ltv_on(facts: Facts, days: Sequence[date]) -> pd.DataFrame:
    """LTV of all patients as it stood at the end of each of `days`, none of them after as_of.

    Out: a row per day: ltv_12m, ltv_now, ltv_days, ltv, and the variants if the settings choose
    one of them (definitions §9: «as of the week's last day»).
    """
    settings = facts.settings
    today = np.array([day_number(day) for day in days])
    months = settings.ltv_window_months
    after = np.array([day_number(months_before(day, months)) for day in days])
    low, high = int(after.min()) + 1, int(today.max())
    born = _born(facts, low - 1, high)
    first = born[facts.patients["patient"].to_numpy()]
    people = group_sum(
        np.minimum(first - low, high - low + 1), facts.patients["weight"].to_numpy(), high - low + 2
    )[:-1]

    def lane(patient: Ints, _: Ints) -> Ints:
        return born[patient] - low

    pays = _counted(facts, born, NEVER)
    margin = _margins(facts, born, lane, high - low + 1, pays)
    year = {} if settings.ltv == "ltv_12m" else _year(facts, born, lane, pays, high - low + 1)
    start, stop = after + 1 - low, today + 1 - low
    upto = np.maximum(stop[:, None] - np.arange(AGES), start[:, None])
    seen = _Lives(
        _between(margin, start, upto),
        _between(people[:, None] * np.ones(AGES), start, upto),
        {n: _between(v[:, None], start, upto[:, [YEAR]])[:, 0] for n, v in year.items()},
    )
    return _columns(seen, settings)


def _between(lanes: Floats, start: Ints, stop: Ints) -> Floats:
    """Sums of the lanes start[i] … stop[i, j] − 1 of each column j; NaN where one of them is."""
    gap = np.isnan(lanes)
    column = np.arange(lanes.shape[1])
    total = np.zeros((len(lanes) + 1, lanes.shape[1]))
    np.cumsum(np.where(gap, 0.0, lanes), axis=0, out=total[1:])
    sums: Floats = total[stop, column] - total[start[:, None], column]
    if gap.any():
        total[1:] = np.cumsum(gap, axis=0)
        sums[total[stop, column] > total[start[:, None], column]] = np.nan
    return sums


def _someone(watched: Floats) -> Floats:
    """How many are watched, 1 where nobody is: nothing is divided by 0."""
    return np.where(watched > TOLERANCE, watched, 1.0)


@once
def _of_groups(facts: Facts, day: date) -> _Lives:
    """Lives by row of `facts.groups`, as of the end of `day`."""
    today = day_number(day)
    born = born_by(facts, day)
    size = len(facts.groups)

    def lane(_: Ints, group: Ints) -> Ints:
        return group

    pays = margins_of(facts, day)
    margin = _margins(facts, born, lane, size, pays)
    year = _year(facts, np.where(today - born >= YEAR, born, NEVER), lane, pays, size)
    first = born[facts.patients["patient"].to_numpy()]
    rows = np.flatnonzero(first < NEVER)
    cell = facts.patients["group"].to_numpy()[rows] * AGES + np.minimum(today - first[rows], YEAR)
    weight = facts.patients["weight"].to_numpy()[rows]
    exactly = group_sum(cell, weight, size * AGES).reshape(size, AGES)
    return _Lives(margin, np.cumsum(exactly[:, ::-1], axis=1)[:, ::-1], year)


def _born(facts: Facts, after: int, last: int) -> Ints:
    """First paid day by patient number; NEVER where it does not lie in (after, last]."""
    paid = facts.patients["paid_day"].to_numpy()
    return by_patient(facts.patients, np.where((paid > after) & (paid <= last), paid, NEVER), NEVER)


def _margins(facts: Facts, born: Ints, lane: _Lane, size: int, rows: Ints) -> Floats:
    """Margin of some payments by lane and day of life of patients `born` by number."""
    pay = facts.payments
    patient = pay["patient"].to_numpy()[rows]
    age = pay["day"].to_numpy()[rows] - born[patient]
    cell = lane(patient, pay["group"].to_numpy()[rows]) * AGES + age
    margin, certain = pay["margin"].to_numpy()[rows], pay["known"].to_numpy()[rows]
    return known_sum(cell, margin, certain, size * AGES).reshape(size, AGES)


def _year(facts: Facts, whole: Ints, lane: _Lane, pays: Ints, size: int) -> dict[str, Floats]:
    """The first year's sums by lane, of patients born on `whole` (NEVER: not watched a year).

    `pays` are the payment rows of days of life 0 … 365.
    """
    pay = facts.payments
    rows = pays[whole[pay["patient"].to_numpy()[pays]] < NEVER]
    lanes = lane(pay["patient"].to_numpy()[rows], pay["group"].to_numpy()[rows])
    margin, certain = pay["margin"].to_numpy()[rows], pay["known"].to_numpy()[rows]
    items = pay["weight"].to_numpy()[rows] * pay["item"].to_numpy()[rows]
    return {
        "revenue": group_sum(lanes, pay["amount"].to_numpy()[rows], size),
        "margin": known_sum(lanes, margin, certain, size),
        "items": group_sum(lanes, items, size),
        **_paid_visits(facts, whole, lane, size),
    }


def _paid_visits(facts: Facts, whole: Ints, lane: _Lane, size: int) -> dict[str, Floats]:
    """Patients, visits, returned and stayed of the first year, by lane."""
    paid = facts.paid_visits
    patient = paid["patient"].to_numpy()
    age = paid["day"].to_numpy() - whole[patient]
    rows = np.flatnonzero((age >= 0) & (age <= YEAR))
    patient, age = patient[rows], age[rows]
    lanes = lane(patient, paid["group"].to_numpy()[rows])
    weight, order = paid["weight"].to_numpy()[rows], paid["order"].to_numpy()[rows]
    last = np.zeros(len(whole), dtype=np.int64)
    np.maximum.at(last, patient, age)
    first = order == 0
    return {
        "patients": group_sum(lanes[first], weight[first], size),
        "visits": group_sum(lanes, weight, size),
        "returned": group_sum(lanes, weight * (order == 1), size),
        "stayed": group_sum(lanes[first], (weight * last[patient])[first], size),
    }


def _fold(matrix: Floats, code: Ints, size: int) -> Floats:
    """Add up the rows of a matrix that have the same code."""
    width = matrix.shape[1]
    cells = code[:, None] * width + np.arange(width)
    return group_sum(cells.ravel(), matrix.ravel(), size * width).reshape(size, width)


def _columns(lives: _Lives, settings: Settings) -> pd.DataFrame:
    """The formulas of definitions §6 over sums by lane."""
    enough = lives.watched >= settings.ltv_min_patients - TOLERANCE
    curve = np.cumsum(lives.margin / _someone(lives.watched), axis=1)
    now, days = np.full(len(curve), np.nan), np.full(len(curve), np.nan)
    for reading in READINGS:
        now = np.where(enough[:, reading], curve[:, reading], now)
        days = np.where(enough[:, reading], float(reading), days)

    yearly = {"ltv_12m": curve[:, YEAR]} | (_variants(lives.year) if lives.year else {})
    columns = {name: np.where(enough[:, YEAR], values, np.nan) for name, values in yearly.items()}
    columns |= {"ltv_now": now, "ltv_days": days, "ltv": columns[settings.ltv]}
    return pd.DataFrame({name: columns[name] for name in COLUMNS if name in columns})


def _variants(year: dict[str, Floats]) -> dict[str, Floats]:
    """The articles' own formulas."""
    visits, share = (ratio(year[name], year["patients"]) for name in ("visits", "returned"))
    check, part = ratio(year["revenue"], year["visits"]), ratio(year["margin"], year["revenue"])
    months = ratio(year["stayed"], year["returned"]) / DAYS_IN_MONTH
    return {
        "ltv_s0": ratio(year["margin"], year["visits"]) * visits * share,
        "ltv_s1": check * visits * part,
        "ltv_s3": ratio(year["margin"], year["items"]) * share * months,
    }
