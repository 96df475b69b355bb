"""Cohort matrix (Когорты): patients by month of first visit, how they return and pay back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from metrics.calendar import month_first, month_last, month_number, month_numbers
from metrics.coded import Bools, Floats, Ints
from metrics.facts import Facts, day_number
from metrics.settings import ALL, OTHER, Settings
from metrics.sums import (
    TOLERANCE,
    GroupKeys,
    by_patient,
    codes,
    group_sum,
    known_sum,
    positive_ratio,
    ratio,
)

#: Ages shown: T+0 … T+12.
AGES = 13
#: Ages that the article checks (S0).
CHECK_POINTS = (0, 3, 6, 9, 12)
BLOCKS = ("retention", "margin", "romi", "patients")
COLUMNS = (
    *("cohort", "month", "channel", "direction", "patients", "cost", "cac"),
    *("payback", "payback_age", "payback_known"),
    *(f"{block}_{age}" for block in BLOCKS for age in range(AGES)),
)
MONTHS = (
    *("Январь", "Февраль", "Март", "Апрель", "Май", "Июнь"),
    *("Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь"),
)


def cohorts(facts: Facts) -> pd.DataFrame:
    """Definitions §8: a row per month × channel × direction that has patients or a cost, with the
    totals of the month («Все», «Все») and of each channel before them.

    Out: COLUMNS. cohort is the name, month "YYYY-MM"; patients float64, cost, cac, margin_k in
    kopecks; retention_k, romi_k fractions; patients_k those with a visit at age k. payback: the
    first age at which margin ≥ cost (NaN if none); payback_age: the last mature age (-1 if none);
    payback_known: whether `payback` answers, either way. A cell is NaN before its month is over
    (`matures` tells when); money is NaN from the first month that has an unknown margin.
    """
    span = _Span.of(facts.settings)
    keys = codes(facts.groups, ["channel", "direction"])
    channels = codes(keys.labels, ["channel"])
    detail = _cells(facts, span, keys)
    by_channel = detail.fold(channels.code[detail.code], len(channels))
    fewest = facts.settings.min_patients
    small = detail.small(fewest)
    names = list(channels.labels["channel"])
    pairs = list(keys.labels.itertuples(index=False, name=None))
    parts = [
        (detail.fold(detail.code * 0, 1), [(ALL, ALL)]),
        (by_channel.take(~by_channel.small(fewest)), [(name, ALL) for name in names]),
        (detail.take(~small), pairs),
        (detail.take(small).fold(detail.code[small] * 0, 1), [(OTHER, OTHER)]),
    ]
    order = np.argsort(np.concatenate([cells.month for cells, _ in parts]), kind="stable")
    labels = [called[code] for cells, called in parts for code in cells.code.tolist()]
    stacked = _CohortSums(
        *map(np.concatenate, zip(*(vars(c).values() for c, _ in parts), strict=True))
    )
    return _rows(stacked.take(order), span, [labels[row] for row in order.tolist()])


def matures(month: str, age: int) -> date:
    """The day on which the cell T+age of cohort `month` ("YYYY-MM") is filled."""
    return month_last(month_number(date.fromisoformat(f"{month}-01")) + age)


@dataclass(frozen=True)
class _Span:
    """The months of the matrix: `months` of them from month number `first`, up to as_of's."""

    first: int
    months: int
    last_mature: int

    @classmethod
    def of(cls, settings: Settings) -> _Span:
        current = month_number(settings.as_of)
        whole = month_last(current) <= settings.as_of
        first = current - settings.cohort_months + 1
        return cls(first, settings.cohort_months, current if whole else current - 1)

    @property
    def ages(self) -> int:
        """Ages summed: all that pay back, and at least those shown."""
        return max(self.months, AGES)

    def mature(self) -> Ints:
        """The last mature age of each month, -1 if none."""
        return self.last_mature - self.first - np.arange(self.months)


