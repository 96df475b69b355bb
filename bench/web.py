"""The web under load, and one worker's hour: real gunicorn and worker processes on loopback."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil
from pydantic import SecretStr

from sheets_sync.store import open_store
from sheets_sync.web.signature import sign
from tests.doubles.sheets import SheetsDouble

ROOT = Path(__file__).parent.parent
SECRET = SecretStr("secret of every clinic here")
RATE, CLINICS, CALLERS = 200, 100, 40
#: One request of ten asks for a refresh, the others follow a run.
REFRESHES = 0.1
LATENCY, THREADS = 0.2, 4
EXPORT = "Дата обращения;Номер заявки;Источник\n2026-03-01;1;Яндекс Директ\n"


@dataclass
class _Answers:
    waits: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


def measure(seconds: int, hourly: int) -> None:
    """Print what a clinic waits for at 200 signed requests a second, and what a worker gets done.

    `hourly` clinics are refreshed, from which an hour of 1 000 is reckoned.
    """
    with tempfile.TemporaryDirectory() as folder:
        _load(Path(folder), seconds)
    with tempfile.TemporaryDirectory() as folder:
        _hour(Path(folder), hourly)


def _load(home: Path, seconds: int) -> None:
    clinics = home / "clinics"
    clinics.mkdir()
    for n in range(CLINICS):
        (clinics / f"c{n:03}.toml").write_text(google_clinic(f"c{n:03}"), encoding="utf-8")
    address = free_address()
    gunicorn = ["-m", "gunicorn", "--bind", address, "--workers", "2", "--threads", "4"]
    command = [*gunicorn, "--no-control-socket", "--log-level", "warning", "app:web()"]
    with running(command, home, {"BENCH_SECRET": SECRET.get_secret_value()}) as server:
        wait_for(address)
        requests = _signed(address, RATE * seconds)
        answers = _Answers()
        cpu = _cpu(server)
        begin = time.monotonic() + 0.5
        callers = [
            threading.Thread(target=_call, args=(address, requests, first, begin, answers))
            for first in range(CALLERS)
        ]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        took = time.monotonic() - begin
        cpu = _cpu(server) - cpu
    print(f"\n{RATE} signed requests a second for {seconds} s, {CLINICS} clinics, SQLite")
    print(f"  answered {len(answers.waits) / took:.0f}/s, statuses {dict(answers.statuses)}")
    print(f"  from sending:  {spread(answers.waits)}")
    print(f"  from schedule: {spread(answers.late)}")
    print(f"  server's CPU   {cpu / took:.2f} cores; load of the machine {os.getloadavg()[0]:.1f}")


def _signed(address: str, count: int) -> list[bytes]:
    """Requests ready to be sent, so that making them takes no time from the server's cores."""
    luck = random.Random(1)
    host, port = address.split(":")
    polls = []
    for clinic in range(CLINICS):
        with socket.create_connection((host, int(port))) as connection:
            status, answer = _send(connection, _refresh(clinic))
            assert status == 202, answer
            polls.append(_request("GET", json.loads(answer)["status_url"], b""))
    return [
        _refresh(luck.randrange(CLINICS)) if luck.random() < REFRESHES else luck.choice(polls)
        for _ in range(count)
    ]


def _refresh(clinic: int) -> bytes:
    body = {
        "spreadsheetId": f"sheet-c{clinic:03}",
        "action": "refresh",
        "requestId": f"{random.getrandbits(64):x}",
    }
    return _request("POST", "/v1/refresh", json.dumps(body).encode())


