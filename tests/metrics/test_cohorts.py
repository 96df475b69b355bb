"""The cohort matrix, from rows: ages, ripeness, payback, merged small rows."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.reports.cohorts import AGES, COLUMNS, cohorts, matures
from tests.metrics.clinic_rows import Row, clinic, lead, paid, spent, visit

SEARCH = {"utm_source": "yandex", "utm_medium": "cpc", "utm_campaign": "implant_search"}
IMPLANTS = "Июль 2025 · Директ — поиск · Имплантация"
PERIOD = ("2026-01-01", "2026-01-31")


def july() -> dict[str, list[Row]]:
    """S0's cohort: two patients of July 2025 who come at T+0, one of them at T+3 and T+6 too."""
    return {
        "leads": [lead(f"L{i}", "2025-07-02", **SEARCH) for i in (1, 2)],
        "visits": [
            visit("V1", "2025-07-10", "K1", "L1"),
            visit("V2", "2025-07-31", "K2", "L2"),
            visit("V3", "2025-10-05", "K1"),
            visit("V4", "2025-10-06", "K1"),
            visit("V5", "2026-01-31", "K1"),
        ],
        "payments": [
            paid("P0", "2025-06-20", "K2", 100, cost=0, kind="prepayment"),
            paid("P1", "2025-07-10", "K1", 500, cost=100),
            paid("P2", "2025-10-05", "K1", 400, cost=0),
            paid("P3", "2026-01-31", "K1", 1000, cost=0),
        ],
        "costs": [spent("2025-07-01", "2025-07-31", 600, campaign="implant_search",
                        direction="имплантация")],
    }  # fmt: skip


def block(row: pd.Series, name: str, upto: int) -> list[float]:
    return [float(row[f"{name}_{age}"]) for age in range(upto + 1)]


def named(table: pd.DataFrame, cohort: str) -> pd.Series:
    return table[table["cohort"] == cohort].iloc[0]


def test_a_cohort_is_named_as_the_article_names_it_and_its_totals_stand_before() -> None:
    table = cohorts(clinic(*PERIOD, "2026-01-31", **july()))
    assert tuple(table.columns) == COLUMNS
    assert table["cohort"].tolist() == [
        "Июль 2025 · Все · Все",
        "Июль 2025 · Директ — поиск · Все",
        IMPLANTS,
    ]
    assert table["month"].tolist() == ["2025-07"] * 3
    assert table["direction"].tolist() == ["Все", "Все", "имплантация"]


def test_retention_margin_and_romi_run_over_ages_and_early_money_counts_at_the_start() -> None:
    row = named(cohorts(clinic(*PERIOD, "2026-01-31", **july())), IMPLANTS)
    assert (row["patients"], row["cost"], row["cac"]) == (2, 60_000, 30_000)
    assert block(row, "patients", 6) == [2, 0, 0, 1, 0, 0, 1]
    assert block(row, "retention", 6) == [1, 0, 0, 0.5, 0, 0, 0.5]
    assert block(row, "margin", 6) == [50_000] * 3 + [90_000] * 3 + [190_000]
    assert block(row, "romi", 3) == pytest.approx([-1 / 6, -1 / 6, -1 / 6, 0.5])
    assert (row["payback"], row["payback_age"], row["payback_known"]) == (3, 6, True)


def test_a_cell_is_empty_until_its_months_last_day_is_over() -> None:
    ripe = named(cohorts(clinic(*PERIOD, "2026-01-31", **july())), IMPLANTS)
    green = named(cohorts(clinic(*PERIOD, "2026-01-30", **july())), IMPLANTS)
    for name in ("retention", "margin", "romi", "patients"):
        assert np.isnan(ripe[[f"{name}_{age}" for age in range(7, AGES)]].to_numpy(float)).all()
        assert not np.isnan(float(ripe[f"{name}_6"]))
        assert np.isnan(float(green[f"{name}_6"]))
        assert not np.isnan(float(green[f"{name}_5"]))
    assert green["payback_age"] == 5


def test_a_cell_says_when_it_ripens() -> None:
    assert matures("2025-07", 6) == date(2026, 1, 31)
    assert matures("2025-11", 3) == date(2026, 2, 28)


