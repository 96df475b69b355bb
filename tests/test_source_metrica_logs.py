"""Touch histories by the Logs API: every visit once, nothing personal, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from metrics.schema import check
from sheets_sync.doubles.metrica import TOKEN, MetricaDouble
from sheets_sync.doubles.site import Visit
from sheets_sync.errors import SourceError
from sheets_sync.sources import SOURCES
from sheets_sync.sources.metrica import touches
from sheets_sync.sources.metrica.touches import UnreadableLog, Visits, fields
from tests.yandex import (
    COUNTER,
    TODAY,
    TOKEN_ENV,
    Hands,
    at,
    context,
    metrica_source,
    small_counter,
)

YESTERDAY = TODAY - timedelta(days=1)
SOURCE = metrica_source(logs=True)


@pytest.fixture(autouse=True)
def _token(monkeypatch):
    monkeypatch.setenv(TOKEN_ENV, TOKEN)


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def double(clock):
    with MetricaDouble([small_counter()], clock=clock) as service:
        yield service


def _pull(double, tmp_path, clock, source=SOURCE, **more):
    _, pulled = SOURCES["metrica"](source, context(tmp_path, double, clock, **more))
    if pulled.frame is not None:
        check("touches", pulled.frame)
    return pulled


def _calls(double):
    base = f"/management/v1/counter/{COUNTER}/"
    return [f"{a.method} {a.path.removeprefix(base)}" for a in double.asked if "logreq" in a.path]


def test_a_visit_is_a_touch_with_its_time_in_utc_and_no_query_of_its_page(double, tmp_path, clock):
    pulled = _pull(double, tmp_path, clock)

    assert (pulled.read, pulled.refused_count) == (16, 0)
    assert pulled.replace == (date(2026, 11, 14), YESTERDAY)
    day = pulled.frame[pulled.frame["touch_id"].str.startswith(str(YESTERDAY))]
    shown = day.drop(columns=["source", "person_key", "utm_content"]).astype(str)
    assert shown.values.tolist() == [
        [
            "2026-11-23:500000000000002001",
            "2026-11-23 07:00:00+00:00",
            "1700000000123456789",
            "ad",
            "",
            "ya_direct",
            "",
            "",
            "300001",
            "",
            "12345678901234567890",
            "222333",
            "/implant",
        ],
        [
            "2026-11-23:500000000000002002",
            "2026-11-23 08:00:00+00:00",
            "1700000000987654321",
            "organic",
            "organic.yandex",
            "",
            "",
            "",
            "",
            'виниры "люкс"\tцена',
            "",
            "222333,222336,222336",
            "/",
        ],
        [
            "2026-11-23:500000000000002003",
            "2026-11-23 20:59:00+00:00",
            "",
            "ad",
            "",
            "",
            "vk",
            "cpc",
            "осень\\2026",
            "",
            "",
            "",
            "/",
        ],
        [
            "2026-11-23:500000000000002004",
            "2026-11-23 10:00:00+00:00",
            "1",
            "direct",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "/",
        ],
    ]
    assert "79161234567" not in pulled.frame.to_csv()


def test_a_request_is_weighed_made_waited_for_downloaded_and_cleaned(double, tmp_path, clock):
    double.logs.per_part, double.logs.polls = 7, 2
    pulled = _pull(double, tmp_path, clock)

    assert _calls(double) == [
        "GET logrequests/evaluate",
        "GET logrequests",
        "POST logrequests",
        "GET logrequest/900001",
        "GET logrequest/900001",
        *(f"GET logrequest/900001/part/{n}/download" for n in range(3)),
        "POST logrequest/900001/clean",
    ]
    assert len(pulled.frame) == 16
    downloads = [a for a in double.asked if a.path.endswith("download")]
    assert {a.headers["accept-encoding"] for a in downloads} == {"identity"}


def test_touches_are_read_again_after_six_hours_or_a_new_day(double, tmp_path, clock):
    first = _pull(double, tmp_path, clock)
    at_once = _pull(double, tmp_path, clock, state=first.state)
    clock.sleep(6 * 3600)
    later = _pull(double, tmp_path, clock, state=first.state)

    assert at_once.frame is None
    assert at_once.state == first.state
    assert later.replace == (date(2026, 11, 21), YESTERDAY)


def test_a_counter_too_large_for_one_request_is_asked_for_in_pieces(double, tmp_path, clock):
    double.logs.possible_days = 4
    pulled = _pull(double, tmp_path, clock)

    ranges = [(r.first.isoformat(), r.last.isoformat()) for r in double.logs.requests.values()]
    assert ranges == [
        ("2026-11-14", "2026-11-17"),
        ("2026-11-18", "2026-11-21"),
        ("2026-11-22", "2026-11-23"),
    ]
    assert len(pulled.frame) == 16
    assert double.logs.kept == []


@pytest.mark.parametrize("days", [0, -6])
def test_no_room_for_even_a_day_is_said(double, tmp_path, clock, days):
    double.logs.possible_days = days

    with pytest.raises(SourceError, match="10 ГБ") as caught:
        _pull(double, tmp_path, clock)

    assert not caught.value.permanent


@pytest.mark.parametrize("outcome", ["processing_failed", "canceled", "cleaned_by_user"])
def test_a_request_that_ends_without_a_log_is_an_error_and_made_anew(
    double, tmp_path, clock, outcome
):
    double.logs.outcome = outcome
    with pytest.raises(SourceError, match=outcome):
        _pull(double, tmp_path, clock)

    double.logs.outcome = "processed"
    assert len(_pull(double, tmp_path, clock).frame) == 16
    assert double.logs.kept == []


def test_a_log_that_is_never_ready_is_left_to_the_next_run(double, tmp_path, clock):
    double.logs.polls = 10_000
    with pytest.raises(SourceError, match="слишком долго"):
        _pull(double, tmp_path, clock)

    double.logs.requests[900_001].polls = 1
    assert len(_pull(double, tmp_path, clock).frame) == 16
    assert len(double.logs.requests) == 1
    assert double.logs.kept == []


def test_requests_of_others_are_neither_used_nor_cleaned(double, tmp_path, clock):
    names = ",".join(fields("lastsign"))
    query = {"date1": "2026-11-14", "date2": "2026-11-23", "fields": names, "source": "visits"}
    double.logs.create(double.counters[COUNTER], query)
    _pull(double, tmp_path, clock)

    assert {n: r.status for n, r in double.logs.requests.items()} == {
        900_001: "created",
        900_002: "cleaned_by_user",
    }


@pytest.mark.parametrize("fault", ["reset_after", "truncated", "garbage"])
def test_a_request_whose_answer_was_lost_is_found_in_the_list(double, tmp_path, clock, fault):
    double.fail(fault, only=lambda a: a.method == "POST" and a.path.endswith("/logrequests"))
    pulled = _pull(double, tmp_path, clock)

    assert len(pulled.frame) == 16
    assert len(double.logs.requests) == 1
    assert double.logs.kept == []


def test_lines_that_are_no_visits_are_counted_with_the_first_of_them_shown(double, tmp_path, clock):
    cells = len(fields("lastsign"))
    double.logs.dirty_rows = (
        b"one\ttwo",
        b"",
        b"\t".join([b"x"] * cells),
        b"\t".join([b"77", b"2026-11-23", b"2026-11-23 10:00:99"] + [b""] * (cells - 3)),
        b"\t".join([b"78", b"2026-11-23", b"2026-11-23 10:00:00", b"9"] + [b"\xff"] * (cells - 4)),
    )
    pulled = _pull(double, tmp_path, clock)

    assert (pulled.read, pulled.refused_count, len(pulled.frame)) == (21, 4, 17)
    assert [(r.row, r.reason) for r in pulled.refused] == [
        (2, f"ячеек 2, нужно {cells}"),
        (3, "нет номера или времени"),
        (4, "нет номера или времени"),
        (5, "нет номера или времени"),
    ]
    assert pulled.notes == ("В журнале визитов Метрики испорченных строк: 4 из 21.",)


def test_a_page_or_tag_that_carries_a_person_is_emptied(double, tmp_path, clock):
    double.counters[COUNTER].visits[:] = [
        Visit(at(YESTERDAY), "1", "5", path="/thanks/79161234567/", utm_content="ivan@mail.ru"),
        Visit(at(YESTERDAY), "2", "5", path="/lk/ivan%40mail.ru", utm_term="+7 916 123-45-67"),
    ]
    pulled = _pull(double, tmp_path, clock)

    columns = ["utm_content", "utm_term", "landing_path"]
    assert (pulled.frame[columns] == "").all(axis=None)


def _tsv(*rows, header=None):
    names = header or fields("lastsign")
    return ("\t".join(names) + "\n" + "".join("\t".join(r) + "\n" for r in rows)).encode()


def _row(visit, when="2026-11-23 10:00:00", url="https://a.ru/x?yclid=5#y", order="0", campaign=""):
    return [
        visit,
        when[:10],
        when,
        "9",
        url,
        "[1,2]",
        "ad",
        "ya_direct",
        "",
        "",
        "",
        "s",
        "m",
        campaign,
        "",
        "",
        order,
    ]


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_pieces_of_any_size_give_the_same_touches(monkeypatch, size):
    monkeypatch.setattr(touches, "BLOCK", 300)
    body = _tsv(*(_row(str(n)) for n in range(20)))
    pieces = [body[n : n + size] for n in range(0, len(body), size)]
    visits = Visits(ZoneInfo("Europe/Moscow"))

    blocks = list(visits.touches(pieces, "p"))

    found = [t for block in blocks for t in block["touch_id"].to_pylist()]
    assert found == [f"2026-11-23:{n}" for n in range(20)]
    assert visits.read == 20


def test_fields_are_known_by_name_whatever_their_order_and_model():
    header = [h.replace("lastsign", "crossDeviceLastSignificant") for h in fields("lastsign")]
    order = list(reversed(range(len(header))))
    row = _row("7", campaign="осень", order="300001")
    body = _tsv([row[n] for n in order], header=[header[n] for n in order])

    (block,) = Visits(ZoneInfo("UTC")).touches([body], "p")

    assert block["utm_campaign"].to_pylist() == ["осень"]
    assert block["yclid"].to_pylist() == ["5"]
    assert block["landing_path"].to_pylist() == ["/x"]


def test_a_part_without_a_field_we_need_is_an_error():
    with pytest.raises(UnreadableLog, match="visitID"):
        list(Visits(ZoneInfo("UTC")).touches([b"ym:s:date\n2026-11-23\n"], "p"))


def test_a_block_of_nothing_but_broken_lines_gives_no_touches():
    visits = Visits(ZoneInfo("UTC"))
    body = _tsv(["a", "b"], ["c"], ["d\re"])

    assert [len(block) for block in visits.touches([body], "p")] == [0]
    assert (visits.read, visits.refused_count) == (4, 4)


def test_wall_clock_times_of_a_zone_with_summer_time_become_utc():
    body = _tsv(
        _row("1", "2026-03-29 01:30:00"),
        _row("2", "2026-03-29 03:30:00"),
        _row("3", "2026-10-25 02:30:00"),
        _row("4", "2026-10-25 03:30:00"),
    )
    (block,) = Visits(ZoneInfo("Europe/Berlin")).touches([body], "p")

    assert [t.strftime("%d %H:%M") for t in block["at"].to_pylist()] == [
        "29 00:30",
        "29 01:30",
        "25 00:30",
        "25 02:30",
    ]


_CHILD = """
import sys
from pathlib import Path
import tests.yandex as yandex
from sheets_sync.clock import Clock
from sheets_sync.sources import SOURCES
class There:
    url = sys.argv[1]
