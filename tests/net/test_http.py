"""The one HTTP session: what it retries, what it never shows."""

from __future__ import annotations

import logging
import traceback

import pytest
from pydantic import SecretStr

from sheets_sync.errors import SourceError
from sheets_sync.net.clock import Clock
from sheets_sync.net.http import Http, HttpError
from sheets_sync.net.retry import Retry
from sheets_sync.net.secrets import bearer, token_name
from tests.doubles.server import Asked, Loopback, Reply, json_reply
from tests.sources.yandex import Hands

TOKEN = "y0_AgAAAABsecretsecret"
QUERY = "key-in-the-query"


class Echo(Loopback):
    """Answers with the request's query; a status in the path is answered with it and the token."""

    def answer(self, asked: Asked) -> Reply:
        status = asked.path.removeprefix("/")
        if status.isdigit():
            told = {"message": f"no {asked.headers.get('authorization')}", "status": int(status)}
            return Reply(int(status), json_reply(told).body, {"Retry-After": "7"})
        return json_reply({"query": asked.query, "body": asked.body.decode()})


@pytest.fixture
def echo():
    with Echo() as service:
        yield service


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def http(clock):
    return Http("Служба", bearer(SecretStr(TOKEN), "OAuth"), clock=clock)


PASSING = ["reset", "reset_after", "truncated", "bad_gateway", "500", "503", "504", "429", "420"]


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_waited_out(echo, http, clock, fault):
    echo.fail(fault, times=2)

    answer = http.request("GET", f"{echo.url}/x", params={"a": "б"})

    assert answer.json() == {"query": {"a": "б"}, "body": ""}
    assert (len(echo.asked), len(clock.slept)) == (3, 2)


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_stays_is_an_error_after_five_tries(echo, http, fault):
    echo.fail(fault, times=99)

    with pytest.raises(SourceError) as caught:
        http.request("GET", f"{echo.url}/x")

    assert not caught.value.permanent
    assert len(echo.asked) == 5


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "409", "302"])
def test_a_refusal_is_not_asked_for_twice(echo, http, status):
    with pytest.raises(HttpError) as caught:
        http.request("GET", f"{echo.url}/{status}")

    assert (caught.value.status, caught.value.permanent) == (int(status), True)
    assert (
        caught.value.payload == {"message": "no OAuth ***", "status": int(status)}
        or status == "302"
    )
    assert len(echo.asked) == 1


def test_retry_after_is_waited_for(echo, http, clock):
    with pytest.raises(HttpError):
        http.request("GET", f"{echo.url}/503", retry=Retry(tries=2))

    assert clock.slept == [7.0]


def test_waits_are_random_up_to_a_doubling_bound(echo, http, clock):
    echo.fail("reset", times=99)

    with pytest.raises(HttpError):
        http.request("GET", f"{echo.url}/x", retry=Retry(tries=8, base=1.0, cap=20.0))

    assert all(0 <= wait <= min(20.0, 2.0**n) for n, wait in enumerate(clock.slept, start=1))
    assert len(set(clock.slept)) == 7


def test_tries_end_at_the_deadline(echo, http, clock):
    with pytest.raises(HttpError):
        http.request("GET", f"{echo.url}/503", retry=Retry(tries=99, deadline=30.0))

    assert sum(clock.slept) <= 30.0


@pytest.mark.parametrize("fault", ["reset", "reset_after", "truncated", "500", "503"])
def test_what_must_not_be_done_twice_is_sent_once(echo, http, fault):
    echo.fail(fault)

    with pytest.raises(HttpError) as caught:
        http.request("POST", f"{echo.url}/x", data=b"1", retry=Retry(repeatable=False))

    assert caught.value.sent
    assert len(echo.asked) == 1


def test_what_was_certainly_not_done_may_be_sent_again(echo, http):
    echo.fail("429")

    answer = http.request("POST", f"{echo.url}/x", data=b"1", retry=Retry(repeatable=False))

    assert answer.json()["body"] == "1"


