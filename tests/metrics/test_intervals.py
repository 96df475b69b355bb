"""Intervals: the golden numbers, what must always hold, and that 95 % are 95 %."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.measures.intervals import (
    Bounds,
    PerPerson,
    gain,
    on_log_scale,
    per_person,
    price,
    quotient,
    share,
    total,
)
from metrics.measures.ltv import ltv
from metrics.measures.ltv_variance import ltv_variance
from metrics.reports.channel_report import channel_report
from metrics.sums import codes
from tests.metrics.clinic_rows import clinic, lead, paid, spent, visit
from tests.metrics.simulated import FIRST, RETURNS, groups_of_patients
from tests.metrics.unit_rows import MARCH, SEARCH, row_of

#: Exact margins of one group of people, in roubles.
Weights = list[float]
MONTH = np.array([200_000.0])


def group(w: Weights) -> PerPerson:
    return PerPerson(np.zeros(len(w), dtype=np.int64), np.array(w, dtype=np.float64), 1)


def both(bounds: Bounds) -> tuple[float, float]:
    return bounds.low.item(), bounds.high.item()


def test_the_month_of_s0_has_its_golden_bounds() -> None:
    assert both(gain(MONTH, total(group([12_000.0] * 63)))) == pytest.approx(
        (1.9047, 3.8363), abs=5e-5
    )
    people = price(MONTH, total(group([1.0] * 63)))
    assert both(people) == pytest.approx((2481.26, 4131.30), abs=0.005)


def test_fifteen_of_two_hundred() -> None:
    assert both(share(np.array([15.0]), np.array([200.0]))) == pytest.approx(
        (0.045975, 0.120044), abs=5e-7
    )


def test_one_dear_patient_makes_the_sum_unsure_and_a_refund_takes_from_both_ends() -> None:
    four = [3_000.0, 5_000.0, 12_000.0, 60_000.0]
    assert both(total(group(four))) == pytest.approx((7302.00, 351652.21), abs=0.005)
    assert both(total(group([*four, -2_000.0]))) == pytest.approx((-3841.28, 351601.58), abs=0.005)


def test_without_a_gain_there_are_no_bounds() -> None:
    assert np.isnan(both(total(group([])))).all()
    assert np.isnan(both(total(group([0.0, -5.0])))).all()


def test_without_a_patient_only_the_least_price_is_known() -> None:
    low, high = both(price(MONTH, total(group([]))))
    assert low == pytest.approx(200_000 / 3.688879)
    assert np.isnan(high)
    assert np.isnan(both(price(np.array([0.0]), total(group([1.0]))))).all()


def test_a_share_of_none_begins_at_nought_and_of_all_ends_at_one_exactly() -> None:
    n = np.arange(1.0, 400.0)
    assert not share(0 * n, n).low.any()
    assert (share(n, n).high == 1).all()


def test_a_share_of_nobody_or_of_too_few_is_empty() -> None:
    empty = share(np.array([0.0, 3.0]), np.array([0.0, 2.0]))
    assert np.isnan([*empty.low, *empty.high]).all()


def test_the_golden_ltv_of_five_patients_two_of_them_young() -> None:
    """Of three watched a year one pays 9 000 more on day 200: 6 000 + 9 000 / 3."""
    as_of = date(2026, 7, 1)
    old, young = (str(as_of - timedelta(days=days)) for days in (400, 100))
    later = str(as_of - timedelta(days=200))
    first = {"a": 3_000, "b": 3_000, "c": 15_000}
    money = [paid(f"1{who}", old, who, sum_, cost=0) for who, sum_ in first.items()]
    money += [paid("2a", later, "a", 9_000, cost=0)]
    money += [paid("1d", young, "d", 3_000, cost=0), paid("1e", young, "e", 6_000, cost=0)]
    facts = clinic("2026-06-01", "2026-06-30", str(as_of), payments=money, ltv_min_patients=1)
    total_row = channel_report(facts).iloc[-1]
    assert total_row["ltv_12m"] == pytest.approx(900_000)
    assert total_row["ltv_variance"] == pytest.approx(5_520_000 * 10_000)
    assert total_row["ltv_low"] == pytest.approx(539_554, abs=1)
    assert total_row["ltv_high"] == pytest.approx(1_501_241, abs=1)


def test_ltv_over_the_cac_of_s0() -> None:
    cac = MONTH / 63
    people = price(MONTH, total(group([1.0] * 63)))
    value = np.array([9_000.0])
    worth = on_log_scale(value, np.array([5_520_000.0]))
    assert (value / cac).item() == pytest.approx(2.835)
    assert both(quotient(value / cac, value, worth, cac, people)) == pytest.approx(
        (1.5945, 5.0025), abs=5e-5
    )


def test_the_cm_of_s3() -> None:
    """Fifteen of 200 leads pay 10 000 each of which 3 000 are costs, and are given 500."""
    people = [f"K{n}" for n in range(15)]
    money = [paid(f"P{k}", "2026-03-12", k, 10_000, cost=3_000) for k in people]
    rows = {
        "leads": [lead(f"L{n}", "2026-03-10", f"K{n}", **SEARCH) for n in range(200)],
        "visits": [visit(f"V{k}", "2026-03-12", k, f"L{n}") for n, k in enumerate(people)],
        "payments": [*money, *(paid(f"B{k}", "2026-03-12", k, 500, kind="bonus") for k in people)],
        "costs": [spent(*MARCH, 100_000, campaign="implant_search")],
    }
    row = row_of(clinic(*MARCH, "2026-06-30", **rows), "Директ — поиск", "channel")
    assert row["cm"] == -250_000
    assert (row["cr_low"], row["cr_high"]) == pytest.approx((0.045975, 0.120044), abs=5e-7)
    assert (row["cm_low"], row["cm_high"]) == pytest.approx((-4_542_999, 6_081_142), abs=1)


def test_a_row_of_the_report_has_its_bounds_and_a_verdict_by_them() -> None:
    people = [f"K{n}" for n in range(63)]
    source = {"utm_source": "yandex", "utm_medium": "cpc"}
    rows = {
        "leads": [lead(f"L{k}", "2026-06-02", k, **source) for k in people],
        "visits": [visit(f"V{k}", "2026-06-05", k, f"L{k}") for k in people],
        "payments": [paid(f"P{k}", "2026-06-05", k, 12_000, cost=0) for k in people],
        "costs": [spent("2026-06-01", "2026-06-30", 200_000)],
    }
    report = channel_report(clinic("2026-06-01", "2026-06-30", "2026-07-01", **rows))
    row = report.iloc[-1]
    assert (row["romi_new_low"], row["romi_new_high"]) == pytest.approx((1.9047, 3.8363), abs=5e-5)
    assert (row["cac_low"], row["cac_high"]) == pytest.approx((248_126, 413_130), abs=1)
    assert "не ниже: норма" in row["verdict"]


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40))
def test_bounds_hold_the_sum_and_more_people_of_a_kind_narrow_them(w: Weights) -> None:
    low, high = both(total(group(w)))
    assert low <= sum(w) * (1 + 1e-9)
    assert sum(w) <= high
    twice = both(total(group(w * 2)))
    assert (twice[1] - twice[0]) / 2 <= (high - low) * (1 + 1e-9)


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_share_lies_between_its_bounds_within_nought_and_one(x: int, n: int) -> None:
    low, high = both(share(np.array([float(x)]), np.array([float(n)])))
    if x > n:
        assert np.isnan([low, high]).all()
    else:
        assert -1e-12 <= low <= x / n + 1e-12
        assert x / n - 1e-12 <= high <= 1 + 1e-12


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.floats(-50, 50)), max_size=30))
def test_shares_of_one_person_in_a_row_are_one_value(rows: list[tuple[int, int, float]]) -> None:
    row, person, value = (np.array(part) for part in zip(*rows, strict=True)) if rows else [[]] * 3
    found = per_person(
        np.array(row, dtype=np.int64), np.array(person, dtype=np.int64), np.array(value, float), 4
    )
    expected: dict[tuple[int, int], float] = {}
    for r, p, v in rows:
        expected[r, p] = expected.get((r, p), 0.0) + v
    assert sorted(zip(found.row.tolist(), found.value.round(6).tolist(), strict=True)) == sorted(
        (r, round(v, 6)) for (r, _), v in expected.items()
    )


def covered(patients: float, spread: float, clinics: int = 2_000) -> float:
    """In what share of clinics the bounds hold the truth: the number of new patients is Poisson,
    each brings a log-normal margin."""
    dice = np.random.default_rng(11)
    people = dice.poisson(patients, clinics)
    row = np.repeat(np.arange(clinics), people)
    w = dice.lognormal(-(spread**2) / 2, spread, len(row))
    bounds = total(PerPerson(row, w, clinics))
    return float(((bounds.low <= patients) & (patients <= bounds.high)).mean())


@pytest.mark.parametrize("patients", [30, 60])
def test_of_two_thousand_clinics_the_bounds_hold_the_truth_in_95_of_100(patients: int) -> None:
    """From 30 patients on, of a spread as large as their mean. Other groups: docs/definitions.md."""
    assert covered(patients, 1.0) == pytest.approx(0.95, abs=0.015)


def test_a_group_of_even_patients_is_never_promised_more_than_it_keeps() -> None:
    assert min(covered(patients, 0.5) for patients in (10, 30, 120, 300)) >= 0.95


def test_the_bounds_of_ltv_hold_the_truth_in_95_of_100() -> None:
    """2 000 groups of 60 patients, new over two years, so that about 30 are watched a year."""
    facts = groups_of_patients(2_000, 60, 0.5)
    keys = codes(facts.groups, ["campaign"])
    table = ltv(facts, ["campaign"])
    bounds = on_log_scale(table["ltv_12m"].to_numpy(), ltv_variance(facts, keys, table))
    truth = FIRST * 100 * (1 + RETURNS)
    held = (bounds.low <= truth) & (truth <= bounds.high)
    assert held.mean() == pytest.approx(0.95, abs=0.015)
