"""Edges of money and time that two careful readers took differently, from literal rows."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from metrics.measures.ltv import ltv
from metrics.measures.unit import units
from metrics.reports.cohorts import cohorts
from metrics.reports.funnel import funnel
from metrics.reports.services import services
from tests.metrics.clinic_rows import lead, paid, spent, visit
from tests.metrics.edges import AVITO, agreed, numbers, row, total

# Refunds with either sign.


@pytest.mark.parametrize("sign", [1, -1])
def test_a_refund_takes_back_amount_and_cost_whichever_sign_the_export_gives(sign: int):
    facts = agreed(
        payments=(
            paid("P1", "2026-03-01", "card1", 1000, cost=300),
            paid("P2", "2026-03-10", "card1", sign * 400, cost=sign * 120, kind="refund"),
        )
    )
    assert numbers(total(facts), "revenue", "margin", "new_patients") == [60_000, 42_000, 1]
    assert total(facts)["avg_check_visit"] == 60_000
    (sold,) = services(facts).to_dict("records")
    assert (sold["items"], sold["paid_visits"], sold["revenue"]) == (1, 1, 60_000)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_bonus_makes_no_revenue_and_is_taken_off_where_it_was_given_at_the_first_visit(sign: int):
    facts = agreed(
        leads=(lead("L1", "2026-02-20"),),
        visits=(visit("A1", "2026-03-01", "card1", "L1"),),
        payments=(
            paid("P1", "2026-03-01", "card1", 1000, cost=300),
            paid("P2", "2026-03-01", "card1", sign * 50, cost=sign * 50, kind="bonus"),
            paid("P3", "2026-03-02", "card1", sign * 70, kind="bonus"),
        ),
    )
    assert numbers(total(facts), "revenue", "margin") == [100_000, 70_000]
    assert facts.counts["cost_ignored_rows"] == 1
    unit = units(facts, "channel").iloc[0]
    assert (unit["first_cogs"], unit["cm"]) == (5_000, 65_000)


def test_money_spent_from_a_balance_is_no_revenue_and_no_first_payment():
    facts = agreed(payments=(paid("P1", "2026-03-01", "card1", 1000, kind="balance_spend"),))
    assert numbers(total(facts), "revenue", "margin", "new_patients") == [0, 0, 0]


# Rows without cost, rows without direction.


def test_a_row_without_cost_takes_the_rate_of_its_own_direction_else_of_the_clinic_half_to_even():
    rates = {"margin_rate": Decimal("0.5"), "margin_rates": {"терапия": Decimal("0.25")}}
    odd = {"amount": 1}
    facts = agreed(
        payments=(
            paid("P1", "2026-03-01", "card1", 1000, direction="терапия"),
            paid("P2", "2026-03-01", "card1", 1000, direction="детская"),
            paid("P3", "2026-03-01", "card1", 1000),
            paid("P4", "2026-03-01", "card1", 1000, cost=0, direction="терапия"),
            paid("P5", "2026-03-01", "card1", 0) | odd,
            paid("P6", "2026-03-01", "card1", 0) | {"amount": 3},
            paid("P7", "2026-03-01", "card1", 0, kind="refund") | {"amount": 5},
        ),
        **rates,
    )
    # 25 000 + 50 000 + 50 000 + 100 000; 0.5 → 0, 1.5 → 2, −2.5 → −2
    assert total(facts)["margin"] == 225_000


def test_a_margin_that_one_row_does_not_know_is_empty_where_it_counts_and_only_there():
    facts = agreed(
        leads=(lead("L1", "2026-03-01", **AVITO),),
        visits=(visit("A1", "2026-03-02", "card1", "L1"),),
        payments=(
            paid("P1", "2026-03-02", "card1", 1000, cost=100),
            paid("P2", "2026-03-02", "card2", 1000),
        ),
        costs=(spent("2026-03-01", "2026-03-01", 300, "Авито"),),
    )
    assert numbers(row(facts, "Авито"), "margin", "romi", "romi_revenue") == [
        90_000,
        2,
        pytest.approx(7 / 3),
    ]
    whole = total(facts)
    assert all(math.isnan(n) for n in numbers(whole, "margin", "romi", "romi_new"))
    assert numbers(whole, "revenue", "cost", "cac") == [200_000, 30_000, 15_000]
    assert facts.counts["margin_unknown_rows"] == 1


def test_the_direction_is_that_of_the_campaign_then_of_a_pattern_then_the_leads_own():
    facts = agreed(
        leads=(
            lead("L1", "2026-03-01", utm_campaign="ОСЕНЬ", direction="терапия"),
            lead("L2", "2026-03-01", utm_campaign="zima", service="Имплант", direction="терапия"),
            lead("L3", "2026-03-01", utm_campaign="zima", direction="терапия"),
            lead("L4", "2026-03-01"),
        ),
        costs=(
            spent("2026-03-01", "2026-03-01", 10, "VK", campaign="Осень", direction="детская"),
            spent("2026-03-02", "2026-03-02", 20, "VK", campaign="Осень", direction="ортодонтия"),
            spent("2026-03-03", "2026-03-03", 99, "VK", campaign="Осень"),
        ),
        directions=(("имплант", "имплантация"),),
    )
    unit = units(facts, "direction").set_index("direction")
    assert unit["ua"].to_dict() == {
        "ортодонтия": 1,
        "имплантация": 1,
        "терапия": 1,
        "Без направления": 1,
        "детская": 0,
    }
    assert unit["ac"].to_dict() == {
        "ортодонтия": 2_000,
        "имплантация": 0,
        "терапия": 0,
        "Без направления": 9_900,
        "детская": 1_000,
    }


# Cost rows over a period's edge, and two sources for one channel and day.


# A year fully watched by 9 and by 10 patients.


@pytest.mark.parametrize(("patients", "year", "days"), [(9, None, 180), (10, 100_000, 365)])
def test_ltv_of_a_year_needs_ten_patients_watched_365_days(
    patients: int, year: int | None, days: int
):
    """Of 12 patients some first paid on 2025-06-30, 365 days before as_of, others a day later."""
    payments = tuple(
        paid(f"P{n}", "2025-06-30" if n < patients else "2025-07-01", f"card{n}", 1000, cost=0)
        for n in range(12)
    )
    (cells,) = ltv(agreed(payments=payments), ()).to_dict("records")
    assert (cells["ltv_days"], cells["ltv_now"]) == (days, 100_000)
    assert math.isnan(cells["ltv_12m"]) if year is None else cells["ltv_12m"] == year


def test_ltv_corrects_for_patients_not_watched_so_long():
    """Twelve are watched on day 0, ten on day 365: Σ ΔM(u) / Y(u), not a plain mean."""
    born = ["2025-06-30"] * 10 + ["2026-06-01"] * 2
    payments = tuple(paid(f"P{n}", day, f"card{n}", 120, cost=0) for n, day in enumerate(born))
    late = (paid("Q1", "2026-06-30", "card0", 50, cost=0),)
    (cells,) = ltv(agreed(payments=payments + late), ()).to_dict("records")
    assert cells["ltv_12m"] == 12_000 + 5_000 / 10
    (before,) = ltv(agreed(payments=payments, as_of="2026-06-29"), ()).to_dict("records")
    assert math.isnan(before["ltv_12m"])
    assert (before["ltv_now"], before["ltv_days"]) == (12_000, 180)


def test_the_ltv_group_begins_after_the_same_day_24_months_earlier():
    """As of 29 February 2024 that is 28 February 2022."""
    payments = (
        paid("P1", "2022-02-28", "card1", 100, cost=0),
        paid("P2", "2022-03-01", "card2", 700, cost=0),
    )
    facts = agreed(as_of="2024-02-29", last="2024-02-29", payments=payments, ltv_min_patients=1)
    assert ltv(facts, ())["ltv_12m"].to_list() == [70_000]


# As_of on the last day of a month.


@pytest.mark.parametrize(("as_of", "filled"), [("2026-04-29", 1), ("2026-04-30", 2)])
def test_a_cohort_cell_is_filled_on_the_last_day_of_its_month_and_empty_before(
    as_of: str, filled: int
):
    facts = agreed(
        as_of=as_of,
        visits=(visit("A1", "2026-03-31", "card1"), visit("A2", "2026-04-01", "card1")),
        payments=(
            paid("P1", "2026-02-01", "card1", 10, cost=0),
            paid("P2", "2026-04-01", "card1", 30, cost=0),
        ),
        costs=(spent("2026-03-01", "2026-03-01", 20, "Радио"),),
    )
    frame = cohorts(facts)
    whole = frame[(frame["channel"] == "Все") & (frame["month"] == "2026-03")].iloc[0]
    assert [whole["margin_0"], whole["margin_1"]][:filled] == [1_000, 4_000][:filled]
    assert [whole["patients_0"], whole["romi_0"]] == [1, -0.5]
    assert math.isnan(whole["margin_1"]) == (filled == 1)
    assert math.isnan(whole["payback"]) == (filled == 1)
    assert whole["payback_age"] == filled - 1


def test_a_cost_without_patients_is_a_cohort_row_too():
    frame = cohorts(agreed(costs=(spent("2026-05-31", "2026-06-01", 2, "Радио"),)))
    months = frame[frame["channel"] == "QR и офлайн"]
    assert set(months["month"]) == {"2026-05", "2026-06"}
    assert months["patients"].to_list() == [0] * 4
    assert months["cost"].to_list() == [100] * 4
    assert months["romi_0"].to_list() == [-1] * 4


# Dates of what is made of two facts.


def test_a_contract_is_dated_the_later_of_first_visit_and_first_paid_day():
    facts = agreed(
        visits=(visit("A1", "2026-03-01", "card1"), visit("A2", "2026-05-05", "card2")),
        payments=(
            paid("P1", "2026-04-04", "card1", 10, cost=0),
            paid("P2", "2026-02-02", "card2", 10, cost=0),
        ),
    )
    days = funnel(facts)
    dated = days[days["contracts"] > 0]["day"].dt.strftime("%Y-%m-%d").to_list()
    assert dated == ["2026-04-04", "2026-05-05"]


def test_margin_of_new_patients_is_only_theirs_and_only_of_the_period():
    facts = agreed(
        first="2026-03-01",
        last="2026-03-31",
        payments=(
            paid("P1", "2026-02-28", "card1", 10, cost=0),
            paid("P2", "2026-03-02", "card1", 100, cost=0),
            paid("P3", "2026-03-03", "card2", 40, cost=0),
            paid("P4", "2026-04-01", "card2", 1000, cost=0),
        ),
        costs=(spent("2026-03-05", "2026-03-05", 20, "Радио"),),
    )
    assert numbers(total(facts), "margin", "romi", "romi_new") == [14_000, 6, 1]
