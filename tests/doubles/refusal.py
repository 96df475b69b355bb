"""How Metrica says no: a status, an error type, a sentence."""

from __future__ import annotations

from typing import Any

from tests.doubles.server import Reply, json_reply


def refused(status: int, error_type: str, message: str, location: str = "") -> Reply:
    """An error body of Metrica."""
    error: dict[str, Any] = {"error_type": error_type, "message": message}
    if location:
        error["location"] = location
    return json_reply({"errors": [error], "code": status, "message": message}, status)


class Refused(Exception):  # noqa: N818 (the service's answer, not a fault of ours)
    """Raised inside a double to answer with an error."""

    def __init__(self, status: int, error_type: str, message: str, location: str = "") -> None:
        super().__init__(message)
        self.reply = refused(status, error_type, message, location)
