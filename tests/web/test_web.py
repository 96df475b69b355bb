"""Asking for a refresh over HTTP: who may, what is answered, and one answer to all who may not."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from app import create_app
from sheets_sync.settings import Service
from sheets_sync.store import Store
from sheets_sync.web.signature import sign
from tests.web.browsing import assert_accessible, assert_fits
from tests.web.conftest import Sit

SHEET = "1AbCdEfGhIjKlMnOpQrStUvWxYz_0123456789-abcde"
SECRET, NEXT = SecretStr("secret of the clinic"), SecretStr("the next one")
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
CLINIC = f"""
name = "Имплант-центр"
timezone = "Asia/Yekaterinburg"
[book]
kind = "google"
spreadsheet_id = "{SHEET}"
[webhook]
secret_env = "TEST_SECRET"
secret_env_next = "TEST_SECRET_NEXT"
"""


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(
    tmp_path: Path, sqlite_store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Flask:
    monkeypatch.setenv("TEST_SECRET", SECRET.get_secret_value())
    monkeypatch.setenv("TEST_SECRET_NEXT", NEXT.get_secret_value())
    folder = tmp_path / "clinics"
    folder.mkdir()
    (folder / "implant.toml").write_text(CLINIC, encoding="utf-8")
    service = Service(home=tmp_path / "home", clinics=folder, admin_password=SecretStr("pass"))
    return create_app(service, store=sqlite_store, clock=clock)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def body(**changes: Any) -> bytes:
    asked = {"spreadsheetId": SHEET, "action": "refresh", "requestId": "r-1", **changes}
    return json.dumps(asked).encode()


def send(
    client: FlaskClient,
    content: bytes,
    *,
    secret: SecretStr = SECRET,
    at: datetime = NOW,
    method: str = "POST",
    path: str = "/v1/refresh",
) -> TestResponse:
    timestamp = str(int(at.timestamp()))
    headers = {
        "X-Romi-Timestamp": timestamp,
        "X-Romi-Signature": sign(secret, timestamp, method, path, content),
    }
    return client.open(path, method=method, data=content, headers=headers)


def test_a_signed_request_is_accepted_with_a_run_to_follow(client: FlaskClient) -> None:
    answer = send(client, body())
    assert answer.status_code == 202
    assert answer.json is not None
    url = answer.json["status_url"]
    assert url == f"/v1/runs/{answer.json['run_id']}"
    status = send(client, b"", method="GET", path=url)
    assert status.json == {
        "run_id": answer.json["run_id"],
        "state": "queued",
        "stage": "",
        "percent": 0,
        "counts": {},
        "sources": [],
        "error": "",
        "hint": "",
    }


def test_the_same_request_id_gives_the_same_run(client: FlaskClient) -> None:
    first = send(client, body())
    again = send(client, body(), at=NOW + timedelta(seconds=2))
    assert first.json == again.json


def test_many_clicks_wait_for_one_run(client: FlaskClient) -> None:
    runs = {
        (send(client, body(requestId=f"r-{n}")).json or {})["run_id"]  # one queued run for all
        for n in range(5)
    }
    assert len(runs) == 1


def test_both_secrets_hold_while_one_is_being_changed(client: FlaskClient) -> None:
    assert send(client, body(), secret=NEXT).status_code == 202


def refusals(client: FlaskClient) -> dict[str, TestResponse]:
    good, timestamp = body(), str(int(NOW.timestamp()))
    signature = sign(SECRET, timestamp, "POST", "/v1/refresh", good)

    def raw(content: bytes = good, **headers: str) -> TestResponse:
        return client.post("/v1/refresh", data=content, headers=headers)

    send(client, body(requestId="spent"))
    return {
        "unsigned": raw(),
        "no timestamp": raw(**{"X-Romi-Signature": signature}),
        "wrong secret": send(client, good, secret=SecretStr("guess")),
        "stale": send(client, good, at=NOW - timedelta(seconds=301)),
        "from the future": send(client, good, at=NOW + timedelta(seconds=301)),
        "replayed": send(client, body(requestId="spent")),
        "altered": raw(
            body(requestId="r-2"),
            **{"X-Romi-Timestamp": timestamp, "X-Romi-Signature": signature},
        ),
        "unknown sheet": send(client, body(spreadsheetId="nobody")),
        "no body": send(client, b""),
        "not JSON": send(client, b"{"),
        "brackets in brackets": raw(b"[" * 4000 + b"]" * 4000),
        "timestamp is words": raw(
            **{"X-Romi-Timestamp": "сейчас".encode().decode("latin-1"), "X-Romi-Signature": "v1="}
        ),
        "forged token": raw(Authorization="Bearer abc.def.ghi"),
        "unknown run": send(client, b"", method="GET", path="/v1/runs/nobody"),
    }


def test_everybody_who_may_not_ask_hears_the_same_words(client: FlaskClient) -> None:
    answers = refusals(client)
    assert {name: a.status_code for name, a in answers.items()} == dict.fromkeys(answers, 401)
    assert len({a.data for a in answers.values()}) == 1
    error = (answers["unsigned"].json or {})["error"]
    assert set(error) == {"code", "message", "hint"}


def test_a_signed_but_wrong_body_is_a_bad_request(client: FlaskClient) -> None:
    for number, wrong in enumerate(
        (body(action="drop"), body(extra=1), body(requestId="x" * 101), body(requestId=7))
    ):
        answer = send(client, wrong, at=NOW + timedelta(seconds=number))
        assert answer.status_code == 400, wrong
        assert (answer.json or {})["error"]["code"] == "bad_request"


def test_a_body_over_eight_kilobytes_is_too_large(client: FlaskClient) -> None:
    answer = send(client, body(requestId="x" * 9000))
    assert answer.status_code == 413
    assert (answer.json or {})["error"]["code"] == "too_large"


def test_a_body_in_chunks_is_measured_too(client: FlaskClient) -> None:
    for length, status in ((8192, 401), (8193, 413)):
        answer = client.post(
            "/v1/refresh",
            input_stream=io.BytesIO(b"x" * length),
            headers={"Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input_terminated": True},
        )
        assert answer.status_code == status


def test_too_often_says_when_to_come_back(client: FlaskClient) -> None:
    answers = [send(client, body(requestId=f"r-{n}")) for n in range(31)]
    assert [a.status_code for a in answers] == [202] * 30 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


def test_every_other_error_has_the_same_shape(client: FlaskClient) -> None:
    for answer, status in ((client.get("/nowhere"), 404), (client.get("/v1/refresh"), 405)):
        assert answer.status_code == status
        assert set((answer.json or {})["error"]) == {"code", "message", "hint"}
    assert "POST" in client.get("/v1/refresh").headers["Allow"]


def test_health_and_metrics_name_no_clinic(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"ok": True}
    assert client.get("/readyz").json == {"ok": True}
    send(client, body())
    text = client.get("/metrics").get_data(as_text=True)
    assert "romi_clinics" in text
    assert "implant" not in text


def test_a_clinic_whose_file_is_gone_is_measured_no_more(
    client: FlaskClient, tmp_path: Path
) -> None:
    def counted() -> bool:
        return 'romi_clinics{state="queued"} 1.0' in client.get("/metrics").get_data(as_text=True)

    send(client, body())
    assert counted()
    (tmp_path / "clinics" / "implant.toml").write_text("name = ", encoding="utf-8")
    assert counted()
    (tmp_path / "clinics" / "implant.toml").unlink()
    assert not counted()


def test_the_page_is_for_those_with_the_password(client: FlaskClient) -> None:
    assert client.get("/").status_code == 401
    for name, word in (("admin", "guess"), ("", "pass"), ("root", "pass")):
        assert client.get("/", auth=(name, word)).status_code == 401
    for header in ("pass", "Bearer guess", "Basic é", "Basic ====", "Basic", "Digest pass"):
        assert client.get("/", headers={"Authorization": header}).status_code == 401
    page = client.get("/", auth=("admin", "pass"))
    assert page.status_code == 200
    assert "Имплант-центр" in page.get_data(as_text=True)
    assert client.get("/", headers={"Authorization": "Bearer pass"}).status_code == 200


def test_guessing_the_password_is_slowed_and_logged(
    app: Flask, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    known = app.test_client()
    assert known.get("/", auth=("admin", "pass")).status_code == 200
    stranger = app.test_client()
    statuses = [stranger.get("/", auth=("admin", f"guess {n}")).status_code for n in range(6)]
    assert statuses == [401] * 5 + [429]
    assert [r.message for r in caplog.records] == ["admin password refused"] * 6
    locked = stranger.get("/", auth=("admin", "pass"))
    assert locked.status_code == 429
    assert 1 <= int(locked.headers["Retry-After"]) <= 60
    assert locked.json["error"]["message"] == "Слишком много неверных паролей с этого адреса."
    assert locked.json["error"]["hint"] == "Подождите 1\u00a0минуту и повторите."
    # Who knew it once is not locked out by strangers of the same address.
    assert known.get("/", auth=("admin", "pass")).status_code == 200
    clock.now += timedelta(seconds=61)
    assert stranger.get("/", auth=("admin", "pass")).status_code == 200
    for n in range(31):
        clock.now += timedelta(seconds=15)
        locked = stranger.get("/", auth=("admin", f"guess {n}"))
    assert locked.json["error"]["hint"] == "Подождите 53\u00a0минуты и повторите."


def test_the_button_works_only_from_the_page_itself(client: FlaskClient) -> None:
    press, login = "/clinics/implant/refresh", ("admin", "pass")
    assert client.post(press, auth=login).status_code == 400
    page = client.get("/", auth=login).get_data(as_text=True)
    token = page.split('name="csrf" value="')[1].split('"')[0]
    assert client.post(press, data={"csrf": token}, auth=login).status_code == 303
    assert client.post(press, data={"csrf": token}).status_code == 401
    again = client.get("/", auth=login).get_data(as_text=True)
    assert "в очереди" in again
    # No browser sends a token by itself.
    assert client.post(press, headers={"Authorization": "Bearer pass"}).status_code == 303


def test_the_limit_holds_over_web_processes(
    tmp_path: Path, sqlite_store: Store, clock: Clock, app: Flask
) -> None:
    service = Service(home=tmp_path / "home", clinics=tmp_path / "clinics")
    other = create_app(service, store=sqlite_store, clock=clock)
    clients = [app.test_client(), other.test_client()]
    answers = [send(clients[n % 2], body(requestId=f"r-{n}")).status_code for n in range(80)]
    assert sorted(answers) == [202] * 30 + [429] * 50


def test_every_answer_says_what_a_browser_may_do_with_it(client: FlaskClient) -> None:
    page = client.get("/", auth=("admin", "pass")).get_data(as_text=True)
    script = page.split('<script src="')[1].split('"')[0]
    for path in ("/", "/nowhere", "/healthz", "/openapi.json", "/clinics/implant", script):
        with client.get(path, auth=("admin", "pass")) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        kept = "immutable" if path == script else "no-store"
        assert kept in headers["Cache-Control"]


def link(client: FlaskClient, *, at: datetime = NOW, action: str = "page") -> TestResponse:
    """What the menu of the sheet asks for."""
    return send(client, body(action=action, requestId="l-1"), path="/v1/links", at=at)


def test_a_link_from_the_sheet_opens_the_clinics_page_for_a_day(app: Flask, clock: Clock) -> None:
    made = link(app.test_client())
    assert made.status_code == 201
    marketer = app.test_client()
    entered = marketer.get((made.json or {})["path"])
    assert (entered.status_code, entered.location) == (303, "/clinics/implant")
    page = marketer.get("/clinics/implant")
    assert "Имплант-центр" in page.get_data(as_text=True)
    assert marketer.get("/").status_code == 403
    assert marketer.get("/clinics/another").status_code == 403
    cookie = entered.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    clock.now += timedelta(days=1)
    late = marketer.get("/clinics/implant", headers={"Accept": "text/html"})
    assert late.status_code == 401
    assert "WWW-Authenticate" not in late.headers  # she has no password
    assert "Страница клиники" in late.get_data(as_text=True)


def other_signature(path: str) -> str:
    """The link with one sign of its signature changed; of the last one not every bit counts."""
    return path[:-2] + ("B" if path[-2] == "A" else "A") + path[-1]


def test_a_link_works_once_within_ten_minutes_and_as_it_was_made(
    client: FlaskClient, clock: Clock
) -> None:
    path = (link(client, action="upload").json or {})["path"]
    altered = other_signature(path)
    head, _, rest = path.removeprefix("/enter/").partition(".")
    for wrong in (altered, f"/enter/{head}", f"/enter/x{head}.{rest}", "/enter/x"):
        assert client.get(wrong).status_code == 403
    assert client.get(path).location == "/clinics/implant#upload"
    assert client.get(path).status_code == 403
    late = (link(client, at=NOW + timedelta(seconds=1)).json or {})["path"]
    clock.now += timedelta(seconds=601)
    answer = client.get(late, headers={"Accept": "text/html"})
    assert answer.status_code == 403
    assert "Ссылка действует десять минут" in answer.get_data(as_text=True)


def test_in_a_browser_a_link_used_twice_late_or_altered_says_what_to_do(
    app: Flask, clock: Clock, sit: Sit
) -> None:
    path = (link(app.test_client(), action="upload").json or {})["path"]
    desk = sit(app)
    assert desk.open(path).url.endswith("/clinics/implant#upload")
    stranger = sit(app, width=360)
    late = (link(app.test_client(), at=NOW + timedelta(seconds=1)).json or {})["path"]
    clock.now += timedelta(seconds=601)
    for wrong in (path, other_signature(path), late):
        page = stranger.open(wrong)
        assert "Ссылка действует десять минут" in page.locator("main").inner_text()
        assert_fits(page, 360)
        assert_accessible(page)
    # The refusals themselves, which the browser tells of as well.
    stranger.complaints[:] = [c for c in stranger.complaints if "403" not in c]


def test_a_session_ends_when_the_admins_password_is_changed(
    tmp_path: Path, sqlite_store: Store, client: FlaskClient, clock: Clock
) -> None:
    client.get((link(client).json or {})["path"])
    cookie = client.get_cookie("romi")
    assert cookie is not None
    service = Service(
        home=tmp_path / "home", clinics=tmp_path / "clinics", admin_password=SecretStr("new")
    )
    changed = create_app(service, store=sqlite_store, clock=clock).test_client()
    changed.set_cookie("romi", cookie.value)
    assert changed.get("/clinics/implant").status_code == 401


def test_a_broken_file_is_shown_and_stops_no_other(client: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "clinics" / "bad.toml").write_text("name = ", encoding="utf-8")
    page = client.get("/", auth=("admin", "pass")).get_data(as_text=True)
    assert "bad.toml" in page
    assert "Имплант-центр" in page
    assert send(client, body()).status_code == 202


def test_nobody_who_asks_waits_for_a_look_at_what_is_loaded(tmp_path: Path) -> None:
    """To look for garbage among the program's own objects took 0.1 s of one request in twenty."""
    program = "import app, gc; app.web(); print(len(gc.get_objects()), gc.get_freeze_count())"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"ROMI_SHEETS_HOME": str(tmp_path), "DATABASE_URL": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    looked_through, left_alone = map(int, ran.stdout.split())
    assert looked_through < left_alone / 20
