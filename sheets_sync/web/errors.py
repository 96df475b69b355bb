"""Every refusal in one shape: an object for a program, a page for a browser; never a traceback."""

from __future__ import annotations

from math import ceil

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from google.auth.exceptions import TransportError
from werkzeug.exceptions import HTTPException, TooManyRequests

from metrics.wording import counted
from sheets_sync.errors import StoreError
from sheets_sync.web.bodies import REFUSALS, refusal


class RequestError(HTTPException):
    """Raised where a refusal has words of its own, for a person."""

    def __init__(self, code: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


def refusal_response(
    status: int, headers: dict[str, str], message: str = "", hint: str = ""
) -> ResponseReturnValue:
    """The answer of a refusal, in its own words or its status's."""
    answer = refusal(status)
    if message:
        answer["error"] |= {"message": message, "hint": hint}
    kinds = ["application/json", "text/html"]
    if request.accept_mimetypes.best_match(kinds) == "text/html":
        return render_template("refused.html", status=status, **answer["error"]), status, headers
    return jsonify(answer), status, headers


def answer_errors(app: Flask) -> None:
    """Give `app` its handlers of errors."""

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:  # a redirect of the routes' own
            return error.get_response()
        headers = {k: v for k, v in error.get_headers() if k in _KEPT}
        if isinstance(error, TooManyRequests):
            return refusal_response(status, headers, *_too_often(error))
        if isinstance(error, RequestError):
            return refusal_response(status, headers, str(error.description), error.hint)
        return refusal_response(status, headers)

    @app.errorhandler(StoreError)
    @app.errorhandler(TransportError)
    def unavailable(_: Exception) -> ResponseReturnValue:
        return refusal_response(503, {"Retry-After": "60"})

    @app.errorhandler(Exception)
    def broken(error: Exception) -> ResponseReturnValue:
        app.logger.error("request failed", exc_info=error)
        return refusal_response(500, {})


def _too_often(error: TooManyRequests) -> tuple[str, str]:
    """What was too much, and how long to wait."""
    usual = REFUSALS[429].message
    message = usual if error.description == TooManyRequests.description else error.description
    minutes = ceil(float(str(error.retry_after or 60)) / 60)
    wait = counted(minutes, "минуту", "минуты", "минут") if minutes < 60 else "час"
    return str(message), f"Подождите {wait} и повторите."


_KEPT = ("Allow", "Retry-After", "WWW-Authenticate")
