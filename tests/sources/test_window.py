"""Which days a source is asked for."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sheets_sync.clinic.config import ReportConfig
from sheets_sync.sources.window import Window, halves, spans, window, years_before

TODAY = date(2026, 11, 24)
SINCE = date(2026, 1, 1)
STATE = {"since": "2026-01-01", "until": "2026-11-22"}


def _ask(state, oldest=SINCE, last=TODAY, full=False):
    return window(oldest, last, TODAY, state, 3, full=full)


def test_everything_is_asked_for_at_first_and_today_is_partial():
    asked = _ask({})

    assert asked == Window(SINCE, TODAY, whole=True, partial=TODAY)
    assert asked.until == date(2026, 11, 23)


def test_later_the_last_three_complete_days_are_read_again_with_what_is_new():
    assert _ask(STATE) == Window(date(2026, 11, 20), TODAY, whole=False, partial=TODAY)


def test_a_gap_of_weeks_is_closed():
    asked = _ask({"since": "2026-01-01", "until": "2026-10-01"})

    assert (asked.first, asked.last) == (date(2026, 9, 29), TODAY)


def test_days_before_the_first_stored_one_make_it_whole():
    assert _ask(STATE, oldest=date(2025, 1, 1)).whole
    assert _ask(STATE, oldest=date(2026, 2, 1)).whole is False
    assert _ask(STATE, full=True).first == SINCE


def test_a_day_in_the_past_is_complete():
    asked = _ask(STATE, last=date(2026, 11, 10))

    assert asked == Window(date(2026, 11, 8), date(2026, 11, 10), whole=False, partial=None)


def test_no_days_are_no_window():
    assert _ask({}, oldest=date(2026, 12, 1)) is None


def test_the_cohorts_months_say_how_far_back_unless_the_source_does():
    report = ReportConfig(cohort_months=24)

    assert report.needed_since(date(2026, 11, 24)) == date(2024, 11, 1)
    assert report.needed_since(date(2026, 1, 31)) == date(2024, 1, 1)


def test_three_years_end_with_the_day_itself():
    assert years_before(date(2026, 11, 24), 3) == date(2023, 11, 25)
    assert years_before(date(2028, 2, 29), 3) == date(2025, 3, 1)


@settings(deadline=None)
@given(st.integers(0, 1500), st.integers(1, 400))
def test_pieces_cover_every_day_once(length, days):
    last = SINCE + timedelta(days=length)
    pieces = spans(SINCE, last, days)
    covered = [a + timedelta(days=n) for a, b in pieces for n in range((b - a).days + 1)]

    assert covered == [SINCE + timedelta(days=n) for n in range(length + 1)]


@settings(deadline=None)
@given(st.integers(1, 1500))
def test_halves_cover_every_day_once(length):
    last = SINCE + timedelta(days=length)
    (a, b), (c, d) = halves(SINCE, last)

    assert (a, d) == (SINCE, last)
    assert a <= b < c <= d
    assert c - b == timedelta(days=1)
