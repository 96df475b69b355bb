"""The API against its own document: many odd requests, signed and not, and no fault found."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import SecretStr

from app import create_app
from sheets_sync.settings import Service
from sheets_sync.store import Store
from sheets_sync.web import throttle
from sheets_sync.web.signature import sign
from tests.web.test_web import CLINIC, NEXT, NOW, SECRET, SHEET


class Ticking:
    """A clock that goes on by a second with each request: no two are the same to the service."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


class Signing:
    """Signs each request with the clinic's secret, as the menu does."""

    def __init__(self, app: Any, clock: Ticking) -> None:
        self.app = app
        self.clock = clock

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        self.clock.now += timedelta(seconds=1)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        timestamp = str(int(self.clock.now.timestamp()))
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        environ |= {
            "wsgi.input": io.BytesIO(body),
            "HTTP_X_ROMI_TIMESTAMP": timestamp,
            "HTTP_X_ROMI_SIGNATURE": sign(SECRET, timestamp, environ["REQUEST_METHOD"], path, body),
        }
        environ.pop("HTTP_AUTHORIZATION", None)
        return self.app(environ, start)


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def app(
    tmp_path: Path, sqlite_store: Store, clock: Ticking, monkeypatch: pytest.MonkeyPatch
) -> Any:
    monkeypatch.setenv("TEST_SECRET", SECRET.get_secret_value())
    monkeypatch.setenv("TEST_SECRET_NEXT", NEXT.get_secret_value())
    monkeypatch.setattr(throttle, "RULES", {kind: [(100_000, 60.0)] for kind in throttle.RULES})
    folder = tmp_path / "clinics"
    folder.mkdir()
    (folder / "implant.toml").write_text(CLINIC, encoding="utf-8")
    service = Service(home=tmp_path / "home", clinics=folder, admin_password=SecretStr("pass"))
    sqlite_store.jobs.want("implant", datetime(2026, 3, 1, tzinfo=UTC))
    return create_app(service, store=sqlite_store, clock=clock)


def faults(
    app: Any,
    *,
    without: tuple[str, ...] = (),
    known: Mapping[str, str] = MappingProxyType({}),
    path: str = "/openapi.json",
    examples: int = 12,
) -> list[str]:
    """Every fault that schemathesis finds: examples, the schema's edges, random requests, links.

    `known` are path parameters of things that there are, put in half of the time.
    """
    import schemathesis
    from schemathesis.config import SchemathesisConfig
    from schemathesis.engine import events, from_schema

    config = SchemathesisConfig.from_dict(
        {
            "generation": {"max-examples": examples, "deterministic": True, "database": "none"},
            "checks": {name: {"enabled": False} for name in without},
        }
    )
    schema = schemathesis.openapi.from_wsgi(path, app, config=config)

    @schema.hook
    def map_body(context: Any, body: Any) -> Any:
        """For the clinic's own sheet, where it is for any sheet."""
        del context
        sheet = body.get("spreadsheetId") if isinstance(body, dict) else None
        valid = isinstance(sheet, str) and re.fullmatch(r"[\w.:-]{1,100}", sheet, re.ASCII)
        return body | {"spreadsheetId": SHEET} if valid else body

    @schema.hook
    def map_path_parameters(context: Any, path_parameters: Any) -> Any:
        """For things that there are, half of the time."""
        del context
        given = path_parameters or {}
        return {
            name: known[name] if name in known and len(str(value)) % 2 else value
            for name, value in given.items()
        } or path_parameters

    found, sent = [], 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.append(repr(event))
        if isinstance(event, events.ScenarioFinished | events.FuzzScenarioFinished):
            for case, checks in event.recorder.checks.items():
                sent += 1
                found += [
                    f"{event.recorder.cases[case].value.as_curl_command()}: "
                    f"{check.name}: {check.failure_info.failure}"
                    for check in checks
                    if check.failure_info
                ]
    assert sent > 50
    return found


def test_no_fault_is_found_by_a_stranger(app: Any) -> None:
    assert faults(app) == []


def test_no_fault_is_found_by_a_clinic(app: Any, clock: Ticking, sqlite_store: Store) -> None:
    (known,) = sqlite_store.runs.last("implant")
    # Every request is signed here, so none can be found to have been let in without.
    found = faults(Signing(app, clock), without=("ignored_auth",), known={"run_id": known.run_id})
    assert found == []
