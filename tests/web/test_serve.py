"""`romi-sheets serve` as a person starts it: from an empty folder, to Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

SERVE = [sys.executable, "-P", "-m", "sheets_sync", "serve"]
PATIENCE = 120.0


def until(true: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    return found


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment(port: int) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ROMI_", "DATABASE_"))}
    return kept | {"PORT": str(port)}


@pytest.fixture
def served(
    tmp_path: Path, environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    folder = tmp_path / "empty"
    folder.mkdir()
    # A file of somebody else's with our module's name: it must not be taken for ours.
    (folder / "app.py").write_text("raise SystemExit(9)", encoding="utf-8")
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            SERVE, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
    yield process, folder
    for child in psutil.Process(process.pid).children() if process.poll() is None else []:
        child.kill()
    process.kill()
    process.communicate()


def test_one_command_serves_the_page_does_the_work_and_stops_at_ctrl_c(
    served: tuple[subprocess.Popen[str], Path], port: int, environment: dict[str, str]
) -> None:
    process, folder = served
    address = f"http://127.0.0.1:{port}"
    until(lambda: _answers(address))
    password = (folder / ".romi-sheets" / "admin-password").read_text().strip()
    login = ("admin", password)
    assert requests.get(address, timeout=10).status_code == 401
    assert "Пока ни одной" in requests.get(address, auth=login, timeout=10).text

    clinic = 'name = "Имплант-центр"\n[book]\npath = "report.xlsx"\n'
    clinics = folder / ".romi-sheets" / "clinics"
    (clinics / "implant.toml").write_text(clinic, encoding="utf-8")
    browser = requests.Session()
    browser.auth = login
    page = browser.get(address, timeout=10).text
    token = page.split('name="csrf" value="')[1].split('"')[0]
    press = f"{address}/clinics/implant/refresh"
    pressed = browser.post(press, data={"csrf": token}, timeout=10)
    assert pressed.status_code == 200
    until((clinics / "report.xlsx").exists)
    until(lambda: 'romi_runs_total{outcome="done"} 1.0' in _text(f"{address}/metrics"))

    # Its worker is killed and comes back.
    worker = until(lambda: _worker(process.pid))
    os.kill(worker, signal.SIGKILL)
    until(lambda: _worker(process.pid) not in (None, worker))

    taken = subprocess.run(
        SERVE, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert taken.returncode == 2
    assert "PORT=" in taken.stderr

    children = [c.pid for c in psutil.Process(process.pid).children()]
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert password not in told
    assert "admin-password" in told
    assert not any(psutil.pid_exists(pid) for pid in children)


def test_web_and_worker_end_with_a_serve_that_is_killed(
    served: tuple[subprocess.Popen[str], Path], port: int
) -> None:
    process, _ = served
    until(lambda: _answers(f"http://127.0.0.1:{port}"))
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 2
    process.kill()
    until(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


def _text(url: str) -> str:
    return requests.get(url, timeout=10).text


def _worker(parent: int) -> int | None:
    for child in psutil.Process(parent).children():
        alive = child.status() != psutil.STATUS_ZOMBIE
        if alive and child.cmdline()[-1:] == ["worker"]:
            return child.pid
    return None
