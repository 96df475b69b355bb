"""Whole sums of unit economics: a period's leads and everything that came of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metrics.coded import Bools, Floats
from metrics.facts import NEVER, Facts, day_number
from metrics.measures.intervals import Bounds, per_person, total
from metrics.settings import NO_DIRECTION
from metrics.sums import GroupKeys, by_patient, codes, group_sum, known_sum, pick, within

OLD_DAYS = 90


def unit_leads(facts: Facts) -> Bools:
    """Rows of `facts.leads` created in the period, without repeat requests."""
    first, last = day_number(facts.settings.first), day_number(facts.settings.last)
    leads = facts.leads
    inside: Bools = within(leads["day"].to_numpy(), first, last) & ~leads["repeat"].to_numpy()
    return inside


def unit_sums(
    facts: Facts, keys: GroupKeys, base: Bools
) -> tuple[dict[str, Floats], dict[str, Bounds], Bools]:
    """Whole sums by row of `keys`, bounds of those over people, and which rows have anything."""
    settings, size = facts.settings, len(keys)
    first, last = day_number(settings.first), day_number(settings.last)
    leads = pick(facts.leads, ["day", "group", "weight"], base)
    lead_code, lead_weight = keys.code[leads["group"].to_numpy()], leads["weight"].to_numpy()
    old = day_number(settings.as_of) - leads["day"].to_numpy() >= OLD_DAYS
    spent = pick(facts.costs, ["group", "cost"], within(facts.costs["day"].to_numpy(), first, last))
    spent_code = keys.code[spent["group"].to_numpy()]

    acquired, rows = _acquired(facts)
    code, weight = keys.code[rows["group"].to_numpy()], rows["weight"].to_numpy()
    count, paid = rows["paid_visits"].to_numpy(), rows["paid_day"].to_numpy()
    again = weight * (count >= 2)
    stayed = np.where(count >= 2, rows["last_paid_day"].to_numpy() - paid, 0)

    money, bonuses = _money(facts, by_patient(facts.patients, acquired, 0) > 0)
    money_code, bonus_code = (keys.code[part["group"].to_numpy()] for part in (money, bonuses))
    payers = np.flatnonzero(paid < NEVER)
    sums = {
        "ua": group_sum(lead_code, lead_weight, size),
        "old": group_sum(lead_code, lead_weight * old, size),
        "ac": group_sum(spent_code, spent["cost"].to_numpy(), size),
        "b": group_sum(code, weight * (paid < NEVER), size),
        "again": group_sum(code, again, size),
        "stayed": group_sum(code, weight * stayed, size),
        "revenue": group_sum(money_code, money["amount"].to_numpy(), size),
        "items": group_sum(money_code, money["weight"].to_numpy() * money["item"].to_numpy(), size),
        "margin": known_sum(
            money_code, money["margin"].to_numpy(), money["known"].to_numpy(), size
        ),
        "bonus": group_sum(bonus_code, bonuses["amount"].to_numpy(), size),
    }
    brought = per_person(
        np.concatenate([money_code, bonus_code]),
        np.concatenate([money["patient"].to_numpy(), bonuses["patient"].to_numpy()]),
        np.concatenate([money["margin"].to_numpy(), -bonuses["amount"].to_numpy()]).astype(float),
        size,
    )
    people = per_person(code[payers], rows["patient"].to_numpy()[payers], weight[payers], size)
    sides = {"b": total(people), "earned": total(brought)}
    happened = np.concatenate([lead_code, spent_code, money_code])
    return sums, sides, np.bincount(happened, minlength=size) > 0


def _acquired(facts: Facts) -> tuple[Bools, pd.DataFrame]:
    """Rows of `facts.patients` that the period's leads, but repeat requests, acquired; and these."""
    first, last = day_number(facts.settings.first), day_number(facts.settings.last)
    patients = facts.patients
    acquired: Bools = (
        (patients["lead"].to_numpy() >= 0)
        & within(patients["lead_day"].to_numpy(), first, last)
        & ~patients["lead_repeat"].to_numpy()
    )
    columns = ["patient", "group", "weight", "paid_visits", "paid_day", "last_paid_day"]
    return acquired, pick(patients, columns, acquired)


def _money(facts: Facts, mine: Bools) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Revenue rows of the patients marked in `mine`, and bonuses given at their first visits."""
    pay = facts.payments
    columns = ["patient", "day", "group", "weight", "amount", "margin", "kind", "revenue"]
    rows_of_mine = pick(pay, [*columns, "known", "item"], mine[pay["patient"].to_numpy()])
    visit = by_patient(facts.patients, facts.patients["visit_day"].to_numpy(), NEVER)
    bonuses = rows_of_mine[
        (rows_of_mine["kind"] == "bonus").to_numpy()
        & (rows_of_mine["day"].to_numpy() == visit[rows_of_mine["patient"].to_numpy()])
    ]
    return rows_of_mine[rows_of_mine["revenue"].to_numpy()], bonuses


def free_leads(facts: Facts, keys: GroupKeys, base: Bools) -> Floats:
    """Leads with a direction whose campaign's cost in the period carries none (definitions §3)."""
    first, last = day_number(facts.settings.first), day_number(facts.settings.last)
    campaign = codes(facts.groups, ["channel", "campaign"])
    nowhere = (facts.groups["direction"] == NO_DIRECTION).to_numpy()
    spent = pick(facts.costs, ["group", "cost"], within(facts.costs["day"].to_numpy(), first, last))
    group, cost = spent["group"].to_numpy(), spent["cost"].to_numpy()
    lost = group_sum(campaign.code[group], cost * nowhere[group], len(campaign))
    placed = group_sum(campaign.code[group], cost * ~nowhere[group], len(campaign))
    free = (lost > 0) & (placed == 0)

    leads = pick(facts.leads, ["group", "weight"], base)
    lead_group = leads["group"].to_numpy()
    is_free = free[campaign.code[lead_group]] & ~nowhere[lead_group]
    return group_sum(keys.code[lead_group], leads["weight"].to_numpy() * is_free, len(keys))
