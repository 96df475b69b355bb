"""How sure an LTV is: the variance of a curve of which some patients are watched longer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metrics.coded import Floats
from metrics.facts import NEVER, Facts, day_number
from metrics.measures.intervals import per_person
from metrics.measures.ltv import YEAR, born_by, curve_of, margins_of
from metrics.sums import GroupKeys, group_sum


def ltv_variance(facts: Facts, keys: GroupKeys, table: pd.DataFrame) -> Floats:
    """V of definitions §12 (Lawless and Nadeau), kopecks squared, for each row of `keys`.

    V = Σᵢ(Σᵤ (dmᵢ(u) − wᵢ·ΔM(u)/Y(u))/Y(u))² over the patients i of the row and the days u of life
    on which i is watched, up to day 365, or up to `ltv_days` where `table` has no ltv_12m (then it
    is the variance of ltv_now). In: `table` with ltv_12m and ltv_days, a row per row of `keys`.
    """
    days = table["ltv_days"].to_numpy()
    young = np.isnan(table["ltv_12m"].to_numpy()) & ~np.isnan(days)
    until = np.where(young, np.nan_to_num(days), YEAR).astype(np.int64)
    margin, watched = curve_of(facts, keys)
    expected = np.cumsum(margin / watched**2, axis=1)

    today = day_number(facts.settings.as_of)
    born = born_by(facts, facts.settings.as_of)
    patients = facts.patients
    number = patients["patient"].to_numpy()
    seen = np.flatnonzero(born[number] < NEVER)
    row = keys.code[patients["group"].to_numpy()[seen]]
    age = np.minimum(today - born[number[seen]], until[row])
    owed = patients["weight"].to_numpy()[seen] * expected[row, age]

    pay = facts.payments
    paid = margins_of(facts, born, today)
    pay_row = keys.code[pay["group"].to_numpy()[paid]]
    pay_age = pay["day"].to_numpy()[paid] - born[pay["patient"].to_numpy()[paid]]
    inside = pay_age <= until[pay_row]
    paid, pay_row, pay_age = paid[inside], pay_row[inside], pay_age[inside]
    actual = pay["margin"].to_numpy()[paid] / watched[pay_row, pay_age]

    away = per_person(
        np.concatenate([row, pay_row]),
        np.concatenate([number[seen], pay["patient"].to_numpy()[paid]]),
        np.concatenate([-owed, actual]),
        len(keys),
    )
    return group_sum(away.row, away.value**2, len(keys))
