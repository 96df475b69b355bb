"""Which days a source is asked for."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sheets_sync.clinic.config import ReportConfig
from sheets_sync.sources.window import (
    DayWindow,
    after,
    halves,
    pieces,
    spans,
)

TODAY = date(2026, 11, 24)
SINCE = date(2026, 1, 1)
STATE = {"since": "2026-01-01", "until": "2026-11-22"}


def _ask(state, last=TODAY):
    return pieces(SINCE, last, TODAY, state, 3, 400, full=False)


def test_everything_is_asked_for_at_first_and_today_is_partial():
    (asked,) = _ask({})

    assert asked == DayWindow(SINCE, TODAY, whole=True, partial=TODAY)
    assert asked.until == date(2026, 11, 23)


def test_later_the_last_three_complete_days_are_read_again_with_what_is_new():
    assert _ask(STATE) == [DayWindow(date(2026, 11, 20), TODAY, whole=False, partial=TODAY)]


def test_a_day_in_the_past_is_complete():
    assert _ask(STATE, last=date(2026, 11, 10)) == [
        DayWindow(date(2026, 11, 8), date(2026, 11, 10), whole=False, partial=None)
    ]


def test_no_days_are_no_window():
    assert _ask({}, last=date(2025, 12, 1)) == []


def test_the_cohorts_months_say_how_far_back_unless_the_source_does():
    report = ReportConfig(cohort_months=24)

    assert report.needed_since(date(2026, 11, 24)) == date(2024, 11, 1)
    assert report.needed_since(date(2026, 1, 31)) == date(2024, 1, 1)


@given(st.integers(0, 1500), st.integers(1, 400))
def test_pieces_cover_every_day_once(length, days):
    last = SINCE + timedelta(days=length)
    pieces = spans(SINCE, last, days)
    covered = [a + timedelta(days=n) for a, b in pieces for n in range((b - a).days + 1)]

    assert covered == [SINCE + timedelta(days=n) for n in range(length + 1)]


@given(st.integers(1, 1500))
def test_halves_cover_every_day_once(length):
    last = SINCE + timedelta(days=length)
    (a, b), (c, d) = halves(SINCE, last)

    assert (a, d) == (SINCE, last)
    assert a <= b < c <= d
    assert c - b == timedelta(days=1)


def _days(*pieces_):
    return [(p.first.isoformat()[5:], p.last.isoformat()[5:], p.whole) for p in pieces_]


def _pieces(state, oldest=date(2026, 9, 1), last=TODAY, size=31, **more):
    return pieces(oldest, last, TODAY, state, 3, size, **{"full": False, **more})


def test_at_first_the_newest_days_come_first():
    asked = _pieces({})

    assert _days(*asked) == [
        ("10-25", "11-24", True),
        ("09-24", "10-24", False),
        ("09-01", "09-23", False),
    ]
    assert [p.partial for p in asked] == [TODAY, None, None]


def test_what_is_new_comes_before_what_is_old():
    state = {"since": "2026-10-25", "until": "2026-11-22"}

    assert _days(*_pieces(state)) == [
        ("11-20", "11-24", False),
        ("09-24", "10-24", False),
        ("09-01", "09-23", False),
    ]


def test_a_gap_of_weeks_is_closed_from_its_old_end():
    asked = _pieces({"since": "2026-09-01", "until": "2026-10-01"})

    assert _days(*asked) == [("09-29", "10-29", False), ("10-30", "11-24", False)]


def test_everything_again_begins_anew():
    assert _days(*_pieces({"since": "2026-09-01", "until": "2026-11-22"}, full=True))[0] == (
        "10-25",
        "11-24",
        True,
    )


def test_days_apart_from_those_stored_begin_anew():
    state = {"since": "2025-01-01", "until": "2025-02-01"}

    assert [p.whole for p in _pieces(state)] == [True, False, False]


def test_days_that_a_service_has_ready_come_first_and_are_not_asked_for_again():
    state = {"since": "2026-10-25", "until": "2026-11-22"}
    yesterday = (date(2026, 11, 20), date(2026, 11, 23))
    older = (date(2026, 9, 24), date(2026, 10, 24))
    apart = (date(2026, 9, 2), date(2026, 9, 5))

    assert _days(*_pieces(state, ordered=[older, apart, yesterday]))[:2] == [
        ("11-20", "11-23", False),
        ("11-21", "11-24", False),
    ]
    assert _days(*_pieces(state, ordered=[older, apart])) == [
        ("09-24", "10-24", False),
        ("11-20", "11-24", False),
        ("09-01", "09-23", False),
    ]
    assert _days(*_pieces({}, ordered=[yesterday]))[:2] == [
        ("11-20", "11-23", True),
        ("11-21", "11-24", False),
    ]


@given(
    st.integers(0, 400),
    st.integers(25, 60),
    st.integers(1, 25),
    st.one_of(st.none(), st.tuples(st.integers(0, 400), st.integers(0, 400))),
    st.integers(1, 3),
)
@settings(max_examples=200)
def test_however_often_a_pull_ends_all_days_are_read_in_one_stretch(back, size, trailing, known, n):
    oldest = TODAY - timedelta(days=back)
    state = {}
    if known:
        days = sorted(TODAY - timedelta(days=k + 1) for k in known)
        state = {"since": days[0].isoformat(), "until": days[1].isoformat()}
    for _ in range(500):
        asked = pieces(oldest, TODAY, TODAY, state, trailing, size, full=False)
        new = sum(p.last.isoformat() >= state.get("until", "") for p in asked)
        for piece in asked[: new + n]:
            assert piece.first <= piece.last
            assert (piece.last - piece.first).days < size
            if not piece.whole:  # it touches what is stored
                assert piece.first.isoformat() <= _after(state["until"])
                assert _after(piece.last.isoformat()) >= state["since"]
            state = after(state, piece)
        if len(asked) <= new + n:
            break
    assert state["since"] <= oldest.isoformat()
    assert state["until"] >= (TODAY - timedelta(days=1)).isoformat()


def _after(day):
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
