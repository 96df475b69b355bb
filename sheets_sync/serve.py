"""Web and worker as processes: gunicorn for the one, huey's consumer for the other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.util import import_app

from sheets_sync.clinics import Clinics
from sheets_sync.config import Service
from sheets_sync.jobs import Jobs, open_queue, work
from sheets_sync.logs import log_to_stderr
from sheets_sync.service import clinics_folder, keep_admin_password
from sheets_sync.store import open_store

_WEB_THREADS = 8


def run_worker(service: Service, threads: int) -> None:
    """Be a worker until SIGTERM."""
    log_to_stderr()
    store = open_store(service.store_url)
    clinics = Clinics(clinics_folder(service))
    work(Jobs(service, store, clinics, open_queue(service)), threads)


class _Web(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our settings; `at_exit` runs when it stops."""

    def __init__(self, service: Service, worker: subprocess.Popen[bytes]) -> None:
        self._service = service
        self._worker = worker
        super().__init__()

    def load_config(self) -> None:
        for name, value in (
            ("bind", f"{os.environ.get('HOST', '127.0.0.1')}:{self._service.port}"),
            ("threads", _WEB_THREADS),
            ("on_exit", lambda _server: _stop(self._worker)),
            ("loglevel", "warning"),
        ):
            self.cfg.set(name, value)

    def load(self) -> Any:
        log_to_stderr()
        return import_app("app:create_app()")


def serve_all(service: Service) -> int:
    """Web and worker together on this machine, until SIGTERM or Ctrl-C."""
    clinics_folder(service).mkdir(parents=True, exist_ok=True)
    told = keep_admin_password(service)
    open_store(service.store_url).close()
    worker = subprocess.Popen([sys.executable, "-m", "sheets_sync", "worker"])
    host = os.environ.get("HOST", "127.0.0.1")
    click.echo(f"Страница клиник: http://{host}:{service.port}/ (остановить — Ctrl-C)")
    click.echo(f"Имя — admin, пароль — {told}")
    _Web(service, worker).run()
    return 0


def _stop(worker: subprocess.Popen[bytes]) -> None:
    worker.send_signal(signal.SIGTERM)
    try:
        worker.wait(30)
    except subprocess.TimeoutExpired:
        worker.kill()
