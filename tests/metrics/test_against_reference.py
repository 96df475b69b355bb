"""Every number of every report equals the specification's slow twin, on hundreds of clinics.

`ROMI_SHEETS_TEST_CLINICS=1000 pytest tests/test_against_reference.py` looks at more of them.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings

from tests.metrics.clinic_tables import ClinicTables
from tests.metrics.clinics import clinics, seeded_clinic
from tests.metrics.differences import differences

CLINICS = int(os.environ.get("ROMI_SHEETS_TEST_CLINICS", "40"))
BATCH = 10


@pytest.mark.parametrize("start", range(0, CLINICS, BATCH))
def test_reports_of_seeded_clinics_are_the_references(start: int):
    for seed in range(start, start + BATCH):
        most_rows = (15, 40, 120)[seed % 3]
        assert differences(seeded_clinic(seed, most_rows)) == [], f"seed {seed}, {most_rows} rows"


@settings(
    max_examples=10,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(clinics())
def test_reports_of_drawn_clinics_are_the_references(clinic: ClinicTables):
    assert differences(clinic) == []
