"""The joined clinic: every fact on its own local day, carried by its acquisition group.

Every report reads only this. A *group* is one distinct (channel, campaign, direction, retarget);
`group` columns hold its code, the row number in `Facts.groups`. Days are whole days since
1970-01-01 in the clinic's zone (int64; `NEVER` where there is none). Money is int64 kopecks.
`weight` is 1.0 unless the attribution model is fractional; then a lead, patient or payment stands
in several rows whose weights add up to 1 and whose kopecks add up to the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import pandas as pd

from metrics.entity_rows import EntityRows
from metrics.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

#: The day of something that has not happened; later than every real day.
NEVER = 2**40

_EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def day_date(number: int) -> date:
    """The date of a day number."""
    return date.fromordinal(number + _EPOCH)


@dataclass(frozen=True, eq=False)
class Facts:
    """Rows dated up to `settings.as_of`, joined. Columns (all frames have a plain RangeIndex):

    groups       channel, campaign, direction: str; retarget: bool
    leads        one row per kept lead (and share): lead int64 (row of the lead), day, created
                 (int64 µs UTC), group, weight, repeat bool (repeat request), booked bool (is the
                 lead of an appointment), visited bool (one of its appointments was visited),
                 contract bool (visited, and a visitor has a first paid day), rung int64 (index into
                 histories.RUNGS: how the touches were found), rule int64 (number of the channel rule), touches int64,
                 has_source, has_utm, has_client_id, has_yclid bool
    patients     one row per patient (and share): patient int64, group, weight, lead int64 (the
                 acquiring lead, -1 if none), lead_day, lead_repeat bool, booking_day, visit_day,
                 paid_day, last_paid_day, contract_day, paid_visits int64
    visits       visited appointments: patient, day, group, weight, first bool
    payments     rows of every kind: patient, day, group, weight, amount, margin, kind str;
                 revenue bool (makes revenue), known bool (margin is known; True where revenue is
                 False), item bool (amount > 0 and makes revenue), paid bool (amount > 0 and of a kind that makes a
                 paid visit), source_row int64 (row of
                 `sold`, equal for its shares), direction (its own); kind, direction and
                 costs.source are categories
    paid_visits  distinct (patient, day) with a first-paid kind row: patient, day, group, weight,
                 order int64 (0 = the patient's first)
    costs        per day: day, group, cost, impressions, clicks, source str (winner's kind)
    traffic      day, group, sessions, goal_reaches
    sold         the payments as they are stored: their service, doctor and more
    counts       what «Качество данных» counts: name -> int (see metrics/quality.py)
    """

    settings: Settings
    groups: pd.DataFrame
    leads: pd.DataFrame
    patients: pd.DataFrame
    visits: pd.DataFrame
    payments: pd.DataFrame
    paid_visits: pd.DataFrame
    costs: pd.DataFrame
    traffic: pd.DataFrame
    sold: EntityRows
    counts: dict[str, int]


def once(count: Callable[Concatenate[Facts, P], R]) -> Callable[Concatenate[Facts, P], R]:
    """What many reports ask of the same Facts (and the same rest, hashable) is counted once."""
    by_facts: WeakKeyDictionary[Facts, dict[tuple[Any, ...], R]] = WeakKeyDictionary()

    @wraps(count)
    def answer(facts: Facts, /, *rest: P.args, **named: P.kwargs) -> R:
        answers, question = by_facts.setdefault(facts, {}), (*rest, *named.items())
        if question not in answers:
            answers[question] = count(facts, *rest, **named)
        return answers[question]

    return answer
