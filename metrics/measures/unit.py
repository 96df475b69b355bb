"""Unit economics by direction or channel: what one lead brings, and what breaks even."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal

import numpy as np
import pandas as pd

from metrics.coded import Bools, Floats, Ints
from metrics.facts import NEVER, Facts, day_number
from metrics.measures.ltv import DAYS_IN_MONTH, ltv
from metrics.measures.verdict import Conversion, verdicts
from metrics.settings import NO_DIRECTION
from metrics.sums import (
    Keys,
    by_patient,
    codes,
    group_sum,
    known_sum,
    pick,
    positive_ratio,
    ratio,
    within,
)
from metrics.wording import number, percent, roubles

#: Levers in the order that settles a tie: column, break-even column, name.
LEVERS = (
    ("cr", "breakeven_cr", "CR"),
    ("ac", "breakeven_ac", "AC"),
    ("avp", "breakeven_avp", "AvP"),
    ("apc", "breakeven_apc", "APC"),
    ("first_cogs", "breakeven_first_cogs", "1COGS"),
)
COLUMNS = (
    *("ua", "b", "cr", "ac", "cpa", "cac", "avp", "apc", "cogs", "first_cogs", "arppu", "arpu"),
    *("cm", "rpr", "lifetime", "ltv", "ltv_cac", "margin_share", "older_90"),
    *(breakeven for _, breakeven, _ in LEVERS),
    *("lever", "lever_text", "cm_agrees", "free_lead_share", "verdict"),
)
OLD_DAYS = 90
_CR = (Conversion("cr", "CR", "проверьте скорость ответа, скрипты и первичный приём"),)


def units(facts: Facts, by: Literal["direction", "channel"]) -> pd.DataFrame:
    """Definitions §7: leads created in the period and everything that came of them by as_of.

    In: Facts. Out: a row per direction (channel) with a lead, a cost or money of such a lead, most
    leads first; `by`, then COLUMNS. Money in kopecks (NaN = empty), lifetime in months;
    lever, lever_text, verdict are text ("" where no lever reaches break-even); cm_agrees is False
    if the two roads to CM part by a kopeck; free_lead_share (by direction): the share of the
    leads whose campaign's cost carries no direction.
    """
    keys = codes(facts.groups, [by])
    base = _base(facts)
    sums, seen = _sums(facts, keys, base)
    table = pd.concat([keys.labels, pd.DataFrame(_formulas(sums))], axis=1)
    worth = ltv(facts, [by])
    table = table.assign(
        ltv=worth["ltv"],
        ltv_now=worth["ltv_now"],
        ltv_days=worth["ltv_days"],
        ltv_cac=ratio(worth["ltv"].to_numpy(), table["cac"].to_numpy()),
        free_lead_share=ratio(_free_leads(facts, keys, base), sums["ua"])
        if by == "direction"
        else np.nan,
    )
    table = table[seen].sort_values(["ua", by], ascending=[False, True], ignore_index=True)
    table = _with_levers(table)
    mean = pd.Series({"cr": ratio(sums["b"].sum(), sums["ua"].sum()).item()})
    return _with_verdicts(table, mean, facts)[[by, *COLUMNS]]


def _base(facts: Facts) -> Bools:
    """Rows of `facts.leads` created in the period, without repeat requests."""
    first, last = day_number(facts.settings.first), day_number(facts.settings.last)
    leads = facts.leads
    inside: Bools = within(leads["day"].to_numpy(), first, last) & ~leads["repeat"].to_numpy()
    return inside


def _sums(facts: Facts, keys: Keys, base: Bools) -> tuple[dict[str, Floats], Bools]:
    """Whole sums by row, and which rows have anything at all."""
    settings, size = facts.settings, len(keys)
    first, last = day_number(settings.first), day_number(settings.last)
    leads = pick(facts.leads, ["day", "group", "weight"], base)
    lead_code, lead_weight = keys.code[leads["group"].to_numpy()], leads["weight"].to_numpy()
    old = day_number(settings.as_of) - leads["day"].to_numpy() >= OLD_DAYS
    spent = pick(facts.costs, ["group", "cost"], within(facts.costs["day"].to_numpy(), first, last))
    spent_code = keys.code[spent["group"].to_numpy()]

    patients = facts.patients
    acquired = (
        (patients["lead"].to_numpy() >= 0)
        & within(patients["lead_day"].to_numpy(), first, last)
        & ~patients["lead_repeat"].to_numpy()
    )
    rows = pick(patients, ["group", "weight", "paid_visits", "paid_day", "last_paid_day"], acquired)
    code, weight = keys.code[rows["group"].to_numpy()], rows["weight"].to_numpy()
    count, paid = rows["paid_visits"].to_numpy(), rows["paid_day"].to_numpy()
    again = weight * (count >= 2)
    stayed = np.where(count >= 2, rows["last_paid_day"].to_numpy() - paid, 0)

    money, money_code, bonus = _money(facts, keys, by_patient(patients, acquired, 0) > 0)
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
        "bonus": bonus,
    }
    happened = np.concatenate([lead_code, spent_code, money_code])
    return sums, np.bincount(happened, minlength=size) > 0


def _money(facts: Facts, keys: Keys, mine: Bools) -> tuple[pd.DataFrame, Ints, Floats]:
    """Revenue rows of the patients marked in `mine`, their code, and bonuses of first visits."""
    pay = facts.payments
    columns = ["patient", "day", "group", "weight", "amount", "margin", "kind", "revenue"]
    rows_of_mine = pick(pay, [*columns, "known", "item"], mine[pay["patient"].to_numpy()])
    visit = by_patient(facts.patients, facts.patients["visit_day"].to_numpy(), NEVER)
    given = rows_of_mine[
        (rows_of_mine["kind"] == "bonus").to_numpy()
        & (rows_of_mine["day"].to_numpy() == visit[rows_of_mine["patient"].to_numpy()])
    ]
    bonus = group_sum(keys.code[given["group"].to_numpy()], given["amount"].to_numpy(), len(keys))
    revenue = rows_of_mine[rows_of_mine["revenue"].to_numpy()]
    return revenue, keys.code[revenue["group"].to_numpy()], bonus


def _formulas(sums: dict[str, Floats]) -> dict[str, Floats | Bools]:
    """The article's words (S3, with CPA where its own formula has it) over whole sums."""
    ua, b, ac, items = sums["ua"], sums["b"], sums["ac"], sums["items"]
    margin, revenue, bonus = sums["margin"], sums["revenue"], sums["bonus"]
    cr, apc, avp = ratio(b, ua), ratio(items, b), ratio(revenue, items)
    cogs, first_cogs = ratio(revenue - margin, items), ratio(bonus, b)
    arppu = (avp - cogs) * apc - first_cogs
    cm = margin - bonus - ac
    roads = (ua * (arppu * cr - ratio(ac, ua)), b * (arppu - ratio(ac, b)))
    checked = (ua != 0) & (b != 0) & ~np.isnan(cm)
    agrees = [~checked | (np.abs(np.nan_to_num(road) - np.nan_to_num(cm)) < 0.5) for road in roads]
    return {
        "ua": ua,
        "b": b,
        "cr": cr,
        "ac": ac,
        "cpa": positive_ratio(ac, ua),
        "cac": positive_ratio(ac, b),
        "avp": avp,
        "apc": apc,
        "cogs": cogs,
        "first_cogs": first_cogs,
        "arppu": arppu,
        "arpu": arppu * cr,
        "cm": cm,
        "rpr": ratio(sums["again"], b),
        "lifetime": ratio(sums["stayed"], sums["again"]) / DAYS_IN_MONTH,
        "margin_share": ratio(margin, margin.sum()),
        "older_90": ratio(sums["old"], ua),
        "romi_leads": ratio(cm, ac),
        "cm_agrees": agrees[0] & agrees[1],
        **_break_evens(sums),
    }


