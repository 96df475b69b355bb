"""What changed (Что изменилось): numbers of past months that are not what an earlier day showed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from metrics.calendar import month_last
from metrics.coded import Bools
from metrics.facts import Facts
from metrics.join.join import join
from metrics.measures.monthly import KEYS, MEASURES, MONEY, monthly, months_until
from metrics.measures.revised import STEPS, Course
from metrics.past import Past
from metrics.settings import Settings
from metrics.sums import TOLERANCE

#: Why a number moved, in the order of the walk.
CAUSES = ("program", "report_day", *STEPS, "rules")
#: Below it an effect is rounding of shares, not a change.
_DUST = 1e-9
COLUMNS = (*KEYS, "shown", "before", "after", "change", *CAUSES, "is_fault")


def changes(facts: Facts, rows: Mapping[str, pd.DataFrame], past: Past | None) -> pd.DataFrame:
    """Definitions §17: a row per month, channel and measure that differs from the snapshot.

    Over months that had ended before the snapshot's day. Out: COLUMNS; month is its first day,
    measure one of MEASURES, counts and kopecks float64, NaN where a margin is unknown. The causes
    add up to `change`; where any step knew no margin they are NaN. `is_fault`: the same version
    of the program counts the snapshot's own rows otherwise than it did. By what was shown, largest
    first.
    """
    span = _ended(past.settings.as_of) if past else range(0)
    if past is None or not span:
        return _frame({})
    shown = past.numbers[past.numbers.index.get_level_values("month").isin(span)]
    now = monthly(facts, span)
    if not _differs(*_aligned([shown, now])).any():
        return _frame({})
    return _table(_aligned([shown, *_walk(facts.settings, rows, past, now, span), now]), past)


def _ended(day: date) -> range:
    """The months of a snapshot that had ended before its day."""
    months = months_until(day)
    return months if month_last(months[-1]) < day else months[:-1]


def _walk(
    settings: Settings,
    rows: Mapping[str, pd.DataFrame],
    past: Past,
    now: pd.Series,
    span: range,
) -> Iterator[pd.Series]:
    """The numbers after each cause but the last, which leads to those of now.

    A step that changes nothing has the numbers of the one before it, and is not computed.
    """
    course = Course.of(rows, past.revisions)
    then = course.at(None)
    yield monthly(join(then, past.settings), span)
    moved = replace(past.settings, as_of=settings.as_of)
    is_same = replace(moved, first=settings.first, last=settings.last) == settings
    numbers = now if is_same and not course.steps else monthly(join(then, moved), span)
    yield numbers
    for step in STEPS:
        if step in course.steps:
            is_last = is_same and step == course.steps[-1]
            numbers = now if is_last else monthly(join(course.at(step), moved), span)
        yield numbers


def _aligned(steps: Sequence[pd.Series]) -> list[pd.Series]:
    """All under one index; what a step does not name is 0 there."""
    index = steps[0].index
    for step in steps[1:]:
        index = index.union(step.index)
    return [step.reindex(index, fill_value=0.0) for step in steps]


def _differs(one: pd.Series, other: pd.Series) -> Bools:
    """Which numbers are not the same; unknown is equal to unknown."""
    return ~np.isclose(one, other, rtol=0, atol=TOLERANCE, equal_nan=True)


def _table(walk: list[pd.Series], past: Past) -> pd.DataFrame:
    """The rows that differ, with the effect of each cause."""
    numbers = np.column_stack(walk)
    rows = _differs(walk[0], walk[-1])
    effects = np.diff(numbers, axis=1)
    # Shares of a fractional model leave dust where nothing changed.
    effects = np.where(np.abs(effects) < _DUST, 0.0, effects)
    effects[np.isnan(numbers).any(axis=1)] = np.nan
    table = walk[0].index.to_frame(index=False)
    months = table["month"].to_numpy().astype("datetime64[M]").astype("datetime64[us]")
    table = table.assign(
        month=months,
        shown=pd.Timestamp(past.settings.as_of),
        before=numbers[:, 0],
        after=numbers[:, -1],
        change=numbers[:, -1] - numbers[:, 0],
        **dict(zip(CAUSES, effects.T, strict=True)),
        is_fault=past.same_program & _differs(walk[0], walk[1]),
    )
    table = table.assign(
        size=table["before"] / np.where(table["measure"].isin(MONEY), 100, 1),
        place=table["measure"].map(MEASURES.index),
    )
    order = ["size", "month", "channel", "place"]
    return _frame(table[rows].sort_values(order, ascending=[False, True, True, True]))


def _frame(table: Mapping[str, Any] | pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(table, columns=list(COLUMNS)).reset_index(drop=True)
