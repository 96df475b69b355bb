"""A worker process for the tests: the command's own worker, whose runs may take longer."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from sheets_sync.clinic.folder import Clinics
from sheets_sync.home import clinics_folder, load_service
from sheets_sync.line.run import LiveRun, RunReport
from sheets_sync.line.sync import sync
from sheets_sync.privacy.safe_logs import log_to_stderr
from sheets_sync.service import jobs
from sheets_sync.store import open_store

SLOW, GRACE = "TEST_SLOW_RUNS", "TEST_GRACE"
#: In the log of a worker that has its store and its queue.
READY = "ready to work"


def slowly(run: LiveRun) -> RunReport:
    """Stand still in the middle of a run, as if Google did not answer."""
    deadline = time.monotonic() + float(os.environ[SLOW])
    while time.monotonic() < deadline:
        time.sleep(0.05)
    return sync(run)


def work(environment: dict[str, str], log: Path) -> None:
    """Be a worker with exactly this environment. Does not return."""
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT), 2)
    log_to_stderr()
    service = load_service()
    jobs.GRACE_SECONDS = int(os.environ[GRACE])
    jobs.SWEEP_SECONDS = 1.0
    store = open_store(service.store_url)
    clinics = Clinics(clinics_folder(service))
    queue = jobs.open_queue(service, store)
    logging.getLogger(__name__).info(READY)
    jobs.work(jobs.JobQueue(service, store, clinics, queue, line=slowly), 4)