yandex.MetricaDouble = There
clock = Clock(sleep=lambda s: None, unix=yandex.NOW.timestamp)
context = yandex.context(Path(sys.argv[2]), There(), clock)
list(SOURCES["metrica"](yandex.metrica_source(logs=True), context))
"""


def _is_create(asked):
    return asked.method == "POST" and asked.path.endswith("/logrequests")


def _ends(with_what):
    return lambda asked: asked.path.endswith(with_what)


@pytest.mark.parametrize(
    ("moment", "days_later", "requests"),
    [
        (_is_create, 0, 1),
        (_is_create, 1, 2),
        (_ends("/logrequest/900001"), 0, 1),
        (_ends("/part/0/download"), 0, 1),
        (_ends("/part/1/download"), 0, 1),
        (_ends("/part/1/download"), 1, 2),
        (_ends("/clean"), 0, 2),
    ],
    ids=["made", "made-next-day", "asked", "first-part", "part", "part-next-day", "cleaned"],
)
def test_killed_at_any_moment_the_next_run_uses_or_cleans_what_was_left(
    double, tmp_path, clock, moment, days_later, requests
):
    double.logs.per_part = 8
    double.drip_seconds = 3.0
    double.fail("drip", times=99, only=moment)
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, double.url, str(tmp_path)], stdout=subprocess.PIPE
    )
    until = time.monotonic() + 60
    while not any(moment(a) for a in double.asked):
        assert time.monotonic() < until
        assert child.poll() is None
        time.sleep(0.01)
    time.sleep(0.1)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    double.faults.clear()

    clock.sleep(86_400 * days_later)
    pulled = _pull(double, tmp_path, clock, as_of=TODAY + timedelta(days=days_later))

    assert len(pulled.frame) == 16 + 4 * days_later
    assert double.logs.kept == []
    assert len(double.logs.requests) == requests


def test_what_the_journal_holds_is_ids_and_questions_only(double, tmp_path, clock):
    double.fail("503", times=99, only=lambda a: a.path.endswith("/clean"))
    _pull(double, tmp_path, clock)
    (journal,) = (tmp_path / "metrica-logs").iterdir()

    assert json.loads(journal.read_text()) == {"made": [900001], "intents": []}
    assert TOKEN not in journal.read_text()
    double.faults.clear()
    clock.sleep(60)
    assert double.logs.kept != []
    _pull(double, tmp_path, clock, state={"touches": _done(clock)})
    assert double.logs.kept == []


def _done(clock):
    now = datetime.fromtimestamp(clock.unix(), UTC)
    day = (now - timedelta(days=1)).date().isoformat()
    return {"since": "2026-11-14", "until": day, "at": clock.unix()}


def test_a_temporary_file_is_left_by_nobody(double, tmp_path, clock, monkeypatch):
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    _pull(double, tmp_path, clock)
    double.fail("reset", times=99, only=lambda a: a.path.endswith("download"))
    with pytest.raises(SourceError):
        _pull(double, tmp_path, clock)

    assert list(folder.iterdir()) == []
