"""A worker process for the tests: the command's own worker, whose runs may take longer."""

from __future__ import annotations

import os
import time

from sheets_sync.clinic.folder import Clinics
from sheets_sync.line.sync import LiveRun, RunReport, sync
from sheets_sync.privacy.logs import log_to_stderr
from sheets_sync.service import jobs
from sheets_sync.service.home import clinics_folder, load_service
from sheets_sync.store import open_store

SLOW = "TEST_SLOW_RUNS"


def slowly(run: LiveRun) -> RunReport:
    """Stand still in the middle of a run, as if Google did not answer."""
    deadline = time.monotonic() + float(os.environ[SLOW])
    while time.monotonic() < deadline:
        time.sleep(0.05)
    return sync(run)


def main() -> None:
    log_to_stderr()
    service = load_service()
    jobs.GRACE_SECONDS = int(os.environ.get("TEST_GRACE", str(jobs.GRACE_SECONDS)))
    jobs.SWEEP_SECONDS = 1.0
    store = open_store(service.store_url)
    clinics = Clinics(clinics_folder(service))
    jobs.work(
        jobs.JobQueue(service, store, clinics, jobs.open_queue(service, store), line=slowly), 4
    )


if __name__ == "__main__":
    main()
