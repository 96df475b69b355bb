"""Every number of every report equals the specification's slow twin, on dozens of clinics.

`ROMI_SHEETS_TEST_CLINICS=1000 pytest tests/metrics/test_against_reference.py` looks at more of them.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings

from metrics.join.join import join
from metrics.reports.alerts import alerts
from metrics.reports.channel_report import channel_report
from metrics.reports.plan_fact import plan_fact
from tests.examples import examples
from tests.metrics.busy_clinic import busy_clinic
from tests.metrics.clinic_tables import ClinicTables
from tests.metrics.clinics import clinics, seeded_clinic
from tests.metrics.differences import differences, of_alerts, of_plan
from tests.reference import Clinic

CLINICS = int(os.environ.get("ROMI_SHEETS_TEST_CLINICS", "12"))
BATCH = 6


@pytest.mark.parametrize("start", range(0, CLINICS, BATCH))
def test_reports_of_seeded_clinics_are_the_references(start: int):
    for seed in range(start, start + BATCH):
        most_rows = (15, 40, 120)[seed % 3]
        assert differences(seeded_clinic(seed, most_rows)) == [], f"seed {seed}, {most_rows} rows"


@settings(
    max_examples=examples(6),
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(clinics())
def test_reports_of_drawn_clinics_are_the_references(clinic: ClinicTables):
    assert differences(clinic) == []


def test_what_falls_in_busy_clinics_is_the_references() -> None:
    """Every rule of a fall fires in them, with one, two and three causes."""
    rules: set[str] = set()
    causes: set[int] = set()
    for seed in (1, 3, 4, 9, 15, 18):
        rows = busy_clinic(seed)
        facts, clinic = join(rows.frames, rows.settings), Clinic(rows.tables, rows.settings)
        assert [*of_alerts(facts, clinic), *of_plan(facts, clinic)] == [], f"seed {seed}"
        frame = alerts(facts, channel_report(facts), plan_fact(facts), (), {})
        rules |= set(frame["rule"])
        causes |= {text.count("%") for text in frame["causes"]}
    assert rules >= {"Меньше лидов", "Меньше записей", "Меньше визитов", "Расход вырос"}
    assert causes >= {1, 2, 3}
