"""What must hold for every live source: driven over all of SOURCES that have a double."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sheets_sync.errors import ConfigError, RomiError, SourceError
from sheets_sync.sources import SOURCES
from sheets_sync.sources.source import Pulled
from tests.doubles.direct_service import DirectService
from tests.doubles.service import COMMENT, PERSON, RECORDING, Double
from tests.doubles.services import DOUBLES
from tests.sources.live import Line
from tests.sources.yandex import Hands

#: Kinds with a pull of their own, which have tests of their own.
OWN = {"file", "upload", "metrica"}
SERVICES = {**DOUBLES, "direct": DirectService}
KINDS = sorted(SOURCES.keys() & SERVICES.keys())


class Insistent(Line):
    """Raises what kept an entity from being whole, which a kind of several connectors gives."""

    def pull(self, **more: Any) -> list[Pulled]:
        for pulled in super().pull(**more):
            if pulled.error:
                raise pulled.error
        return self.pulled


@pytest.fixture(params=KINDS)
def double(request: pytest.FixtureRequest, clock: Hands) -> Iterator[Double]:
    kind = SERVICES[request.param]
    with kind(clock=clock) as started:  # type: ignore[call-arg]  # each has its own world
        yield started


@pytest.fixture
def line(double: Double, tmp_path: Path, clock: Hands) -> Line:
    kind = Insistent if double.kind == "direct" else Line
    return kind(double, tmp_path, clock)


def everything(line: Line) -> str:
    """All that a pull leaves: rows, states, notes, refusals."""
    return json.dumps(
        [{e: f.to_dict("records") for e, f in line.held.frames.items()}, line.state],
        default=str,
        ensure_ascii=False,
    ) + repr(line.pulled)


def test_every_live_kind_has_a_double() -> None:
    assert {kind for kind, s in SOURCES.items() if s.live} - OWN == set(KINDS)


def test_rows_come_with_the_name_of_their_system(line: Line) -> None:
    line.pull()
    frames = line.held.frames
    assert any(len(f) for f in frames.values())
    system = f"{line.table.kind}:"
    for entity, key in {"leads": "lead_id", "calls": "call_id", "payments": "payment_id"}.items():
        if entity in frames and line.table.gives_ids:
            assert frames[entity][key].str.startswith(system).all()


def test_costs_of_a_service_are_of_no_file_that_another_could_overlap(line: Line) -> None:
    line.pull()
    files = [f["file"] for f in line.held.frames.values() if "file" in f]
    assert all((file == "").all() for file in files)


def test_a_second_pull_changes_nothing(line: Line) -> None:
    line.pull()
    before = {e: f.sort_values(list(f)[1]).to_dict("records") for e, f in line.held.frames.items()}
    line.pull()
    after = {e: f.sort_values(list(f)[1]).to_dict("records") for e, f in line.held.frames.items()}
    assert str(after) == str(before)


def test_no_secret_and_nobody_is_left_anywhere(
    line: Line, double: Double, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    line.pull()
    seen = everything(line) + caplog.text + repr(line.context())
    for text in (*double.secrets.values(), PERSON, COMMENT, RECORDING):
        assert text not in seen
    assert "900000000" not in seen


@pytest.mark.parametrize("kind", ["auth", "rights", "quota", "temporary", "permanent"])
def test_a_refusal_is_told_in_words_without_a_secret(
    line: Line, double: Double, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    caplog.set_level(logging.DEBUG)
    double.fail(kind, times=10_000)
    with pytest.raises(SourceError) as caught:
        line.pull(until=line.clock.unix() + 300)
    error = caught.value
    assert error.message
    assert error.hint
    assert error.permanent is (kind in {"auth", "rights", "permanent"})
    told = f"{error!s} {error!r} {error.as_dict()} {error.__dict__} {caplog.text}"
    assert not [s for s in double.secrets.values() if s in told]
    assert len(double.asked) < 40


@pytest.mark.parametrize("fault", ["reset", "truncated", "garbage", "html", "bad_gateway"])
def test_a_broken_answer_is_asked_again_and_never_taken_for_an_empty_one(
    line: Line, double: Double, fault: str
) -> None:
    line.pull()
    whole = {e: len(f) for e, f in line.held.frames.items()}
    double.fail(fault, first=1, times=1)
    try:
        line.pull()
    except RomiError as error:
        assert not error.permanent or fault == "html"  # noqa: PT017 (either is right)
    assert {e: len(f) for e, f in line.held.frames.items()} == whole


def test_a_missing_variable_asks_nothing(line: Line, double: Double) -> None:
    def nothing(variable: str) -> None:
        raise ConfigError(f"переменная {variable} пуста.")

    with pytest.raises(ConfigError):
        line.pull(secret=nothing)
    assert double.asked == []


def test_a_source_whose_time_is_over_stops_and_says_so(line: Line, double: Double) -> None:
    with pytest.raises(SourceError, match="времени") as caught:
        line.pull(until=line.clock.unix() - 1)
    assert not caught.value.permanent
    assert double.asked == []


def test_check_asks_at_most_a_dozen_questions(line: Line, double: Double) -> None:
    seen = line.probe()
    assert seen
    assert 1 <= len(double.asked) <= 12
    assert not [s for s in double.secrets.values() if s in repr(seen)]


#: Kind -> rows of its double that are deleted, what they are here, and their id.
DELETIONS = {
    "calltouch": ("calls", "calls", "call_id"),
    "uis": ("calls", "calls", "call_id"),
    "avito": ("calls", "calls", "call_id"),
    "bitrix24": ("leads", "leads", "lead_id"),
    "amocrm": ("leads", "leads", "lead_id"),
    "yclients": ("records", "appointments", "appointment_id"),
    "medods": ("appointments", "appointments", "appointment_id"),
    "sqns": ("visits", "appointments", "appointment_id"),
}


@pytest.mark.parametrize("kind", sorted(DELETIONS))
def test_a_deleted_row_goes_and_an_appointment_becomes_cancelled(
    kind: str, tmp_path: Path, clock: Hands
) -> None:
    name, entity, key = DELETIONS[kind]
    with DOUBLES[kind](clock=clock) as service:  # type: ignore[call-arg]  # each has its world
        more = {"calls": True, "trailing_days": 30} if kind == "avito" else {}
        line = Line(service, tmp_path, clock, **{"from": date(2026, 11, 1), **more})
        line.pull()
        before = {row[key]: row for row in line.rows(entity)}
        numbers = (f"{kind}:{'L' if kind == 'bitrix24' else ''}{r.id}" for r in service.rows(name))
        deleted = next(number for number in numbers if number in before)
        clock.sleep(60)
        service.delete(name, int(deleted.rpartition(":")[2].lstrip("L")))
        # What is only no longer named is looked for once a week.
        clock.sleep(8 * 86_400 if kind == "bitrix24" else 60)
        line.pull()
    after = {row[key]: row for row in line.rows(entity)}
    if entity == "appointments":
        assert after[deleted]["status"] == "cancelled"
    else:
        assert after.keys() == before.keys() - {deleted}


def test_null_lists_are_empty(line: Line, double: Double) -> None:
    double.null_lists = True
    line.pull()
    assert any(len(f) for f in line.held.frames.values())