def _break_evens(sums: dict[str, Floats]) -> dict[str, Floats]:
    """Each lever alone at which CM = B·((AvP − COGS)·APC − 1COGS) − AC is 0; NaN: impossible.

    Out of whole sums, so that what is just possible (a CR of 100 %, a bonus of 0) is not lost.
    """
    ua, b, ac, items = sums["ua"], sums["b"], sums["ac"], sums["items"]
    margin, bonus = sums["margin"], sums["bonus"]
    earned = np.where(b > 0, margin - bonus, np.nan)
    found = {
        "breakeven_cr": ratio(ac * b, ua * np.where(earned > 0, earned, np.nan)),
        "breakeven_ac": earned,
        "breakeven_avp": ratio(sums["revenue"] - margin + ac + bonus, items),
        "breakeven_apc": ratio((ac + bonus) * items, b * np.where(margin > 0, margin, np.nan)),
        "breakeven_first_cogs": ratio(margin - ac, b),
    }
    most = {"breakeven_cr": 1.0}
    return {
        name: np.where((value >= 0) & (value <= most.get(name, np.inf)), value, np.nan)
        for name, value in found.items()
    }


def _with_levers(table: pd.DataFrame) -> pd.DataFrame:
    """Add the lever with the smallest relative change (ties: the first), and it in words."""
    now = table[[column for column, _, _ in LEVERS]].to_numpy(dtype=np.float64)
    even = table[[breakeven for _, breakeven, _ in LEVERS]].to_numpy(dtype=np.float64)
    change = np.round(np.abs(ratio(even - now, now)), 9)
    change = np.where(np.isnan(change), np.inf, change)
    nearest = change.argmin(axis=1)
    found = np.isfinite(change.min(axis=1))
    lever, text = [], []
    for row, (place, is_found) in enumerate(zip(nearest, found, strict=True)):
        column, _, name = LEVERS[place]
        lever.append(name if is_found else "")
        spare = " (запас)" if table["cm"].iloc[row] > 0 else ""
        ends = f"с {_worded(column, now[row, place])} до {_worded(column, even[row, place])}"
        text.append(f"{name}: {ends}{spare}" if is_found else "")
    return table.assign(
        lever=pd.Series(lever, index=table.index, dtype="str"),
        lever_text=pd.Series(text, index=table.index, dtype="str"),
    )


