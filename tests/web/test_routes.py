"""Who may do what: every route of the pages by everybody who may come."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from app import create_app
from sheets_sync.settings import Service
from sheets_sync.store import Store
from sheets_sync.web.links import Links

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
UPLOAD = "0" * 32
#: Route -> what (admin, its marketer, another clinic's marketer, a stranger) hear. A change that
#: lacks the token of a page is a 400 to those who may make it.
EXPECTED = {
    "GET /": (200, 403, 403, 401),
    "GET /clinics/new": (200, 403, 403, 401),
    "POST /clinics/new": (400, 403, 403, 401),
    "GET /clinics/<clinic_id>": (200, 200, 403, 401),
    "GET /clinics/<clinic_id>/state": (404, 404, 403, 401),
    "GET /clinics/<clinic_id>/report": (404, 404, 403, 401),
    "POST /clinics/<clinic_id>/refresh": (400, 400, 403, 401),
    "POST /clinics/<clinic_id>/uploads": (400, 400, 403, 401),
    "GET /clinics/<clinic_id>/uploads/<upload>": (404, 404, 403, 401),
    "POST /clinics/<clinic_id>/uploads/<upload>": (400, 400, 403, 401),
    "POST /clinics/<clinic_id>/uploads/<upload>/parts/<int:offset>": (400, 400, 403, 401),
    "GET /clinics/<name>/sources/<kind>": (200, 403, 403, 401),
    "POST /clinics/<name>/sources/<kind>": (400, 403, 403, 401),
    "GET /enter/<token>": (403, 403, 403, 403),
    "GET /mute/<token>": (403, 403, 403, 403),
    "POST /mute/<token>": (400, 400, 400, 400),
}


@pytest.fixture
def app(tmp_path: Path, sqlite_store: Store) -> Flask:
    folder = tmp_path / "clinics"
    folder.mkdir()
    for clinic in ("one", "two"):
        (folder / f"{clinic}.toml").write_text(
            f'name = "К"\n[book]\npath = "{clinic}.xlsx"\n', encoding="utf-8"
        )
    service = Service(home=tmp_path / "home", clinics=folder, admin_password=SecretStr("pass"))
    return create_app(service, store=sqlite_store, clock=lambda: NOW)


def marketer(app: Flask, store: Store, clinic: str) -> FlaskClient:
    client = app.test_client()
    key = app.secret_key
    assert isinstance(key, bytes)
    entered = client.get(Links(store, NOW.timestamp, key).make(clinic, "page"))
    assert entered.status_code == 303
    return client


def test_every_route_by_everybody(app: Flask, sqlite_store: Store) -> None:
    parts = {"clinic_id": "one", "name": "one", "upload": UPLOAD, "offset": 0}
    parts |= {"kind": "callibri", "token": "x"}
    people = [
        (app.test_client(), {"auth": ("admin", "pass")}),
        (marketer(app, sqlite_store, "one"), {}),
        (marketer(app, sqlite_store, "two"), {}),
        (app.test_client(), {}),
    ]
    found = {}
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("pages."):
            continue
        with app.test_request_context():
            path = rule.build(parts)
        assert path is not None
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            found[f"{method} {rule.rule}"] = tuple(
                client.open(path[1], method=method, **who).status_code for client, who in people
            )
    assert found == EXPECTED
