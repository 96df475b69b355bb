"""What must hold for every live source: driven over all of SOURCES, each against its double."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from metrics.schema import ENTITIES
from sheets_sync.errors import ConfigError, SourceError
from sheets_sync.sources import SOURCES
from tests.doubles.service import COMMENT, PERSON, RECORDING
from tests.sources.contract import (
    CANNOT,
    KINDS,
    ROWS,
    SERVICES,
    UNCHANGED,
    crowd,
    days_after,
    disturb,
    kinds_of,
    line_of,
    read_anew,
    remove,
    snapshot,
    started,
    unhurried,
)
from tests.sources.contract_rows import check_rows
from tests.sources.live import Line
from tests.sources.yandex import Hands

LASTING = {"auth", "rights", "permanent"}


@pytest.fixture
def double(request: pytest.FixtureRequest, clock: Hands) -> Iterator[Any]:
    with started(request.param, clock) as service:
        yield service


@pytest.fixture
def line(double: Any, tmp_path: Path, clock: Hands) -> Line:
    return line_of(double, tmp_path / "home", clock)


def over(case: str = "") -> pytest.MarkDecorator:
    """A test of every kind that the case can be of."""
    return pytest.mark.parametrize("double", kinds_of(case) if case else KINDS, indirect=True)


def everything(line: Line) -> str:
    """All that a pull leaves: rows, states, notes, refusals."""
    rows = {e: f.to_dict("records") for e, f in line.held.frames.items()}
    return json.dumps([rows, line.state], default=str, ensure_ascii=False) + repr(line.pulled)


def secrets_in(double: Any, text: str) -> list[str]:
    return [secret for secret in double.secrets.values() if secret in text]


def told(error: SourceError) -> str:
    return f"{error!s} {error!r} {error.as_dict()} {error.__dict__}"


def test_every_kind_has_a_double_or_a_reason_why_not() -> None:
    assert {kind for kind, s in SOURCES.items() if s.live} == SERVICES.keys()
    assert SOURCES.keys() - SERVICES.keys() == CANNOT["asking"].keys()
    assert SERVICES.keys() == ROWS.keys() == UNCHANGED.keys()
    for case, reasons in CANNOT.items():
        assert reasons.keys() <= SOURCES.keys(), case
        assert all(reasons.values()), case
    quiet = {kind for kind, double in SERVICES.items() if knows_quiet(double)}
    assert quiet == set(kinds_of("quiet"))
    zoned = {kind for kind, double in SERVICES.items() if hasattr(double(), "zone")}
    assert zoned == set(kinds_of("naive times"))


def knows_quiet(double: Any) -> bool:
    return double.kind == "uis" or "quiet" in getattr(double, "refusals", {})


@over()
def test_rows_come_with_the_name_of_their_system_and_how_far_back_they_go_is_said(
    line: Line, double: Any
) -> None:
    notes = {note for pulled in line.pull() for note in pulled.notes}
    assert {n for n in notes if n.startswith(("История читается с", "Сервис отдаёт историю"))}
    frames = line.held.frames
    assert any(len(f) for f in frames.values())
    for entity, frame in frames.items():
        key = ENTITIES[entity].key
        if key and line.table.gives_ids:
            assert frame[key].str.startswith(f"{double.kind}:").all()
        # A file's days may be overlapped by another file's, a service's may not.
        assert "file" not in frame or (frame["file"] == "").all()


@over()
def test_an_unchanged_window_asks_nothing_it_need_not_and_changes_nothing(
    line: Line, double: Any, clock: Hands
) -> None:
    unhurried(double)
    line.pull()
    before = snapshot(line)
    clock.sleep(3600)
    asked = len(double.asked)
    line.pull()
    assert snapshot(line) == before
    assert len(double.asked) - asked == UNCHANGED[double.kind]


@over("pages")
def test_a_list_of_several_pages_comes_whole(line: Line, double: Any, tmp_path: Path) -> None:
    unhurried(double)
    whole = read_anew(double, tmp_path, line.clock)  # type: ignore[arg-type]  # Hands
    asked = len(double.asked)
    crowd(double)
    line.pull()
    assert len(double.asked) - asked > asked
    entity = ROWS[double.kind][1]
    more = {"bitrix24": 60, "metrica": 0}.get(double.kind, 7)
    assert len(snapshot(line)[entity]) == len(whole[entity]) + more


@over()
def test_rows_that_come_change_and_go_in_the_middle_of_a_pull_are_as_never_disturbed(
    line: Line, double: Any, clock: Hands, tmp_path: Path
) -> None:
    unhurried(double)
    crowd(double)
    read_anew(double, tmp_path, clock)
    double.before(max(len(double.asked) // 2, 2), lambda: disturb(double))
    try:
        line.pull()
    except SourceError as error:
        assert not error.permanent  # noqa: PT017 (short of rows: told, and tried again)
    clock.sleep(days_after(double.kind))
    line.pull()
    assert snapshot(line) == read_anew(double, tmp_path, clock)


@over()
def test_a_deleted_row_goes_and_an_appointment_becomes_cancelled(
    line: Line, double: Any, clock: Hands, tmp_path: Path
) -> None:
    unhurried(double)
    line.pull()
    before = snapshot(line)
    clock.sleep(60)
    number = remove(double)
    clock.sleep(days_after(double.kind))
    line.pull()
    assert snapshot(line) == read_anew(double, tmp_path, clock) != before
    rows = line.held.frames[ROWS[double.kind][1]]
    if number:
        mine = rows[rows[ENTITIES[ROWS[double.kind][1]].key] == number]
        assert mine.get("status", mine.iloc[:, 0]).tolist() in ([], ["cancelled"])


@over()
def test_a_refusal_is_told_in_words_without_a_secret(
    line: Line, double: Any, caplog: pytest.LogCaptureFixture, clock: Hands
) -> None:
    caplog.set_level(logging.DEBUG)
    for kind in ("auth", "rights", "quota", "temporary", "permanent"):
        asked = len(double.asked)
        double.fail(kind, times=10_000)
        with pytest.raises(SourceError) as caught:
            line.pull(until=clock.unix() + 300)
        error = caught.value
        assert error.message
        assert error.hint
        assert error.permanent is (kind in LASTING), kind
        assert not secrets_in(double, told(error) + caplog.text)
        assert len(double.asked) - asked < 40
        double.faults.clear()
        clock.sleep(7200)


@over("quiet")
def test_an_error_with_status_200_is_no_empty_answer(line: Line, double: Any) -> None:
    line.pull()
    before = snapshot(line)
    line.clock.sleep(3600)
    double.fail("quiet", times=10_000)
    with pytest.raises(SourceError):
        line.pull()
    assert snapshot(line) == before


@over()
def test_a_broken_answer_is_asked_again_and_never_taken_for_an_empty_one(
    line: Line, double: Any, clock: Hands
) -> None:
    unhurried(double)
    line.pull()
    whole = snapshot(line)
    last = max(UNCHANGED[double.kind], 1)
    faults = ("reset", "truncated", "garbage", "html", "bad_gateway")
    for fault, first in zip(faults, (1, last) * 3, strict=False):
        clock.sleep(3600)
        double.fail(fault, first=first)
        try:
            line.pull()
        except SourceError as error:
            assert not error.permanent or fault == "html"  # noqa: PT017 (either is right)
        assert snapshot(line) == whole, (fault, first)
        double.faults.clear()
    clock.sleep(3600)
    line.pull()
    assert snapshot(line) == whole


@over()
def test_a_service_that_fails_for_ever_ends_in_its_time_and_its_rows_stay(
    line: Line, double: Any, clock: Hands
) -> None:
    line.pull()
    whole = snapshot(line)
    for fault in ("temporary", "bad_gateway"):
        clock.sleep(7200)
        began, asked = clock.unix(), len(double.asked)
        double.fail(fault, times=10_000)
        with pytest.raises(SourceError) as caught:
            line.pull(until=began + 300)
        assert not caught.value.permanent
        assert caught.value.hint
        assert clock.unix() - began <= 301
        assert len(double.asked) - asked < 40
        assert snapshot(line) == whole
        double.faults.clear()
    clock.sleep(7200)
    line.pull()
    assert snapshot(line) == whole


@over()
def test_who_is_asked_to_wait_waits_and_reads_all(line: Line, double: Any, clock: Hands) -> None:
    double.fail("quota", first=2, times=2)
    line.pull()
    assert [s for s in clock.slept if s > 0]
    asked_anew = line_of(double, line.home / "anew", clock)
    clock.sleep(7200)
    asked_anew.pull()
    assert snapshot(line) == snapshot(asked_anew)


@over()
def test_a_key_that_ends_in_the_middle_of_a_pull_is_renewed_or_told(
    line: Line, double: Any, clock: Hands
) -> None:
    unhurried(double)
    line.pull()
    before = snapshot(line)
    clock.sleep(7200)
    asked = len(double.asked)
    if double.kind in {"sqns", "vk_ads", "avito"}:
        double.expire()
        line.pull()
    else:
        double.fail("auth", first=UNCHANGED[double.kind], times=10_000)
        with pytest.raises(SourceError) as caught:
            line.pull()
        assert caught.value.permanent
        assert len(double.asked) - asked <= UNCHANGED[double.kind] + 4
    assert snapshot(line) == before


@over()
def test_no_secret_and_nobody_is_left_anywhere(
    line: Line, double: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    line.pull()
    seen = everything(line) + caplog.text + repr(line.context())
    assert not secrets_in(double, seen)
    for text in (PERSON, COMMENT, RECORDING, "900000000"):
        assert text not in seen


@over("null lists")
def test_null_lists_are_empty(line: Line, double: Any) -> None:
    double.null_lists = True
    line.pull()
    assert snapshot(line)


@over("naive times")
@pytest.mark.parametrize("zone", ["Asia/Kamchatka", "Europe/Kaliningrad"])
def test_naive_times_are_of_the_clinics_zone_on_either_side_of_a_midnight(
    double: Any, zone: str, tmp_path: Path, clock: Hands
) -> None:
    double.zone = ZoneInfo(zone)
    line = Line(double, tmp_path, clock, **{"from": "2026-11-01"})
    line.more = {"zone": ZoneInfo(zone)}
    line.pull()
    for table, rows in double.expected.items():
        check_rows(line, table.partition(" ")[0], rows)


@over()
def test_a_missing_variable_asks_nothing(line: Line, double: Any) -> None:
    def nothing(variable: str) -> None:
        raise ConfigError(f"переменная {variable} пуста.")

    with pytest.raises(ConfigError):
        line.pull(secret=nothing)
    assert double.asked == []


@over()
def test_a_source_whose_time_is_over_stops_and_says_so(line: Line, double: Any) -> None:
    with pytest.raises(SourceError, match=r"времени|отведено") as caught:
        line.pull(until=line.clock.unix() - 1)
    assert not caught.value.permanent
    assert double.asked == []


@over()
def test_check_asks_at_most_a_dozen_questions(line: Line, double: Any) -> None:
    seen = line.probe()
    assert seen
    assert 1 <= len(double.asked) <= 12
    assert not secrets_in(double, repr(seen))


@over()
def test_a_service_too_slow_for_one_window_is_read_by_and_by(
    line: Line, double: Any, clock: Hands, tmp_path: Path
) -> None:
    unhurried(double)
    crowd(double)
    for _ in range(40):
        clock.sleep(3600)
        try:
            line.pull(until=clock.unix() + 64, observe=lambda *_: clock.sleep(4))
        except SourceError as error:
            assert not error.permanent  # noqa: PT017 (either is right)
        else:
            break
    else:
        pytest.fail("it never ends")
    assert snapshot(line) == read_anew(double, tmp_path, clock)
