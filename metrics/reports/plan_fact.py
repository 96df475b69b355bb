"""Plan against fact (План-факт): what was promised for a month, and where it is heading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.calendar import month_first, month_number, month_numbers
from metrics.coded import Floats, Ints, fold
from metrics.facts import Facts, day_date, day_number
from metrics.measures.events import events
from metrics.measures.ratios import PERIOD_RATIOS
from metrics.settings import ALL
from metrics.sums import codes, ratio

#: What adds up over days, and what is made of it by §5's formulas.
ADDED = (
    "leads", "bookings", "visits", "new_patients", "contracts", "revenue", "margin", "cost",
)  # fmt: skip
RATIOS = ("cpl", "cac", "romi", "drr")
#: In the order of the page.
MEASURES = (*ADDED, *RATIOS)
MONEY = ("revenue", "margin", "cost", "cpl", "cac")
#: Shares of one; their deviation is a difference.
SHARES = ("romi", "drr")
#: Measures of which less is better.
LESS = ("cost", "cpl", "cac", "drr")
COLUMNS = (
    "month", "channel", "measure", "plan", "fact", "completion", "passed_calendar",
    "passed_weekdays", "pace_calendar", "pace_weekdays", "deviation", "verdict", "known",
)  # fmt: skip
#: The days whose weekdays tell how a month goes: eight whole weeks.
_SEEN = 56
_IN_PLAN = 0.05
_BIT = 1e-9
#: Codes of no channel: counted from the end, they are the last columns of `_sums`' tables.
_EVERY, _UNKNOWN = -1, -2
_OF = {each.key: each.of for each in PERIOD_RATIOS if each.key in RATIOS}


@dataclass(frozen=True)
class Target:
    """A row of «План»: `month` since 1970-01, ALL or a channel as typed, a name of MEASURES;
    `value` in people, kopecks, or as a share of one."""

    month: int
    channel: str
    measure: str
    value: float


def plan_fact(facts: Facts, plan: Sequence[Target] = ()) -> pd.DataFrame:
    """Definitions §15: a row per target, newest month first, then ALL and channels by name.

    Out: COLUMNS; month is its first day, measure a name of MEASURES, counts and kopecks floats,
    shares of one; NaN where empty, and everything after `plan` of a month that begins after the
    last whole day. `known` is False of a channel that nothing ever came from: its facts are 0.
    """
    if not plan:
        return pd.DataFrame(columns=list(COLUMNS))
    names, place = _channels(facts, plan)
    targets = sorted(
        zip(plan, names, place, strict=True),
        key=lambda t: (-t[0].month, t[1] != ALL, t[1], MEASURES.index(t[0].measure)),
    )
    months = np.array([target.month for target, _, _ in targets], dtype=np.int64)
    places = np.array([at for *_, at in targets], dtype=np.int64)
    numbers = _numbers(_sums(facts, months, places), *_passed(facts, months))
    rows = _frame([target for target, _, _ in targets], [name for _, name, _ in targets], numbers)
    return rows.assign(known=places >= _EVERY)


def _channels(facts: Facts, plan: Sequence[Target]) -> tuple[list[str], list[int]]:
    """Each target's channel as reports name it, and its code, _EVERY or _UNKNOWN."""
    channels = codes(facts.groups, ["channel"]).labels["channel"].tolist()
    spelled = {fold(name): at for at, name in reversed(list(enumerate(channels)))}
    place = [_EVERY if t.channel == ALL else spelled.get(fold(t.channel), _UNKNOWN) for t in plan]
    names = [channels[at] if at >= 0 else t.channel for t, at in zip(plan, place, strict=True)]
    return names, place


def _sums(facts: Facts, months: Ints, place: Ints) -> dict[str, Floats]:
    """The fact of each target's month up to the last whole day, by measure of ADDED."""
    end, begin = day_number(facts.settings.as_of) - 1, int(months.min())
    channels = codes(facts.groups, ["channel"])
    wide, long = len(channels), max(int(months.max()), month_number(day_date(end))) - begin + 1
    first = day_number(month_first(begin))
    facts_of: dict[str, Floats] = {}
    for name in ADDED:
        event = events(facts)[name].during(first, end)
        code = (month_numbers(event.day) - begin) * wide + channels.code[event.group]
        table = event.sums(code, long * wide).reshape(long, wide)
        every = np.column_stack([table, np.zeros(long), table.sum(axis=1)])
        facts_of[name] = every[months - begin, place]
    return facts_of


