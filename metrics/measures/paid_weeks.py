"""Paid weeks: ISO weeks in which a patient has a paid visit, and the margin of later weeks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from metrics.coded import Bools, Floats, Ints, distinct
from metrics.facts import Facts
from metrics.measures.repeat_buying import Buyers
from metrics.sums import group_sum, ratio

#: 1970-01-01 was a Thursday: day numbers shifted so far begin their ISO week on a Monday.
_SINCE_MONDAY = 3


def week_number(day: Ints | int) -> Ints:
    """The ISO week of a day number, counted from the week of 1970-01-01."""
    return np.asarray((day + _SINCE_MONDAY) // 7, dtype=np.int64)


@dataclass(frozen=True)
class PaidWeeks:
    """The paid weeks of a clinic up to the week `end`.

    patient, week  the distinct pairs in which a patient has a paid visit
    first          by patient number, the first paid week; `end` + 1 where there is none
    payers         numbers of the patients who have one, rising
    """

    facts: Facts
    end: int
    patient: Ints
    week: Ints
    first: Ints
    payers: Ints

    @classmethod
    def of(cls, facts: Facts, end: int) -> PaidWeeks:
        size = 1 + max(
            int(frame["patient"].to_numpy().max(initial=-1))
            for frame in (facts.patients, facts.payments, facts.paid_visits)
        )
        visits = facts.paid_visits
        week = week_number(visits["day"].to_numpy())
        rows = week <= end
        low = int(week.min(initial=end))
        patient, weeks = np.divmod(
            distinct(visits["patient"].to_numpy()[rows] * (end - low + 1) + week[rows] - low),
            end - low + 1,
        )
        weeks = weeks + low
        first = np.full(size, end + 1, dtype=np.int64)
        np.minimum.at(first, patient, weeks)
        return cls(facts, end, patient, weeks, first, np.flatnonzero(first <= end))

    @cached_property
    def buyers(self) -> Buyers:
        """x, t, T and m of the payers, in their order."""
        size, first = len(self.first), self.first[self.payers]
        x = self.count(0, self.end)[self.payers]
        last = np.zeros(size, dtype=np.int64)
        np.maximum.at(last, self.patient, self.week)
        pay, rows = self.facts.payments, self.money(0, self.end)
        margin = group_sum(pay["patient"].to_numpy()[rows], pay["margin"].to_numpy()[rows], size)
        return Buyers(
            x,
            (last[self.payers] - first).astype(np.float64),
            (self.end - first).astype(np.float64),
            ratio(margin[self.payers], x),
        )

    def count(self, begin: int, end: int) -> Floats:
        """By patient number: paid weeks after the first in weeks `begin` … `end`."""
        inside = (self.week >= begin) & (self.week <= end) & (self.week > self.first[self.patient])
        return group_sum(self.patient[inside], None, len(self.first))

    def money(self, begin: int, end: int) -> Bools:
        """Rows of payments that make revenue in weeks `begin` … `end`, after a first paid week
        that is not after the paid weeks' own `end`."""
        pay = self.facts.payments
        week = week_number(pay["day"].to_numpy())
        first = self.first[pay["patient"].to_numpy()]
        begun = (first <= self.end) & (week > first)
        rows: Bools = pay["revenue"].to_numpy() & begun & (week >= begin) & (week <= end)
        return rows
