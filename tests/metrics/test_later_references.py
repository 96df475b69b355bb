"""Every number of §13, 14, 16–18, 20, 21, 23 and 24 equals the specification's slow twin."""

from __future__ import annotations

import pytest

from metrics.join.join import join
from metrics.measures.repeat_buying import fit_spending, fit_visiting
from metrics.reports.changes import CAUSES
from tests.metrics.last_differences import last_differences
from tests.metrics.later_differences import (
    buyers_of,
    change_table,
    later_differences,
    of_changes,
    of_forecast,
)
from tests.metrics.later_rows import as_it_was, buying_clinic, later_clinic
from tests.metrics.test_against_reference import CLINICS
from tests.reference import (
    Clinic,
    fitted_frequency,
    fitted_money,
    frequency_likelihood,
    last_week,
    lives,
    money_likelihood,
)


@pytest.mark.parametrize("seed", range(max(CLINICS // 5, 1)))
def test_contacts_visits_and_periods_are_the_references(seed: int) -> None:
    assert later_differences(later_clinic(seed, (15, 25, 60)[seed % 3])) == []


@pytest.mark.parametrize("seed", range(max(CLINICS // 10, 1)))
def test_actions_verify_and_the_digest_are_the_references(seed: int) -> None:
    assert last_differences(later_clinic(seed, (15, 40)[seed % 2])) == []


def test_what_changed_and_why_is_the_references() -> None:
    """Of these clinics 3, 8 and 9 know every cause that is no fault."""
    seen: set[str] = set()
    for seed in (3, 8, 9, *range(10, 10 + CLINICS // 30 - 1)):
        now = later_clinic(seed, 12)
        before = as_it_was(now, seed)
        table = change_table(before, now)
        assert list(of_changes(before, now, table)) == [], f"seed {seed}"
        seen |= {cause for cause in CAUSES if (table[cause].fillna(0) != 0).any()}
    assert seen == {*CAUSES} - {"program"}


@pytest.mark.parametrize("seed", range(2))
def test_the_forecast_of_these_fits_is_the_references(seed: int) -> None:
    assert list(of_forecast(buying_clinic(seed))) == []


def test_no_other_fit_is_more_likely() -> None:
    rows = buying_clinic(1)
    clinic = Clinic(rows.tables, rows.settings)
    end = last_week(rows.settings.as_of)
    for at, buyers in zip(
        (end, end - 26), buyers_of(join(rows.frames, rows.settings)), strict=True
    ):
        people = [*(lives(clinic, at) or {}).values()]
        visiting, spending = fit_visiting(buyers), fit_spending(buyers)
        found = fitted_frequency(people)
        assert (visiting.r, visiting.alpha, visiting.a, visiting.b) == pytest.approx(
            found, rel=1e-3
        )
        likely = sum(frequency_likelihood(life, found) for life in people)
        assert visiting.log_likelihood == pytest.approx(likely, abs=1e-6)
        scaled, unit = fitted_money(people)
        assert (spending.p, spending.q, spending.v / unit) == pytest.approx(scaled, rel=1e-3)
        money = [life for life in people if life.x > 0 and life.m > 0]
        own = scaled[0], scaled[1], scaled[2] * unit
        likely = sum(money_likelihood(life, own) for life in money)
        assert spending.log_likelihood == pytest.approx(likely, abs=1e-6)
