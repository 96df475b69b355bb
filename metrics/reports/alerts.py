"""Alerts (Внимание): what fell or rose against the four weeks before, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isnan, log
from typing import Any

import numpy as np
import pandas as pd
import scipy  # as repeat_buying says

from metrics.coded import Floats
from metrics.facts import Facts, day_number
from metrics.measures.alert import Alert, joined
from metrics.measures.events import events
from metrics.settings import ALL, TOTAL
from metrics.sources import SourceFreshness
from metrics.sums import TOLERANCE, codes

NAME = "alerts"
COLUMNS = ("day", "rule", "channel", "before", "after", "effect", "causes", "sent")
SPENT, WASTED, BEHIND = "Расход вырос", "Расход без лидов", "План под угрозой"
#: Rules of money; the others count people.
MONEY_RULES = (SPENT, WASTED, BEHIND)
#: Rules of a fall: rule, its measure, the entities that it stands on.
_FALLS = (
    ("Меньше лидов", "leads", ("leads", "calls")),
    ("Меньше записей", "bookings", ("appointments",)),
    ("Меньше визитов", "visits", ("appointments",)),
)
#: Chance that a count falls so far by itself, both sides; the newer week is a fifth of all days.
_CHANCE, _SHARE, _WEEKS = 0.01, 0.2, 4
#: From so many on, what one of a channel brings is its own affair.
_ENOUGH = 10
_LEAST_LEADS = 4
_BEHIND, _MONTH_BEGUN = -0.15, 10
_BIT = 1e-9
#: The chain from money to visits: name, its quotient of two measures (of one: the measure).
_CHAIN = (
    ("расходы", "cost", ""),
    ("визиты на рубль", "sessions", "cost"),
    ("лиды на визит", "leads", "sessions"),
    ("записи на лид", "bookings", "leads"),
    ("визиты на запись", "visits", "bookings"),
)
_MOST_CAUSES = 3


@dataclass(frozen=True)
class _RecentWeeks:
    """Sums of the last seven whole days and of the 28 before, by measure: a value a channel."""

    channels: list[str]
    now: dict[str, Floats]
    past: dict[str, Floats]


def alerts(
    facts: Facts,
    channel_report: pd.DataFrame,
    plan_fact: pd.DataFrame,
    sources: Sequence[SourceFreshness],
    memory: MutableMapping[str, Any],
) -> pd.DataFrame:
    """Definitions §15: the rows of the last 90 days, those of the last whole day made anew.

    In: the report's period by channel, the plan's months, what became of the sources; `memory`
    holds the rows that stand, `Alert.plain`, and gets those of the last whole day in their place.
    Out: COLUMNS, newest first, then the greatest effect; day datetime64, effect in kopecks,
    before and after in kopecks for MONEY_RULES, `sent` local, NaT where not sent.
    """
    day = facts.settings.as_of - timedelta(days=1)
    stale = {source.entity for source in sources if source.stale}
    weeks = _weeks(facts, day_number(day))
    every = [
        *_falls(weeks, channel_report, day, stale),
        *_spending(weeks, day, stale),
        *_behind(plan_fact, day, stale),
    ]
    least = facts.settings.alert_min_effect * 100 - TOLERANCE
    fresh = [each for each in every if each.effect >= least]
    standing = [Alert.of(body) for body in memory.get(NAME, ())]
    memory[NAME] = [each.plain() for each in fresh]
    return _frame([a for a in joined(standing, fresh, day) if a.day <= day], facts)


def _frame(rows: Sequence[Alert], facts: Facts) -> pd.DataFrame:
    zone = facts.settings.zone
    sent = [a.sent.astimezone(zone).replace(tzinfo=None) if a.sent else None for a in rows]
    frame = pd.DataFrame([vars(a) for a in rows], columns=list(COLUMNS))
    return frame.assign(
        day=pd.to_datetime(frame["day"]), sent=pd.Series(sent, dtype="datetime64[us]")
    )


def _weeks(facts: Facts, end: int) -> _RecentWeeks:
    channels = codes(facts.groups, ["channel"])
    size = len(channels)
    sums = {}
    for key, first, last in (("now", end - 6, end), ("past", end - 34, end - 7)):
        happened = {n: events(facts)[n].during(first, last) for n in ("cost", "sessions", "leads", "bookings", "visits")}  # fmt: skip
        table = {n: e.sums(channels.code[e.group], size) for n, e in happened.items()}
        sums[key] = {n: np.append(values, values.sum()) for n, values in table.items()}
    return _RecentWeeks([*channels.labels["channel"].tolist(), ALL], sums["now"], sums["past"])


def _falls(
    weeks: _RecentWeeks, report: pd.DataFrame, day: date, stale: set[str]
) -> Iterator[Alert]:
    """Fewer leads, bookings or visits than chance allows."""
    for rule, measure, entities in _FALLS:
        if stale & set(entities):
            continue
        now, past = weeks.now[measure], weeks.past[measure]
        worth = _worth(report, measure)
        fell = (now < past / _WEEKS - TOLERANCE) & (2 * chance(now, past) < _CHANCE)
        for at in np.flatnonzero(fell):
            channel, before, after = weeks.channels[at], past[at] / _WEEKS, now[at]
            effect = (before - after) * worth(channel)
            causes = _causes(weeks, int(at), measure, falls=True)
            yield Alert(day, rule, channel, float(before), float(after), effect, causes)


def chance(now: Floats, past: Floats) -> Floats:
    """P(X ≤ now) of X ~ Binomial(now + past, 1/5), counts rounded."""
    k, n = np.rint(now), np.rint(now) + np.rint(past)
    return np.asarray(scipy.special.bdtr(k, n.astype(np.int64), _SHARE), dtype=np.float64)


def _worth(report: pd.DataFrame, measure: str) -> Callable[[str], float]:
    """What one of a measure brings in the report's period, in kopecks, by channel."""
    pairs = zip(report["margin_new"].tolist(), report[measure].tolist(), strict=True)
    sums: dict[str, tuple[float, float]] = dict(zip(report["channel"], pairs, strict=True))

    def worth(channel: str) -> float:
        margin, count = sums.get(channel, (0.0, 0.0))
        if count < _ENOUGH - TOLERANCE:
            margin, count = sums[TOTAL]
        return margin / count if count > 0 else float("nan")

    return worth


