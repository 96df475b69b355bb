"""Web and worker as processes: gunicorn for the one, huey's consumer for the other."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.util import import_app

from sheets_sync.clinic.config import Service
from sheets_sync.clinic.faults import because
from sheets_sync.clinic.folder import Clinics
from sheets_sync.errors import ConfigError, RomiError
from sheets_sync.privacy.logs import log_to_stderr
from sheets_sync.service.home import clinics_folder, keep_admin_password, load_service
from sheets_sync.service.jobs import Jobs, open_queue, work
from sheets_sync.store import open_store

_WEB_THREADS = 8
#: A child that ended is started again; one that ends at once will not get better by itself.
_AT_ONCE_SECONDS = 10.0
_LOOK_SECONDS = 0.5
#: Longer than a worker takes to hand its runs over.
_STOP_SECONDS = 28.0


def run_worker(service: Service, threads: int) -> None:
    """Be a worker until SIGTERM."""
    log_to_stderr()
    store = open_store(service.store_url)
    clinics = Clinics(clinics_folder(service))
    work(Jobs(service, store, clinics, open_queue(service, store)), threads)


def serve_all(service: Service) -> int:
    """Web and worker together on this machine, until SIGTERM or Ctrl-C.

    Raises ConfigError where the port is taken, RomiError where a part does not start.
    """
    host = _host()
    _check_free(host, service.port)
    open_store(service.store_url).close()
    _make(clinics_folder(service))
    told = keep_admin_password(service)
    click.echo(f"Страница клиник: http://{host}:{service.port}/ (остановить — Ctrl-C)")
    click.echo(f"Имя — admin, пароль — {told}")
    # -P: a file app.py that lies where the service was started is not ours.
    python = [sys.executable, "-P", "-m"]
    _keep(
        {
            "веб-часть": [*python, "sheets_sync.service.serve"],
            "исполнитель": [*python, "sheets_sync", "worker"],
        }
    )
    return 0


def _keep(commands: dict[str, list[str]]) -> None:
    """Run every command and start again what ends, until a signal; then end them all."""
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, lambda *_: stop.set())
    running: dict[str, subprocess.Popen[bytes]] = {}
    waited = dict.fromkeys(commands, 0.0)
    try:
        while not stop.is_set():
            for name, command in commands.items():
                child = running.get(name)
                if child is not None and _does_not_start(child, waited[name]):
                    raise RomiError(
                        f"{name} не запускается.", hint="Причина — в строках журнала выше."
                    )
                if child is None or child.poll() is not None:
                    # In a session of its own: Ctrl-C is ours to pass on, in order.
                    running[name] = subprocess.Popen(command, start_new_session=True)
                    waited[name] = 0.0
                waited[name] += _LOOK_SECONDS
            stop.wait(_LOOK_SECONDS)
    finally:
        _stop(list(running.values()))


def _does_not_start(child: subprocess.Popen[bytes], waited: float) -> bool:
    """Whether a child ended by itself and at once; one that was killed (status < 0) did start."""
    status = child.poll()
    return status is not None and status >= 0 and waited < _AT_ONCE_SECONDS


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
    """Gunicorn with our settings."""

    def __init__(self, service: Service) -> None:
        self._port = service.port
        super().__init__()

    def load_config(self) -> None:
        for name, value in (
            ("bind", f"{_host()}:{self._port}"),
            ("threads", _WEB_THREADS),
            ("loglevel", "warning"),
            ("control_socket_disable", True),
        ):
            self.cfg.set(name, value)

    def load(self) -> Any:
        return import_app("app:web()")


if __name__ == "__main__":
    _Web(load_service()).run()
