"""One run of one clinic: what it may depend on, what became of each source, what it did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from sheets_sync.clinic.config import Clinic
from sheets_sync.errors import RomiError
from sheets_sync.line.progress import Progress, silent
from sheets_sync.net.clock import Clock
from sheets_sync.settings import Service
from sheets_sync.sources.source import Refusal
from sheets_sync.store import MergeCounts, SourceState, Store

if TYPE_CHECKING:
    import pandas as pd

    from metrics.settings import Settings
    from sheets_sync.books.book import WriteCost

#: Among a run's counts: it was begun twice.
AGAIN = "begun_again"


@dataclass(frozen=True)
class Run:
    """One run of one clinic: whose, of which day, begun when. A value; `LiveRun` has the tools."""

    clinic: Clinic
    service: Service
    as_of: date
    now: datetime
    run_id: str
    full: bool = False
    #: Another worker began it and did not end it: what was new then is stored already.
    again: bool = False


@dataclass(frozen=True)
class LiveRun:
    """A run while it goes on, and what it is done with: the store, who is told, the clocks."""

    run: Run
    store: Store
    progress: Progress = silent
    #: Whether this process does nothing beside this run: no thread of it holds what a fork needs.
    alone: bool = False
    #: Whether this run is still its worker's alone; asked before the book is written.
    alive: Callable[[], bool] = lambda: True
    #: The clock that sources wait by.
    outside: Clock = field(default_factory=Clock)
    #: The clock at the run's end; None = `now`.
    clock: Callable[[], datetime] | None = None

    @property
    def clinic(self) -> Clinic:
        return self.run.clinic

    @property
    def service(self) -> Service:
        return self.run.service

    @property
    def as_of(self) -> date:
        return self.run.as_of

    @property
    def now(self) -> datetime:
        return self.run.now

    @property
    def run_id(self) -> str:
        return self.run.run_id

    @property
    def full(self) -> bool:
        return self.run.full

    @property
    def ended(self) -> datetime:
        return self.clock() if self.clock else self.now

    def say(self, stage: str, share: float) -> None:
        """Tell the one who waits, and whoever asks for the run's status."""
        self.store.runs.progress(self.run_id, stage, round(share * 100))
        self.progress(stage, share)


def new_run(
    clinic: Clinic,
    store: Store,
    service: Service,
    clock: Clock,
    *,
    as_of: date | None = None,
    full: bool = False,
    progress: Progress = silent,
) -> LiveRun:
    """A run by hand; `as_of` is today in the clinic's zone unless given."""
    now = clock.now()
    day = as_of or clock.today(clinic.zone)
    run_id = store.runs.start(clinic.id, "hand", now)
    run = Run(clinic, service, day, now, run_id, full)
    return LiveRun(run, store, progress, alone=True, outside=clock, clock=clock.now)


def peek(clinic: Clinic, store: Store, service: Service, clock: Clock) -> LiveRun:
    """A run that only looks: it is not in the runs table."""
    run = Run(clinic, service, clock.today(clinic.zone), clock.now(), "")
    return LiveRun(run, store, outside=clock)


@dataclass(frozen=True)
class SourceRead:
    """What became of one source's entity in this run."""

    source: str
    entity: str
    read: int = 0
    refused: int = 0
    totals: int = 0
    merged: MergeCounts | None = None
    unread: bool = False
    notes: tuple[str, ...] = ()
    error: RomiError | None = None


@dataclass(frozen=True)
class RunReport:
    """What a run did: for the terminal, `--json` and the runs table; `messages` are notices of what
    could not be sent to the clinic's people."""

    run: Run
    settings: Settings
    address: str
    sources: tuple[SourceRead, ...]
    states: tuple[SourceState, ...]
    refusals: tuple[tuple[str, str, Refusal], ...]
    complaints: tuple[str, ...]
    channels: pd.DataFrame
    written: WriteCost
    messages: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True if every source was read and every tab written; the others are in any case."""
        return self.failure is None

    @property
    def failure(self) -> RomiError | None:
        """The first thing that went wrong, though the run went on."""
        errors = (*(r.error for r in self.sources), *self.written.locked)
        return next((error for error in errors if error), None)

    @property
    def counts(self) -> dict[str, int]:
        """What the page and the sidebar show of a run."""
        return counts(self.run, self.sources, self.states)


def counts(run: Run, reads: Sequence[SourceRead], states: Sequence[SourceState]) -> dict[str, int]:
    """What a run did, in rows and sources; of one that was begun twice nobody knows how many rows
    were new."""
    merged = [r.merged for r in reads if r.merged]
    rows = {"new": sum(m.new for m in merged), "changed": sum(m.changed for m in merged)}
    return {
        "read": sum(r.read for r in reads),
        **({AGAIN: 1} if run.again else rows),
        "refused": sum(r.refused for r in reads),
        "stale": sum(1 for s in states if s.stale),
    }
