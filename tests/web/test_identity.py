"""Who asks, by Google: tokens signed by a key of ours, certificates from a loopback server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from google.auth.exceptions import TransportError
from werkzeug.test import TestResponse

from app import create_app
from sheets_sync.settings import Service
from sheets_sync.store import Store
from sheets_sync.web.identity import email_of
from tests.books.google_tokens import CertificateServer, Key, certificate_server

SHEET = "1AbCdEfGhIjKlMnOpQrStUvWxYz"
CLIENT = "123-script.apps.example.org"
ADDRESS = "https://sync.example.org"
ROBOT = "service-123@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"
MARKETER = "marketer@clinic.example"


@pytest.fixture(scope="module")
def key() -> Key:
    return Key("key-1")


@pytest.fixture
def google(key: Key) -> Iterator[CertificateServer]:
    with certificate_server(key) as server:
        yield server


@pytest.fixture
def client(tmp_path: Path, sqlite_store: Store, google: CertificateServer) -> FlaskClient:
    folder = tmp_path / "clinics"
    folder.mkdir()
    (folder / "implant.toml").write_text(
        f'name = "Имплант-центр"\n[book]\nkind = "google"\nspreadsheet_id = "{SHEET}"\n'
        f'[webhook]\nsecret_env = "TEST_SECRET"\nallowed_emails = ["Marketer@Clinic.example"]\n',
        encoding="utf-8",
    )
    service = Service(
        home=tmp_path / "home",
        clinics=folder,
        identity_audience=[CLIENT],
        addon_url=ADDRESS,
        addon_email=ROBOT,
    )
    return create_app(service, store=sqlite_store, certificates=google.certificates()).test_client()


def ask(client: FlaskClient, token: str, sheet: str = SHEET) -> TestResponse:
    body = {"spreadsheetId": sheet, "action": "refresh", "requestId": "r-1"}
    return client.post("/v1/refresh", json=body, headers={"Authorization": f"Bearer {token}"})


def test_a_token_of_one_of_the_clinics_people_is_let_in(client: FlaskClient, key: Key) -> None:
    answer = ask(client, key.token(CLIENT, MARKETER))
    assert answer.status_code == 202
    assert answer.json is not None
    url = answer.json["status_url"]
    token = key.token(CLIENT, MARKETER)
    status = client.get(url, headers={"Authorization": f"Bearer {token}"})
    assert (status.json or {})["state"] == "queued"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-script.apps.example.org"},
        {"aud": None},
        {"exp": int(time.time()) - 60, "iat": int(time.time()) - 3660},
        {"iat": int(time.time()) + 1_000_000, "exp": int(time.time()) + 1_003_600},
        {"iss": "https://accounts.example.org"},
        {"email_verified": False},
        {"email_verified": None},
        {"email": "stranger@clinic.example"},
        {"email": None},
    ],
    ids=[
        "aud",
        "no aud",
        "expired",
        "from the future",
        "iss",
        "unverified",
        "verified unknown",
        "email",
        "no email",
    ],
)
def test_any_other_token_hears_what_everybody_hears(
    client: FlaskClient, key: Key, changes: dict[str, Any]
) -> None:
    answer = ask(client, key.token(CLIENT, MARKETER, **changes))
    assert answer.status_code == 401
    assert answer.data == ask(client, "no.token.at-all").data


def test_a_token_of_another_key_an_unknown_sheet_and_an_altered_token_are_refused(
    client: FlaskClient, key: Key
) -> None:
    assert ask(client, Key("key-1").token(CLIENT, MARKETER)).status_code == 401
    assert ask(client, Key("key-2").token(CLIENT, MARKETER)).status_code == 401
    good = key.token(CLIENT, MARKETER)
    assert ask(client, good, sheet="unknown").status_code == 401
    head, claims, signature = good.split(".")
    assert ask(client, f"{head}.{claims[:-2]}AA.{signature}").status_code == 401


def test_certificates_are_fetched_once_for_many_tokens(
    client: FlaskClient, key: Key, google: CertificateServer
) -> None:
    for _ in range(8):
        assert ask(client, key.token(CLIENT, MARKETER)).status_code == 202
    assert google.fetches == 1


def test_an_outage_at_google_is_the_services_trouble_not_the_callers(
    client: FlaskClient, key: Key, google: CertificateServer
) -> None:
    google.down = True
    answer = ask(client, key.token(CLIENT, MARKETER))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    google.down = False
    google.later(10)
    assert ask(client, key.token(CLIENT, MARKETER)).status_code == 202
    google.down = True
    assert ask(client, key.token(CLIENT, MARKETER)).status_code == 202  # still cached


def test_eight_who_come_at_once_while_google_is_slow_wait_for_one_fetch(
    key: Key, google: CertificateServer
) -> None:
    certificates, token = google.certificates(), key.token(CLIENT, MARKETER)

    def knock(_: int) -> str:
        try:
            return email_of(token, [CLIENT], certificates)
        except TransportError:
            return "503"

    google.slow = 0.4
    for down, answer in ((True, "503"), (False, MARKETER)):
        google.down = down
        began, before = time.monotonic(), google.fetches
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(knock, range(8))) == {answer}
        assert google.fetches == before + 1
        assert time.monotonic() - began < 1.6
        google.later(10)


def test_nothing_is_fetched_for_a_token_that_is_not_meant_for_us(
    client: FlaskClient, key: Key, google: CertificateServer
) -> None:
    for token in ("abc", "a.b.c", "é" * 9, key.token("another.example.org", MARKETER)):
        assert ask(client, token).status_code == 401
    assert google.fetches == 0


def test_with_no_audience_configured_nobody_is_believed(
    key: Key, google: CertificateServer
) -> None:
    assert email_of(key.token(CLIENT, MARKETER), [], google.certificates()) == ""
    assert email_of(key.token(CLIENT, MARKETER), [CLIENT], google.certificates()) == MARKETER
    google.address = "http://127.0.0.1:9/"
    with pytest.raises(TransportError):
        email_of(key.token(CLIENT, MARKETER), [CLIENT], google.certificates())


def event(key: Key, *, sheet: str = SHEET, scope: bool = True, **changes: Any) -> dict[str, Any]:
    return {
        "sheets": {"id": sheet, "title": "Аналитика", "addonHasFileScopePermission": scope},
        "authorizationEventObject": {"userIdToken": key.token(CLIENT, MARKETER, **changes)},
    }


def addon(
    client: FlaskClient,
    key: Key,
    path: str,
    asked: dict[str, Any],
    **changes: Any,
) -> TestResponse:
    """A call as Google's runtime makes it: its token is for the very address."""
    token = key.token(ADDRESS + path, ROBOT, **changes)
    headers = {"Authorization": f"Bearer {token}"}
    return client.post(path, json=asked, headers=headers)


