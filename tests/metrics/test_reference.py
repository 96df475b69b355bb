"""The specification's twin, held to numbers worked out by hand and to those of the articles."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from metrics.join.rules import default_rules
from metrics.settings import Settings
from tests.metrics.clinic_rows import lead, paid, spent, visit
from tests.metrics.clinic_tables import ClinicTables, literal_clinic
from tests.metrics.differences import differences
from tests.reference import Clinic, cash_row, touches, unit_row
from tests.reference.channels import channel
from tests.reference.cohort_matrix import age, month_end
from tests.reference.money import by_day, largest_remainder, margin
from tests.reference.touches import Touch
from tests.reference.unit import chain, roads
from tests.reference.value import ltv_variants, months_earlier

Row = dict[str, Any]
DIRECT: Row = {"utm_source": "yandex", "utm_medium": "cpc", "utm_campaign": "poisk"}
JUNE = {"as_of": "2026-06-30", "first": "2026-06-01", "last": "2026-06-30"}


def read(rows: ClinicTables) -> tuple[Clinic, dict[str, Any], dict[str, Any]]:
    """The clinic and its whole channel and unit rows, once the product has agreed to them."""
    assert differences(rows) == []
    clinic = Clinic(rows.tables, rows.settings)
    period = (rows.settings.first, rows.settings.last)
    whole = (cash_row(clinic, *period, lambda _: True), unit_row(clinic, *period, lambda _: True))
    return (clinic, *whole)


def patients(count: int, roubles: int, cost: int) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """First visits of June, each paid on its day, found by leads L0, L1, …"""
    visits = (visit(f"A{n}", "2026-06-10", f"card{n}", f"L{n}") for n in range(count))
    payments = (paid(f"P{n}", "2026-06-10", f"card{n}", roubles, cost=cost) for n in range(count))
    return tuple(visits), tuple(payments)


# Golden numbers of the articles, each from rows.


def test_s0_a_month_of_direct():
    """160 leads, 90 booked, 63 came and paid; a year ago 10 patients paid 21 times, 6 again."""
    visits, payments = patients(63, 20_000, 8_000)
    booked = (
        visit(f"B{n}", "2026-06-20", f"card{n}", f"L{n}", status="no_show") for n in range(63, 90)
    )
    times = [1] * 4 + [2] + [3] * 5
    earlier = [f"2025-0{n + 1}-15" for n in range(3)]
    old_leads = (lead(f"Q{n}", "2025-01-10", **DIRECT) for n in range(10))
    old_visits = (visit(f"C{n}", "2025-01-15", f"old{n}", f"Q{n}") for n in range(10))
    old_payments = (
        paid(f"R{n}-{day}", day, f"old{n}", 20_000, cost=8_000)
        for n in range(10)
        for day in earlier[: times[n]]
    )
    clinic, row, _ = read(
        literal_clinic(
            **JUNE,
            leads=(*(lead(f"L{n}", "2026-06-01", **DIRECT) for n in range(160)), *old_leads),
            visits=(*visits, *booked, *old_visits),
            payments=(*payments, *old_payments),
            costs=(spent("2026-06-01", "2026-06-30", 200_000, campaign="poisk"),),
            ltv="ltv_s0",
        )
    )
    assert (row["leads"], row["bookings"], row["visits"]) == (160, 90, 63)
    assert row["margin"] == 75_600_000
    assert row["romi"] == Fraction(278, 100)
    assert float(row["cac"]) == pytest.approx(317_460, abs=1)
    assert row["cpl"] == 125_000
    assert (row["cr_lead_booking"], row["cr_booking_visit"]) == (
        Fraction(5625, 10_000),
        Fraction(7, 10),
    )
    variants = ltv_variants(clinic, lambda _: True, date(2026, 6, 30))
    assert variants["ltv_s0"] == 1_512_000
    assert float(row["ltv_cac"]) == pytest.approx(4.7628)


def test_s1_romi_by_revenue():
    visits, payments = patients(35, 12_000, 0)
    _, row, _ = read(
        literal_clinic(
            **JUNE,
            leads=tuple(lead(f"L{n}", "2026-06-01", **DIRECT) for n in range(80)),
            visits=visits,
            payments=payments,
            costs=(spent("2026-06-01", "2026-06-30", 120_000),),
        )
    )
    assert row["romi_revenue"] == Fraction(250, 100)
    assert row["cpl"] == 150_000
    assert float(row["cac"]) == pytest.approx(342_857.14, abs=0.01)


def test_s3_unit_economics_twice_as_large_as_in_the_article_from_rows():
    """2.5 purchases a patient are whole only with 30 patients: UA, B, AC and CM are doubled."""
    visits, first = patients(30, 4_000, 1_200)
    again = [n for n in range(30) for _ in range(1 + n % 2)]
    more = (paid(f"Q{i}", "2026-06-20", f"card{n}", 4_000, cost=1_200) for i, n in enumerate(again))
    bonuses = (paid(f"B{n}", "2026-06-10", f"card{n}", 500, kind="bonus") for n in range(30))
    _, _, unit = read(
        literal_clinic(
            **JUNE,
            leads=tuple(lead(f"L{n}", "2026-06-01", **DIRECT) for n in range(400)),
            visits=visits,
            payments=(*first, *more, *bonuses),
            costs=(spent("2026-06-01", "2026-06-30", 200_000),),
        )
    )
    article = s3()
    same = ("CR", "CPA", "CAC", "AvP", "APC", "COGS", "1COGS", "ARPPU", "ARPU")
    assert {k: unit[k] for k in same} == {k: article[k] for k in same}
    assert (unit["UA"], unit["B"], unit["CM"]) == (400, 30, -500_000)
    assert unit["AC_even"] == 2 * article["AC_even"]
    for lever in ("CR", "AvP", "APC", "1COGS"):
        assert unit[f"{lever}_even"] == article[f"{lever}_even"]


def s3() -> dict[str, Any]:
    items = Fraction(15 * 5, 2)
    return chain(
        ua=200,
        b=15,
        ac=10_000_000,
        earned=items * 400_000,
        margin=items * 280_000,
        items=items,
        bonuses=15 * 50_000,
    )


def test_s3_as_printed_with_the_slip_put_right():
    cells = s3()
    assert (cells["CR"], cells["CPA"], cells["ARPPU"], cells["ARPU"]) == (
        Fraction(75, 1000),
        50_000,
        650_000,
        48_750,
    )
    assert float(cells["CAC"]) == pytest.approx(666_666.67, abs=0.01)
    assert cells["CM"] == -250_000
    assert roads(cells) == [-250_000, -250_000]
    # The article has CAC where its own formula has CPA; its printed operands give −902 500.
    assert 200 * (Fraction(4875, 10) - 5000) == -902_500
    assert float(cells["CR_even"]) == pytest.approx(0.076923, abs=1e-6)
    assert cells["AC_even"] == 9_750_000
    assert float(cells["AvP_even"]) == pytest.approx(406_666.67, abs=0.01)
    assert float(cells["APC_even"]) == pytest.approx(2.5595, abs=1e-4)
    assert float(cells["1COGS_even"]) == pytest.approx(33_333.33, abs=0.01)
    assert cells["lever"] == "AvP"


# Kopecks.


def test_a_cost_over_days_keeps_its_kopecks_for_the_last_day():
    assert by_day(100, 3) == [33, 33, 34]
    assert by_day(2, 3) == [0, 0, 2]
    assert by_day(-100, 3) == [-34, -34, -32]


def test_money_is_split_by_largest_remainder():
    third = Fraction(1, 3)
    assert largest_remainder(100, [third, third, third]) == [34, 33, 33]
    assert largest_remainder(5, [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)]) == [3, 1, 1]
    assert sum(largest_remainder(-7, [third, third, third])) == -7


@pytest.mark.parametrize(("amount", "kopecks"), [(1, 0), (3, 2), (5, 2), (7, 4), (-5, -2)])
def test_a_margin_by_rate_is_rounded_half_to_even(amount: int, kopecks: int):
    day = date(2026, 6, 30)
    rate = Settings(day, day, day, margin_rate=Decimal("0.5"))
    row = {"kind": "payment", "amount": amount, "cost": None, "direction": ""}
    assert margin(row, rate) == kopecks


# The calendar.


def test_months_earlier_keep_the_day_or_take_the_last_of_the_month():
    assert months_earlier(date(2024, 2, 29), 24) == date(2022, 2, 28)
    assert months_earlier(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_earlier(date(2026, 1, 15), 13) == date(2024, 12, 15)
    assert month_end(date(2025, 11, 1), 3) == date(2026, 2, 28)
    assert age(date(2026, 1, 1), date(2025, 11, 1)) == 2
    assert age(date(2025, 10, 31), date(2025, 11, 1)) == 0


# The rules' language.


@pytest.mark.parametrize(
    ("row", "is_cost", "answer"),
    [
        ({}, False, ("Не определён", 999, False)),
        ({"yclid": "1", "network": "search"}, False, ("Директ — поиск", 110, False)),
        ({"platform": "Яндекс.Директ"}, True, ("Директ (тип не определён)", 140, False)),
        (DIRECT, False, ("Директ — поиск", 130, False)),
        (DIRECT | {"utm_medium": "organic"}, False, ("SEO", 400, False)),
        (DIRECT | {"utm_campaign": "rmkt_сети"}, False, ("Директ — РСЯ", 120, True)),
        ({"source_raw": "Бёрём с радио"}, False, ("QR и офлайн", 360, False)),
        ({"source_raw": "радиология"}, False, ("Не определён", 999, False)),
        ({"platform": "SEO-агентство"}, True, ("SEO", 420, False)),
        ({"platform": "Листок"}, True, ("Прочая платная реклама", 600, False)),
        ({"utm_medium": "cpc", "utm_source": "вк"}, False, ("VK Реклама", 250, False)),
        ({"source_raw": "вк"}, False, ("Соцсети", 520, False)),
        ({"traffic_source": "internal"}, False, ("Не определён", 999, False)),
        ({"contact_type": "call"}, False, ("Звонки без источника", 740, False)),
    ],
)
def test_the_first_rule_that_matches_names_the_channel(
    row: Row, is_cost: bool, answer: tuple[str, int, bool]
):
    assert channel(row, default_rules(), is_cost=is_cost) == answer


# Attribution models.

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
DAYS = [MONDAY + timedelta(days=n) for n in (0, 5, 12, 30, 38)]
SOURCES = ("ad", "organic", "social", "referral", "direct")
FIVE = [Touch(at, s, paid=s == "ad") for at, s in zip(DAYS, SOURCES, strict=True)]


def test_time_decay_halves_every_seven_days():
    shares = [12_000 * w for w in touches.time_decay(FIVE, DAYS[-1])]
    assert shares == pytest.approx([175.20, 287.44, 574.88, 3417.04, 7545.45], abs=0.005)


def test_models_that_name_one_touch():
    places = {"first": 0, "last": 4, "last_significant": 3, "last_paid": 0}
    for name, place in places.items():
        weights = getattr(touches, name)(FIVE)
        assert [i for i, w in enumerate(weights) if w] == [place]
        assert sum(weights) == 1


def test_a_lead_with_direct_touches_alone_has_its_last_one():
    two = [Touch(MONDAY, "direct"), Touch(DAYS[1], "internal")]
    assert touches.last_significant(two) == [0, 1]
    assert touches.last_paid(two) == [0, 1]


def test_position_gives_40_20_40_and_less_than_three_touches_share_evenly():
    tenth = Fraction(1, 10)
    middle = Fraction(20, 300)
    assert touches.position(FIVE) == [4 * tenth, middle, middle, middle, 4 * tenth]
    assert touches.position(FIVE[:2]) == [Fraction(1, 2), Fraction(1, 2)]
    assert touches.position(FIVE[:1]) == [1]
    assert touches.linear(FIVE) == [Fraction(1, 5)] * 5