@dataclass(frozen=True)
class _CohortSums:
    """Sums of cohorts, one a row: `month` of the span, `code` of what else tells it apart.

    patients, cost   by cohort
    margin           received at each age, cohorts × ages; NaN where an unknown margin counts
    visited          patients with a visit at each age, cohorts × AGES
    """

    month: Ints
    code: Ints
    patients: Floats
    cost: Floats
    margin: Floats
    visited: Floats

    def take(self, rows: Ints | Bools) -> _CohortSums:
        return _CohortSums(*(values[rows] for values in vars(self).values()))

    def fold(self, code: Ints, size: int) -> _CohortSums:
        """Add up the cohorts of a month that share a code."""
        present, to = np.unique(self.month * size + code, return_inverse=True)

        def add(values: Floats) -> Floats:
            width = math.prod(values.shape[1:])
            cell = to[:, None] * width + np.arange(width)
            sums = group_sum(cell.ravel(), values.ravel(), len(present) * width)
            return sums.reshape(len(present), *values.shape[1:])

        summed = (add(v) for v in (self.patients, self.cost, self.margin, self.visited))
        return _CohortSums(present // size, present % size, *summed)

    def small(self, fewest: int) -> Bools:
        """Cohorts of fewer patients than the setting lets be seen (definitions §10; 1 = off)."""
        few: Bools = (self.patients < fewest - TOLERANCE) & (fewest > 1)
        return few


def _cells(facts: Facts, span: _Span, keys: GroupKeys) -> _CohortSums:
    """Sum patients, visits, money and costs into cohorts; those without any are left out."""
    patients, pay, costs = facts.patients, facts.payments, facts.costs
    size, ages, columns = span.months * len(keys), span.ages, len(keys)
    month = _month_of(patients["visit_day"].to_numpy(), span)
    inside = np.flatnonzero(month >= 0)
    number, weight = patients["patient"].to_numpy()[inside], patients["weight"].to_numpy()[inside]
    cohort = month[inside] * columns + keys.code[patients["group"].to_numpy()[inside]]
    born = by_patient(patients, month, -1)
    age, who = np.nonzero(_visit_ages(facts, span, born)[:, number])
    visited = group_sum(cohort[who] * AGES + age, weight[who], size * AGES)

    start = born[pay["patient"].to_numpy()]
    rows = np.flatnonzero(pay["revenue"].to_numpy() & (start >= 0))
    start = start[rows]
    paid_month = np.maximum(_month_of(pay["day"].to_numpy()[rows], span), start)
    cell = start * columns + keys.code[pay["group"].to_numpy()[rows]]
    margin = known_sum(
        cell * ages + paid_month - start,
        pay["margin"].to_numpy()[rows],
        pay["known"].to_numpy()[rows],
        size * ages,
    )

    spent_month = _month_of(costs["day"].to_numpy(), span)
    rows = np.flatnonzero(spent_month >= 0)
    cell = spent_month[rows] * columns + keys.code[costs["group"].to_numpy()[rows]]
    cost = group_sum(cell, costs["cost"].to_numpy()[rows], size)
    people = group_sum(cohort, weight, size)
    cells = np.arange(size)
    every = _CohortSums(
        cells // max(columns, 1),
        cells % max(columns, 1),
        people,
        cost,
        margin.reshape(size, ages),
        visited.reshape(size, AGES),
    )
    return every.take((people > 0) | (cost != 0))


def _month_of(day: Ints, span: _Span) -> Ints:
    """The month of each day, counted in the span; -1 before it and for NEVER."""
    low, high = (
        day_number(month_first(span.first)),
        day_number(month_first(span.first + span.months)),
    )
    table = np.append(month_numbers(np.arange(low, high)) - span.first, -1)
    return table[np.where((day >= low) & (day < high), day - low, len(table) - 1)]


def _visit_ages(facts: Facts, span: _Span, born: Ints) -> Bools:
    """Whether a patient visited at an age, AGES × patient numbers."""
    patient = facts.visits["patient"].to_numpy()
    start = born[patient]
    age = _month_of(facts.visits["day"].to_numpy(), span) - start
    rows = np.flatnonzero((start >= 0) & (age >= 0) & (age < AGES))
    seen = np.zeros(AGES * len(born), dtype=bool)
    seen[age[rows] * len(born) + patient[rows]] = True
    return seen.reshape(AGES, len(born))


def _rows(cells: _CohortSums, span: _Span, labels: list[tuple[str, str]]) -> pd.DataFrame:
    """Cohorts as rows of the matrix; `labels` are their channels and directions."""
    margin = np.cumsum(cells.margin, axis=1)
    last = span.mature()[cells.month]
    ripe = np.arange(span.ages) <= last[:, None]
    cost = cells.cost[:, None]
    reached = (margin >= cost) & ripe
    paid_back = reached.any(axis=1)
    answered = paid_back | ~(np.isnan(margin) & ripe).any(axis=1)
    blocks = {
        "retention": ratio(cells.visited, cells.patients[:, None]),
        "margin": margin,
        "romi": ratio(margin - cost, cost),
        "patients": cells.visited,
    }
    dates = [month_first(span.first + m) for m in cells.month.tolist()]
    texts = {
        "cohort": [_name(day, *pair) for day, pair in zip(dates, labels, strict=True)],
        "month": [f"{day:%Y-%m}" for day in dates],
        "channel": [channel for channel, _ in labels],
        "direction": [direction for _, direction in labels],
    }
    numbers = {
        "patients": cells.patients,
        "cost": cells.cost,
        "cac": positive_ratio(cells.cost, cells.patients),
        "payback": np.where(paid_back & (cells.cost != 0), reached.argmax(axis=1), np.nan),
        "payback_age": last,
        "payback_known": answered & (cells.cost != 0) & (last >= 0),
        **{
            f"{block}_{age}": np.where(ripe[:, age], blocks[block][:, age], np.nan)
            for block in BLOCKS
            for age in range(AGES)
        },
    }
    return pd.concat([pd.DataFrame(texts, dtype="str"), pd.DataFrame(numbers)], axis=1)


def _name(month: date, channel: str, direction: str) -> str:
    """«Июль 2026 · Директ — поиск · Имплантация», as S0 names a cohort."""
    parts = [f"{MONTHS[month.month - 1]} {month.year}", channel]
    if channel != OTHER:
        parts.append(direction[:1].upper() + direction[1:])
    return " · ".join(parts)
