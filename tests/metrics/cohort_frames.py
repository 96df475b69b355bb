"""The cohorts of an invented clinic, as metrics give them, for tests of tabs and books."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metrics.reports.cohorts import AGES, BLOCKS, MONTHS

NAN = float("nan")


def cohorts(months: int = 14) -> pd.DataFrame:
    """`metrics.reports.cohorts`: `months` up to June 2026, with totals."""
    rows = []
    for back in range(months - 1, -1, -1):
        number = 2026 * 12 + 5 - back
        year, month = divmod(number, 12)
        parts = [("Все", "Все", 10), ("Директ — поиск", "Все", 6), ("SEO", "Все", 4)]
        parts += [(c, d, 2) for c in ("Директ — поиск", "SEO") for d in ("имплантация", "терапия")]
        for channel, direction, size in parts:
            rows.append(_cohort(year, month, channel, direction, size * (9 + month % 4), back))
    return pd.DataFrame(rows)


def _cohort(
    year: int, month: int, channel: str, direction: str, patients: int, back: int
) -> dict[str, object]:
    # June 2026 ends on the day of the report: every cohort is ripe up to its age.
    cost = 0.0 if channel == "SEO" else patients * 420_000.0
    ages = np.arange(AGES)
    seen = np.where(ages <= back, np.round(patients * np.exp(-ages / 3.1)), NAN)
    margin = np.where(ages <= back, patients * 260_000.0 * np.log1p(ages * 1.4 + 0.6), NAN)
    ripe = margin[: back + 1] if back < AGES else margin
    reached = np.flatnonzero(ripe >= cost)
    blocks = {
        "retention": seen / patients,
        "margin": margin,
        "romi": (margin - cost) / cost if cost else margin * NAN,
        "patients": seen,
    }
    name = [f"{MONTHS[month]} {year}", channel, direction[:1].upper() + direction[1:]]
    return {
        "cohort": " · ".join(name),
        "month": f"{year}-{month + 1:02d}",
        "channel": channel,
        "direction": direction,
        "patients": float(patients),
        "cost": cost,
        "cac": cost / patients if cost else NAN,
        "payback": float(reached[0]) if cost and len(reached) else NAN,
        "payback_age": back,
        "payback_known": cost > 0,
        **{f"{block}_{age}": blocks[block][age] for block in BLOCKS for age in range(AGES)},
    }
