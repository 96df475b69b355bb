"""«Сравнение»: the page's example to the kopeck, and parts that always add up to the whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.reports.comparison import CAUSES, comparison
from metrics.settings import OTHER, TOTAL
from tests.examples import examples
from tests.metrics.clinic_rows import Row, clinic, lead, paid, spent, visit

#: Channel, cost before, new patients before, margin of each; the same after. Thirty days each.
PAGE = (
    ("poisk", 300_000, 60, 7_000, 240_000, 60, 7_500),
    ("rsya", 120_000, 10, 6_000, 20_000, 2, 7_000),
)


def rows(*channels: tuple[str, int, int, int, int, int, int]) -> dict[str, list[Row]]:
    """A lead, a visit and a payment of each new patient on the 10th of May or of June."""
    made: dict[str, list[Row]] = {"leads": [], "visits": [], "payments": [], "costs": []}
    for name, *numbers in channels:
        utm = {"utm_source": "yandex", "utm_medium": "cpc", "utm_campaign": name}
        for month, days, (cost, people, margin) in (
            ("05", ("2026-05-02", "2026-05-31"), numbers[:3]),
            ("06", ("2026-06-01", "2026-06-30"), numbers[3:]),
        ):
            if cost:
                made["costs"].append(spent(*days, cost, campaign=name))
            for n in range(people):
                who, day = f"{name}{month}-{n}", f"2026-{month}-10"
                made["leads"].append(lead(f"L{who}", day, **utm))
                made["visits"].append(visit(f"V{who}", day, who, f"L{who}"))
                made["payments"].append(paid(f"P{who}", day, who, margin, cost=0))
    return made


def compared(
    *channels: tuple[str, int, int, int, int, int, int], **settings: object
) -> pd.DataFrame:
    facts = clinic("2026-06-01", "2026-06-30", "2026-07-01", **rows(*channels))
    return comparison(replace(facts, settings=replace(facts.settings, **settings)))


def test_the_page_s_example_to_the_kopeck():
    table = compared(*PAGE)
    channels = table[table["side"] == "channel"].set_index("name")
    assert channels.index.tolist() == ["Директ — поиск", "Директ — РСЯ", TOTAL]
    total = channels.loc[TOTAL]
    assert total["cac_before"] == 6_000_00
    assert total["cac_after"] == pytest.approx(4_193_55, abs=0.5)
    assert channels["cac_price"].tolist()[:2] == pytest.approx([-912_44, -175_12], abs=0.5)
    assert channels["cac_mix"].tolist()[:2] == pytest.approx([-66_00, -652_89], abs=0.5)
    assert total["romi_new_before"] == pytest.approx(0.1429, abs=5e-5)
    assert total["romi_new_after"] == pytest.approx(0.7846, abs=5e-5)
    assert channels["romi_yield"].tolist()[:2] == pytest.approx([0.3889, 0.0363], abs=5e-5)
    assert channels["romi_mix"].tolist()[:2] == pytest.approx([0.0363, 0.1803], abs=5e-5)
    assert total["cost_before"] == 420_000_00
    assert total["cost_change"] == pytest.approx(-0.3810, abs=5e-5)


def test_sums_are_per_thirty_days_of_either_period():
    table = compared(*PAGE, compare_from=date(2026, 5, 2), compare_to=date(2026, 5, 16))
    total = table[(table["side"] == "channel") & (table["name"] == TOTAL)].iloc[0]
    assert total["new_patients_before"] == 70 * 2
    assert total["cac_before"] == 3_000_00
    assert total["new_patients_after"] == 62


def test_a_period_that_begins_after_its_end_compares_as_usual():
    late = compared(*PAGE, compare_from=date(2026, 12, 1))
    assert late.equals(compared(*PAGE))


def test_a_change_from_nothing_is_empty_and_a_cause_without_a_base_too():
    table = compared(("poisk", 0, 0, 0, 200_000, 5, 1_000))
    total = table[table["name"] == TOTAL].iloc[0]
    assert total["cost_before"] == 0
    assert np.isnan(total["cost_change"])
    assert table[list(CAUSES)].isna().all(axis=None)


def test_small_rows_stand_together():
    table = compared(*PAGE, min_patients=3)
    channels = table[table["side"] == "channel"]
    assert channels["name"].tolist() == ["Директ — поиск", OTHER, TOTAL]
    assert channels["new_patients_after"].tolist() == [60, 2, 62]


def test_a_clinic_without_rows_compares_nothing():
    assert compared().empty


number = st.integers(0, 5)


@settings(max_examples=examples(10))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["poisk", "rsya", "vk"]),
            st.integers(0, 900), number, st.integers(1, 99),
            st.integers(0, 900), number, st.integers(1, 99),
        ),
        unique_by=lambda row: row[0],
        max_size=3,
    )
)  # fmt: skip
def test_causes_add_up_to_the_change_exactly(channels):
    table = compared(*channels)
    for side in ("channel", "direction"):
        part = table[table["side"] == side]
        if part.empty:
            continue
        total = part[part["name"] == TOTAL].iloc[0]
        own = part[part["name"] != TOTAL]
        for measure, causes in (("cac", CAUSES[:2]), ("romi_new", CAUSES[2:])):
            change = total[f"{measure}_after"] - total[f"{measure}_before"]
            added = own[list(causes)].sum().sum()
            assert (
                own[list(causes)].isna().all(axis=None)
                or np.isnan(change)
                or (added == pytest.approx(change, rel=1e-9, abs=1e-6))
            )
            assert np.isnan(total[causes[0]]) or total[list(causes)].sum() == pytest.approx(
                added, rel=1e-9, abs=1e-6
            )
