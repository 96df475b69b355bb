"""The Flask factory: routes only."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from google.auth.exceptions import TransportError
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge

from sheets_sync.clinic.folder import Clinics
from sheets_sync.errors import StoreError
from sheets_sync.net.clock import clock_from
from sheets_sync.privacy.logs import log_to_stderr
from sheets_sync.service.home import admin_password, clinics_folder, load_service, page_secret
from sheets_sync.service.jobs import Jobs, open_queue
from sheets_sync.service.telemetry import exposition
from sheets_sync.settings import Service
from sheets_sync.store import Store, open_store
from sheets_sync.web import addon
from sheets_sync.web.api import (
    MAX_BODY,
    RUN_ID,
    RefreshAccepted,
    RefreshRequest,
    refusal,
    source_status,
    status_of,
)
from sheets_sync.web.door import Door
from sheets_sync.web.identity import CachedCertificates
from sheets_sync.web.limits import Limits
from sheets_sync.web.openapi import document
from sheets_sync.web.page import TONES, csrf, is_admin, page_rows, summary, title

_ASK_PASSWORD = {"WWW-Authenticate": 'Basic realm="romi-sheets"'}


@dataclass(frozen=True)
class Parts:
    """What the routes stand on."""

    service: Service
    store: Store
    clinics: Clinics
    jobs: Jobs
    door: Door
    limits: Limits
    clock: Callable[[], datetime]


def create_app(
    service: Service | None = None,
    *,
    store: Store | None = None,
    clock: Callable[[], datetime] | None = None,
    certificates: Callable[..., Any] | None = None,
) -> Flask:
    """The web side of romi-sheets. Parameters default to production.

    Raises ConfigError where the service's settings are wrong, StoreError where the store is.
    """
    service = service or load_service()
    clock = clock or clock_from(service.now).now
    store = store or open_store(service.store_url)
    clinics = Clinics(clinics_folder(service))
    jobs = Jobs(service, store, clinics, open_queue(service, store), clock)
    seconds = lambda: clock().timestamp()  # noqa: E731 - a name for one expression
    door = Door(service, store, seconds, certificates or CachedCertificates())
    parts = Parts(service, store, clinics, jobs, door, Limits(), clock)

    app = Flask(__name__, template_folder="sheets_sync/web/pages")
    for routes in (_bodies, _health, _api, _addon, _page, _errors):
        routes(app, parts)
    return app


def web() -> Flask:
    """What gunicorn starts: the app, with its log lines as JSON."""
    log_to_stderr()
    return create_app()


def refused(status: int, headers: dict[str, str] | None = None) -> ResponseReturnValue:
    """The one shape of every error."""
    return jsonify(refusal(status)), status, headers or {}


def _bodies(app: Flask, parts: Parts) -> None:
    del parts

    @app.before_request
    def read() -> None:
        most = addon.MAX_BODY if request.path.startswith("/addon/") else MAX_BODY
        # One more than may come: a body sent in chunks has no length, and is cut at this one.
        request.max_content_length = most + 1
        if len(request.get_data()) > most:
            raise RequestEntityTooLarge


def _health(app: Flask, parts: Parts) -> None:
    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return jsonify(ok=True)

    @app.get("/readyz")
    def readyz() -> ResponseReturnValue:
        parts.store.runs.get("")
        return jsonify(ok=True)

    @app.get("/metrics")
    def metrics() -> ResponseReturnValue:
        names = parts.service.metrics_with_names
        here = parts.clinics.ids()
        overview = [o for o in parts.store.jobs.overview() if o.clinic in here]
        text = exposition(overview, parts.store.totals.read(), parts.clock(), names=names)
        return Response(text, mimetype="text/plain; version=0.0.4")

    @app.get("/openapi.json")
    def openapi() -> ResponseReturnValue:
        return jsonify(document())


def _api(app: Flask, parts: Parts) -> None:
    @app.post("/v1/refresh")
    def refresh() -> ResponseReturnValue:
        try:
            asked = RefreshRequest.model_validate_json(request.get_data())
        except ValidationError:
            asked = None
        clinic = parts.clinics.of_spreadsheet(asked.spreadsheetId if asked else _spreadsheet())
        if not parts.door.opens(request, clinic) or clinic is None:
            return refused(401)
        if asked is None:
            return refused(400)
        if wait := parts.limits.wait("refresh", clinic.id):
            return refused(429, {"Retry-After": str(wait)})
        run_id = parts.jobs.want(clinic, asked.requestId)
        url = f"/v1/runs/{quote(run_id)}"
        answer = RefreshAccepted(run_id=run_id, status_url=url)
        return jsonify(answer.model_dump()), 202, {"Location": url}

    @app.get("/v1/runs/<run_id>")
    def run(run_id: str) -> ResponseReturnValue:
        found = parts.store.runs.get(run_id) if re.fullmatch(RUN_ID, run_id) else None
        clinic = parts.clinics.get(found.clinic) if found else None
        if not parts.door.opens(request, clinic) or found is None or clinic is None:
            return refused(401)
        if wait := parts.limits.wait("status", clinic.id):
            return refused(429, {"Retry-After": str(wait)})
        # Nobody looks at freshness before the run has ended, and polls come every two seconds.
        states = parts.store.sources.states(clinic.id) if found.finished_at else []
        sources = [source_status(s, clinic.zone) for s in states]
        return jsonify(status_of(found, sources).model_dump())


def _spreadsheet() -> str:
    """Whose request it is, even where the rest of its body is wrong."""
    found = _object().get("spreadsheetId")
    return found if isinstance(found, str) else ""


def _object() -> dict[str, Any]:
    """The body's JSON object, empty where it is none."""
    try:
        body = request.get_json(force=True, silent=True)
    except RecursionError:  # brackets in brackets in brackets
        return {}
    return body if isinstance(body, dict) else {}


