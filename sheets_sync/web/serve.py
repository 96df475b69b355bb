"""Web and worker as processes: gunicorn for the one, huey's consumer for the other."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from gunicorn.app.base import BaseApplication
from gunicorn.util import import_app

from sheets_sync.clinic.folder import Clinics
from sheets_sync.demo import write_clinic
from sheets_sync.errors import ConfigError, RomiError, because
from sheets_sync.home import clinics_folder, keep_admin_password, load_service
from sheets_sync.net.clock import Clock, clock_from
from sheets_sync.privacy.safe_logs import log_to_stderr
from sheets_sync.service.jobs import JobQueue, open_queue, work
from sheets_sync.settings import Service
from sheets_sync.store import Store, open_store
from sheets_sync.web import server

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5
_DEMO = "demo"
#: Whose end is a part's end: kill -9 of `serve` leaves nobody who would hold the port.
_PARENT = "ROMI_SHEETS_PARENT"
#: Longer than a worker takes to hand its runs over.
_STOP_SECONDS = 28.0


def run_worker(service: Service, threads: int) -> None:
    """Be a worker until SIGTERM."""
    log_to_stderr()
    _end_with_parent()
    store = open_store(service.store_url)
    clinics = Clinics(clinics_folder(service))
    _tell_apart(store, clinics)
    clock = clock_from(service.now)
    queue = open_queue(service, store)
    work(JobQueue(service, store, clinics, queue, clock=clock.now, outside=clock), threads)


def _tell_apart(store: Store, clinics: Clinics) -> None:
    """Say it where this machine sees none of the files of clinics that another one syncs."""
    here = clinics.ids()
    away = sorted(o.clinic for o in store.jobs.overview() if o.next_at and o.clinic not in here)
    if away:
        log.warning(
            "the folder of clinics lacks files that others have: it must be one for all machines",
            extra={"folder": str(clinics.folder), "lacks": away[:20]},
        )


def _end_with_parent() -> None:
    """Stop as by SIGTERM when the `serve` that started this process is gone."""
    parent = int(os.environ.pop(_PARENT, "0"))

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    if parent:
        threading.Thread(target=watch, daemon=True).start()


def serve_all(service: Service, *, demo: bool = False) -> int:
    """Web and worker together on this machine, until SIGTERM or Ctrl-C.

    With `demo` an invented clinic is put where there is none yet, so that the pages can be seen.

    Raises ConfigError where the port is taken, RomiError where a part does not start.
    """
    host = _host()
    _check_free(host, service.port)
    store = open_store(service.store_url)
    folder = clinics_folder(service)
    _make(folder)
    if demo and not any(folder.glob("*.toml")):
        _invent(folder, store, clock_from(service.now))
    store.close()
    place = keep_admin_password(service)
    click.echo(f"Страница клиник: http://{host}:{service.port}/ (остановить — Ctrl-C)")
    click.echo(f"Имя — admin, пароль — {place}")
    # -P: a file app.py that lies where the service was started is not ours.
    python = [sys.executable, "-P", "-m"]
    _run(
        {
            "Веб-часть": [*python, "sheets_sync.web.serve"],
            "Служба обновлений": [*python, "sheets_sync", "worker"],
        }
    )
    return 0


def _invent(folder: Path, store: Store, clock: Clock) -> None:
    """Put the demo's clinic, as of today, into the folder of clinics, and ask for its first run."""
    today = clock.today(ZoneInfo("Asia/Yekaterinburg"))
    written = write_clinic(folder / _DEMO, leads=1500, last_day=today)
    text = written.read_text(encoding="utf-8")
    text = text.replace('"exports/', f'"{_DEMO}/exports/').replace("report.xlsx", f"{_DEMO}.xlsx")
    written.unlink()
    (folder / f"{_DEMO}.toml").write_text(text, encoding="utf-8", newline="\n")
    store.jobs.want(_DEMO, clock.now())


def _run(commands: dict[str, list[str]]) -> None:
    """Run every command until a signal or until one of them ends; then end them all.

    One that was killed (it took too much memory) is started again.
    """
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, lambda *_: stop.set())
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        while not stop.is_set():
            for name, command in commands.items():
                status = children[name].poll() if name in children else -1
                if status is not None and status >= 0:
                    hint = "Причина — в строках журнала выше."
                    raise RomiError(f"{name} остановилась.", hint=hint)
                if status is not None:
                    # In a session of its own: Ctrl-C is ours to pass on, in order.
                    environment = os.environ | {_PARENT: str(os.getpid())}
                    children[name] = subprocess.Popen(
                        command, env=environment, start_new_session=True
                    )
            stop.wait(_LOOK_SECONDS)
    finally:
        _stop(list(children.values()))


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"не могу создать папку клиник ({error.strerror}).",
            where=str(folder),
            hint="Проверьте права или укажите другую папку в ROMI_SHEETS_CLINICS.",
        ) from error


def _host() -> str:
    return os.environ.get("HOST", "127.0.0.1")


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise ConfigError(
            f"адрес {host}:{port} занять нельзя ({because(error)}).",
            where="PORT",
            hint="Возможно, служба уже запущена; другой порт: PORT=8001 romi-sheets serve.",
        ) from error


class _Web(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our settings; its own command would take an app.py of the folder for ours."""

    def __init__(self, service: Service) -> None:
        self._port = service.port
        super().__init__()

    def load_config(self) -> None:
        self.cfg.set("bind", f"{_host()}:{self._port}")
        for name in self.cfg.settings.keys() & vars(server).keys():
            self.cfg.set(name, getattr(server, name))

    def load(self) -> Any:
        return import_app("app:web()")


if __name__ == "__main__":
    _end_with_parent()
    _Web(load_service()).run()
