"""Pulling a clinic's sources: those that wait for others side by side, each within its own time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from sheets_sync.clinic.secrets import Secrets
from sheets_sync.errors import RomiError, SourceError
from sheets_sync.line.heap import release
from sheets_sync.line.run import LiveRun, SourceRead
from sheets_sync.net.counting import count_request
from sheets_sync.net.limiter import Limiter
from sheets_sync.net.vault import Vault
from sheets_sync.privacy.keys import Keyring, derived_key, open_keyring
from sheets_sync.sources import SOURCES, source_title
from sheets_sync.sources.source import Context, Pulled, SourceTable
from sheets_sync.store import MergeCounts, OfSource, SourceState

#: Live sources of one clinic that are asked at once.
_AT_ONCE = 8
#: Seconds that a source may be late: a request that is on its way ends by its own time-out.
_GRACE = 30.0
#: Where in a run pulling begins, and how much of the run it is.
_FROM, _PART = 0.05, 0.55

#: What arrives of a source: rows to keep together, or what went wrong.
Batch = list[Pulled] | RomiError


def pull_all(run: LiveRun, goals: tuple[int | str, ...] = ()) -> list[SourceRead]:
    """Pull every source of the clinic's file and merge what comes; a failed one is marked stale.

    `goals` are those that «Настройки» names. Gives what became of each source, in the order of the
    file. Raises StoreError.
    """
    tables = [table.with_goals(goals) for table in run.clinic.source]
    desk = _PullDesk(run, len(tables))
    reads: list[list[SourceRead]] = [[] for _ in tables]
    live = _Live(desk)
    for number, table in enumerate(tables):
        if SOURCES[table.kind].live:
            live.begin(number, table)
    for number, table in enumerate(tables):
        if not SOURCES[table.kind].live:
            reads[number] += _kept(run, table, desk.context(number, table))
            release()
    for number, batch in live.arriving():
        reads[number] += _keep(run, tables[number], batch)
    return [read for of_source in reads for read in _summed(of_source)]


def context_of(
    run: LiveRun, table: SourceTable, keyring: Keyring, *, seconds: float, **more: Any
) -> Context:
    """What a source may know of a run; its `seconds` begin now."""
    clinic, service, clock = run.clinic, run.service, run.outside
    until = clock.unix() + seconds
    return Context(
        clinic=clinic.id,
        zone=clinic.zone,
        keyring=keyring,
        as_of=run.as_of,
        needed=clinic.report.needed_since(run.as_of),
        folder=clinic.folder,
        home=service.home,
        is_pushed=clinic.push.enabled,
        secret=partial(Secrets(service.home, clinic.id).get, where=source_title(table.name)),
        endpoints=service.endpoints,
        limiter=Limiter(run.store.limits, clock, until=until),
        clock=clock,
        until=until,
        stored=OfSource(run.store.rows, clinic.id, table.name),
        vault=Vault(run.store.tokens, run.store.alone, derived_key(service, "tokens")),
        observe=count_request,
        **more,
    )


@dataclass
class _PullDesk:
    """What all pulls of one run share: the key of people, what was known before, progress."""

    run: LiveRun
    sources: int
    keyring: Keyring = field(init=False)
    states: list[SourceState] = field(init=False)
    shares: dict[int, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.keyring = open_keyring(self.run.service, self.run.clinic.id)
        self.states = self.run.store.sources.states(self.run.clinic.id)

    def context(self, number: int, table: SourceTable) -> Context:
        states = [s for s in self.states if s.source == table.name]
        mine = next((s for s in states if table.only in {"", s.entity}), None)
        self.say(number, f"Читаю {source_title(table.name)}", 0.0)
        return context_of(
            self.run,
            table,
            self.keyring,
            seconds=self.run.service.source_deadline,
            fingerprint=mine.fingerprint if mine and not self.run.full else "",
            state={key: value for s in states for key, value in s.state.items()},
            full=self.run.full,
            progress=partial(self.say, number),
        )

    def say(self, number: int, text: str, share: float) -> None:
        with self.lock:
            self.shares[number] = share
            done = sum(self.shares.values()) / self.sources
            self.run.say(text, _FROM + _PART * done)


class _Live:
    """Live sources, each asked in a thread of its own. Threads only ask: what comes is stored by the
    run's thread, so that what comes too late is nowhere."""

    def __init__(self, desk: _PullDesk) -> None:
        self._desk = desk
        self._places = threading.Semaphore(_AT_ONCE)
        self._arrived: SimpleQueue[tuple[int, Batch | Exception | None]] = SimpleQueue()
        self._began: dict[int, float] = {}
        self._open: set[int] = set()

    def begin(self, number: int, table: SourceTable) -> None:
        self._open.add(number)
        target = partial(copy_context().run, self._pull, number, table)
        # A daemon: one that hangs in spite of every time-out must not keep the process.
        threading.Thread(target=target, name=table.name, daemon=True).start()

    def _pull(self, number: int, table: SourceTable) -> None:
        with self._places:
            self._began[number] = monotonic()
            try:
                for batch in _batches(table, self._desk.context(number, table)):
                    self._arrived.put((number, batch))
                self._arrived.put((number, None))
            except Exception as error:  # noqa: BLE001 (raised again by the run's own thread)
                self._arrived.put((number, error))

    def arriving(self) -> Iterator[tuple[int, Batch]]:
        """What comes of each source, as it comes, until all have ended or are overdue."""
        while self._open:
            try:
                number, batch = self._arrived.get(timeout=1.0)
            except Empty:
                yield from self._overdue()
                continue
            if number not in self._open:
                continue
            if batch is None or isinstance(batch, Exception):
                self._open.discard(number)
            if isinstance(batch, Exception) and not isinstance(batch, RomiError):
                raise batch
            if batch is not None:
                yield number, batch

    def _overdue(self) -> Iterator[tuple[int, Batch]]:
        longest = self._desk.run.service.source_deadline + _GRACE
        for number in sorted(self._open & self._began.keys()):
            if monotonic() - self._began[number] > longest:
                self._open.discard(number)
                yield number, too_slow(self._desk.run.service.source_deadline)