def test_the_current_month_has_no_ripe_cell_and_no_answer_yet() -> None:
    row = named(cohorts(clinic(*PERIOD, "2025-07-30", **july())), IMPLANTS)
    assert np.isnan(row[[f"margin_{age}" for age in range(AGES)]].to_numpy(float)).all()
    assert (row["payback_age"], row["payback_known"]) == (-1, False)
    assert np.isnan(row["payback"])


def test_a_cohort_that_has_not_paid_back_answers_with_its_age() -> None:
    rows = july() | {"costs": [spent("2025-07-01", "2025-07-31", 9000, campaign="implant_search")]}
    row = named(cohorts(clinic(*PERIOD, "2026-01-31", **rows)), "Июль 2025 · Все · Все")
    assert np.isnan(row["payback"])
    assert (row["payback_age"], row["payback_known"]) == (6, True)


def test_payback_is_looked_for_beyond_the_twelve_months_shown() -> None:
    rows = july()
    rows["payments"][-1] = paid("P3", "2026-10-03", "K1", 1000, cost=0)
    rows["costs"] = [spent("2025-07-01", "2025-07-31", 1900, campaign="implant_search")]
    row = named(cohorts(clinic(*PERIOD, "2026-12-31", **rows)), "Июль 2025 · Все · Все")
    assert (row["payback"], row["payback_age"]) == (15, 17)


def test_without_cost_there_is_no_payback_and_no_romi_but_margin() -> None:
    row = cohorts(clinic(*PERIOD, "2026-01-31", **july() | {"costs": []})).iloc[0]
    assert not row["payback_known"]
    assert np.isnan(row[["payback", "romi_0", "cac"]].to_numpy(float)).all()
    assert row["margin_0"] == 50_000


def test_a_cost_without_patients_is_a_row_too() -> None:
    rows = july()
    rows["costs"].append(spent("2025-08-01", "2025-08-31", 310, direction="терапия"))
    table = cohorts(clinic(*PERIOD, "2026-01-31", **rows))
    row = named(table, "Август 2025 · Директ (тип не определён) · Терапия")
    assert (row["patients"], row["cost"], row["margin_5"], row["romi_5"]) == (0, 31_000, 0, -1)
    assert np.isnan(row[["cac", "retention_0"]].to_numpy(float)).all()
    assert (row["payback_age"], row["payback_known"]) == (5, True)


def test_an_unknown_margin_empties_money_from_its_month_on_and_leaves_the_rest() -> None:
    rows = july()
    rows["payments"].append(paid("X", "2025-11-05", "K2", 50))
    row = named(cohorts(clinic(*PERIOD, "2026-01-31", **rows)), IMPLANTS)
    assert block(row, "margin", 3)[-1] == 90_000
    assert np.isnan(block(row, "margin", 6)[4:]).all()
    assert np.isnan(block(row, "romi", 6)[4:]).all()
    assert row["retention_6"] == 0.5
    assert (row["payback"], row["payback_known"]) == (3, True)


def test_an_unknown_margin_before_payback_leaves_it_unanswered() -> None:
    rows = july()
    rows["payments"].append(paid("X", "2025-08-05", "K2", 50))
    row = named(cohorts(clinic(*PERIOD, "2026-01-31", **rows)), IMPLANTS)
    assert np.isnan(row["payback"])
    assert not row["payback_known"]


def test_only_the_last_months_of_the_setting_are_cohorts() -> None:
    inside = cohorts(clinic(*PERIOD, "2026-01-31", cohort_months=7, **july()))
    assert set(inside["month"]) == {"2025-07"}
    assert cohorts(clinic(*PERIOD, "2026-01-31", cohort_months=6, **july())).empty


def test_the_months_follow_one_another() -> None:
    rows = july()
    rows["visits"] += [visit("V8", "2025-05-05", "K8"), visit("V9", "2025-12-05", "K9")]
    table = cohorts(clinic(*PERIOD, "2026-01-31", **rows))
    assert table["month"].drop_duplicates().tolist() == ["2025-05", "2025-07", "2025-12"]
    first = table.iloc[0]
    assert first["cohort"] == "Май 2025 · Все · Все"


