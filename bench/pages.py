"""Pages that people wait for, of a service with a thousand clinics, while its worker syncs one."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import requests

from bench.clinic import clinic
from bench.clock import line, thousands
from bench.exports import write_exports
from bench.web import SECRET, free_address, google_clinic, running, spread, wait_for
from sheets_sync.store import open_store

_PASSWORD = "password of the bench"
#: The clinic whose exports are synced all the while.
_BUSY = "busy"


def measure(clinics: int, appointments: int, times: int) -> None:
    """Ask for the list and for a clinic's page in turn, `times` each, one at a time."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings = _service(home, clinics, appointments)
        address = free_address()
        gunicorn = ["-m", "gunicorn", "--bind", address, "--workers", "2", "--threads", "4"]
        server = [*gunicorn, "--no-control-socket", "--log-level", "warning", "app:web()"]
        worker = ["-m", "sheets_sync", "worker", "--threads", "2"]
        with running(server, home, settings):
            wait_for(address)
            quiet = _waits(address, times)
            with running(worker, home, settings):
                runs = _begin(home)
                busy = _waits(address, times)
                took = _end(home, runs)
    for what, waits in (("nobody syncs", quiet), ("a sync runs", busy)):
        for page, seconds in waits.items():
            line(f"{page} of {thousands(clinics)} clinics, {what}", spread(seconds))
    line("", f"load of the machine {os.getloadavg()[0]:.1f}", took)


def _service(home: Path, clinics: int, appointments: int) -> dict[str, str]:
    """Files of the clinics, each asked for once, and the environment of both processes."""
    folder = home / "clinics"
    folder.mkdir()
    for number in range(clinics - 1):
        name = f"c{number:04}"
        (folder / f"{name}.toml").write_text(google_clinic(name), encoding="utf-8")
    made = write_exports(clinic(appointments), folder)
    made.rename(folder / f"{_BUSY}.toml")
    return {
        "BENCH_SECRET": SECRET.get_secret_value(),
        "ROMI_SHEETS_ADMIN_PASSWORD": _PASSWORD,
    }


def _waits(address: str, times: int) -> dict[str, list[float]]:
    """Seconds from asking until the whole answer is there."""
    waits: dict[str, list[float]] = {"the list": [], "a clinic's page": []}
    with requests.Session() as browser:
        browser.headers["Authorization"] = f"Bearer {_PASSWORD}"
        for _ in range(times):
            for page, path in zip(waits, ("/", f"/clinics/{_BUSY}"), strict=True):
                begun = time.perf_counter()
                answer = browser.get(f"http://{address}{path}", timeout=30)
                waits[page].append(time.perf_counter() - begun)
                answer.raise_for_status()
    return waits


def _begin(home: Path) -> str:
    store = open_store(f"sqlite:///{home / 'store.sqlite3'}")
    run = store.jobs.want(_BUSY, datetime.now(UTC))
    while not store.runs.get(run).started_at:
        time.sleep(0.05)
    store.close()
    return run


def _end(home: Path, run: str) -> str:
    """Whether the sync was still going on when the last page was there."""
    store = open_store(f"sqlite:///{home / 'store.sqlite3'}")
    over = store.runs.get(run).finished_at
    store.close()
    return "the sync ended before the last page" if over else "the sync went on all the while"