def _passed(facts: Facts, months: Ints) -> tuple[Floats, dict[str, Floats]]:
    """What share of each target's month has passed: of its days, and by measure of the weight of
    its weekdays. NaN of a month that begins after the last whole day."""
    end = day_number(facts.settings.as_of) - 1
    present, row = np.unique(months, return_inverse=True)
    whole = np.array([_weekdays(month_days(month)) for month in present], dtype=np.float64)
    gone = np.array([_weekdays(d[d <= end]) for d in map(month_days, present)], dtype=np.float64)
    calendar = np.where(gone.sum(axis=1) > 0, gone.sum(axis=1) / whole.sum(axis=1), np.nan)
    leads = facts.leads["day"].to_numpy()
    young = not len(leads) or int(leads.min()) > end - _SEEN + 1
    shares = {}
    for name in ADDED:
        event = events(facts)[name].during(end - _SEEN + 1, end)
        weight = np.maximum(event.sums(_weekday(event.day), 7), 0)
        total = whole @ weight
        share = np.where(young | (total == 0), calendar, ratio(gone @ weight, total))
        # A month that is over has passed whatever its weekdays weigh.
        shares[name] = np.where(calendar == 1, 1.0, np.where(calendar > 0, share, np.nan))[row]
    return calendar[row], shares


def month_days(month: int) -> Ints:
    """The day numbers of a month."""
    first, after = (day_number(month_first(int(month) + n)) for n in (0, 1))
    return np.arange(first, after, dtype=np.int64)


def _weekday(days: Ints) -> Ints:
    """Monday is 0: day 0 was a Thursday."""
    weekday: Ints = (days + 3) % 7
    return weekday


def _weekdays(days: Ints) -> Ints:
    """How many of the days are Mondays, Tuesdays …"""
    return np.bincount(_weekday(days), minlength=7)


def _numbers(
    sums: dict[str, Floats], calendar: Floats, weekdays: dict[str, Floats]
) -> dict[str, dict[str, Floats]]:
    """Fact, both shares and both paces of each target by measure; ratios are made of the parts'."""
    begun = np.where(np.isnan(calendar), np.nan, 0.0)
    nothing = np.full(len(calendar), np.nan)
    fact = {name: sums[name] + begun for name in ADDED}
    by_calendar = {name: ratio(fact[name], calendar) for name in ADDED}
    by_weekdays = {name: ratio(fact[name], weekdays[name]) for name in ADDED}
    made = {
        key: parts | {name: _OF[name](parts) for name in RATIOS}
        for key, parts in (
            ("fact", fact), ("pace_calendar", by_calendar), ("pace_weekdays", by_weekdays),
        )
    }  # fmt: skip
    empty = dict.fromkeys(RATIOS, nothing)
    return made | {
        "passed_calendar": dict.fromkeys(ADDED, calendar) | empty,
        "passed_weekdays": weekdays | empty,
    }


def _frame(
    targets: Sequence[Target], names: Sequence[str], numbers: dict[str, dict[str, Floats]]
) -> pd.DataFrame:
    value = np.array([target.value for target in targets])
    measures = [target.measure for target in targets]
    lanes = {
        key: np.array([by[name][row] for row, name in enumerate(measures)])
        for key, by in numbers.items()
    }
    pace = lanes["pace_weekdays"]
    shared = np.isin(measures, SHARES)
    deviation = np.where(shared, pace - value, ratio(pace, value) - 1)
    rows = pd.DataFrame(
        {
            "month": pd.to_datetime([month_first(target.month) for target in targets]),
            "channel": names,
            "measure": measures,
            "plan": value,
            **lanes,
            "completion": ratio(lanes["fact"], value),
            "deviation": deviation,
            "verdict": [_verdict(m, float(d)) for m, d in zip(measures, deviation, strict=True)],
        }
    )
    return rows[list(COLUMNS[:-1])]


def _verdict(measure: str, deviation: float) -> str:
    if np.isnan(deviation):
        return ""
    if abs(deviation) <= _IN_PLAN + _BIT:
        return "в плане"
    words = ("ниже плана", "выше плана") if measure in LESS else ("отстаёт", "опережает")
    return words[deviation > 0]