def too_slow(seconds: float) -> SourceError:
    """The error of a source that did not end within its time."""
    return SourceError(
        f"источник не уложился в {seconds:g} с.",
        hint="Следующая синхронизация попробует снова; больше времени даёт "
        "переменная ROMI_SHEETS_SOURCE_DEADLINE.",
        permanent=False,
    )


def _batches(table: SourceTable, context: Context) -> Iterator[Batch]:
    """Rows that are to be kept together: one of each entity; at last what went wrong, if it did."""
    source = SOURCES[table.kind]
    batch: list[Pulled] = []
    try:
        for pulled in source.pull(table, context):
            if any(p.entity == pulled.entity for p in batch):
                yield batch
                batch = []
            batch.append(pulled)
    except RomiError as error:
        if batch and source.in_parts:
            yield batch
        yield error
        return
    if batch:
        yield batch


def _kept(run: LiveRun, table: SourceTable, context: Context) -> list[SourceRead]:
    """What became of a source that is read at once; nothing holds its rows any more."""
    batches = _batches(table, context)
    return [read for batch in batches for read in _keep(run, table, batch)]


def _keep(run: LiveRun, table: SourceTable, batch: Batch) -> list[SourceRead]:
    """Merge a batch in one transaction, or mark its source stale."""
    if isinstance(batch, RomiError):
        run.store.sources.fail(run.clinic.id, table.name, batch, run.now, table.only)
        return [SourceRead(table.name, table.only, error=batch)]
    try:
        merged = run.store.rows.merge(
            run.clinic.id, table.name, batch, run.now, table.only, run.run_id
        )
    except RomiError as error:
        return _keep(run, table, error)
    return [read_of(table.name, pulled, merged[pulled.entity]) for pulled in batch]


def read_of(source: str, pulled: Pulled, merged: MergeCounts) -> SourceRead:
    """What became of one pulled entity."""
    return SourceRead(
        source,
        pulled.entity,
        pulled.read,
        pulled.refused_count,
        pulled.totals,
        merged,
        pulled.frame is None,
        pulled.notes,
        pulled.error,
    )


def _summed(reads: Sequence[SourceRead]) -> list[SourceRead]:
    """One of each entity, over the batches of a source. Each counts the rows of those before it."""
    error = next((read.error for read in reads if read.error), None)
    of_entity: dict[str, SourceRead] = {}
    for read in reads:
        before = of_entity.get(read.entity)
        merged = [m for m in (before.merged if before else None, read.merged) if m]
        of_entity[read.entity] = replace(
            read, merged=sum(merged[1:], merged[0]) if merged else None
        )
    if len(of_entity) > 1:
        of_entity.pop("", None)
    return [replace(read, error=read.error or error) for read in of_entity.values()]
