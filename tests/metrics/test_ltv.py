"""LTV, from rows: the articles' factors, who is watched, and a reader's own loop beside it."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.facts import NEVER, Facts, day_number
from metrics.measures.ltv import COLUMNS, ltv, ltv_on
from tests.metrics.clinic_rows import Row, clinic, lead, paid, spent, touch, visit

PERIOD = ("2026-06-01", "2026-06-30")
FIRST = date(2025, 6, 29)


def on(age: int) -> str:
    """The day of life `age` of patients whose first paid day is FIRST."""
    return str(FIRST + timedelta(days=age))


def payers(ages: list[list[int]], amount: int = 12_000, **more: object) -> list[Row]:
    """One patient per list, who pays at each of those days of life."""
    return [
        paid(f"P{who}-{n}", on(age), f"K{who}", amount, **{"cost": 0} | more)
        for who, days in enumerate(ages)
        for n, age in enumerate(days)
    ]


def whole(facts: Facts) -> pd.Series:
    return ltv(facts, []).iloc[0]


#: S0: ten patients, 2.1 paid visits each, six of them came back.
S0 = [[0]] * 4 + [[0, 30, 365]] * 5 + [[0, 100]]


def test_s0_is_margin_per_visit_by_visits_by_the_share_that_returns() -> None:
    row = whole(clinic(*PERIOD, on(365), payments=payers(S0)))
    assert row["ltv_s0"] == pytest.approx(1_512_000)
    assert row["ltv_12m"] == pytest.approx(2_520_000)


def test_s1_is_average_check_by_visits_by_the_share_of_margin() -> None:
    """Three visits at 60 000 ₽ and half of it margin: 90 000 ₽, as the article has it."""
    money = payers([[0, 10, 20]] * 10, 60_000, cost=30_000)
    assert whole(clinic(*PERIOD, on(365), payments=money))["ltv_s1"] == pytest.approx(9_000_000)


def test_s3_is_margin_of_a_procedure_by_return_by_lifetime() -> None:
    """(4 000 − 1 200) × 0.6 × 200 days, of ten patients six of whom come again."""
    money = payers([[0]] * 4 + [[0, 200]] * 6, 4_000, cost=1_200)
    row = whole(clinic(*PERIOD, on(365), payments=money))
    assert row["ltv_s3"] == pytest.approx(280_000 * 0.6 * 200 / 30.4375)


@pytest.mark.parametrize("variant", ["ltv_12m", "ltv_s0", "ltv_s1", "ltv_s3"])
def test_the_settings_choose_the_variant(variant: str) -> None:
    row = whole(clinic(*PERIOD, on(365), ltv=variant, payments=payers(S0)))
    assert row["ltv"] == row[variant]


def test_a_year_watched_by_nine_is_empty_and_by_ten_is_not() -> None:
    nine = whole(clinic(*PERIOD, on(365), payments=payers(S0[1:])))
    assert nine[["ltv_12m", "ltv_s0", "ltv_s1", "ltv_s3", "ltv_now", "ltv_days"]].isna().all()
    ten = whole(clinic(*PERIOD, on(365), payments=payers(S0)))
    assert ten.notna().all()
    assert (
        whole(clinic(*PERIOD, on(365), ltv_min_patients=9, payments=payers(S0[1:]))).notna().all()
    )


def test_a_year_is_watched_on_its_day_365_and_not_before() -> None:
    early = whole(clinic(*PERIOD, on(364), payments=payers(S0)))
    assert np.isnan(early["ltv_12m"])
    assert early["ltv_days"] == 180
    assert early["ltv_now"] == pytest.approx((10 + 5 + 1) * 120_000)
    assert whole(clinic(*PERIOD, on(365), payments=payers(S0)))["ltv_days"] == 365


@pytest.mark.parametrize(("age", "days"), [(29, None), (30, 30), (89, 30), (90, 90), (180, 180)])
def test_ltv_now_is_read_at_the_latest_age_that_enough_are_watched(age: int, days: int) -> None:
    row = whole(clinic(*PERIOD, on(age), payments=payers([[0]] * 10)))
    if days is None:
        assert row[["ltv_now", "ltv_days"]].isna().all()
    else:
        assert (row["ltv_days"], row["ltv_now"]) == (days, 1_200_000)


def test_day_365_counts_and_day_366_does_not() -> None:
    money = payers([[0, 365, 366]] * 10)
    assert whole(clinic(*PERIOD, on(400), payments=money))["ltv_12m"] == pytest.approx(2_400_000)


def test_those_not_yet_watched_so_long_correct_the_days_they_were() -> None:
    """Ten patients pay 100 ₽ on days 0 and 200; ten more, watched 100 days, pay 300 ₽ on day 0."""
    money = payers([[0, 200]] * 10, 100)
    money += [paid(f"Q{n}", on(265), f"N{n}", 300, cost=0) for n in range(10)]
    assert whole(clinic(*PERIOD, on(365), payments=money))["ltv_12m"] == pytest.approx(
        20_000 + 10_000
    )


def test_the_window_begins_after_the_same_day_so_many_months_earlier() -> None:
    ten = payers([[0]] * 10)
    inside = clinic(*PERIOD, "2027-06-28", ltv_window_months=24, payments=ten)
    assert whole(inside)["ltv_12m"] == pytest.approx(1_200_000)
    outside = clinic(*PERIOD, "2027-06-29", ltv_window_months=24, payments=ten)
    assert whole(outside)[list(COLUMNS)].isna().all()


def test_a_day_that_the_earlier_month_lacks_is_its_last_day() -> None:
    """29 February 2024 minus 24 months is 28 February 2022."""
    ten = [paid(f"P{n}", "2022-02-28", f"K{n}", 100, cost=0) for n in range(10)]
    assert whole(clinic(*PERIOD, "2024-02-29", payments=ten)).isna().all()
    ten = [paid(f"P{n}", "2022-03-01", f"K{n}", 100, cost=0) for n in range(10)]
    assert whole(clinic(*PERIOD, "2024-02-29", payments=ten))["ltv_12m"] == 10_000


def test_an_unknown_margin_empties_every_reading_that_counts_its_day() -> None:
    money = [*payers([[0]] * 10), paid("X", on(60), "K0", 100)]
    facts = clinic(*PERIOD, on(70), payments=money)
    assert (whole(facts)["ltv_days"], whole(facts)["ltv_now"]) == (30, 1_200_000)
    facts = clinic(*PERIOD, on(365), payments=money)
    assert whole(facts)[["ltv_12m", "ltv_now", "ltv_s0", "ltv_s1", "ltv_s3"]].isna().all()
    late = [*payers([[0]] * 10), paid("X", on(366), "K0", 100)]
    assert whole(clinic(*PERIOD, on(366), payments=late))["ltv_12m"] == 1_200_000


def test_refunds_count_and_bonuses_do_not() -> None:
    money = payers([[0]] * 10)
    money += [
        paid("R", on(9), "K0", 6_000, cost=0, kind="refund"),
        paid("B", on(9), "K1", 6_000, kind="bonus"),
    ]
    assert whole(clinic(*PERIOD, on(365), payments=money))["ltv_12m"] == pytest.approx(1_140_000)


def test_groups_are_those_of_acquisition_and_one_without_patients_is_empty() -> None:
    facts = clinic(
        *PERIOD,
        on(365),
        leads=[lead(f"L{n}", on(-1), source_raw="друг") for n in range(10)],
        visits=[visit(f"V{n}", on(0), f"K{n}", f"L{n}") for n in range(10)],
        payments=payers(S0),
        costs=[spent("2026-06-01", "2026-06-02", 10)],
    )
    table = ltv(facts, ["channel"])
    assert tuple(table.columns) == ("channel", *COLUMNS)
    by_channel = table.set_index("channel")["ltv_12m"]
    assert by_channel["Рекомендации"] == pytest.approx(2_520_000)
    assert np.isnan(by_channel["Директ (тип не определён)"])
    pairs = ltv(facts, ["channel", "direction"])
    assert pairs.columns.tolist()[:2] == ["channel", "direction"]


def test_shares_of_patients_are_watched_as_shares() -> None:
    """Twenty patients, half of each owed to either channel: ten of each are watched."""
    facts = clinic(
        *PERIOD,
        on(365),
        attribution="linear",
        leads=[lead(f"L{n:02}", on(-1), ym_client_id=f"{n}") for n in range(20)],
        touches=[
            touch(f"T{n}-{source}", on(-2), f"{n}", traffic_source=source)
            for n in range(20)
            for source in ("organic", "social")
        ],
        visits=[visit(f"V{n}", on(0), f"K{n}", f"L{n:02}") for n in range(20)],
        payments=payers(S0 * 2),
    )
    table = ltv(facts, ["channel"]).set_index("channel").loc[["SEO", "Соцсети"]]
    assert table["ltv_12m"].tolist() == pytest.approx([2_520_000, 2_520_000])
    assert table["ltv_s0"].tolist() == pytest.approx([1_512_000, 1_512_000])
    assert whole(facts)["ltv_12m"] == pytest.approx(2_520_000)
    fewer = ltv(replace(facts, settings=replace(facts.settings, ltv_min_patients=11)), ["channel"])
    assert fewer["ltv_12m"].isna().all()


def test_ltv_on_a_past_day_is_what_was_known_then() -> None:
    facts = clinic(*PERIOD, on(400), payments=payers([[0, 20, 100, 370]] * 10))
    table = ltv_on(facts, [date.fromisoformat(on(age)) for age in (10, 40, 95, 110, 365)])
    assert table["ltv_days"].tolist() == pytest.approx([np.nan, 30, 90, 90, 365], nan_ok=True)
    assert table["ltv_now"].tolist() == pytest.approx(
        [np.nan, 2_400_000, 2_400_000, 2_400_000, 3_600_000], nan_ok=True
    )


@pytest.mark.parametrize("variant", ["ltv_12m", "ltv_s0", "ltv_s1", "ltv_s3"])
def test_on_the_reports_day_every_variant_is_that_of_the_table(variant: str) -> None:
    money = [*payers(S0, cost=5_000), *payers([[0]], cost=1)]
    money[-1] = paid("N", on(200), "N1", 700, cost=0)
    facts = clinic(*PERIOD, on(380), ltv=variant, payments=money)
    stood = ltv_on(facts, [date.fromisoformat(on(n)) for n in (380, 200)])
    assert stood["ltv"].iloc[0] == pytest.approx(whole(facts)["ltv"])
    assert np.isnan(stood["ltv"].iloc[1])


def test_nobody_paid_and_everything_is_empty() -> None:
    assert whole(clinic(*PERIOD, on(365))).isna().all()
    assert ltv(clinic(*PERIOD, on(365)), ["channel"]).empty


def by_hand(facts: Facts, stand: date) -> dict[str, float]:
    """Definitions §6 read patient by patient, for a clinic of whole leads."""
    today, months = day_number(stand), facts.settings.ltv_window_months
    after = day_number((pd.Timestamp(stand) - pd.DateOffset(months=months)).date())
    fewest = facts.settings.ltv_min_patients
    born = {
        row.patient: row.paid_day
        for row in facts.patients.itertuples()
        if after < row.paid_day <= today and row.paid_day != NEVER
    }
    got = [0.0] * 366
    for row in facts.payments[facts.payments["revenue"]].itertuples():
        age = row.day - born.get(row.patient, NEVER)
        if 0 <= age <= 365 and row.day <= today:
            watched = sum(1 for day in born.values() if day + age <= today)
            got[age] += row.margin / watched
    watched = {t: sum(1 for day in born.values() if day + t <= today) for t in (30, 90, 180, 365)}
    read = [t for t in watched if watched[t] >= fewest]
    return {
        "ltv_12m": sum(got) if watched[365] >= fewest else np.nan,
        "ltv_now": sum(got[: read[-1] + 1]) if read else np.nan,
        "ltv_days": read[-1] if read else np.nan,
    }


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 6),
            st.integers(0, 900),
            st.integers(1, 5_000),
            st.sampled_from(["payment", "payment", "prepayment", "refund", "bonus"]),
        ),
        max_size=40,
    ),
    st.integers(0, 900),
)
def test_a_reader_who_goes_patient_by_patient_finds_the_same(
    money: list[tuple[int, int, int, str]], back: int
) -> None:
    as_of = FIRST + timedelta(days=900)
    facts = clinic(
        *PERIOD,
        str(as_of),
        ltv_min_patients=2,
        payments=[
            paid(f"P{n}", on(age), f"K{who}", amount, cost=0, kind=kind)
            for n, (who, age, amount, kind) in enumerate(money)
        ],
    )
    past = as_of - timedelta(days=back)
    for found, stand in ((whole(facts), as_of), (ltv_on(facts, [past, as_of]).iloc[0], past)):
        for name, value in by_hand(facts, stand).items():
            assert found[name] == pytest.approx(value, nan_ok=True), name
