"""Plan against fact (definitions 15)."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.reference.clinic import Clinic
from tests.reference.money import Number, both, ratio, total
from tests.reference.periods import Wanted, counts, return_on

ADDED = (
    "leads", "bookings", "visits", "new_patients", "contracts", "revenue", "margin", "cost",
)  # fmt: skip
#: «(the last two in cells of percent …)»: their «Отклонение» is a difference.
SHARES = ("romi", "drr")
#: «for Расходы, CPL, CAC, ДРР «выше плана», «ниже плана»»
LESS = ("cost", "cpl", "cac", "drr")
MEASURES = (*ADDED, "cpl", "cac", "romi", "drr")

Parts = dict[str, Number | None]


def last_whole_day(clinic: Clinic) -> date:
    """«`D` = as_of − 1, the last whole day.»"""
    day: date = clinic.settings.as_of - timedelta(days=1)
    return day


def plan_row(
    clinic: Clinic, month: date, wanted: Wanted, measure: str, plan: Fraction
) -> dict[str, Any]:
    """One row of «План-факт»; `month` is its first day, money in kopecks."""
    last = last_whole_day(clinic)
    if month > last:
        names = ("fact", "completion", "passed_calendar", "passed_weekdays")
        empty = (*names, "pace_calendar", "pace_weekdays", "deviation")
        return dict.fromkeys(empty, None) | {"verdict": ""}
    end = min(last, month_days(month)[-1])
    facts: Parts = {name: cash(clinic, name, month, end, wanted) for name in ADDED}
    by_days = {name: calendar_share(clinic, month) for name in ADDED}
    by_weekdays = {name: weekday_share(clinic, month, name) for name in ADDED}
    slow: Parts = {name: ratio(facts[name], by_days[name]) for name in ADDED}
    quick: Parts = {name: ratio(facts[name], by_weekdays[name]) for name in ADDED}
    fact, even, pace = (told(parts, measure) for parts in (facts, slow, quick))
    apart = None
    if pace is not None:
        apart = pace - plan if measure in SHARES else less_one(ratio(pace, plan))
    return {
        "fact": fact,
        "completion": ratio(fact, plan),
        # «For ratios … Прошло is empty.»
        "passed_calendar": by_days.get(measure),
        "passed_weekdays": by_weekdays.get(measure),
        "pace_calendar": even,
        "pace_weekdays": pace,
        "deviation": apart,
        "verdict": verdict(measure, apart),
    }


def less_one(number: Number | None) -> Number | None:
    return None if number is None else number - 1


def told(parts: Parts, measure: str) -> Number | None:
    """«For ratios Факт and Темп are §5's formula of the parts' Факт and Темп»"""
    if measure in ADDED:
        return parts[measure]
    cost = parts["cost"]
    return {
        "cpl": both(cost, parts["leads"]),
        "cac": both(cost, parts["new_patients"]),
        "romi": return_on(parts["margin"], cost),
        "drr": both(cost, parts["revenue"]),
    }[measure]


def verdict(measure: str, apart: Number | None) -> str:
    """«within ±5 % (п.п.) «в плане», else «опережает», «отстаёт»»"""
    if apart is None:
        return ""
    if abs(apart) <= Fraction(5, 100):
        return "в плане"
    if measure in LESS:
        return "выше плана" if apart > 0 else "ниже плана"
    return "опережает" if apart > 0 else "отстаёт"


def month_days(month: date) -> list[date]:
    return [
        month.replace(day=n) for n in range(1, calendar.monthrange(month.year, month.month)[1] + 1)
    ]


def cash(clinic: Clinic, measure: str, first: date, last: date, wanted: Wanted) -> int | None:
    """«Cash basis»: each fact on its own date."""
    found = [
        n for day, group, n in counts(clinic)[measure] if first <= day <= last and wanted(group)
    ]
    return total(found)


def calendar_share(clinic: Clinic, month: date) -> Fraction:
    """«Календарь: days passed / days of the month.»"""
    days = month_days(month)
    return Fraction(sum(day <= last_whole_day(clinic) for day in days), len(days))


def weekday_share(clinic: Clinic, month: date, measure: str) -> Fraction | None:
    """«Дни недели: Σ g over days passed / Σ g over the month, g = the clinic's sum of that measure
    on that weekday in D−55…D, at least 0; if the month's Σ is 0, or the clinic's first lead is
    later than D−55: календарь.» A month that is over has passed, whatever g."""
    last = last_whole_day(clinic)
    by_days = calendar_share(clinic, month)
    begin = last - timedelta(days=55)
    born = [clinic.day(lead["created_at"]) for lead in clinic.leads.values()]
    if by_days == 1 or not born or min(born) > begin:
        return by_days
    weights = []
    for weekday in range(7):
        values = [
            n
            for day, _, n in counts(clinic)[measure]
            if begin <= day <= last and day.weekday() == weekday
        ]
        weights.append(total(values))
    if any(weight is None for weight in weights):
        return None
    g = [max(weight or 0, 0) for weight in weights]
    days = month_days(month)
    whole = sum(g[day.weekday()] for day in days)
    if whole == 0:
        return by_days
    return Fraction(sum(g[day.weekday()] for day in days if day <= last), whole)
