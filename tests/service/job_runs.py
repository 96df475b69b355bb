"""What tests of workers ask the store about runs, and wait for."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from sheets_sync.store import RunRecord, Store


def until(true: Callable[[], Any], seconds: float = 60.0, pause: float = 0.05) -> Any:
    """Wait until something is true, and give it."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(pause)
    return found


def done(store: Store, run_id: str) -> RunRecord | None:
    run = store.runs.get(run_id)
    return run if run and run.finished_at else None


def running(store: Store, clinic: str) -> RunRecord | None:
    return next((r for r in store.runs.last(clinic) if r.status == "running"), None)


def assert_alone(store: Store, clinic: str) -> None:
    """No two runs of the clinic overlap."""
    runs = sorted(
        (r for r in store.runs.last(clinic, 10_000) if r.started_at),
        key=lambda r: str(r.started_at),
    )
    for one, following in pairwise(runs):
        assert one.finished_at is not None
        assert following.started_at is not None
        assert one.finished_at <= following.started_at
