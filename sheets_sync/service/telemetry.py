"""What is counted: runs, seconds per stage, outside requests, rows; kept in the store, so that
/metrics of any web process tells of every worker on every machine.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from sheets_sync.errors import StoreError
from sheets_sync.net.counting import followed
from sheets_sync.privacy.safe_logs import run_logged
from sheets_sync.store import Key, Overview, Store

log = logging.getLogger(__name__)

#: Stages by the share of the run at which they begin: stable words for a dashboard.
_STAGES = ((0.0, "book"), (0.05, "sources"), (0.6, "join"), (0.8, "write"), (1.0, "end"))

#: Counters: the name in the store, what it says, its labels.
_COUNTERS: tuple[tuple[str, str, list[str]], ...] = (
    ("runs", "Runs that ended", ["outcome"]),
    ("requests", "Requests to outside services; status 0: no answer", ["service", "status"]),
    ("rows_read", "Rows read from sources", []),
    ("rows_refused", "Rows that went to quarantine", []),
)


@dataclass
class RunCounts:
    """Follows one run and counts for it."""

    begun: float = field(default_factory=time.monotonic)
    name: str = _STAGES[0][1]
    numbers: dict[Key, float] = field(default_factory=lambda: defaultdict(float))

    def stage(self, stage: str, share: float) -> None:
        """The run's progress: closes a stage when another begins."""
        del stage
        name = next(word for at, word in reversed(_STAGES) if share >= at)
        if name != self.name:
            self.close_stage()
            self.name = name

    def close_stage(self) -> None:
        """Count the seconds since the stage began."""
        moment = time.monotonic()
        self._add("stage_seconds_sum", moment - self.begun, self.name)
        self._add("stage_seconds_count", 1, self.name)
        self.begun = moment

    def request(self, service: str, status: int) -> None:
        """One request to an outside service; status 0 is no answer."""
        self._add("requests", 1, service, str(status))

    def result(self, counts: Mapping[str, int], *, ok: bool) -> None:
        """What a run that ended gave."""
        self._add("runs", 1, "done" if ok else "stale")
        self._add("rows_read", counts["read"])
        self._add("rows_refused", counts["refused"])

    def failed(self) -> None:
        """The run ended without a result."""
        self.close_stage()
        self._add("runs", 1, "failed")

    def _add(self, name: str, grown: float, label: str = "", detail: str = "") -> None:
        self.numbers[name, label, detail] += grown


@contextmanager
def observed(store: Store, clinic: str, run_id: str) -> Iterator[RunCounts]:
    """Count a run, and put its id on every log line meanwhile."""
    run = RunCounts()
    with run_logged(run_id, clinic), followed(run.request):
        try:
            yield run
        except Exception:
            run.failed()
            raise
        finally:
            try:
                store.counters.add(run.numbers)
            except StoreError as error:
                log.warning("not counted: %s", error)


def exposition(
    overview: list[Overview], totals: Mapping[Key, float], now: datetime, *, names: bool
) -> bytes:
    """The text of /metrics. Clinics are named only if `names`."""
    registry = CollectorRegistry()
    registry.register(_ClinicStates([*_counted(totals), *_clinics(overview, now, names=names)]))
    return generate_latest(registry)


class _ClinicStates(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _counted(totals: Mapping[Key, float]) -> Iterator[Metric]:
    for name, run, labels in _COUNTERS:
        family = CounterMetricFamily(f"romi_{name}", run, labels=labels)
        for (_, *values), value in _of(totals, name):
            family.add_metric(values[: len(labels)], value)
        yield family
    stages = SummaryMetricFamily(
        "romi_stage_seconds", "Seconds per stage of a run", labels=["stage"]
    )
    sums = {label: value for (_, label, _), value in _of(totals, "stage_seconds_sum")}
    for (_, label, _), value in _of(totals, "stage_seconds_count"):
        stages.add_metric([label], count_value=int(value), sum_value=sums[label])
    yield stages


def _of(totals: Mapping[Key, float], name: str) -> list[tuple[Key, float]]:
    return [(key, value) for key, value in totals.items() if key[0] == name]


def _clinics(overview: list[Overview], now: datetime, *, names: bool) -> Iterator[Metric]:
    states = {
        "all": len(overview),
        "queued": sum(c.queued for c in overview),
        "running": sum(c.running for c in overview),
        "failing": sum(c.failing > 0 for c in overview),
    }
    clinics = GaugeMetricFamily("romi_clinics", "Clinics by state", labels=["state"])
    for state, count in states.items():
        clinics.add_metric([state], count)
    yield clinics
    run = "Age of a clinic's stalest source"
    ages = GaugeMetricFamily("romi_freshness_seconds", run, labels=["clinic"])
    for place, clinic in enumerate(overview):
        if clinic.last_good_at:
            label = clinic.clinic if names else str(place)
            ages.add_metric([label], (now - clinic.last_good_at).total_seconds())
    yield ages