def _spending(weeks: _RecentWeeks, day: date, stale: set[str]) -> Iterator[Alert]:
    """Costs that rose by three tenths, and costs that brought no lead."""
    if "costs" in stale:
        return
    counts_leads = not stale & {"leads", "calls"}
    for at, channel in enumerate(weeks.channels):
        now, past = float(weeks.now["cost"][at]), float(weeks.past["cost"][at])
        leads, usual = weeks.now["leads"][at], weeks.past["leads"][at]
        before, causes = past / _WEEKS, _causes(weeks, at, "leads", falls=False)
        if past > 0 and 10 * _WEEKS * now >= 13 * past:
            yield Alert(day, SPENT, channel, before, now, now - before, causes)
        if counts_leads and now > 0 and leads < TOLERANCE and usual >= _LEAST_LEADS - TOLERANCE:
            yield Alert(day, WASTED, channel, before, now, now, causes)


def _behind(plan_fact: pd.DataFrame, day: date, stale: set[str]) -> Iterator[Alert]:
    """The margin of the month falls short of its plan."""
    if "payments" in stale or day.day < _MONTH_BEGUN:
        return
    month = pd.Timestamp(day.replace(day=1))
    rows = plan_fact[(plan_fact["measure"] == "margin") & (plan_fact["month"] == month)]
    for row in rows.to_dict("records"):
        plan, pace = float(row["plan"]), float(row["pace_weekdays"])
        if row["deviation"] < _BEHIND - _BIT:
            yield Alert(day, BEHIND, row["channel"], plan, pace, plan - pace)


def _causes(weeks: _RecentWeeks, at: int, measure: str, *, falls: bool) -> str:
    """«визиты на рубль ▼ 30 %»: the steps up to a measure that changed most, at most three."""
    steps: list[tuple[float, str]] = []
    for name, above, below in _CHAIN:
        change = _change(weeks, at, above, below)
        percent = abs(round((change - 1) * 100, 6)) if not isnan(change) else 0.0
        if round(percent) and (change < 1 or not falls):
            text = f"{name} {'▲' if change > 1 else '▼'} {round(percent)} %"
            steps.append((-abs(log(change)), text))
        if above == measure:
            break
    return "; ".join(text for _, text in sorted(steps, key=lambda each: each[0])[:_MOST_CAUSES])


def _change(weeks: _RecentWeeks, at: int, above: str, below: str) -> float:
    """A quotient now / before; NaN where a part of it is 0 or not known."""
    one, two = weeks.now[above][at], weeks.past[above][at] / _WEEKS
    three, four = (weeks.now[below][at], weeks.past[below][at] / _WEEKS) if below else (1.0, 1.0)
    if not all(part > 0 for part in (one, two, three, four)):
        return float("nan")
    return float(one / two / (three / four))
