"""The Flask factory: routes only."""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request, url_for
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from sheets_sync.home import load_service
from sheets_sync.net.clock import clock_from
from sheets_sync.privacy.safe_logs import log_to_stderr
from sheets_sync.service.telemetry import exposition
from sheets_sync.settings import Service
from sheets_sync.store import Store, open_store
from sheets_sync.web import addon
from sheets_sync.web.answer_headers import protect
from sheets_sync.web.bodies import MAX_BODY
from sheets_sync.web.errors import answer_errors
from sheets_sync.web.identity import CachedCertificates
from sheets_sync.web.parts import WebParts, parts_of
from sheets_sync.web.routes.addon import addon_routes
from sheets_sync.web.routes.pages import MAX_FORM, MAX_PART, pages
from sheets_sync.web.routes.v1 import v1
from sheets_sync.web.uploads import Uploads

#: Bytes that the body of a request may have, by what it asks.
_BODIES = {"addon": addon.MAX_BODY, "pages": MAX_FORM}


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
    parts = parts_of(service, store, clock, certificates or CachedCertificates())
    app = Flask(
        __name__,
        template_folder="sheets_sync/web/templates",
        static_folder="sheets_sync/web/static",
    )
    if service.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, service.proxies, service.proxies)  # type: ignore[method-assign]
    _assets(app)
    _sessions(app, parts)
    _bodies(app)
    protect(app)
    answer_errors(app)
    _health(app, parts)
    for routes in (v1, addon_routes, pages):
        app.register_blueprint(routes(parts))
    return app


def web() -> Flask:
    """What gunicorn starts: the app, with its log lines as JSON, and the sweeper of uploads."""
    log_to_stderr()
    app = create_app()
    Uploads(load_service().home).sweep_for_ever()
    # What is loaded stays: to look for garbage among it took 0.1 s of whoever asked just then.
    gc.freeze()
    return app


def _assets(app: Flask) -> None:
    """Pages name a style sheet or a script with the hash of its content: it may be kept for ever."""
    folder = Path(str(app.static_folder))
    marks = {p.name: sha256(p.read_bytes()).hexdigest()[:12] for p in folder.iterdir()}
    app.jinja_env.globals["asset"] = lambda name: url_for("static", filename=name, v=marks[name])


class _Sessions(SecureCookieSessionInterface):
    """Cookies that go back over HTTPS only where they came so."""

    def get_cookie_secure(self, app: Flask) -> bool:
        del app
        return request.is_secure


def _sessions(app: Flask, parts: WebParts) -> None:
    app.secret_key = parts.key
    app.session_interface = _Sessions()
    app.config.update(
        SESSION_COOKIE_NAME="romi",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        # The cookie outlives the day that it lets in for: it knows a marketer from a stranger.
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        WTF_CSRF_FIELD_NAME="csrf",
        WTF_CSRF_TIME_LIMIT=86_400,
        # A proxy may call this host by another name than the browser does.
        WTF_CSRF_SSL_STRICT=False,
        # The pages ask for it themselves, after they know who asks.
        WTF_CSRF_CHECK_DEFAULT=False,
    )
    CSRFProtect(app)


def _bodies(app: Flask) -> None:
    @app.before_request
    def read() -> None:
        most = _BODIES.get(request.blueprint or "", MAX_BODY)
        if request.endpoint == "pages.part":
            most = MAX_PART
        # One more than may come: a body sent in chunks has no length, and is cut at this one.
        request.max_content_length = most + 1
        try:
            body = request.get_data()
        except (ParseException, OSError) as error:
            raise BadRequest from error
        if len(body) > most:
            raise RequestEntityTooLarge


def _health(app: Flask, parts: WebParts) -> None:
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
        text = exposition(overview, parts.store.counters.read(), parts.clock(), names=names)
        return Response(text, mimetype="text/plain; version=0.0.4")
