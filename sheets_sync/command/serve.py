"""`romi-sheets serve` and `worker`: the pages, and who does the refreshes."""

from __future__ import annotations

from sheets_sync.command.calls import DONE
from sheets_sync.home import load_service
from sheets_sync.web.serve import run_worker, serve_all


def serve(*, demo: bool) -> int:
    return serve_all(load_service(), demo=demo)


def work(threads: int) -> int:
    run_worker(load_service(), threads)
    return DONE
