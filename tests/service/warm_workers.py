"""Workers of the command, forked from a process that has imported everything: they work at once.

For every line on its input, a JSON object of environment variables, it forks one and tells its pid.
It opens no store and asks nobody itself, so that its children share nothing.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from sheets_sync.books.google.change import stage as google_stage
from sheets_sync.clinic.folder import Clinics
from sheets_sync.home import clinics_folder, load_service
from sheets_sync.service import jobs
from sheets_sync.store import open_store
from templates_sheets import look

#: So that a first fill of a few leads comes in several parts.
PART = 400
INPUT_ROWS = 20
THREADS = 2


def work(environment: dict[str, str]) -> None:
    """Does not return."""
    os.environ.update(environment)
    service = load_service()
    store = open_store(service.store_url)
    clinics = Clinics(clinics_folder(service))
    jobs.work(jobs.JobQueue(service, store, clinics, jobs.open_queue(service, store)), THREADS)


def main() -> None:
    google_stage.MOST_CELLS = PART
    look.INPUT_ROWS = INPUT_ROWS
    jobs.SWEEP_SECONDS = 0.2
    # Nobody waits for the killed: they are gone at once.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            work(json.loads(line))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
