"""Visits by the Logs API: a request is weighed, made, waited for, downloaded and cleaned."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sheets_sync.errors import SourceError
from sheets_sync.sources import SOURCES
from sheets_sync.sources.metrica.touches import FIELDS
from tests.doubles.site import Visit
from tests.sources.metrica_pulls import pull_reports, pull_touches
from tests.sources.yandex import COUNTER, TODAY, YESTERDAY, at, context, metrica_source

pytestmark = pytest.mark.usefixtures("yandex_token")


def _calls(metrica):
    base = f"/management/v1/counter/{COUNTER}/"
    return [f"{a.method} {a.path.removeprefix(base)}" for a in metrica.asked if "logreq" in a.path]


def test_a_request_is_weighed_made_waited_for_downloaded_and_cleaned(metrica, tmp_path, clock):
    metrica.logs.per_part, metrica.logs.polls = 7, 2
    pulled = pull_touches(metrica, tmp_path, clock)

    assert _calls(metrica) == [
        "GET logrequests/evaluate",
        "GET logrequests",
        "POST logrequests",
        "GET logrequest/900001",
        "GET logrequest/900001",
        *(f"GET logrequest/900001/part/{n}/download" for n in range(3)),
        "POST logrequest/900001/clean",
    ]
    assert len(pulled.frame) == 16
    downloads = [a for a in metrica.asked if a.path.endswith("download")]
    assert {a.headers["accept-encoding"] for a in downloads} == {"identity"}


def test_touches_are_read_again_after_six_hours_or_a_new_day(metrica, tmp_path, clock):
    first = pull_touches(metrica, tmp_path, clock)
    at_once = pull_touches(metrica, tmp_path, clock, state=first.state)
    clock.sleep(6 * 3600)
    later = pull_touches(metrica, tmp_path, clock, state=first.state)

    assert at_once.frame is None
    assert at_once.state == first.state
    assert later.replace == (date(2026, 11, 21), YESTERDAY)


def test_a_counter_too_large_for_one_request_is_asked_for_in_pieces(metrica, tmp_path, clock):
    metrica.logs.possible_days = 4
    pulled = pull_touches(metrica, tmp_path, clock)

    ranges = [(r.first.isoformat(), r.last.isoformat()) for r in metrica.logs.requests.values()]
    assert ranges == [
        ("2026-11-20", "2026-11-23"),
        ("2026-11-16", "2026-11-19"),
        ("2026-11-14", "2026-11-15"),
    ]
    assert len(pulled.frame) == 16
    assert metrica.logs.kept == []


@pytest.mark.parametrize("days", [0, -6])
def test_no_room_for_even_a_day_is_said(metrica, tmp_path, clock, days):
    metrica.logs.possible_days = days

    with pytest.raises(SourceError, match="10 ГБ") as caught:
        pull_touches(metrica, tmp_path, clock)

    assert not caught.value.permanent


@pytest.mark.parametrize("outcome", ["processing_failed", "canceled", "cleaned_by_user"])
def test_a_request_that_ends_without_a_log_is_an_error_and_made_anew(
    metrica, tmp_path, clock, outcome
):
    metrica.logs.outcome = outcome
    with pytest.raises(SourceError, match=outcome):
        pull_touches(metrica, tmp_path, clock)

    metrica.logs.outcome = "processed"
    assert len(pull_touches(metrica, tmp_path, clock).frame) == 16
    assert metrica.logs.kept == []


def test_a_log_that_is_never_ready_is_left_to_the_next_run(metrica, tmp_path, clock):
    metrica.logs.polls = 10_000
    with pytest.raises(SourceError, match="слишком долго"):
        pull_touches(metrica, tmp_path, clock)

    metrica.logs.requests[900_001].polls = 1
    assert len(pull_touches(metrica, tmp_path, clock).frame) == 16
    assert len(metrica.logs.requests) == 1
    assert metrica.logs.kept == []


def test_requests_of_others_are_neither_used_nor_cleaned(metrica, tmp_path, clock):
    names = ",".join(FIELDS)
    query = {"date1": "2026-11-14", "date2": "2026-11-23", "fields": names, "source": "visits"}
    metrica.logs.create(metrica.counters[COUNTER], query)
    pull_touches(metrica, tmp_path, clock)

    assert {n: r.status for n, r in metrica.logs.requests.items()} == {
        900_001: "created",
        900_002: "cleaned_by_user",
    }


@pytest.mark.parametrize("fault", ["reset_after", "truncated", "garbage"])
def test_a_request_whose_answer_was_lost_is_found_in_the_list(metrica, tmp_path, clock, fault):
    metrica.fail(fault, only=lambda a: a.method == "POST" and a.path.endswith("/logrequests"))
    pulled = pull_touches(metrica, tmp_path, clock)

    assert len(pulled.frame) == 16
    assert len(metrica.logs.requests) == 1
    assert metrica.logs.kept == []


def _run(metrica, tmp_path, clock, state, seconds=300.0, **more):
    """A run of so many seconds: what it gave and what the next is given to go on from."""
    source = metrica_source(logs=True, **more.pop("source", {}))
    given = context(tmp_path, metrica, clock, state=state, until=clock.unix() + seconds, **more)
    pulls = list(SOURCES["metrica"].pull(source, given))
    return pulls, {key: value for p in pulls for key, value in p.state.items()}


def test_a_log_that_is_not_ready_in_time_holds_up_nothing_and_is_taken_by_the_next_run(
    metrica, tmp_path, clock
):
    metrica.logs.polls = 8
    began = clock.unix()
    first, state = _run(metrica, tmp_path, clock, {})
    assert clock.unix() - began <= 300
    assert [(p.entity, p.frame is None) for p in first] == [("traffic", False), ("touches", True)]
    assert "слишком долго готовит" in first[1].error.message

    second, state = _run(metrica, tmp_path, clock, state)
    assert [(p.entity, bool(p.error)) for p in second] == [("traffic", False), ("touches", False)]
    assert len(second[1].frame) == 16
    assert len(metrica.logs.requests) == 1
    assert metrica.logs.kept == []


@pytest.mark.parametrize("fault", ["503", "reset", "garbage"])
def test_looks_that_fail_do_not_end_a_run(metrica, tmp_path, clock, fault):
    metrica.logs.polls = 3
    times = 3 if fault == "garbage" else 9  # tries of one look or of two
    metrica.fail(fault, times=times, only=lambda a: a.path.endswith("/logrequest/900001"))
    pulls, _ = _run(metrica, tmp_path, clock, {})
    assert [(p.entity, p.error) for p in pulls] == [("traffic", None), ("touches", None)]
    assert len(pulls[1].frame) == 16


def test_a_log_ordered_yesterday_is_taken_today_and_the_new_day_after_it(metrica, tmp_path, clock):
    metrica.logs.polls = 8
    _, state = _run(metrica, tmp_path, clock, {})
    clock.sleep(86_400)
    metrica.logs.polls = 1
    pulls, state = _run(metrica, tmp_path, clock, state, as_of=TODAY + timedelta(days=1))

    assert [p.replace for p in pulls if p.entity == "touches"] == [
        (date(2026, 11, 14), YESTERDAY),
        (date(2026, 11, 21), TODAY),
    ]
    assert len(metrica.logs.requests) == 2
    assert metrica.logs.kept == []
    assert (state["touches"]["since"], state["touches"]["until"]) == ("2026-11-14", str(TODAY))


def test_logs_of_years_come_one_by_one_and_each_is_kept(metrica, tmp_path, clock):
    source = {"from": date(2024, 11, 1)}
    metrica.fail("503", first=3, times=99, only=lambda a: a.path.endswith("/logrequests"))
    first, state = _run(metrica, tmp_path, clock, {}, seconds=3000.0, source=source)
    touches = [p for p in first if p.entity == "touches"]
    metrica.faults.clear()
    second, state = _run(metrica, tmp_path, clock, state, seconds=3000.0, source=source)

    assert [(p.replace, bool(p.error)) for p in touches] == [
        ((date(2025, 11, 24), YESTERDAY), False),
        (None, True),
    ]
    assert [p.replace for p in second if p.entity == "touches"] == [
        (date(2024, 11, 24), date(2025, 11, 23)),
        (date(2024, 11, 1), date(2024, 11, 23)),
    ]
    assert state["touches"]["since"] == "2024-11-01"


def test_a_touch_has_its_own_visits_source_whatever_the_reports_ask_for(metrica, tmp_path, clock):
    metrica.counters[COUNTER].visits[:] = [
        Visit(at(YESTERDAY, 9), "1", "5", "organic", "organic.yandex"),
        Visit(at(YESTERDAY, 18), "2", "5", "direct"),
    ]
    source = metrica_source(logs=True, attribution="lastsign")
    traffic, touches = pull_reports(metrica, tmp_path, clock, source)

    assert touches.frame["traffic_source"].tolist() == ["organic", "direct"]
    assert traffic.frame[["traffic_source", "visits"]].values.tolist() == [["organic", 2]]


def test_touches_that_were_read_by_another_model_are_all_read_again(metrica, tmp_path, clock):
    state = {"since": "2026-11-14", "until": "2026-11-23", "at": clock.unix()}
    for old in ({}, {"attribution_asked": "lastsign"}):
        pulled = pull_touches(metrica, tmp_path, clock, state={"touches": state | old})
        assert pulled.replace == (date(2026, 11, 14), YESTERDAY)
        assert pulled.state["touches"]["attribution_asked"] == "last"
