"""The API's OpenAPI document, made from the models that check it."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from sheets_sync import __version__
from sheets_sync.web.bodies import (
    REFUSALS,
    RUN_ID,
    ErrorAnswer,
    LinkMade,
    LinkRequest,
    RefreshAccepted,
    RefreshRequest,
    RunStatus,
)

_REF = "#/components/schemas/{model}"
_SIGNED: list[dict[str, list[str]]] = [{"timestamp": [], "signature": []}, {"identity": []}]


def document() -> dict[str, Any]:
    """OpenAPI 3.1 of everything under /v1."""
    models = (RefreshRequest, RefreshAccepted, LinkRequest, LinkMade, RunStatus, ErrorAnswer)
    _, schemas = models_json_schema([(m, "validation") for m in models], ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "romi-sheets",
            "version": __version__,
            "description": "Ask for a refresh of a clinic's spreadsheet and follow its run.",
        },
        "paths": {
            "/v1/refresh": {"post": _refresh()},
            "/v1/links": {"post": _link()},
            "/v1/runs/{run_id}": {"get": _run()},
        },
        "components": {"schemas": schemas["$defs"], "securitySchemes": _schemes()},
    }


def _refresh() -> dict[str, Any]:
    return {
        "operationId": "refresh",
        "summary": "Ask for a refresh; the same requestId gives the same run",
        "security": _SIGNED,
        "requestBody": {"required": True, "content": _json("RefreshRequest")},
        "responses": {
            "202": {
                "description": "A run that began after this request will answer it",
                "content": _json("RefreshAccepted"),
                "headers": {"Location": {"schema": {"type": "string"}}},
            },
            **_refused(400, 401, 413, 429, 503),
        },
    }


def _link() -> dict[str, Any]:
    return {
        "operationId": "link",
        "summary": "A link to the clinic's page, for ten minutes and one use",
        "security": _SIGNED,
        "requestBody": {"required": True, "content": _json("LinkRequest")},
        "responses": {
            "201": {
                "description": "The link's path at this service",
                "content": _json("LinkMade"),
                "headers": {"Location": {"schema": {"type": "string"}}},
            },
            **_refused(400, 401, 413, 429, 503),
        },
    }


def _run() -> dict[str, Any]:
    return {
        "operationId": "run",
        "summary": "How a run is getting on",
        "security": _SIGNED,
        "parameters": [
            {
                "name": "run_id",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "pattern": RUN_ID},
            }
        ],
        "responses": {
            "200": {"description": "The run", "content": _json("RunStatus")},
            **_refused(401, 404, 429, 503),
        },
    }


def _json(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model)}}}


def _refused(*statuses: int) -> dict[str, Any]:
    answers = {}
    for status in statuses:
        answers[str(status)] = {
            "description": REFUSALS[status].message,
            "content": _json("ErrorAnswer"),
        }
    if 429 in statuses:
        answers["429"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return answers


def _schemes() -> dict[str, Any]:
    return {
        "timestamp": {"type": "apiKey", "in": "header", "name": "X-Romi-Timestamp"},
        "signature": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Romi-Signature",
            "description": (
                "v1=<hex HMAC-SHA256 of 'v1:' + timestamp + ':' + METHOD + ':' + path + ':' + "
                "body under the clinic's secret>; a GET has an empty body"
            ),
        },
        "identity": {
            "type": "http",
            "scheme": "bearer",
            "description": "A Google identity token",
        },
    }