def _request(method: str, path: str, body: bytes) -> bytes:
    timestamp = str(int(time.time()))
    lines = (
        f"{method} {path} HTTP/1.1",
        "Host: bench",
        f"X-Romi-Timestamp: {timestamp}",
        f"X-Romi-Signature: {sign(SECRET, timestamp, method, path, body)}",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _call(address: str, requests: list[bytes], first: int, begin: float, answers: _Answers) -> None:
    """One caller with one connection: every CALLERS-th request, each at its time."""
    host, port = address.split(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
    for turn in range(first, len(requests), CALLERS):
        due = begin + turn / RATE
        time.sleep(max(0.0, due - time.monotonic()))
        sent = time.monotonic()
        try:
            status, _ = _send(connection, requests[turn])
        except OSError:
            connection.close()
            connection = socket.create_connection((host, int(port)), timeout=30)
            status = 0
        ended = time.monotonic()
        with answers.lock:
            answers.waits.append(ended - sent)
            answers.late.append(ended - due)
            answers.statuses[status] += 1
    connection.close()


def _send(connection: socket.socket, request: bytes) -> tuple[int, bytes]:
    connection.sendall(request)
    answer = connection.recv(65536)
    while True:
        head, blank, body = answer.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
        if blank and len(body) >= int(length or 0):
            return int(head.split(b" ", 2)[1]), body
        if not (more := connection.recv(65536)):
            raise ConnectionResetError
        answer += more


def _hour(home: Path, clinics: int) -> None:
    """Clinics in steady state, all due at once, one worker process, Google 200 ms away."""
    folder = home / "clinics"
    folder.mkdir()
    with SheetsDouble() as google:
        google.quota, google.latency = None, LATENCY
        names = [f"c{n:03}" for n in range(clinics)]
        for name in names:
            google.new(f"sheet-{name}")
            (folder / f"{name}.csv").write_text(EXPORT, encoding="utf-8")
            source = f'[[source]]\nkind = "file"\nentity = "leads"\npath = "{name}.csv"\n'
            (folder / f"{name}.toml").write_text(google_clinic(name) + source, encoding="utf-8")
        settings = {
            "BENCH_SECRET": SECRET.get_secret_value(),
            "GOOGLE_APPLICATION_CREDENTIALS": str(google.write_key(home / "key.json")),
            "ROMI_SHEETS_GOOGLE_ENDPOINT": google.url,
        }
        store = open_store(f"sqlite:///{home / 'store.sqlite3'}")
        command = ["-m", "sheets_sync", "worker", "--threads", str(THREADS)]
        with running(command, home, settings) as worker:
            _clicked(store, names)  # the first fill is not what is measured
            google.calls.clear()
            cpu, begin = _cpu(worker), time.monotonic()
            runs = _clicked(store, names)
            took, cpu = time.monotonic() - begin, _cpu(worker) - cpu
        store.close()
    good = sum(run.ok is True for run in runs)
    per_hour = clinics / took * 3600
    each = [(r.finished_at - r.started_at).total_seconds() for r in runs if r.finished_at]
    print(f"\n1 worker process of {THREADS} threads, Google {LATENCY * 1000:.0f} ms away")
    print(f"  {clinics} clinics ({good} well) in {took:.1f} s: {per_hour:.0f} an hour", end="")
    print(f", {per_hour / 1000:.1f} times the 1 000 that are asked for")
    print(
        f"  a refresh takes {median(each):.2f} s, {len(google.calls) / clinics:.1f} requests, ",
        end="",
    )
    print(f"{cpu / clinics:.2f} s of CPU; load of the machine {os.getloadavg()[0]:.1f}")


def _clicked(store: Any, names: list[str]) -> list[Any]:
    """Ask for a run of every clinic and wait until all of them are done."""
    runs = [store.jobs.want(name, datetime.now(UTC)) for name in names]
    while store.jobs.due(datetime.now(UTC) - timedelta(hours=2)):
        time.sleep(0.05)
    return [store.runs.get(run) for run in runs]


def google_clinic(name: str) -> str:
    """A clinic's file: a spreadsheet and nothing to read."""
    return (
        f'name = "Клиника {name}"\n[book]\nkind = "google"\nspreadsheet_id = "sheet-{name}"\n'
        '[webhook]\nsecret_env = "BENCH_SECRET"\n'
    )


@contextmanager
def running(arguments: list[str], home: Path, settings: dict[str, str]) -> Iterator[psutil.Process]:
    """A program of the service at a home of its own, told to end at the end."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ROMI_", "DATABASE_"))}
    environment = kept | {
        "ROMI_SHEETS_HOME": str(home),
        "ROMI_SHEETS_CLINICS": str(home / "clinics"),
    }
    log = (home / "log").open("ab")
    started = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=environment | settings, stderr=log
    )
    try:
        yield psutil.Process(started.pid)
    finally:
        started.send_signal(signal.SIGTERM)
        started.wait(60)
        log.close()


def free_address() -> str:
    """Host and port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def wait_for(address: str) -> None:
    """Until the service is ready; SystemExit after a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection(address, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"nothing answers at {address}")


def _cpu(process: psutil.Process) -> float:
    family = [process, *process.children(recursive=True)]
    return sum(sum(p.cpu_times()[:2]) for p in family)


def spread(seconds: list[float]) -> str:
    """Quantiles, in words."""
    cuts = quantiles(seconds, n=1000, method="inclusive")
    marks = {"p50": cuts[499], "p95": cuts[949], "p99": cuts[989], "max": max(seconds)}
    return ", ".join(f"{name} {value * 1000:.0f} ms" for name, value in marks.items())


if __name__ == "__main__":
    measure(int(sys.argv[1]), int(sys.argv[2]))