def test_someone_who_paid_but_never_came_is_in_no_cohort() -> None:
    rows = july()
    rows["payments"].append(paid("P9", "2025-07-11", "K9", 700, cost=0))
    row = cohorts(clinic(*PERIOD, "2026-01-31", **rows)).iloc[0]
    assert (row["patients"], row["margin_0"]) == (2, 50_000)


def crowd() -> dict[str, list[Row]]:
    """July: five patients from friends, two by phone, one by post; the last three pay 100 ₽."""
    sources = ["рекомендация"] * 5 + ["звонок 2гис", "звонок 2гис", "email"]
    return {
        "visits": [
            visit(f"V{i}", "2025-07-05", f"K{i}", source_raw=source, direction="терапия")
            for i, source in enumerate(sources)
        ],
        "payments": [paid(f"P{i}", "2025-07-05", f"K{i}", 100, cost=0) for i in (5, 6, 7)],
    }


def test_small_rows_become_the_months_other_row_and_its_total_stays_exact() -> None:
    table = cohorts(clinic(*PERIOD, "2026-01-31", min_patients=5, **crowd()))
    assert table["cohort"].tolist() == [
        "Июль 2025 · Все · Все",
        "Июль 2025 · Рекомендации · Все",
        "Июль 2025 · Рекомендации · Терапия",
        "Июль 2025 · Прочее",
    ]
    assert table["patients"].tolist() == [8, 5, 5, 3]
    assert table["margin_0"].tolist() == [30_000, 0, 0, 30_000]
    assert table["channel"].tolist()[-1] == table["direction"].tolist()[-1] == "Прочее"


def test_by_default_nothing_is_merged_not_even_a_cost_without_patients() -> None:
    costs = [spent("2025-07-01", "2025-07-31", 310)]
    table = cohorts(clinic(*PERIOD, "2026-01-31", costs=costs, **crowd()))
    assert "Прочее" not in set(table["channel"])
    assert table["patients"].tolist() == [8, 0, 2, 1, 5, 0, 2, 1, 5]


def test_no_rows_give_an_empty_matrix_with_its_columns() -> None:
    table = cohorts(clinic(*PERIOD, "2026-01-31"))
    assert table.empty
    assert tuple(table.columns) == COLUMNS


DAY = st.integers(0, 400).map(lambda n: str(date(2025, 1, 1) + timedelta(days=n)))


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.integers(0, 6), DAY), max_size=25),
    st.lists(st.tuples(st.integers(0, 6), DAY, st.integers(1, 9999)), max_size=25),
    st.lists(st.tuples(DAY, st.integers(1, 9999), st.sampled_from("ab")), max_size=5),
    st.integers(1, 4),
)
def test_totals_are_the_sums_of_their_rows_whatever_is_merged(
    visits: list[tuple[int, str]],
    money: list[tuple[int, str, int]],
    costs: list[tuple[str, int, str]],
    fewest: int,
) -> None:
    channels = ("рекомендация", "email", "2гис")
    table = cohorts(
        clinic(
            *PERIOD,
            "2026-01-31",
            min_patients=fewest,
            visits=[
                visit(
                    f"V{n}", day, f"K{who}", source_raw=channels[who % 3], direction="ab"[who % 2]
                )
                for n, (who, day) in enumerate(visits)
            ],
            payments=[
                paid(f"P{n}", day, f"K{who}", amount, cost=0)
                for n, (who, day, amount) in enumerate(money)
            ],
            costs=[spent(day, day, cost, direction=d) for day, cost, d in costs],
        )
    )
    total = (table["channel"] == "Все").to_numpy()
    detail = ~total & (table["direction"] != "Все").to_numpy()
    added = [c for c in COLUMNS if c.split("_")[0] in ("patients", "cost", "margin")]
    expected = table[total].set_index("month")[added]
    summed = table[detail].groupby("month")[added].sum(min_count=1)
    pd.testing.assert_frame_equal(summed, expected, check_names=False)
    assert (table["patients"] == table["patients_0"]).where(table["payback_age"] >= 0, True).all()
