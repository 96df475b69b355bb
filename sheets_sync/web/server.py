"""The web server: gunicorn, whose threads are given whole requests and answers to send, never a wait.

A module of gunicorn's settings, too: `gunicorn --config python:sheets_sync.web.server 'app:web()'`.
"""

from __future__ import annotations

import os
import re
import selectors
import socket
import struct
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn, ThreadWorker

worker_class = "sheets_sync.web.server.WholeRequests"
threads = 8
loglevel = "warning"
control_socket_disable = True
#: A connection carries one request: what might follow it would be waited for in a thread.
keepalive = 0

#: Bytes that any body may have; what a route allows is less (`app.py`). A bigger one is not
#: waited for: the app refuses it by its head.
LARGEST_BODY = 2**20
_LARGEST_HEAD = 2**16
#: Menus and programs that send a body in chunks send little.
_LARGEST_CHUNKED = 2**17
_CHUNK_LINE = 1024
#: A whole request must be here within so long, and a second more for each _SLOWEST bytes of it.
_PATIENCE = 10.0
_SLOWEST = 16_384
#: A client that has its answer may take so long to hang up.
_LINGER = 2.0
#: Connections that wait for the rest of a request. One more drops the oldest of them.
MOST_WAITING = 300
_IN_MEMORY = 2**16
_PART = 2**16
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"[0-9a-f]{1,8}(?=;|$)", re.IGNORECASE)
_ENCODED = re.compile(rb"\r\ntransfer-encoding:[ \t]*(chunked[ \t]*\r\n)?", re.IGNORECASE)


class Arrival:
    """What has come of one request. It only guesses where the request ends: gunicorn's own parser
    reads it from here and never from the socket, so a wrong guess is a bad request, not a wait.
    """

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.deadline = self.began + _PATIENCE
        self._spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed with its connection
        self._size = 0
        self._head = b""
        #: How many bytes the request has; None: not known before its last chunk.
        self._whole: int | None = None
        self._chunk = 0

    def add(self, part: bytes) -> bool:
        """Take some more bytes; True where the request is whole, or wrong beyond repair."""
        self._spool.seek(0, os.SEEK_END)
        self._spool.write(part)
        self._size += len(part)
        if self._whole is None and not self._chunk:
            self._head += part
            end = self._head.find(b"\r\n\r\n") + 4
            if end < 4:
                return self._size > _LARGEST_HEAD
            self._read_head(self._head[: end - 2], end)
        if self._whole is not None:
            return self._size >= self._whole
        return self._size > _LARGEST_CHUNKED or self._is_last_chunk_here()

    def parts(self) -> Iterator[bytes]:
        """The request from its beginning."""
        self._spool.seek(0)
        while part := self._spool.read(_PART):
            yield part

    def close(self) -> None:
        self._spool.close()

    def _read_head(self, head: bytes, end: int) -> None:
        lengths, encoded = _LENGTH.findall(head), _ENCODED.search(head)
        body = _LARGEST_CHUNKED
        if encoded and encoded[1] and not lengths:
            self._chunk = end
        else:
            body = int(lengths[0]) if len(lengths) == 1 and not encoded else 0
            body = body if body <= LARGEST_BODY else 0
            self._whole = end + body
        self.deadline += body / _SLOWEST

    def _is_last_chunk_here(self) -> bool:
        """Walk over the chunks that are here whole: each says how long it is."""
        while True:
            self._spool.seek(self._chunk)
            line, end, rest = self._spool.read(_CHUNK_LINE).partition(b"\r\n")
            if not end:
                return len(line) == _CHUNK_LINE
            size = _CHUNK_SIZE.match(line)
            if size is None:
                return True  # the parser's to refuse
            if not int(size[0], 16):
                return b"\r\n\r\n" in b"\r\n" + rest
            following = self._chunk + len(line) + int(size[0], 16) + 4
            if following > self._size:
                return False
            self._chunk = following


class WholeRequests(ThreadWorker):  # type: ignore[misc]
    """Reads requests in the loop and answers them in threads: a slow client takes no thread."""

    def accept(self, listener: socket.socket) -> None:
        """Begin to wait for a request on a new connection."""
        try:
            client, address = listener.accept()
        except OSError:  # gone again, or no more files: the next round asks anew
            return
        while len(self.pending_conns) >= MOST_WAITING:
            self._drop(self.pending_conns[0])
        self.nr_conns += 1
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LARGEST_BODY)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 10, 0))
        conn = TConn(self.cfg, client, address, listener.getsockname())
        conn.arrival = Arrival()
        self._wait(conn, conn.arrival.deadline, self._read)

    def _wait(self, conn: Any, until: float, then: Any) -> None:
        conn.timeout = until
        conn.sock.settimeout(0)
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(then, conn))

    def _read(self, conn: Any, client: socket.socket) -> None:
        try:
            part = client.recv(_PART)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        try:
            whole = bool(part) and conn.arrival.add(part)
        except OSError:  # no room for it
            part = b""
        if not part:
            self._drop(conn)
        elif whole:
            self._forget(conn)
            self.enqueue_req(conn)
        else:
            conn.timeout = conn.arrival.deadline

    def handle(self, conn: Any) -> Any:
        """In a thread: parse and answer a request that is here."""
        conn.initialized = True
        conn.parser = get_parser(self.cfg, conn.arrival.parts(), conn.client)
        return super().handle(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Let the client read its answer to the end, without waiting for it."""
        conn.arrival.close()
        try:
            fs.exception()
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.nr_conns -= 1
            conn.close()
            return
        self._wait(conn, time.monotonic() + _LINGER, self._linger)

    def _linger(self, conn: Any, client: socket.socket) -> None:
        try:
            if client.recv(_PART):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._drop(conn)

    def murder_pending(self) -> None:
        """Hang up on who was too slow."""
        now = time.monotonic()
        for conn in [c for c in self.pending_conns if c.timeout <= now]:
            self._drop(conn)

    def _forget(self, conn: Any) -> None:
        self.poller.unregister(conn.sock)
        self.pending_conns.remove(conn)

    def _drop(self, conn: Any) -> None:
        self._forget(conn)
        self.nr_conns -= 1
        conn.arrival.close()
        conn.close()