def test_the_addons_card_shows_the_clinic_and_a_click_asks_for_a_run(
    client: FlaskClient, key: Key, sqlite_store: Store
) -> None:
    home = addon(client, key, "/addon/homepage", event(key))
    assert home.status_code == 200
    shown = json.dumps(home.json, ensure_ascii=False)
    assert "Имплант-центр" in shown
    assert "ещё не обновляли" in shown
    clicked = addon(client, key, "/addon/refresh", event(key))
    shown = json.dumps(clicked.json, ensure_ascii=False)
    assert "Обновление запрошено" in shown
    assert "В очереди" in shown
    assert [r.status for r in sqlite_store.runs.last("implant")] == ["queued"]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ADDRESS + "/addon/homepage"},
        {"aud": CLIENT},
        {"email": "service-999@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"},
        {"email_verified": False},
    ],
)
def test_who_is_not_googles_runtime_for_this_address_is_refused(
    client: FlaskClient, key: Key, sqlite_store: Store, changes: dict[str, Any]
) -> None:
    assert addon(client, key, "/addon/refresh", event(key), **changes).status_code == 401
    assert client.post("/addon/refresh", json=event(key)).status_code == 401
    assert sqlite_store.runs.last("implant") == []


@pytest.mark.parametrize(
    "asked",
    [
        {"sheet": "unknown"},
        {"email": "stranger@clinic.example"},
        {"email_verified": False},
        {"aud": "another client"},
    ],
    ids=str,
)
def test_an_unknown_sheet_and_a_stranger_see_the_same_card(
    client: FlaskClient, key: Key, sqlite_store: Store, asked: dict[str, Any]
) -> None:
    for path in ("/addon/homepage", "/addon/refresh"):
        answer = addon(client, key, path, event(key, **asked))
        shown = json.dumps(answer.json, ensure_ascii=False)
        assert "не связана с сервисом" in shown
        assert "Имплант" not in shown
    assert sqlite_store.runs.last("implant") == []


def test_without_the_files_scope_the_card_asks_for_it(
    client: FlaskClient, key: Key, sqlite_store: Store
) -> None:
    home = addon(client, key, "/addon/homepage", event(key, scope=False))
    assert "Разрешить" in json.dumps(home.json, ensure_ascii=False)
    asked = addon(client, key, "/addon/refresh", event(key, scope=False))
    assert "requestFileScopeForActiveDocument" in json.dumps(asked.json)
    assert sqlite_store.runs.last("implant") == []


def test_an_event_that_is_nonsense_is_nobodys(client: FlaskClient, key: Key) -> None:
    for nonsense in ([], "text", {"sheets": "text"}, {"authorizationEventObject": []}, None):
        answer = addon(client, key, "/addon/homepage", nonsense)  # type: ignore[arg-type]
        assert answer.status_code == 200, nonsense
        assert "Имплант" not in json.dumps(answer.json, ensure_ascii=False)
