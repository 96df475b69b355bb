"""The two addresses that Google's add-on runtime calls."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue

from sheets_sync.web import addon
from sheets_sync.web.bodies import status_of
from sheets_sync.web.parts import WebParts
from sheets_sync.web.routes.v1 import body_object


def addon_routes(parts: WebParts) -> Blueprint:
    """The routes under /addon."""
    routes = Blueprint("addon", __name__, url_prefix="/addon")
    base = parts.service.addon_url

    def asking() -> addon.Caller:
        bearer = request.headers.get("Authorization", "")
        caller = addon.caller(
            bearer,
            request.path,
            body_object(),
            parts.service,
            parts.clinics,
            parts.door.certificates,
        )
        return caller or abort(401)

    @routes.post("/homepage")
    def homepage() -> ResponseReturnValue:
        caller = asking()
        runs = parts.store.runs.last(caller.clinic.id, 1) if caller.clinic else []
        return jsonify(addon.homepage(caller, base, status_of(runs[0], []) if runs else None))

    @routes.post("/refresh")
    def refresh() -> ResponseReturnValue:
        caller = asking()
        if not caller.has_file:
            return jsonify(addon.ask_for_file())
        if caller.clinic is None:
            return jsonify(addon.homepage(caller, base, None))
        parts.throttle.take("refresh", caller.clinic.id)
        run = parts.store.runs.get(parts.jobs.want(caller.clinic)) or abort(503)
        return jsonify(addon.refreshed(caller, base, status_of(run, [])))

    return routes
