"""Rows of a period report with LTV, bounds and a verdict: what two tabs share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from metrics.coded import Floats
from metrics.cores import both
from metrics.facts import Facts, once
from metrics.measures.bounds import people_bounds, period_bounds
from metrics.measures.ltv import ltv_by
from metrics.measures.ltv_variance import ltv_variance
from metrics.measures.period import period_numbers
from metrics.measures.ratios import WORTH_RATIOS, quotients
from metrics.measures.verdict import verdicts
from metrics.settings import TOTAL
from metrics.sums import GroupKeys, codes


def period_rows(facts: Facts, by: Sequence[str], total_in: str = "") -> pd.DataFrame:
    """The period's numbers by columns of `facts.groups`, dearest first (then most margin, names).

    Adds to `period.period_report` the columns of `ltv.ltv`, ltv_cac, the bounds of definitions §12
    (`<key>_low`, `<key>_high`) and verdict. With `total_in` a last row says «Итого» in that
    column; it is computed from all rows at once.
    """
    total = _total(facts)
    rows = ordered(_numbers(facts, by), by)
    judged = rows.assign(verdict=verdicts(rows, total.iloc[0], facts.settings))
    if not total_in:
        return judged
    verdict = verdicts(total, total.iloc[0], facts.settings)
    last = total.assign(verdict=verdict, **{total_in: TOTAL})
    return pd.concat([judged, last[judged.columns]], ignore_index=True)


def ordered(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Dearest first, then most margin, then by name."""
    return rows.sort_values(
        ["cost", "margin", *by], ascending=[False, False, *[True] * len(by)], ignore_index=True
    )


@once
def _total(facts: Facts) -> pd.DataFrame:
    """The whole clinic, which is every report's mean."""
    return _numbers(facts, [])


def _numbers(facts: Facts, by: Sequence[str]) -> pd.DataFrame:
    settings, keys = facts.settings, codes(facts.groups, by)
    ((rows, numbers), bounds), worth = both(
        lambda: (period_numbers(facts, keys), people_bounds(facts, keys)),
        lambda: _worth(facts, keys, settings.as_of),
    )
    numbers |= {**worth, **bounds}
    shown = {name: values[rows] for name, values in numbers.items()}
    shown |= quotients(WORTH_RATIOS, {n: shown[n] for n in ("ltv", "cac")})
    shown |= period_bounds(shown, settings)
    labels = keys.labels.take(rows).reset_index(drop=True)
    return pd.concat([labels, pd.DataFrame(shown)], axis=1)


def _worth(facts: Facts, keys: GroupKeys, day: date) -> dict[str, Floats]:
    """LTV and its variance for every row of `keys`."""
    worth = ltv_by(facts, keys, day)
    columns = {str(name): worth[name].to_numpy() for name in worth}
    return columns | {"ltv_variance": ltv_variance(facts, keys, worth)}
