"""What is counted on its own date (cash basis): one list of events for every report that adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.coded import Bools, Floats, Ints
from metrics.facts import NEVER, Facts, once
from metrics.sums import by_patient, group_sum, within

#: Measures that add up over days and groups, in the order of «Воронка».
ADDITIVE = (
    "sessions",
    "goal_reaches",
    "impressions",
    "clicks",
    "leads",
    "repeat_requests",
    "bookings",
    "visits",
    "repeat_visits",
    "contracts",
    "new_patients",
    "revenue",
    "margin",
    "cost",
)


@dataclass(frozen=True)
class Events:
    """One measure: on `day` in `group` it happened `value` times (or kopecks).

    `unknown` marks rows whose value is not known; their sum is then NaN.
    """

    name: str
    day: Ints
    group: Ints
    value: Floats
    unknown: Bools | None = None

    def during(self, first: int, last: int) -> Events:
        """The events of a period, both its ends included."""
        inside = np.flatnonzero(within(self.day, first, last))
        unknown = None if self.unknown is None else self.unknown[inside]
        return Events(self.name, self.day[inside], self.group[inside], self.value[inside], unknown)

    def sums(self, code: Ints, size: int) -> Floats:
        """Sums by `code` of each event; NaN where a value that counts is unknown."""
        total = group_sum(code, self.value, size)
        if self.unknown is not None and self.unknown.any():
            total[np.bincount(code[self.unknown], minlength=size) > 0] = np.nan
        return total


@once
def events(facts: Facts) -> dict[str, Events]:
    """Every event of the clinic up to as_of, by measure: ADDITIVE and paid_visits."""
    lead, patient, visit, money = facts.leads, facts.patients, facts.visits, facts.payments
    repeat = lead["repeat"].to_numpy()
    revenue = money["revenue"].to_numpy()
    again = ~visit["first"].to_numpy()
    tables: tuple[tuple[pd.DataFrame, str, Bools | None, dict[str, str]], ...] = (
        (facts.traffic, "day", None, {"sessions": "sessions", "goal_reaches": "goal_reaches"}),
        (facts.costs, "day", None, {n: n for n in ("impressions", "clicks", "cost")}),
        (lead, "day", ~repeat, {"leads": "weight"}),
        (lead, "day", repeat, {"repeat_requests": "weight"}),
        (patient, "booking_day", None, {"bookings": "weight"}),
        (patient, "visit_day", None, {"visits": "weight"}),
        (visit, "day", again, {"repeat_visits": "weight"}),
        (patient, "contract_day", None, {"contracts": "weight"}),
        (patient, "paid_day", None, {"new_patients": "weight"}),
        (money, "day", revenue, {"revenue": "amount", "margin": "margin"}),
        (facts.paid_visits, "day", None, {"paid_visits": "weight"}),
    )
    groups = max(len(facts.groups), 1)
    return {e.name: e for table in tables for e in _of(*table, groups)}


def _of(
    frame: pd.DataFrame, day: str, rows: Bools | None, columns: dict[str, str], groups: int
) -> list[Events]:
    """Events of the rows that happened, of `rows` only where given: an event per name of `columns`.

    Where there are more rows than days and groups, one of each day and group is all of its rows.
    """
    days, group = frame[day].to_numpy(), frame["group"].to_numpy()
    happened = days < NEVER if rows is None else rows & (days < NEVER)
    first, last = _ends(days, happened)
    size = (last - first + 1) * groups
    unknown = ~frame["known"].to_numpy() if "known" in frame else None
    made = []
    if size >= len(days):
        place = np.flatnonzero(happened)
        for name, column in columns.items():
            value = frame[column].to_numpy()[place].astype(np.float64)
            blank = unknown[place] if unknown is not None and name == "margin" else None
            made.append(Events(name, days[place], group[place], value, blank))
        return made
    cell = days - first
    cell *= groups
    cell += group
    np.copyto(cell, size, where=~happened)
    values = {c: group_sum(cell, frame[c].to_numpy(), size + 1) for c in columns.values()}
    # No share weighs nothing: where there is a weight, something happened.
    there = values["weight"] if "weight" in values else np.bincount(cell, minlength=size + 1)
    present = np.flatnonzero(there[:-1] != 0)
    day_of, group_of = present // groups + first, present % groups
    for name, column in columns.items():
        blank = None
        if unknown is not None and name == "margin" and unknown.any():
            blank = np.bincount(cell[unknown], minlength=size + 1)[present] > 0
        made.append(Events(name, day_of, group_of, values[column][present], blank))
    return made


def _ends(days: Ints, happened: Bools) -> tuple[int, int]:
    """The first and the last day of a column of which something happened, before NEVER; the last is
    the one before where nothing did."""
    if not happened.any():
        return 0, -1
    first, last = int(days.min()), int(days.max())
    if last < NEVER:
        return first, last
    return first, int(np.where(happened, days, first).max())


def new_patient_margin(facts: Facts, first: int, last: int) -> Events:
    """Margin of the period from patients whose first paid day lies in the period."""
    money = facts.payments
    place = new_patient_rows(facts, first, last)
    return Events(
        "margin_new",
        money["day"].to_numpy()[place],
        money["group"].to_numpy()[place],
        money["margin"].to_numpy()[place].astype(np.float64),
        ~money["known"].to_numpy()[place],
    )


@once
def new_patient_rows(facts: Facts, first: int, last: int) -> Ints:
    """Rows of `facts.payments` that make revenue in the period, of patients new in it."""
    money = facts.payments
    paid_day = by_patient(facts.patients, facts.patients["paid_day"].to_numpy(), NEVER)
    is_new = within(paid_day, first, last)
    rows = np.flatnonzero(
        money["revenue"].to_numpy() & within(money["day"].to_numpy(), first, last)
    )
    of_new: Ints = rows[is_new[money["patient"].to_numpy()[rows]]]
    return of_new