def _addon(app: Flask, parts: Parts) -> None:
    base = parts.service.addon_url

    def asking() -> addon.Caller | None:
        bearer = request.headers.get("Authorization", "")
        return addon.caller(
            bearer,
            request.path,
            _object(),
            parts.service,
            parts.clinics,
            parts.door.certificates,
        )

    @app.post("/addon/homepage")
    def homepage() -> ResponseReturnValue:
        asked = asking()
        if asked is None:
            return refused(401)
        runs = parts.store.runs.last(asked.clinic.id, 1) if asked.clinic else []
        return jsonify(addon.homepage(asked, base, status_of(runs[0], []) if runs else None))

    @app.post("/addon/refresh")
    def addon_refresh() -> ResponseReturnValue:
        asked = asking()
        if asked is None:
            return refused(401)
        if not asked.has_file:
            return jsonify(addon.ask_for_file())
        if asked.clinic is None:
            return jsonify(addon.homepage(asked, base, None))
        if wait := parts.limits.wait("refresh", asked.clinic.id):
            return refused(429, {"Retry-After": str(wait)})
        run = parts.store.runs.get(parts.jobs.want(asked.clinic))
        if run is None:
            return refused(503)
        return jsonify(addon.refreshed(asked, base, status_of(run, [])))


def _page(app: Flask, parts: Parts) -> None:
    secret, password = page_secret(parts.service), admin_password(parts.service)

    def admin() -> bool:
        basic = request.authorization
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        given = basic.password if basic and basic.type == "basic" else bearer
        return is_admin(given or "", password)

    @app.get("/")
    def page() -> ResponseReturnValue:
        if not admin():
            return refused(401, _ASK_PASSWORD)
        rows = page_rows(parts.clinics, parts.store)
        return render_template(
            "clinics.html",
            rows=rows,
            tones=TONES,
            summary=summary(rows),
            title=title(rows),
            tokens={row.id: csrf(secret, row.id) for row in rows},
            folder=parts.clinics.folder,
        )

    @app.post("/clinics/<clinic_id>/refresh")
    def press(clinic_id: str) -> ResponseReturnValue:
        if not admin():
            return refused(401, _ASK_PASSWORD)
        clinic = parts.clinics.get(clinic_id)
        if clinic is None:
            raise NotFound
        given = request.form.get("csrf", "").encode()
        if not hmac.compare_digest(given, csrf(secret, clinic_id).encode()):
            return refused(400)
        parts.jobs.want(clinic)
        return redirect("/", 303)


def _errors(app: Flask, parts: Parts) -> None:
    del parts

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        allowed = getattr(error, "valid_methods", None)
        return refused(error.code or 500, {"Allow": ", ".join(allowed)} if allowed else {})

    @app.errorhandler(StoreError)
    @app.errorhandler(TransportError)
    def unavailable(_: Exception) -> ResponseReturnValue:
        return refused(503, {"Retry-After": "60"})

    @app.errorhandler(Exception)
    def broken(error: Exception) -> ResponseReturnValue:
        app.logger.error("request failed", exc_info=error)
        return refused(500)
