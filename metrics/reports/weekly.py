"""Weekly report (Неделя): the article's ten rows over the last eight ISO weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import pandas as pd

from metrics.calendar import monday
from metrics.coded import Bools, Floats, Ints
from metrics.facts import Facts, day_number
from metrics.measures.ltv import ltv_on
from metrics.sums import codes, group_sum, known_sum, positive_ratio, ratio
from metrics.wording import counted, roubles

WEEKS = 8
Unit = Literal["count", "money", "percent", "text"]
#: The ten rows in S0's order: code and unit.
ROWS: tuple[tuple[str, Unit], ...] = (
    ("leads", "count"),
    ("bookings", "count"),
    ("visits", "count"),
    ("margin", "money"),
    ("cac", "money"),
    ("ltv", "money"),
    ("romi", "percent"),
    ("cr_booking_visit", "percent"),
    ("sources", "text"),
    ("retarget", "text"),
)
_TOP = 3


@dataclass(frozen=True)
class Week:
    """An ISO week, Monday to Sunday; `partial` if as_of comes before its Sunday."""

    first: date
    last: date
    partial: bool

    @property
    def key(self) -> str:
        """The name of its column: the Monday, "2026-06-29"."""
        return self.first.isoformat()


def weeks(as_of: date) -> tuple[Week, ...]:
    """The last eight ISO weeks, the one of as_of last."""
    current = monday(as_of)
    starts = [current - timedelta(weeks=n) for n in range(WEEKS - 1, -1, -1)]
    ends = [start + timedelta(days=6) for start in starts]
    return tuple(Week(a, b, b > as_of) for a, b in zip(starts, ends, strict=True))


def weekly(facts: Facts) -> pd.DataFrame:
    """Definitions §9: ROWS over `weeks(as_of)`, on the cash basis; LTV as of each week's last day.

    Out: metric, unit; one object column per week named by `Week.key` (a float, NaN where empty;
    kopecks for money; text for the last two rows); change: the last full week against the full
    week before it, relative for counts and money, a difference for percents, NaN for text;
    change_unit: "relative", "difference" or "".
    """
    shown = weeks(facts.settings.as_of)
    spans = _Weeks(day_number(shown[0].first))
    margin = _margin(facts, spans)
    numbers = _numbers(facts, spans, margin.sum(axis=1))
    ends = [min(week.last, facts.settings.as_of) for week in shown]
    numbers["ltv"] = ltv_on(facts, ends)["ltv"].to_numpy()
    texts = {"sources": _sources(facts, margin), "retarget": _retarget(facts, spans, margin)}
    full = WEEKS - 2 if shown[-1].partial else WEEKS - 1
    rows = []
    for metric, unit in ROWS:
        values = texts[metric] if unit == "text" else numbers[metric].tolist()
        cells = dict(zip((week.key for week in shown), values, strict=True))
        change, how = _change(numbers[metric], full, unit) if unit != "text" else (np.nan, "")
        rows.append({"metric": metric, "unit": unit, **cells, "change": change, "change_unit": how})
    return pd.DataFrame(rows).astype({week.key: object for week in shown})


@dataclass(frozen=True)
class _Weeks:
    """Days cut into the weeks shown; day number `start` is the first Monday."""

    start: int

    def rows(self, day: Ints, also: Bools | None = None) -> Ints:
        """Rows whose day lies in the weeks shown (and that `also` holds for)."""
        inside = (day >= self.start) & (day < self.start + 7 * WEEKS)
        return np.flatnonzero(inside if also is None else inside & also)

    def of(self, day: Ints) -> Ints:
        """The week of each day, 0 … 7."""
        return (day - self.start) // 7

    def sum(self, frame: pd.DataFrame, day: str, value: str, also: Bools | None = None) -> Floats:
        """Sums of a column by week."""
        days = frame[day].to_numpy()
        rows = self.rows(days, also)
        return group_sum(self.of(days[rows]), frame[value].to_numpy()[rows], WEEKS)


def _numbers(facts: Facts, spans: _Weeks, margin: Floats) -> dict[str, Floats]:
    leads, patients = facts.leads, facts.patients
    fresh = ~leads["repeat"].to_numpy()
    booked = fresh & leads["booked"].to_numpy()
    came = booked & leads["visited"].to_numpy()
    cost = spans.sum(facts.costs, "day", "cost")
    return {
        "leads": spans.sum(leads, "day", "weight", fresh),
        "bookings": spans.sum(patients, "booking_day", "weight"),
        "visits": spans.sum(patients, "visit_day", "weight"),
        "margin": margin,
        "cac": positive_ratio(cost, spans.sum(patients, "paid_day", "weight")),
        "romi": ratio(margin - cost, cost),
        "cr_booking_visit": ratio(
            spans.sum(leads, "day", "weight", came), spans.sum(leads, "day", "weight", booked)
        ),
    }


def _margin(facts: Facts, spans: _Weeks) -> Floats:
    """Margin by week and group, weeks × groups; NaN where one is unknown."""
    pay, size = facts.payments, len(facts.groups)
    days = pay["day"].to_numpy()
    rows = spans.rows(days, pay["revenue"].to_numpy())
    cell = spans.of(days[rows]) * size + pay["group"].to_numpy()[rows]
    margin, certain = pay["margin"].to_numpy()[rows], pay["known"].to_numpy()[rows]
    return known_sum(cell, margin, certain, WEEKS * size).reshape(WEEKS, size)


def _sources(facts: Facts, margin: Floats) -> list[str]:
    """The three channels with most margin of each week: «SEO: 120 000 ₽; Авито: −800 ₽».

    A channel that received nothing, or an unknown margin, is not among them.
    """
    keys = codes(facts.groups, ["channel"])
    names = keys.labels["channel"].tolist()
    texts = []
    for by_group in margin:
        by_channel = group_sum(keys.code, by_group, len(keys))
        places = np.flatnonzero(np.nan_to_num(by_channel))
        top = places[np.argsort(-by_channel[places], kind="stable")][:_TOP]
        texts.append("; ".join(f"{names[i]}: {roubles(by_channel[i])}" for i in top))
    return texts


def _retarget(facts: Facts, spans: _Weeks, margin: Floats) -> list[str]:
    """Leads and margin of retarget-flagged leads of each week: «3 лида · 120 000 ₽»."""
    again = facts.groups["retarget"].to_numpy()
    flagged = again[facts.leads["group"].to_numpy()] & ~facts.leads["repeat"].to_numpy()
    leads = spans.sum(facts.leads, "day", "weight", flagged)
    return [
        f"{counted(n, 'лид', 'лида', 'лидов')} · "
        + ("маржа неизвестна" if np.isnan(money) else roubles(money))
        for n, money in zip(leads, margin[:, again].sum(axis=1), strict=True)
    ]


def _change(values: Floats, full: int, unit: Unit) -> tuple[float, str]:
    """The last full week against the one before; a growth from nothing or from a loss is empty."""
    last, before = values[full], values[full - 1]
    if unit == "percent":
        return float(last - before), "difference"
    return (float((last - before) / before) if before > 0 else np.nan), "relative"
