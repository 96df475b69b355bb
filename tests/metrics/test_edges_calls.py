"""Edges of calls: which are leads, which are a lead row's own, each from literal rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from metrics.facts import Facts
from metrics.join.join import join
from tests.metrics.clinic_rows import call, lead
from tests.metrics.clinic_tables import literal_clinic
from tests.metrics.edges import AVITO, YEAR, agreed, total

SPAM = {"status": "spam"}


def channels(facts: Facts) -> dict[str, float]:
    """Leads by channel, a lead of several touches by its shares."""
    names = facts.groups["channel"].to_numpy()[facts.leads["group"].to_numpy()]
    return facts.leads["weight"].groupby(names).sum().to_dict()


def test_a_source_without_a_column_of_uniqueness_has_the_first_call_of_each_phone():
    """Mango, of which nothing says what is unique: two people called, one of them again."""
    calls = (
        call("1", "2026-02-01T10:15", "ann"),
        call("2", "2026-02-01T11:00", "bob"),
        call("3", "2026-02-02T09:00", "ann"),
        call("4", "2026-02-02T09:05", ""),
        call("5", "2026-02-02T09:06", ""),
    )
    assert total(agreed(calls=calls))["leads"] == 4


def test_a_call_of_status_spam_is_no_lead_and_makes_no_other_call_repeated():
    calls = (
        call("1", "2026-02-01T10:15", "ann", status="spam"),
        call("2", "2026-02-02T10:15", "ann", status="answered"),
    )
    assert total(agreed(calls=calls))["leads"] == 1


@pytest.mark.parametrize(("last", "leads"), [("2026-03-03T10:14:59", 1), ("2026-03-03T10:15", 2)])
def test_a_phone_is_new_again_after_30_times_24_hours_of_silence(last: str, leads: int):
    calls = (call("1", "2026-02-01T10:15", "ann"), call("2", last, "ann"))
    assert total(agreed(calls=calls))["leads"] == leads


def test_a_call_counts_from_the_last_call_not_from_the_last_lead():
    days = ("2026-01-01", "2026-01-25", "2026-02-15")
    calls = tuple(call(str(n), day, "ann") for n, day in enumerate(days))
    assert total(agreed(calls=calls))["leads"] == 1


def test_of_two_calls_of_one_moment_the_smaller_id_is_first():
    calls = (
        call("2", "2026-02-01T10:15", "ann", source_raw="Радио"),
        call("1", "2026-02-01T10:15", "ann", source_raw="Авито"),
    )
    assert channels(agreed(calls=calls)) == {"Авито": 1}


def test_a_kept_lead_in_the_days_before_makes_a_call_no_first_one():
    form = lead("L1", "2026-02-01T10:00", "ann")
    later = call("1", "2026-02-20T10:00", "ann")
    assert total(agreed(leads=(form,), calls=(later,)))["leads"] == 1
    assert total(agreed(leads=(form | SPAM,), calls=(later,)))["leads"] == 1
    after = call("1", "2026-03-03T10:00", "ann")
    assert total(agreed(leads=(form,), calls=(after,)))["leads"] == 2


def test_a_duplicate_row_is_no_kept_lead_of_its_own():
    """A call lead on the 1st makes the row of the 20th its duplicate: on 4 March the phone is new."""
    facts = agreed(
        calls=(call("1", "2026-02-01", "ann"), call("2", "2026-03-04", "ann")),
        leads=(lead("L1", "2026-02-20", "ann"),),
    )
    assert total(facts)["leads"] == 2


def test_an_empty_cell_in_a_column_of_uniqueness_is_not_unique():
    calls = (
        call("1", "2026-02-01", "ann", is_unique=False),
        call("2", "2026-02-02", "bob"),
        call("3", "2026-02-03", "eve", source="file:other"),
    )
    assert total(agreed(calls=calls))["leads"] == 1


def test_a_call_that_the_clinic_made_brings_nobody():
    calls = tuple(
        call(str(n), f"2026-02-0{n + 1}", who, is_unique=True, call_direction=way)
        for n, (who, way) in enumerate((("", ""), ("ann", "out"), ("bob", "in")))
    )
    assert total(agreed(calls=calls))["leads"] == 2


@pytest.mark.parametrize(
    ("at", "leads"),
    [
        ("2026-02-01T09:29:59", 2),
        ("2026-02-01T09:30", 1),
        ("2026-02-01T10:30", 1),
        ("2026-02-01T10:30:01", 2),
    ],
)
def test_a_call_and_a_form_of_one_person_are_one_lead_within_half_an_hour(at: str, leads: int):
    rows = {
        "leads": (lead("L1", "2026-02-01T10:00", "ann"),),
        "calls": (call("1", at, "ann", is_unique=True),),
    }
    assert total(agreed(duplicate_days=0, **rows))["leads"] == leads
    assert total(agreed(duplicate_days=0, call_lead_minutes=5, **rows))["leads"] == 2


@pytest.mark.parametrize("at", ["2026-02-01T09:50", "2026-02-01T10:10"])
def test_a_form_keeps_its_own_marks_and_its_call_is_a_second_touch(at: str):
    rows: dict[str, Any] = {
        "leads": (lead("L1", "2026-02-01T10:00", "ann", **AVITO),),
        "calls": (call("1", at, "ann", source_raw="Радио"),),
    }
    facts = agreed(**rows)
    assert channels(facts) == {"Авито": 1}
    assert facts.leads["touches"].tolist() == [2]
    tables = literal_clinic(**YEAR, **rows)
    both = join(tables.frames, replace(tables.settings, attribution="linear"))
    assert channels(both) == {"Авито": 0.5, "QR и офлайн": 0.5}


def test_a_row_without_marks_has_those_of_its_call():
    facts = agreed(
        leads=(lead("L1", "2026-02-01T10:00", "ann", direction="терапия"),),
        calls=(call("1", "2026-02-01T10:03", "ann", **AVITO),),
    )
    assert channels(facts) == {"Авито": 1}
    assert facts.leads["touches"].tolist() == [1]


def test_a_row_that_is_no_lead_takes_no_call():
    rows = (lead("L1", "2026-02-01T10:00", "ann") | SPAM,)
    facts = agreed(leads=rows, calls=(call("1", "2026-02-01T10:03", "ann", **AVITO),))
    assert channels(facts) == {"Авито": 1}
