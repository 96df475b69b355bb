"""Faults at every request of Metrica and Direct: all or nothing, and the next pull heals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sheets_sync.errors import SourceError
from sheets_sync.net.limiter import Limiter
from sheets_sync.sources import SOURCES
from tests.doubles import direct as direct_double
from tests.doubles import metrica as metrica_double
from tests.doubles.direct import DirectDouble
from tests.doubles.metrica import TOKEN, MetricaDouble
from tests.sources.yandex import ad_days, context, direct_source, metrica_source, small_counter

pytestmark = pytest.mark.usefixtures("yandex_token")

WIRE = ["reset", "reset_after", "truncated", "garbage", "html", "bad_gateway"]
#: 420 is 429 by another number.
METRICA = [*WIRE, *(kind for kind in metrica_double.REFUSALS if not kind.endswith("_420"))]
DIRECT = [*WIRE, *direct_double.REFUSALS]
#: One of each kind of fault, struck at every request; others of the kind at one request each.
KINDS = {
    *("reset_after", "truncated", "garbage", "html", "unauthorized", "quota_day", "quota_ip"),
    *("query_error", "503", "53", "506", "9000", "502", "4000"),
}
SOURCE = metrica_source(logs=True, costs=True)


@pytest.fixture
def metrica(clock):
    with MetricaDouble([small_counter(3)], clock=clock) as double:
        double.logs.polls = 1
        double.logs.per_part = 6
        yield double


@pytest.fixture
def direct(clock):
    with DirectDouble(ad_days(3), clock=clock) as double:
        double.queued = 2
        yield double


def _pull(source, given):
    return list(SOURCES[source.kind].pull(source, given))


def _frames(source, given):
    """What was read, by entity; of the rest there must be an error for a marketer."""
    try:
        pulls = _pull(source, given)
        errors = [p.error for p in pulls if p.error]
    except SourceError as error:
        pulls, errors = [], [error]
    for told in [e.as_dict() for e in errors]:
        if not told["hint"] or TOKEN in repr(told):
            pytest.fail(f"{told} is no sentence to show")
    frames = {p.entity: p.frame.to_csv() for p in pulls if p.frame is not None}
    return frames, len(errors)


def _struck_everywhere(double, source, given, faults):
    """Gives each fault at each request, once and for good; after the latter the next pull heals."""
    want, _ = _frames(source, given)
    requests = len(double.asked)
    for place, fault in enumerate(faults):
        alone = range(place % requests + 1, place % requests + 2)
        for number in range(1, requests + 1) if fault in KINDS else alone:
            for times in (1, 999) if fault == "reset_after" else (999,):
                _mend(double)
                double.fail(fault, first=number, times=times)
                yield fault, number, want
            _mend(double)
            assert _frames(source, given) == (want, 0), (fault, number)


def _mend(double):
    double.faults.clear()
    # So many requests in a quarter of an hour are the test's, not a clinic's.
    double.refill()


def _is_whole_or_missing(frames, errors, want):
    """Whether each entity is as it should be or not there, and the error says so if one is not."""
    told = errors > 0 or frames == want
    return told and all(frame == want[entity] for entity, frame in frames.items())


def test_every_fault_at_every_request_of_metrica_costs_no_entity_but_its_own(
    metrica, tmp_path, clock
):
    given, kept = context(tmp_path, metrica, clock), set()
    for fault, number, want in _struck_everywhere(metrica, SOURCE, given, METRICA):
        frames, errors = _frames(SOURCE, given)
        assert _is_whole_or_missing(frames, errors, want), (fault, number)
        kept.add(tuple(frames))
    assert metrica.logs.kept == []
    # What had been read before stayed, however the rest was refused.
    assert {(), ("traffic",), ("traffic", "costs"), ("traffic", "costs", "touches")} <= kept


def test_every_fault_at_every_request_of_direct_is_all_or_nothing(direct, tmp_path, clock):
    given = context(tmp_path, direct, clock)
    for fault, number, want in _struck_everywhere(direct, direct_source(), given, DIRECT):
        assert _is_whole_or_missing(*_frames(direct_source(), given), want), (fault, number)


def test_old_rows_stay_under_a_fault_and_the_next_pull_heals(
    metrica, tmp_path, clock, sqlite_store
):
    given = context(tmp_path, metrica, clock)
    moment = datetime.fromtimestamp(clock.unix(), UTC)
    sqlite_store.rows.merge("clinic", SOURCE.name, _pull(SOURCE, given), moment)
    before = {e: sqlite_store.rows.read("clinic", e) for e in ("traffic", "touches", "costs")}
    states = sqlite_store.sources.states("clinic")
    kept = {key: value for s in states for key, value in s.state.items()}

    metrica.fail("503", times=999)
    clock.sleep(7 * 3600)
    refused = _pull(SOURCE, replace(given, state=kept))
    assert all(p.frame is None and p.error for p in refused)
    sqlite_store.rows.merge("clinic", SOURCE.name, refused, moment)

    assert all(sqlite_store.rows.read("clinic", e).equals(rows) for e, rows in before.items())
    assert all(s.stale for s in sqlite_store.sources.states("clinic"))

    metrica.faults.clear()
    merged = sqlite_store.rows.merge(
        "clinic", SOURCE.name, _pull(SOURCE, replace(given, state=kept)), moment
    )
    assert all((m.new, m.changed, m.removed) == (0, 0, 0) for m in merged.values())
    assert not any(s.stale for s in sqlite_store.sources.states("clinic"))


def test_a_token_is_in_no_row_state_or_file_of_ours(metrica, tmp_path, clock, sqlite_store):
    given = context(tmp_path, metrica, clock, Limiter(sqlite_store.limits, clock))
    moment = datetime.fromtimestamp(clock.unix(), UTC)
    sqlite_store.rows.merge("clinic", SOURCE.name, _pull(SOURCE, given), moment)
    sqlite_store.close()

    files = [f for f in tmp_path.rglob("*") if f.is_file()]
    assert any(f.name.startswith("store") for f in files)
    assert not any(TOKEN.encode() in f.read_bytes() for f in files)
    assert TOKEN not in repr(given)
