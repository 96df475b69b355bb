"""The weekly ten lines, from rows."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from metrics.reports.weekly import ROWS, Week, weekly, weeks
from tests.metrics.clinic_rows import Row, clinic, lead, paid, spent, visit

SEARCH = {"utm_source": "yandex", "utm_medium": "cpc", "utm_campaign": "implant_search"}
AGAIN = SEARCH | {"utm_campaign": "retarget_search"}
PERIOD = ("2026-06-01", "2026-06-30")
#: Tuesday; the weeks of 15 and 22 June are the last full ones.
TUESDAY = "2026-06-30"
BEFORE, LAST, CURRENT = "2026-06-15", "2026-06-22", "2026-06-29"


def fortnight() -> dict[str, list[Row]]:
    return {
        "leads": [
            lead("L1", "2026-06-15", **SEARCH),
            lead("L2", "2026-06-21", **SEARCH),
            lead("L3", "2026-06-22", **SEARCH),
            lead("L4", "2026-06-24", **AGAIN),
            lead("L5", "2026-06-28", source_raw="рекомендация"),
            lead("L6", "2026-06-30", source_raw="рекомендация"),
        ],
        "visits": [
            visit("V1", "2026-06-17", "K1", "L1", booked="2026-06-15"),
            visit("V2", "2026-06-23", "K2", "L2", booked="2026-06-21"),
            visit("V3", "2026-06-24", "K3", "L3", booked="2026-06-22", status="no_show"),
            visit("V4", "2026-06-25", "K4", "L4", booked="2026-06-24"),
            visit("V5", "2026-06-30", "K5", "L5", booked="2026-06-28"),
        ],
        "payments": [
            paid("P1", "2026-06-17", "K1", 10_000, cost=4_000),
            paid("P2", "2026-06-23", "K2", 20_000, cost=8_000),
            paid("P4", "2026-06-25", "K4", 5_000, cost=0),
            paid("P5", "2026-06-30", "K5", 7_000, cost=0),
        ],
        "costs": [
            spent("2026-06-15", "2026-06-21", 2_000, campaign="implant_search"),
            spent("2026-06-22", "2026-06-28", 4_000, campaign="implant_search"),
        ],
    }


def cells(table: pd.DataFrame, metric: str) -> list[object]:
    row = table[table["metric"] == metric].iloc[0]
    return [row[week] for week in (BEFORE, LAST, CURRENT)]


def change(table: pd.DataFrame, metric: str) -> tuple[float, str]:
    row = table[table["metric"] == metric].iloc[0]
    return row["change"], row["change_unit"]


def test_the_ten_rows_stand_in_the_articles_order_over_eight_weeks() -> None:
    table = weekly(clinic(*PERIOD, TUESDAY, **fortnight()))
    assert table["metric"].tolist() == [metric for metric, _ in ROWS]
    assert table.columns.tolist() == [
        "metric", "unit",
        "2026-05-11", "2026-05-18", "2026-05-25", "2026-06-01", "2026-06-08", BEFORE, LAST, CURRENT,
        "change", "change_unit",
    ]  # fmt: skip


def test_the_current_week_is_partial_until_its_sunday() -> None:
    assert weeks(date(2026, 6, 30))[-1] == Week(date(2026, 6, 29), date(2026, 7, 5), partial=True)
    assert not weeks(date(2026, 7, 5))[-1].partial
    assert [week.partial for week in weeks(date(2026, 7, 4))] == [False] * 7 + [True]


def test_each_fact_counts_in_its_own_week() -> None:
    table = weekly(clinic(*PERIOD, TUESDAY, **fortnight()))
    assert cells(table, "leads") == [2, 3, 1]
    assert cells(table, "bookings") == [2, 3, 0]
    assert cells(table, "visits") == [1, 2, 1]
    assert cells(table, "margin") == [600_000, 1_700_000, 700_000]
    assert cells(table, "romi") == [2.0, 3.25, pytest.approx(np.nan, nan_ok=True)]
    assert cells(table, "cac")[:2] == [200_000, 200_000]
    assert np.isnan(cells(table, "cac")[2])
    assert cells(table, "cr_booking_visit")[:2] == [1.0, pytest.approx(2 / 3)]


def test_a_week_in_which_nothing_happened_is_zero_and_its_ratios_empty() -> None:
    table = weekly(clinic(*PERIOD, TUESDAY, **fortnight())).set_index("metric")["2026-05-11"]
    assert table[["leads", "bookings", "visits", "margin"]].tolist() == [0, 0, 0, 0]
    assert table[["cac", "ltv", "romi", "cr_booking_visit"]].isna().all()
    assert table["sources"] == ""
    assert table["retarget"].replace("\u00a0", " ") == "0 лидов · 0 ₽"


def test_sources_are_the_three_channels_with_most_margin() -> None:
    rows = fortnight()
    for n, source in enumerate(("email", "2гис", "авито")):
        rows["visits"].append(visit(f"W{n}", "2026-06-26", f"M{n}", source_raw=source))
        rows["payments"].append(paid(f"Q{n}", "2026-06-26", f"M{n}", 100 * (n + 1), cost=0))
    text = cells(weekly(clinic(*PERIOD, TUESDAY, **rows)), "sources")[1]
    assert str(text).replace("\u00a0", " ") == (
        "Директ — поиск: 17 000 ₽; Авито: 300 ₽; Карты и справочники: 200 ₽"
    )


def test_a_week_of_refunds_is_shown_as_it_is() -> None:
    rows = fortnight()
    rows["payments"].append(paid("R", "2026-06-30", "K2", 9_000, cost=0, kind="refund"))
    text = cells(weekly(clinic(*PERIOD, TUESDAY, **rows)), "sources")[2]
    assert str(text).replace("\u00a0", " ") == "Рекомендации: 7 000 ₽; Директ — поиск: −9 000 ₽"


def test_retarget_says_leads_and_margin_of_flagged_leads() -> None:
    texts = cells(weekly(clinic(*PERIOD, TUESDAY, **fortnight())), "retarget")
    assert [str(t).replace("\u00a0", " ") for t in texts] == [
        "0 лидов · 0 ₽",
        "1 лид · 5 000 ₽",
        "0 лидов · 0 ₽",
    ]


def test_change_sets_the_last_full_week_against_the_one_before() -> None:
    table = weekly(clinic(*PERIOD, TUESDAY, **fortnight()))
    assert change(table, "leads") == (0.5, "relative")
    assert change(table, "margin") == (pytest.approx(11 / 6), "relative")
    assert change(table, "romi") == (1.25, "difference")
    assert change(table, "cr_booking_visit") == (pytest.approx(-1 / 3), "difference")
    assert change(table, "sources") == (pytest.approx(np.nan, nan_ok=True), "")


def test_on_a_sunday_the_week_just_over_is_the_last_full_one() -> None:
    table = weekly(clinic(*PERIOD, "2026-07-05", **fortnight()))
    assert change(table, "leads") == (pytest.approx(1 / 3 - 1), "relative")


def test_growth_from_nothing_is_empty() -> None:
    rows = fortnight() | {"leads": [lead("L3", "2026-06-22", **SEARCH)]}
    assert np.isnan(change(weekly(clinic(*PERIOD, TUESDAY, **rows)), "leads")[0])


def test_an_unknown_margin_is_said_in_words_and_empties_numbers() -> None:
    rows = fortnight()
    rows["payments"][2] = paid("P4", "2026-06-25", "K4", 5_000)
    table = weekly(clinic(*PERIOD, TUESDAY, **rows))
    assert np.isnan(cells(table, "margin")[1])
    assert np.isnan(cells(table, "romi")[1])
    assert str(cells(table, "retarget")[1]).endswith("маржа неизвестна")
    assert cells(table, "margin")[0] == 600_000


def test_ltv_stands_on_each_weeks_last_day() -> None:
    """Ten patients of 18 June 2025 bring 100 ₽ at once, 1 ₽ on day 365, 1 000 ₽ on day 370."""
    rows: dict[str, list[Row]] = {"visits": [], "payments": []}
    for n in range(10):
        rows["visits"].append(visit(f"V{n}", "2025-06-18", f"K{n}"))
        rows["payments"] += [
            paid(f"P{n}", "2025-06-18", f"K{n}", 100, cost=0),
            paid(f"Q{n}", "2026-06-18", f"K{n}", 1, cost=0),
            paid(f"R{n}", "2026-06-23", f"K{n}", 1_000, cost=0),
        ]
    table = weekly(clinic(*PERIOD, TUESDAY, **rows)).set_index("metric")
    assert np.isnan(table.loc["ltv", "2026-06-08"])
    assert table.loc["ltv", [BEFORE, LAST, CURRENT]].tolist() == [10_100, 10_100, 10_100]


def test_no_rows_at_all_still_give_ten_lines() -> None:
    assert len(weekly(clinic(*PERIOD, TUESDAY))) == 10