def test_nobody_at_the_address_means_nothing_was_sent(http, clock):
    with pytest.raises(HttpError) as caught:
        http.request("POST", "http://127.0.0.1:1/x", retry=Retry(repeatable=False))

    assert (caught.value.sent, len(clock.slept)) == (False, 4)


@pytest.mark.parametrize("login", ["нет-такого", "a\nb"])
def test_what_http_cannot_write_says_what_to_copy_again(echo, http, login):
    with pytest.raises(SourceError, match="русские буквы, пробел или перевод строки") as caught:
        http.request("GET", f"{echo.url}/x", headers={"Client-Login": login})
    assert login not in str(caught.value)
    cyrillic = Http("Служба", bearer(SecretStr("y0_сecret"), "OAuth"))
    with pytest.raises(SourceError, match="русские буквы, пробел или перевод строки"):
        cyrillic.request("GET", f"{echo.url}/x")
    assert echo.asked == []


def test_a_stream_that_breaks_is_an_error_and_not_an_end(echo, http):
    echo.fail("truncated")

    with pytest.raises(SourceError), http.stream("GET", f"{echo.url}/x") as pieces:
        list(pieces)


def test_a_silent_service_is_given_up(echo, clock):
    echo.hang_seconds = 0.5
    echo.fail("hang")
    http = Http("Служба", clock=clock, timeout=(1.0, 0.1))

    with pytest.raises(HttpError, match="время ожидания вышло"):
        http.request("GET", f"{echo.url}/x", retry=Retry(tries=1))


def test_an_answer_that_drips_on_for_ever_is_given_up(echo, clock, monkeypatch):
    monkeypatch.setattr("sheets_sync.net.http._PIECE", 256)
    echo.fail("drip")
    echo.drip_seconds = 0.0

    def later() -> float:
        clock.sleep(200.0)
        return clock.unix()

    slow = Clock(unix=later)

    with pytest.raises(HttpError, match="время ожидания вышло"):
        Http("Служба", clock=slow).request(
            "POST", f"{echo.url}/x", data=b"1" * 2000, retry=Retry(tries=1)
        )


def test_the_gate_is_held_for_each_try_and_left_before_the_wait(echo, clock):
    held = []

    class Gate:
        def __enter__(self):
            held.append(("in", len(clock.slept)))

        def __exit__(self, *_error):
            held.append(("out", len(clock.slept)))

    echo.fail("503")
    Http("Служба", gate=Gate, clock=clock).request("GET", f"{echo.url}/x")

    assert held == [("in", 0), ("out", 0), ("in", 1), ("out", 1)]


def test_each_try_is_observed(echo, clock):
    seen = []
    http = Http("Служба", clock=clock, observe=lambda name, status: seen.append((name, status)))
    echo.fail("reset")
    echo.fail("503", first=2)

    http.request("GET", f"{echo.url}/x")

    assert seen == [("Служба", 0), ("Служба", 503), ("Служба", 200)]


@pytest.mark.parametrize("path", ["400", "503", "x"])
def test_a_secret_is_in_no_error_and_no_log_line(echo, http, caplog, path):
    caplog.set_level(logging.DEBUG)
    echo.fail("reset", times=99, only=lambda asked: asked.path == "/x")

    with pytest.raises(HttpError) as caught:
        http.request("GET", f"{echo.url}/{path}", params={"apiKey": QUERY})

    error = caught.value
    shown = "".join(
        [*traceback.format_exception(error), repr(error), str(error.as_dict()), error.body]
        + [repr(error.__context__), repr(error.__cause__), repr(error.payload), repr(http)]
        + [r.getMessage() + repr(r.__dict__) for r in caplog.records]
    )
    assert error.__context__ is None
    assert TOKEN not in shown
    assert QUERY not in shown


def test_a_token_of_netrc_does_not_take_the_place_of_ours(echo, http, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login u password p\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    http.request("GET", f"{echo.url}/x")

    assert echo.asked[0].headers["authorization"] == f"OAuth {TOKEN}"


def test_a_token_has_a_name_that_does_not_tell_it():
    assert token_name(SecretStr(TOKEN)) == token_name(SecretStr(TOKEN))
    assert TOKEN[:6] not in token_name(SecretStr(TOKEN))
