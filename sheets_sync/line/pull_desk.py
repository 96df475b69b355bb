"""What the pulls of one run share, and what a source may know of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from metrics.coded import code
from metrics.schema import ENTITIES
from sheets_sync.ahead import Say
from sheets_sync.clinic.secrets import Secrets
from sheets_sync.errors import RomiError
from sheets_sync.line.run import LiveRun
from sheets_sync.net.counting import count_request
from sheets_sync.net.limiter import Limiter
from sheets_sync.net.vault import Vault
from sheets_sync.privacy.keys import Keyring, derived_key, open_keyring
from sheets_sync.sources import SOURCES, source_title
from sheets_sync.sources.source import Context, Pulled, SourceTable
from sheets_sync.store import OfSource, SourceState

#: Where in a run pulling begins, and how much of the run it is.
_FROM, _PART = 0.05, 0.55

#: What arrives of a source: rows to keep together, or what went wrong.
Batch = list[Pulled] | RomiError


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
class PullDesk:
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

    def context(self, number: int, table: SourceTable, say: Say) -> Context:
        """What a source may know of this run; how far it is, is told to `say`."""
        states = [s for s in self.states if s.source == table.name]
        mine = next((s for s in states if table.only in {"", s.entity}), None)
        say(number, f"Читаю {source_title(table.name)}", 0.0)
        return context_of(
            self.run,
            table,
            self.keyring,
            seconds=self.run.service.source_deadline,
            fingerprint=mine.fingerprint if mine and not self.run.full else "",
            state={key: value for s in states for key, value in s.state.items()},
            full=self.run.full,
            progress=partial(say, number),
        )

    def say(self, number: int, text: str, share: float) -> None:
        """Tell how far one source is, as a part of the run."""
        with self.lock:
            self.shares[number] = share
            done = sum(self.shares.values()) / self.sources
            self.run.say(text, _FROM + _PART * done)


def batches(table: SourceTable, context: Context) -> Iterator[Batch]:
    """Rows that are to be kept together: one of each entity; at last what went wrong, if it did."""
    source = SOURCES[table.kind]
    batch: list[Pulled] = []
    try:
        for pulled in map(_coded, source.pull(table, context)):
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


def _coded(pulled: Pulled) -> Pulled:
    """With what rows say alike as codes: half of the bytes for the one who takes them over."""
    if pulled.frame is None:
        return pulled
    return replace(pulled, frame=code(pulled.frame, ENTITIES[pulled.entity].words))
