"""Every route of the pages under many odd requests of somebody who may: no answer is a fault of ours."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, jsonify
from pydantic import SecretStr

from app import create_app
from sheets_sync.settings import Service
from sheets_sync.store import Store
from sheets_sync.web import throttle
from tests.web.test_openapi import faults

EXPORT = "№ заявки;Дата обращения;Телефон;Статус\n1;05.01.2026;+7 916 222-33-44;странно\n"
#: What forms of the pages send; everything else of them is random text, too.
_FIELDS = (
    *("name", "id", "timezone", "book", "address", "back", "entity", "label", "date_format"),
    *("entity-was", "label-was", "columns-was", "words-was", "header", "was", "word", "site_id"),
    *("email_env", "token_env", "from", "trailing_days", "system", "links"),
)
#: The pages' answers are HTML and refuse most of what is sent; only a 5xx is a fault.
_LOOSE = (
    "content_type_conformance",
    "ensure_resource_availability",
    "ignored_auth",
    "missing_required_header",
    "negative_data_rejection",
    "positive_data_acceptance",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
    "unsupported_method",
    "use_after_free",
)


class Trusted:
    """Sends each request with the admin's token, and never asks a service outside."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        environ["HTTP_AUTHORIZATION"] = "Bearer pass"
        if "/sources/" in environ["PATH_INFO"] and environ["REQUEST_METHOD"] == "POST":
            body = b"do=save&" + environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return self.app(environ, start)


@pytest.fixture
def app(tmp_path: Path, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(throttle, "RULES", {kind: [(100_000, 60.0)] for kind in throttle.RULES})
    folder = tmp_path / "clinics"
    folder.mkdir()
    (folder / "one.toml").write_text('name = "К"\n', encoding="utf-8")
    service = Service(home=tmp_path / "home", clinics=folder, admin_password=SecretStr("pass"))
    made = create_app(service, store=sqlite_store)
    made.add_url_rule("/pages.json", view_func=lambda: jsonify(document(made)))
    return made


def document(app: Flask) -> dict[str, Any]:
    """OpenAPI of the pages, as loose as a browser: any text in any place."""
    text = {"type": "string", "maxLength": 40}
    form = {"type": "object", "properties": dict.fromkeys(_FIELDS, text)}
    do = {"do": {"enum": ["look", "accept", "drop", "save", "on", ""]}}
    form["properties"] = {**form["properties"], **do}
    paths: dict[str, Any] = {}
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("pages."):
            continue
        path = rule.rule.replace("<int:", "<").replace("<", "{").replace(">", "}")
        places = [
            {"name": name, "in": "path", "required": True, "schema": text | {"minLength": 1}}
            for name in sorted(rule.arguments)
        ]
        for method in (rule.methods or set()) & {"GET", "POST"}:
            known = {"responses": {"default": {"description": "any"}}, "parameters": places}
            if method == "POST":
                content = {"application/x-www-form-urlencoded": {"schema": form}}
                known["requestBody"] = {"content": content}
            paths.setdefault(path, {})[method.lower()] = known
    return {"openapi": "3.1.0", "info": {"title": "pages", "version": "1"}, "paths": paths}


def test_no_page_breaks(app: Flask) -> None:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer pass"
    begun = client.post("/clinics/one/uploads", data={"name": "x.csv"}).get_json()["path"]
    client.post(f"{begun}/parts/0", data=EXPORT.encode())
    known = {"clinic_id": "one", "name": "one", "kind": "callibri", "offset": "0"}
    known["upload"] = begun.rpartition("/")[2]
    found = faults(Trusted(app), without=_LOOSE, known=known, path="/pages.json", examples=4)
    assert found == []
