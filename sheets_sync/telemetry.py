"""What is measured: runs, seconds per stage, outside requests, rows; for /metrics over processes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

from sheets_sync.logs import run_logged
from sheets_sync.store import Overview

RUNS = Counter("romi_runs", "Runs that ended", ["outcome"])
STAGE_SECONDS = Histogram(
    "romi_stage_seconds",
    "Seconds per stage of a run",
    ["stage"],
    buckets=(0.1, 0.3, 1, 3, 10, 30, 100, 300),
)
REQUESTS = Counter("romi_requests", "Outside requests", ["service", "status"])
ROWS_READ = Counter("romi_rows_read", "Rows read from sources")
ROWS_REFUSED = Counter("romi_rows_refused", "Rows that went to quarantine")

#: Stages by the share of the run at which they begin: stable words for a dashboard.
_STAGES = ((0.0, "book"), (0.05, "sources"), (0.6, "join"), (0.8, "write"), (1.0, "end"))


def share_between_processes(folder: Path) -> None:
    """Let web and worker processes of this machine add to the same numbers.

    Must be called before this module is imported by a process that counts; prometheus_client
    reads the variable when it is imported.
    """
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(folder))


def count_request(service: str, status: int) -> None:
    """One outside request by service and status; 0 = no answer."""
    REQUESTS.labels(service, str(status)).inc()


@dataclass
class Told:
    """Follows one run."""

    begun: float = field(default_factory=time.monotonic)
    name: str = "book"

    def stage(self, stage: str, share: float) -> None:
        """The run's progress: closes a stage when another begins."""
        del stage
        name = next(word for at, word in reversed(_STAGES) if share >= at)
        if name != self.name:
            moment = time.monotonic()
            STAGE_SECONDS.labels(self.name).observe(moment - self.begun)
            self.begun, self.name = moment, name

    def result(self, counts: Mapping[str, int], *, ok: bool) -> None:
        """What a run that ended gave."""
        RUNS.labels("done" if ok else "stale").inc()
        ROWS_READ.inc(counts["read"])
        ROWS_REFUSED.inc(counts["refused"])


@contextmanager
def observed(clinic: str, run_id: str) -> Iterator[Told]:
    """Count a run, and put its id on every log line meanwhile."""
    with run_logged(run_id, clinic):
        try:
            yield Told()
        except Exception:
            RUNS.labels("failed").inc()
            raise


def exposition(overview: list[Overview], now: datetime, *, names: bool) -> bytes:
    """The text of /metrics. Clinics are named only if `names`."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        for metric in (RUNS, STAGE_SECONDS, REQUESTS, ROWS_READ, ROWS_REFUSED):
            registry.register(metric)
    clinics = Gauge("romi_clinics", "Clinics by state", ["state"], registry=registry)
    for state in ("queued", "running", "failing", "all"):
        clinics.labels(state).set(0)
    age = Gauge(
        "romi_freshness_seconds",
        "Age of a clinic's stalest source",
        ["clinic"],
        registry=registry,
    )
    for place, clinic in enumerate(overview):
        clinics.labels("all").inc()
        for state, true in (("queued", clinic.queued), ("running", clinic.running)):
            clinics.labels(state).inc(int(true))
        clinics.labels("failing").inc(int(clinic.failing > 0))
        if clinic.last_good_at:
            label = clinic.clinic if names else str(place)
            age.labels(label).set((now - clinic.last_good_at).total_seconds())
    return generate_latest(registry)
