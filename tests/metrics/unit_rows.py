"""Rows of a month of implants, the article's S3 twice over, and a row of its unit economics."""

import pandas as pd

from metrics.facts import Facts
from metrics.measures.unit import units
from tests.metrics.clinic_rows import Row, lead, paid, spent, visit

SEARCH = {"utm_source": "yandex", "utm_medium": "cpc", "utm_campaign": "implant_search"}
MARCH = ("2026-03-01", "2026-03-31")


def implants(patients: int = 30, leads: int = 400, **more: Row) -> dict[str, list[Row]]:
    """Twice the month of S3: 2 or 3 procedures a patient at 4 000 ₽, 1 200 ₽ each, 500 ₽ off."""
    money = []
    for i in range(patients):
        money += [
            paid(f"P{i}-{n}", f"2026-03-{12 + n}", f"K{i}", 4000, cost=1200)
            for n in range(2 + i % 2)
        ]
        money.append(paid(f"B{i}", "2026-03-12", f"K{i}", 500, kind="bonus"))
    return {
        "leads": [lead(f"L{i:03}", "2026-03-10", **SEARCH, **more) for i in range(leads)],
        "visits": [visit(f"V{i}", "2026-03-12", f"K{i}", f"L{i:03}") for i in range(patients)],
        "payments": money,
        "costs": [spent(*MARCH, 200_000, campaign="implant_search", direction="имплантация")],
    }


def row_of(facts: Facts, value: str, by: str = "direction") -> pd.Series:
    table = units(facts, by)
    return table[table[by] == value].iloc[0]