def _worded(column: str, value: float) -> str:
    if column == "cr":
        return percent(value, 2)
    return number(value, 2) if column == "apc" else roubles(value)


def _free_leads(facts: Facts, keys: Keys, base: Bools) -> Floats:
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


def _with_verdicts(table: pd.DataFrame, mean: pd.Series, facts: Facts) -> pd.DataFrame:
    rows = table.assign(new_patients=table["b"], cost=table["ac"])
    said = verdicts(rows, mean, facts.settings, romi=("romi_leads", "ROMI лидов"), conversions=_CR)
    tails = [_tail(row) for row in table.to_dict("records")]
    return table.assign(verdict=said + pd.Series(tails, index=table.index, dtype="str"))


def _tail(row: dict[Hashable, Any]) -> str:
    tail, free = "", row["free_lead_share"]
    if free > 0:
        tail += (
            f" {percent(free)} лидов пришли из кампаний без направления: их расходы стоят в строке "
            f"«{NO_DIRECTION}», поэтому CAC здесь занижен."
        )
    if row.get("direction") == NO_DIRECTION and row["ac"] > 0:
        tail += (
            " Здесь стоят расходы кампаний без направления: опишите эти кампании в «Направления» "
            "или разделите расходы по лидам в «Настройки»."
        )
    if not row["cm_agrees"]:
        tail += " CM двумя путями не сошлась: напишите разработчику."
    return tail
