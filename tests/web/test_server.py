"""The web server before slow, odd and greedy clients: nobody waits for them but they themselves."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from sheets_sync.web.server import LARGEST_BODY, MOST_WAITING

ROOT = Path(__file__).parents[2]
THREADS = 4


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        *(sys.executable, "-m", "gunicorn", "--config", "python:sheets_sync.web.server"),
        *("--bind", f"127.0.0.1:{port}", "--threads", str(THREADS), "tests.web.echo:app"),
    ]
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, stderr=file)
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield port
    process.terminate()
    process.wait(40)
    assert "Traceback" not in log.read_text()


def send(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send a request in parts and give the whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        for part in parts:
            client.sendall(part)
            time.sleep(pause)
        answer = b""
        while part := client.recv(65_536):
            answer += part
        return answer


def shown(body: bytes) -> bytes:
    return f"{len(body)} {hashlib.sha256(body).hexdigest()}".encode()


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


def test_a_body_is_the_same_however_it_comes(port: int) -> None:
    body = bytes(range(256)) * 1000
    whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    assert send(port, whole).endswith(shown(body))
    assert send(port, *(whole[n : n + 9999] for n in range(0, len(whole), 9999))).endswith(
        shown(body)
    )
    few = HEAD + b"Content-Length: 3\r\n\r\nabc"
    assert send(port, *(few[n : n + 1] for n in range(len(few))), pause=0.002).endswith(
        shown(b"abc")
    )
    chunks = [b"one", b"\r\n\r\n0\r\n\r\n", b"x" * 3000]
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    chunked += b"".join(b"%x;a=b\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"
    for size in (1_000_000, 777, 13):
        parts = [chunked[n : n + size] for n in range(0, len(chunked), size)]
        assert send(port, *parts).endswith(shown(b"".join(chunks)))


def test_a_body_that_is_too_big_is_not_waited_for(port: int) -> None:
    head = HEAD + b"Content-Length: %d\r\n\r\n" % (LARGEST_BODY + 1)
    began = time.monotonic()
    assert send(port, head, b"x").startswith(b"HTTP/1.1 ")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "held",
    [
        b"",
        b"GET / HTTP/1.1\r\nHo",
        HEAD + b"Content-Length: 100\r\n\r\nx",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab\r\n\r\n",
        HEAD + b"Expect: 100-continue\r\nContent-Length: 100\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",  # has its answer and does not hang up
        b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n",  # does not read its answer
    ],
    ids=["nothing", "head", "body", "chunk", "false end", "expects", "stays", "does not read"],
)
def test_slow_clients_take_no_thread(port: int, held: bytes) -> None:
    # One that does not read its answer holds a thread until the answer is given up.
    number = THREADS - 1 if b"/big" in held else 100
    with ExitStack() as stack:
        for _ in range(number):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(held)
        for _ in range(5):
            began = time.monotonic()
            answer = requests.get(f"http://127.0.0.1:{port}/", timeout=20)
            assert answer.status_code == 200
            assert time.monotonic() - began < 3


def test_more_slow_clients_than_may_wait_push_out_the_oldest(port: int) -> None:
    with ExitStack() as stack:
        clients = []
        for _ in range(MOST_WAITING + 50):
            clients.append(stack.enter_context(socket.create_connection(("127.0.0.1", port))))
            clients[-1].sendall(b"GET / HTTP/1.1\r\n")
        assert requests.get(f"http://127.0.0.1:{port}/", timeout=20).status_code == 200
        clients[0].settimeout(5)
        assert clients[0].recv(10) == b""


def test_a_request_that_does_not_come_is_given_up(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        began = time.monotonic()
        client.sendall(HEAD)
        for _ in range(40):
            time.sleep(0.5)
            try:
                client.sendall(b"X-A: b\r\n")
            except OSError:
                break
        assert 8 < time.monotonic() - began < 16


@pytest.mark.parametrize(
    "odd",
    [
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 70_000,
        HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip\r\n\r\nabc",
        HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n",
        HEAD + b"Transfer-Encoding: \x0bchunked\r\n\r\n1\r\n",
    ],
    ids=[
        "tls",
        "version",
        "two lengths",
        "minus",
        "long head",
        "two framings",
        "gzip",
        "chunked inside",
        "vertical tab",
    ],
)
def test_an_odd_request_is_refused_at_once(port: int, odd: bytes) -> None:
    began = time.monotonic()
    answer = send(port, odd)
    assert time.monotonic() - began < 5
    assert not answer or 400 <= int(answer.split()[1]) < 506
    assert b"Traceback" not in answer
