"""«Внимание»: rules, effects and causes (definitions 15)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from math import comb, log
from typing import Any

from tests.reference.clinic import Clinic
from tests.reference.money import Number, ratio
from tests.reference.periods import Wanted, new_margin, sums
from tests.reference.plan import cash, last_whole_day, plan_row

EVERY = "Все"
#: «Меньше лидов, записей, визитов»
FALLS = {"Меньше лидов": "leads", "Меньше записей": "bookings", "Меньше визитов": "visits"}
CHAIN = (
    ("расходы", "cost", None),
    ("визиты на рубль", "sessions", "cost"),
    ("лиды на визит", "leads", "sessions"),
    ("записи на лид", "bookings", "leads"),
    ("визиты на запись", "visits", "bookings"),
)

Alerted = dict[tuple[str, str], dict[str, Any]]


def of(channel: str) -> Wanted:
    return lambda group: channel in (EVERY, group.channel)


def alert_rows(clinic: Clinic, channels: list[str], plans: Mapping[str, Fraction]) -> Alerted:
    """(rule, channel) → before, after, effect, causes; `plans` are those of the margin of D's
    month by channel. «Kept if effect ≥ `alert_min_effect`»"""
    found: Alerted = {}
    for channel in [*channels, EVERY]:
        for rule, cells in (*falls(clinic, channel), *spending(clinic, channel)):
            found[rule, channel] = cells
    for channel, plan in plans.items():
        if cells := behind(clinic, channel, plan):
            found["План под угрозой", channel] = cells
    least = clinic.settings.alert_min_effect * 100
    return {k: v for k, v in found.items() if v["effect"] is not None and v["effect"] >= least}


def weeks(clinic: Clinic, measure: str, channel: str) -> tuple[int, Fraction] | None:
    """«n: sum of D−6…D, o: of D−34…D−7; Было o/4, Стало n»: n and o/4."""
    if measure == "sessions" and not clinic.traffic:
        return None
    last = last_whole_day(clinic)
    n = cash(clinic, measure, last - timedelta(days=6), last, of(channel))
    o = cash(clinic, measure, last - timedelta(days=34), last - timedelta(days=7), of(channel))
    return (n or 0), Fraction(o or 0, 4)


def falls(clinic: Clinic, channel: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """«n < o/4, 2·P(X ≤ n) < 0.01, X ~ Binomial(n+o, 1/5)»"""
    for rule, measure in FALLS.items():
        n, before = weeks(clinic, measure, channel) or (0, Fraction(0))
        tries = n + int(before * 4)
        chance = sum(
            comb(tries, k) * Fraction(1, 5) ** k * Fraction(4, 5) ** (tries - k)
            for k in range(n + 1)
        )
        if n < before and 2 * chance < Fraction(1, 100):
            worth = margin_of_one(clinic, channel, measure)
            effect = None if worth is None else (before - n) * worth
            causes = reasons(clinic, channel, measure, falling=True)
            yield rule, {"before": before, "after": n, "effect": effect, "causes": causes}


def margin_of_one(clinic: Clinic, channel: str, measure: str) -> Number | None:
    """«margin_new / count of the measure in the report's period, the clinic's if that count < 10»"""
    first, last = clinic.settings.first, clinic.settings.last
    place = channel
    if (sums(clinic, first, last, of(channel))[measure] or 0) < 10:
        place = EVERY
    count = sums(clinic, first, last, of(place))[measure]
    return ratio(new_margin(clinic, first, last, of(place)), count)


def spending(clinic: Clinic, channel: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """«o > 0, n ≥ 1.3·o/4»; «cost n > 0; leads n = 0, leads o ≥ 4»"""
    cost, leads = weeks(clinic, "cost", channel), weeks(clinic, "leads", channel)
    assert cost
    assert leads
    causes = reasons(clinic, channel, "leads", falling=False)
    cells = {"before": cost[1], "after": cost[0], "causes": causes}
    if cost[1] > 0 and cost[0] >= Fraction(13, 10) * cost[1]:
        yield "Расход вырос", cells | {"effect": cost[0] - cost[1]}
    if cost[0] > 0 and leads[0] == 0 and leads[1] * 4 >= 4:
        yield "Расход без лидов", cells | {"effect": cost[0]}


def behind(clinic: Clinic, channel: str, plan: Fraction) -> dict[str, Any] | None:
    """«Маржа of D's month: Отклонение < −15 %, ≥ 10 days passed»; «План: План, Темп»"""
    last: date = last_whole_day(clinic)
    row = plan_row(clinic, last.replace(day=1), of(channel), "margin", plan)
    if last.day < 10 or row["deviation"] is None or row["deviation"] >= Fraction(-15, 100):
        return None
    pace = row["pace_weekdays"]
    return {"before": plan, "after": pace, "effect": plan - pace, "causes": ""}


def reasons(clinic: Clinic, channel: str, upto: str, *, falling: bool) -> str:
    """«cost, sessions/cost, leads/sessions, bookings/leads, visits/bookings up to the measure
    (rules of cost: the first three …), now/before by n and o/4, up to three by |ln|, for falls only
    those that fell; a zero or unknown part leaves its quotients out»; «whole percents, half to
    even». A step that did not change by half a percent is no cause."""
    found = []
    for name, top, bottom in CHAIN:
        parts = [weeks(clinic, m, channel) for m in (top, bottom) if m]
        if all(part and part[0] and part[1] for part in parts):
            change = Fraction(1)
            for part, power in zip(parts, (1, -1), strict=False):
                assert part
                change *= (Fraction(part[0]) / part[1]) ** power
            percent = round(abs(change - 1) * 100)
            if percent and (change < 1 or not falling):
                sign = "▲" if change > 1 else "▼"
                found.append((abs(log(change)), f"{name} {sign} {percent} %"))
        if top == upto:
            break
    found.sort(key=lambda each: -each[0])
    return "; ".join(text for _, text in found[:3])
