"""Unit economics by direction or channel: what one lead brings, and what breaks even."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from metrics.coded import Bools, Floats
from metrics.facts import Facts
from metrics.measures.bounds import bound_columns, ltv_bounds, now_bound
from metrics.measures.intervals import Bounds, price, share
from metrics.measures.ltv import DAYS_IN_MONTH, ltv
from metrics.measures.ltv_variance import ltv_variance
from metrics.measures.unit_sums import free_leads, unit_leads, unit_sums
from metrics.measures.verdict import StepConversion, records, verdicts
from metrics.settings import NO_DIRECTION, Settings
from metrics.sums import codes, positive_ratio, ratio
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
    *(f"{key}_{end}" for key in ("cr", "cac", "cm") for end in ("low", "high")),
)
_CR = (StepConversion("cr", "CR", "проверьте скорость ответа, скрипты и первичный приём"),)


def units(facts: Facts, by: Literal["direction", "channel"]) -> pd.DataFrame:
    """Definitions §7: leads created in the period and everything that came of them by as_of.

    In: Facts. Out: a row per direction (channel) with a lead, a cost or money of such a lead, most
    leads first; `by`, then COLUMNS. Money in kopecks (NaN = empty), lifetime in months;
    lever, lever_text, verdict are text ("" where no lever reaches break-even); cm_agrees is False
    if the two roads to CM part by a kopeck; free_lead_share (by direction): the share of the
    leads whose campaign's cost carries no direction.
    """
    keys = codes(facts.groups, [by])
    base = unit_leads(facts)
    sums, sides, seen = unit_sums(facts, keys, base)
    table = pd.concat([keys.labels, pd.DataFrame(_formulas(sums))], axis=1)
    worth = ltv(facts, [by])
    worth = worth.assign(ltv_variance=ltv_variance(facts, keys, worth)).drop(columns=by)
    table = pd.concat([table, worth], axis=1).assign(
        ltv_cac=ratio(worth["ltv"].to_numpy(), table["cac"].to_numpy()),
        free_lead_share=ratio(free_leads(facts, keys, base), sums["ua"])
        if by == "direction"
        else np.nan,
    )
    table = table.assign(**_bounds(table, sums, sides, facts.settings))
    table = table[seen].sort_values(["ua", by], ascending=[False, True], ignore_index=True)
    table = _with_levers(table)
    mean = pd.Series({"cr": ratio(sums["b"].sum(), sums["ua"].sum()).item()})
    return _with_verdicts(table, mean, facts)[[by, *COLUMNS]]


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


def _bounds(
    table: pd.DataFrame, sums: dict[str, Floats], sides: dict[str, Bounds], settings: Settings
) -> dict[str, Floats]:
    """от and до of CR, CAC, CM, of CM / AC and of LTV / CAC (definitions §12)."""
    ac, cac = sums["ac"], table["cac"].to_numpy()
    blank = np.where(np.isnan(sums["margin"]), np.nan, 0.0)
    cm = Bounds(sides["earned"].low - ac + blank, sides["earned"].high - ac + blank)
    paid = price(ac, sides["b"])
    column = {str(name): table[name].to_numpy() for name in table.select_dtypes("number")}
    _, worth = ltv_bounds(column, cac, paid, settings)
    return {
        **bound_columns("cr", share(sums["b"], sums["ua"])),
        **bound_columns("cac", paid),
        **bound_columns("cm", cm),
        **bound_columns("romi_leads", Bounds(ratio(cm.low, ac), ratio(cm.high, ac))),
        **bound_columns("ltv_cac", worth),
        "ltv_now_cac_low": now_bound(column, cac, paid),
    }


def _break_evens(sums: dict[str, Floats]) -> dict[str, Floats]:
    """Each lever alone at which CM = B·((AvP − COGS)·APC − 1COGS) − AC is 0; NaN: impossible.

    Out of whole sums, so that what is just possible (a CR of 100 %, a bonus of 0) is not lost.
    """
    ua, b, ac, items = sums["ua"], sums["b"], sums["ac"], sums["items"]
    margin, bonus = sums["margin"], sums["bonus"]
    earned = np.where(b > 0, margin - bonus, np.nan)
    points = {
        "breakeven_cr": ratio(ac * b, ua * np.where(earned > 0, earned, np.nan)),
        "breakeven_ac": earned,
        "breakeven_avp": ratio(sums["revenue"] - margin + ac + bonus, items),
        "breakeven_apc": ratio((ac + bonus) * items, b * np.where(margin > 0, margin, np.nan)),
        "breakeven_first_cogs": ratio(margin - ac, b),
    }
    most = {"breakeven_cr": 1.0}
    return {
        name: np.where((value >= 0) & (value <= most.get(name, np.inf)), value, np.nan)
        for name, value in points.items()
    }


def _with_levers(table: pd.DataFrame) -> pd.DataFrame:
    """Add the lever with the smallest relative change (ties: the first), and it in words."""
    now = table[[column for column, _, _ in LEVERS]].to_numpy(dtype=np.float64)
    even = table[[breakeven for _, breakeven, _ in LEVERS]].to_numpy(dtype=np.float64)
    change = np.round(np.abs(ratio(even - now, now)), 9)
    change = np.where(np.isnan(change), np.inf, change)
    nearest = change.argmin(axis=1)
    possible = np.isfinite(change.min(axis=1))
    lever, text = [], []
    for row, (place, is_possible) in enumerate(zip(nearest, possible, strict=True)):
        column, _, name = LEVERS[place]
        lever.append(name if is_possible else "")
        spare = " (запас)" if table["cm"].iloc[row] > 0 else ""
        ends = f"с {_worded(column, now[row, place])} до {_worded(column, even[row, place])}"
        text.append(f"{name}: {ends}{spare}" if is_possible else "")
    return table.assign(
        lever=pd.Series(lever, index=table.index, dtype="str"),
        lever_text=pd.Series(text, index=table.index, dtype="str"),
    )


def _worded(column: str, value: float) -> str:
    if column == "cr":
        return percent(value, 2)
    return number(value, 2) if column == "apc" else roubles(value)


def _with_verdicts(table: pd.DataFrame, mean: pd.Series, facts: Facts) -> pd.DataFrame:
    rows = table.assign(new_patients=table["b"], cost=table["ac"])
    words = verdicts(rows, mean, facts.settings, romi=("romi_leads", "ROMI лидов"), conversions=_CR)
    tails = [_tail(row) for row in records(table, [str(name) for name in table])]
    return table.assign(verdict=words + pd.Series(tails, index=table.index, dtype="str"))


def _tail(row: Mapping[Hashable, Any]) -> str:
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
