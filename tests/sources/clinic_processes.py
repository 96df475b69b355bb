"""Syncs and pulls in processes of their own, forked from a server that has imported everything."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from click.testing import CliRunner

from sheets_sync.cli import main
from sheets_sync.clinic.config import load_clinic
from sheets_sync.line.pull import Pulls
from sheets_sync.line.run import new_run
from sheets_sync.net.clock import Clock, clock_from
from sheets_sync.settings import Service
from sheets_sync.sources import SOURCES
from sheets_sync.store import open_store
from tests.doubles.service import NOW
from tests.forks import PROCESSES
from tests.sources import yandex


def sync_in_a_process(clinic: Path, environment: Mapping[str, str]) -> BaseProcess:
    process = PROCESSES.Process(target=_sync, args=(clinic, dict(environment)), daemon=True)
    process.start()
    return process


def pull_in_a_process(clinic: Path, environment: Mapping[str, str]) -> BaseProcess:
    process = PROCESSES.Process(target=_pull, args=(clinic, dict(environment)), daemon=True)
    process.start()
    return process


def logs_in_a_process(url: str, home: Path) -> BaseProcess:
    """A run of Metrica's Logs API at this address, that waits for nothing."""
    process = PROCESSES.Process(target=_pull_logs, args=(url, home), daemon=True)
    process.start()
    return process


def _pull_logs(url: str, home: Path) -> None:
    double: Any = SimpleNamespace(url=url)
    clock = Clock(sleep=lambda _: None, unix=yandex.NOW.timestamp)
    context = yandex.context(home, double, clock, endpoints={"metrica": url})
    list(SOURCES["metrica"].pull(yandex.metrica_source(logs=True), context))


def _sync(clinic: Path, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    ran = CliRunner().invoke(main, ["sync", str(clinic)])
    if ran.exit_code:
        print(ran.output)  # noqa: T201 (shown where the test fails)
    raise SystemExit(ran.exit_code)


def _pull(clinic: Path, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    pull_clinic(clinic)


def pull_clinic(clinic: Path, now: datetime = NOW) -> None:
    """What a sync does before the book; fails where a source does."""
    service = Service()
    store = open_store(service.store_url)
    with closing(Pulls(new_run(load_clinic(clinic), store, service, clock_from(now)))) as pulls:
        reads = pulls.merged()
    store.close()
    assert not [r.error for r in reads if r.error]
