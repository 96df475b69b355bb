"""Nobody learns by the time of a refusal which spreadsheets have a clinic."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from sheets_sync.settings import Service
from sheets_sync.store import Store

SHEETS = tuple(f"sheet-{name}-0123456789" for name in "abc")


@pytest.fixture
def client(tmp_path: Path, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Three clinics with spreadsheets between two with workbooks."""
    monkeypatch.setenv("DOOR_SECRET", "a secret that nobody guesses")
    for name in ("a", "z"):
        (tmp_path / f"{name}.toml").write_text('name = "К"\n[book]\npath = "r.xlsx"', "utf-8")
    for number, sheet in enumerate(SHEETS):
        (tmp_path / f"m{number}.toml").write_text(
            f'name = "К"\n[book]\nkind = "google"\nspreadsheet_id = "{sheet}"\n'
            '[webhook]\nsecret_env = "DOOR_SECRET"\n',
            "utf-8",
        )
    service = Service(home=tmp_path / "home", clinics=tmp_path)
    return create_app(service, store=sqlite_store).test_client()


def steps(client: FlaskClient, content: bytes) -> int:
    """How many calls of functions, C's too, a refusal takes."""
    headers = {"X-Romi-Timestamp": "1700000000", "X-Romi-Signature": "v1=" + "0" * 64}
    taken = 0

    def count(_frame: Any, event: str, _what: Any) -> None:
        nonlocal taken
        taken += event in {"call", "c_call"}

    gc.disable()
    sys.setprofile(count)
    try:
        answer = client.post("/v1/refresh", data=content, headers=headers)
    finally:
        sys.setprofile(None)
        gc.enable()
    assert answer.status_code == 401
    return taken


def asked(sheet: str) -> bytes:
    return json.dumps({"spreadsheetId": sheet, "action": "refresh", "requestId": "r-1"}).encode()


def test_an_unknown_spreadsheet_is_refused_by_the_same_steps_as_a_known_one(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The folder is looked through once a second, whoever asks.
    monkeypatch.setattr("sheets_sync.clinic.folder._LOOK_SECONDS", 1e9)
    unknown = tuple(sheet[::-1] for sheet in SHEETS)
    for sheet in (*SHEETS, *unknown):
        steps(client, asked(sheet))
    taken = {sheet: steps(client, asked(sheet)) for sheet in (*SHEETS, *unknown)}
    assert len(set(taken.values())) == 1, taken
