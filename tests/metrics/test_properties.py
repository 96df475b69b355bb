"""What holds of every clinic, whatever its rows: sums, order, both roads to CM, ripeness."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from pandas.testing import assert_frame_equal, assert_series_equal

from metrics.facts import Facts
from metrics.join.join import attribute, join, prepare
from metrics.measures.ltv import ltv
from metrics.measures.unit import units
from metrics.reports.campaigns import campaigns
from metrics.reports.channel_report import channel_report
from metrics.reports.cohorts import cohorts
from metrics.reports.funnel import funnel
from metrics.reports.services import services
from metrics.reports.weekly import weekly
from metrics.settings import ALL, MODELS, OTHER
from tests.metrics.clinic_tables import ClinicTables
from tests.metrics.clinics import clinics, seeded_clinic

COUNTS = ["leads", "repeat_requests", "bookings", "visits", "repeat_visits", "contracts",
          "new_patients", "revenue", "cost", "impressions", "clicks"]  # fmt: skip
#: Empty where nobody knows them, so that a sum with an empty part is empty.
PARTIAL = ["margin", "sessions", "goal_reaches"]
ADDITIVE = [*COUNTS, *PARTIAL]

few = settings(
    max_examples=5,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def facts_of(clinic: ClinicTables, **changes: Any) -> Facts:
    return join(clinic.frames, replace(clinic.settings, **changes))


def sums(frame: pd.DataFrame) -> dict[str, float]:
    """Sums of the additive columns; NaN where any row is."""
    return {name: float(frame[name].sum(skipna=False)) for name in ADDITIVE}


def reports(facts: Facts) -> dict[str, pd.DataFrame]:
    return {
        "channel_report": channel_report(facts),
        "campaigns": campaigns(facts),
        "funnel": funnel(facts),
        "unit_by_direction": units(facts, "direction"),
        "unit_by_channel": units(facts, "channel"),
        "cohorts": cohorts(facts),
        "services": services(facts),
        "weekly": weekly(facts),
        "ltv": ltv(facts, ("channel", "campaign", "direction")),
    }


@few
@given(clinics())
def test_sums_over_channels_and_campaigns_and_the_funnel_are_the_totals(clinic: ClinicTables):
    facts = facts_of(clinic)
    rows = channel_report(facts)
    whole = rows.iloc[-1][ADDITIVE].astype("float64").to_dict()
    days = funnel(facts)
    first, last = (pd.Timestamp(d) for d in (clinic.settings.first, clinic.settings.last))
    parts = {
        "channels": sums(rows.iloc[:-1]),
        "campaigns": sums(campaigns(facts)),
        "funnel": sums(days[days["day"].between(first, last)]),
    }
    if facts.traffic.empty:
        whole |= {"sessions": 0.0, "goal_reaches": 0.0}
        parts = {
            name: part | {"sessions": 0.0, "goal_reaches": 0.0} for name, part in parts.items()
        }
    for name, part in parts.items():
        assert part == pytest.approx(whole, nan_ok=True, rel=0, abs=0), name


@few
@given(clinics())
def test_no_attribution_model_makes_or_loses_a_lead_or_a_kopeck(clinic: ClinicTables):
    joined = prepare(clinic.frames, clinic.settings)
    wholes = []
    for model in MODELS:
        rows = channel_report(attribute(joined, model))
        whole = rows.iloc[-1][COUNTS].astype("float64").to_dict()
        parts = {name: float(rows.iloc[:-1][name].sum()) for name in COUNTS}
        assert parts == pytest.approx(whole, rel=1e-9, abs=1e-6), model
        assert parts["revenue"] == whole["revenue"], model
        wholes.append(whole)
    assert all(whole == pytest.approx(wholes[0], rel=1e-9) for whole in wholes)


@few
@given(clinics())
def test_unit_economics_spend_the_channel_reports_cost_and_count_its_leads(clinic: ClinicTables):
    facts = facts_of(clinic)
    whole = channel_report(facts).iloc[-1]
    for by in ("direction", "channel"):
        unit = units(facts, by)
        assert unit["ac"].sum() == whole["cost"]
        assert unit["ua"].sum() == whole["leads"]


@few
@given(clinics())
def test_both_roads_give_the_contribution_margin_to_the_kopeck(clinic: ClinicTables):
    facts = facts_of(clinic)
    for by in ("direction", "channel"):
        unit = units(facts, by)
        assert unit["cm_agrees"].all()
        told = unit[unit["arppu"].notna()]
        by_leads = told["ua"] * told["arpu"] - told["ac"]
        by_patients = told["b"] * told["arppu"] - told["ac"]
        assert (np.abs(by_leads - told["cm"]) < 1).all()
        assert (np.abs(by_patients - told["cm"]) < 1).all()


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_input_rows_changes_nothing(seed: int):
    clinic = seeded_clinic(seed, 40)
    shuffled = {
        entity: random.Random(seed).sample(r, len(r)) for entity, r in clinic.tables.items()
    }
    before = reports(facts_of(clinic))
    after = reports(facts_of(ClinicTables(shuffled, clinic.settings)))
    for name, frame in before.items():
        assert_frame_equal(frame, after[name], check_exact=True, obj=name)


def month_end(month: str, age: int) -> date:
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + age + 1, 12)
    return date(year, number + 1, 1) - timedelta(days=1)


@few
@given(clinics())
def test_a_cohort_cell_is_empty_before_its_month_is_over_and_never_zero(clinic: ClinicTables):
    frame = cohorts(facts_of(clinic))
    for row in frame.to_dict("records"):
        for age in range(13):
            ripe = month_end(row["month"], age) <= clinic.settings.as_of
            assert pd.notna(row[f"patients_{age}"]) == ripe
            if not ripe:
                cells = [row[f"{name}_{age}"] for name in ("retention", "margin", "romi")]
                assert all(pd.isna(cell) for cell in cells)


@few
@given(clinics())
def test_cohort_totals_are_the_sums_of_their_directions(clinic: ClinicTables):
    frame = cohorts(facts_of(clinic))
    names = ["patients", "cost", *(f"patients_{k}" for k in range(13))]
    parts = frame[frame["direction"] != ALL].groupby("month")[names].sum()
    of_channels = frame[(frame["direction"] == ALL) & (frame["channel"] != ALL)]
    whole = frame[frame["channel"] == ALL].set_index("month")[names].fillna(0)
    assert_frame_equal(parts, whole.sort_index())
    assert_frame_equal(of_channels.groupby("month")[names].sum(), whole.sort_index())


@few
@given(clinics())
def test_small_rows_are_merged_within_their_month_and_totals_stay(clinic: ClinicTables):
    """«a «Воронка» or «Когорты» row with fewer new patients is merged into its month's «Прочее»»"""
    open_, private = facts_of(clinic), facts_of(clinic, min_patients=2)
    before, after = funnel(open_), funnel(private)
    months = [
        frame.assign(month=frame["day"].dt.to_period("M").astype("str"))
        for frame in (before, after)
    ]
    known = [*COUNTS, "margin"]
    per_month = [m.groupby("month")[known].agg(lambda c: c.sum(skipna=False)) for m in months]
    assert_frame_equal(*per_month)
    inside = [
        f[f["day"].between(*map(pd.Timestamp, (clinic.settings.first, clinic.settings.last)))]
        for f in (before, after)
    ]
    assert_series_equal(*(f[known].sum(skipna=False) for f in inside))
    assert (after[after["channel"] != OTHER]["new_patients"] >= 2).all()
    small = cohorts(private)
    assert (small[~small["channel"].isin([ALL, OTHER])]["patients"] >= 2).all()
    wholes = [f[f["channel"] == ALL].reset_index(drop=True) for f in (cohorts(open_), small)]
    assert_frame_equal(*wholes)
