"""The API of the spreadsheet's menu: ask for a refresh, follow its run, get a link to the page."""

from __future__ import annotations

import re
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from sheets_sync.clinic.config import Clinic
from sheets_sync.web.bodies import (
    RUN_ID,
    LinkMade,
    LinkRequest,
    RefreshAccepted,
    RefreshRequest,
    source_status,
    status_of,
)
from sheets_sync.web.openapi import document
from sheets_sync.web.parts import WebParts

_Body = TypeVar("_Body", RefreshRequest, LinkRequest)


def v1(parts: WebParts) -> Blueprint:
    """The routes under /v1, and the document that describes them."""
    routes = Blueprint("v1", __name__)

    def opened(model: type[_Body], kind: str) -> tuple[Clinic, _Body]:
        """Whose request this is and what it asks; whoever may not ask hears nothing of the rest."""
        try:
            body = model.model_validate_json(request.get_data())
        except ValidationError:
            body = None
        clinic = parts.clinics.of_spreadsheet(body.spreadsheetId if body else _spreadsheet())
        if not parts.door.opens(request, clinic) or clinic is None:
            abort(401)
        if body is None:
            abort(400)
        parts.throttle.take(kind, clinic.id)
        return clinic, body

    @routes.get("/openapi.json")
    def openapi() -> ResponseReturnValue:
        return jsonify(document())

    @routes.post("/v1/refresh")
    def refresh() -> ResponseReturnValue:
        clinic, body = opened(RefreshRequest, "refresh")
        run_id = parts.jobs.want(clinic, body.requestId)
        url = f"/v1/runs/{quote(run_id)}"
        answer = RefreshAccepted(run_id=run_id, status_url=url)
        return jsonify(answer.model_dump()), 202, {"Location": url}

    @routes.post("/v1/links")
    def link() -> ResponseReturnValue:
        clinic, body = opened(LinkRequest, "links")
        answer = LinkMade(path=parts.links.make(clinic.id, body.action))
        return jsonify(answer.model_dump()), 201, {"Location": answer.path}

    @routes.get("/v1/runs/<run_id>")
    def run(run_id: str) -> ResponseReturnValue:
        record = parts.store.runs.get(run_id) if re.fullmatch(RUN_ID, run_id) else None
        clinic = parts.clinics.get(record.clinic) if record else None
        if not parts.door.opens(request, clinic) or record is None or clinic is None:
            abort(401)
        parts.throttle.take("status", clinic.id)
        # Nobody looks at freshness before the run has ended, and polls come every two seconds.
        states = parts.store.sources.states(clinic.id) if record.finished_at else []
        sources = [source_status(s, clinic.zone) for s in states]
        return jsonify(status_of(record, sources).model_dump())

    return routes


def _spreadsheet() -> str:
    """Whose request it is, even where the rest of its body is wrong."""
    spreadsheet = body_object().get("spreadsheetId")
    return spreadsheet if isinstance(spreadsheet, str) else ""


def body_object() -> dict[str, Any]:
    """The body's JSON object, empty where it is none."""
    try:
        body = request.get_json(force=True, silent=True)
    except RecursionError:  # brackets in brackets in brackets
        return {}
    return body if isinstance(body, dict) else {}
