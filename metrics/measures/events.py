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
    tables: dict[str, tuple[pd.DataFrame, str, str, Bools | None]] = {
        "sessions": (facts.traffic, "day", "sessions", None),
        "goal_reaches": (facts.traffic, "day", "goal_reaches", None),
        "impressions": (facts.costs, "day", "impressions", None),
        "clicks": (facts.costs, "day", "clicks", None),
        "leads": (lead, "day", "weight", ~repeat),
        "repeat_requests": (lead, "day", "weight", repeat),
        "bookings": (patient, "booking_day", "weight", None),
        "visits": (patient, "visit_day", "weight", None),
        "repeat_visits": (visit, "day", "weight", again),
        "contracts": (patient, "contract_day", "weight", None),
        "new_patients": (patient, "paid_day", "weight", None),
        "revenue": (money, "day", "amount", revenue),
        "margin": (money, "day", "margin", revenue),
        "cost": (facts.costs, "day", "cost", None),
        "paid_visits": (facts.paid_visits, "day", "weight", None),
    }
    return {name: _of(name, *table) for name, table in tables.items()}


def _of(name: str, frame: pd.DataFrame, day: str, value: str, rows: Bools | None) -> Events:
    """Events of the rows that happened, of `rows` only where given."""
    days = frame[day].to_numpy()
    happened = days < NEVER if rows is None else rows & (days < NEVER)
    place = np.flatnonzero(happened)
    unknown = ~frame["known"].to_numpy()[place] if name == "margin" else None
    return Events(
        name,
        days[place],
        frame["group"].to_numpy()[place],
        frame[value].to_numpy()[place].astype(np.float64),
        unknown if unknown is not None and unknown.any() else None,
    )


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
