"""A loopback HTTP server for the doubles: it keeps every request and breaks answers on demand."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

#: Faults of any service: the connection, or what a proxy in between would say.
WIRE_FAULTS = (
    "reset",  # cut before the request is looked at
    "reset_after",  # cut after the request was carried out
    "truncated",  # half of the body, though all of it was announced
    "garbage",  # 200 with half of the body, announced as whole
    "html",  # 200 with a page of HTML
    "bad_gateway",  # 502 with a page of HTML
    "hang",  # no answer for `hang_seconds` or until `let_go` is set, then cut
    "drip",  # the answer in pieces, `drip_seconds` apart
)
_PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class Asked:
    """One request. `query` holds the last value of each name, `pairs` all; header names are lower."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    pairs: tuple[tuple[str, str], ...] = ()

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def json_reply(payload: Any, status: int = 200) -> Reply:
    body = json.dumps(payload, ensure_ascii=False).encode()
    return Reply(status, body, {"Content-Type": "application/json; charset=utf-8"})


@dataclass
class Fault:
    """What goes wrong, for the requests numbered `first` (from 1) to `first + times - 1`."""

    kind: str
    first: int = 1
    times: int = 1
    only: Callable[[Asked], bool] = lambda _asked: True
    seen: int = 0

    def strikes(self, asked: Asked) -> bool:
        if not self.only(asked):
            return False
        self.seen += 1
        return self.first <= self.seen < self.first + self.times


class Loopback(ABC):
    """A service on 127.0.0.1; `with` starts and stops it. Subclasses answer.

    asked        every request, in order of arrival
    faults       looked at in order, the first that strikes is done
    clients      addresses of whoever is connected; a killed one leaves when all that it sent is done
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: list[Fault] = []
        self.clients: set[tuple[str, int]] = set()
        self.port = 0  # 0: any free one
        self.hang_seconds = 5.0
        self.let_go = threading.Event()
        self.drip_seconds = 0.05
        self.lock = threading.RLock()
        self._server: ThreadingHTTPServer | None = None

    @abstractmethod
    def answer(self, asked: Asked) -> Reply:
        """The service's own answer."""

    def refusal(self, kind: str) -> Reply:
        """The service's own way to refuse: a status, or a word of the subclass."""
        return json_reply({"error": kind}, int(kind))

    def fail(self, kind: str, first: int = 1, times: int = 1, **more: Any) -> None:
        """Break `times` requests from the `first` one on, counted from now."""
        self.faults.append(Fault(kind, first, times, **more))

    @property
    def url(self) -> str:
        assert self._server is not None, "not started"
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._server is not None, "not started"
        self._server.shutdown()
        self._server.server_close()

    def struck(self, asked: Asked) -> str:
        """Keep the request; the fault that strikes it, or ""."""
        with self.lock:
            self.asked.append(asked)
            struck = [f.kind for f in self.faults if f.strikes(asked)]
        return struck[0] if struck else ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, service: Loopback) -> None:
        super().__init__(("127.0.0.1", service.port), _Handler)
        self.service = service

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        clients = self.server.service.clients
        clients.add(self.client_address)
        try:
            super().handle()
        finally:
            clients.discard(self.client_address)

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base's name)
        """Requests are kept, not printed."""

    def _serve(self) -> None:
        service, asked = self.server.service, self._asked()
        kind = service.struck(asked)
        if kind == "reset":
            self._cut()
        elif kind == "hang":
            service.let_go.wait(service.hang_seconds)
            self._cut()
        elif kind == "html":
            self._send(Reply(200, _PAGE, {"Content-Type": "text/html"}))
        elif kind == "bad_gateway":
            self._send(Reply(502, _PAGE, {"Content-Type": "text/html"}))
        elif kind and kind not in WIRE_FAULTS:
            self._send(service.refusal(kind))
        else:
            self._broken(service.answer(asked), kind)

    def _asked(self) -> Asked:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {k.lower(): v for k, v in self.headers.items()}
        pairs = tuple(parse_qsl(parts.query, keep_blank_values=True))
        return Asked(self.command, parts.path, dict(pairs), headers, body, pairs)

    def _broken(self, reply: Reply, kind: str) -> None:
        half = reply.body[: len(reply.body) // 2]
        if kind == "reset_after":
            self._cut()
        elif kind == "truncated":
            self.wfile.write(self._head(reply, len(reply.body) or 1) + half)
            self._cut(gently=True)
        elif kind == "garbage":
            self._send(Reply(reply.status, half, reply.headers))
        elif kind == "drip":
            self.wfile.write(self._head(reply, len(reply.body)))
            for start in range(0, len(reply.body), 256):
                time.sleep(self.server.service.drip_seconds)
                self.wfile.write(reply.body[start : start + 256])
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.wfile.write(self._head(reply, len(reply.body)) + reply.body)

    def _head(self, reply: Reply, length: int) -> bytes:
        lines = [f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('-',))[0]}"]
        lines += [f"{k}: {v}" for k, v in reply.headers.items()]
        return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()

    def _cut(self, *, gently: bool = False) -> None:
        self.close_connection = True
        if not gently:
            # Closed with unsent data thrown away: the other side sees a reset, not an end.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # A plain close would wait for the files made of the socket.
        os.close(self.connection.detach())
