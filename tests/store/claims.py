"""Runs and claims of a store, for the tests of its jobs."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

from sheets_sync.store import Claim, RunRecord, Store
from tests.store.rows import AT

MINUTE = timedelta(minutes=1)
LATER = AT + MINUTE


def claimed(store: Store, clinic: str = "clinic", at: datetime = AT) -> Claim:
    claim = store.jobs.claim(clinic, at)
    assert claim is not None
    return claim


def run_of(store: Store, run_id: str) -> RunRecord:
    run = store.runs.get(run_id)
    assert run is not None
    return run


def claimed_soon(store: Store) -> Claim:
    """PostgreSQL needs a moment to notice that a client is gone."""
    for _ in range(100):
        claim = store.jobs.claim("clinic", AT)
        if claim:
            return claim
        time.sleep(0.05)
    pytest.fail("the lock did not die with its holder")
