"""A small app behind the real server: answers with what it got."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

BIG = b"x" * 3_000_000


def app(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    body = environ["wsgi.input"].read()
    answer = f"{len(body)} {hashlib.sha256(body).hexdigest()}".encode()
    if environ["PATH_INFO"] == "/big":
        answer = BIG
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]
