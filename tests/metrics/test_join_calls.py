"""Calls at the door of the join."""

from __future__ import annotations

from datetime import date

from metrics.join.join import join
from metrics.settings import Settings
from tests.rows import frame


def test_a_call_that_the_clinic_made_brings_nobody():
    calls = frame(
        "calls",
        {"call_id": "1", "started_at": "2026-03-01T10:00Z", "is_unique": True},
        {"call_id": "2", "started_at": "2026-03-01T11:00Z", "is_unique": True}
        | {"call_direction": "out", "person_key": "A"},
        {"call_id": "3", "started_at": "2026-03-01T12:00Z", "is_unique": True}
        | {"call_direction": "in", "person_key": "B"},
    )
    settings = Settings(as_of=date(2026, 4, 1), first=date(2026, 3, 1), last=date(2026, 3, 31))
    leads = join({"calls": calls}, settings).leads
    assert len(leads) == 2
