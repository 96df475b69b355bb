"""How sure an LTV is: the variance of a curve of which some patients are watched longer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.coded import Floats, Ints, combine, distinct
from metrics.facts import NEVER, Facts, day_number, once
from metrics.measures.intervals import per_person
from metrics.measures.ltv import AGES, YEAR, born_by, curve_of, margins_of
from metrics.sums import GroupKeys, group_sum


@dataclass(frozen=True)
class _Lifetimes:
    """Patients whom LTV watches, then payments that it counts.

    pair     which group and patient each of both is of, by number: `group` and `patient` of it
    watched  the group and the days of life so far of each patient's share, as one number
    weight   of that share
    paid     the group and the day of life of each payment, as one number
    margin   its kopecks
    alone    no patient is of two groups
    """

    pair: Ints
    group: Ints
    patient: Ints
    watched: Ints
    weight: Floats
    paid: Ints
    margin: Ints
    alone: bool


def ltv_variance(facts: Facts, keys: GroupKeys, table: pd.DataFrame) -> Floats:
    """V of definitions §12 (Lawless and Nadeau), kopecks squared, for each row of `keys`.

    V = Σᵢ(Σᵤ (dmᵢ(u) − wᵢ·ΔM(u)/Y(u))/Y(u))² over the patients i of the row and the days u of life
    on which i is watched, up to day 365, or up to `ltv_days` where `table` has no ltv_12m (then it
    is the variance of ltv_now). In: `table` with ltv_12m and ltv_days, a row per row of `keys`.
    """
    days = table["ltv_days"].to_numpy()
    young = np.isnan(table["ltv_12m"].to_numpy()) & ~np.isnan(days)
    until = np.where(young, np.nan_to_num(days), YEAR).astype(np.int64)[:, None]
    margin, watched = curve_of(facts, keys)
    age = np.arange(AGES)
    expected = np.cumsum(margin / watched**2, axis=1)
    expected = np.take_along_axis(expected, np.minimum(age, until), axis=1)
    counted = np.where(age <= until, watched, np.inf)

    lives = _lifetimes(facts)
    owed = lives.weight * expected[keys.code].ravel()[lives.watched]
    actual = lives.margin / counted[keys.code].ravel()[lives.paid]
    away = group_sum(lives.pair, np.concatenate([-owed, actual]), len(lives.group))
    row = keys.code[lives.group]
    if not lives.alone:
        row, away, _ = per_person(row, lives.patient, away, len(keys))
    return group_sum(row, away**2, len(keys))


@once
def _lifetimes(facts: Facts) -> _Lifetimes:
    today = day_number(facts.settings.as_of)
    born = born_by(facts, facts.settings.as_of)
    patients, pay = facts.patients, facts.payments
    number = patients["patient"].to_numpy()
    seen = np.flatnonzero(born[number] < NEVER)
    rows = margins_of(facts, facts.settings.as_of)
    number, payer = number[seen], pay["patient"].to_numpy()[rows]
    of, of_payment = patients["group"].to_numpy()[seen], pay["group"].to_numpy()[rows]
    pair, group, patient = _pairs(of, of_payment, number, payer)
    return _Lifetimes(
        pair,
        group,
        patient,
        of * AGES + np.minimum(today - born[number], YEAR),
        patients["weight"].to_numpy()[seen],
        of_payment * AGES + pay["day"].to_numpy()[rows] - born[payer],
        pay["margin"].to_numpy()[rows],
        len(distinct(patient)) == len(patient),
    )


def _pairs(of: Ints, of_payment: Ints, number: Ints, payer: Ints) -> tuple[Ints, Ints, Ints]:
    """The pair of each share of a patient, then of each payment; the group and patient of each."""
    group, patient = np.concatenate([of, of_payment]), np.concatenate([number, payer])
    people = int(patient.max(initial=-1)) + 1
    own = np.full(people, -1)
    own[number] = np.arange(len(number))
    pair = own[patient]
    if (np.diff(pair[: len(number)]) > 0).all() and (np.append(of, -1)[pair] == group).all():
        return pair, of, number  # each patient is of one group
    size = int(group.max(initial=-1)) + 1
    pair, first = combine([(group, size), (patient, people)], len(group))
    return pair, group[first], patient[first]
