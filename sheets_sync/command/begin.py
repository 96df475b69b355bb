"""How a command begins: its clinic and settings, its clock, the clinic's turn."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sheets_sync.clinic.config import Clinic, load_clinic
from sheets_sync.home import load_service, opened, reserve_name
from sheets_sync.line.progress import Progress
from sheets_sync.line.run import LiveRun, new_run
from sheets_sync.net.clock import Clock, clock_from
from sheets_sync.settings import Service
from sheets_sync.show.screen import show_clock, shown_progress
from sheets_sync.store import Store

WAITS = "Жду: эта клиника уже обновляется"


def loaded(clinic_file: Path, *, keep: bool = True) -> tuple[Clinic, Service]:
    """The clinic of a file and the service's settings. Raises ConfigError."""
    clinic, service = load_clinic(clinic_file), load_service(clinic_file)
    reserve_name(clinic_file, service, keep=keep)
    return clinic, service


def command_clock(service: Service) -> Clock:
    """The clock of this command: it is asked here and nowhere below."""
    if service.now is not None:
        show_clock(service.now)
    return clock_from(service.now)


@dataclass(frozen=True)
class Work:
    """What a command works on while nobody else is at this clinic."""

    clinic: Clinic
    service: Service
    store: Store
    clock: Clock
    progress: Progress

    def run(self, **more: Any) -> LiveRun:
        """A run over it that begins now."""
        return new_run(
            self.clinic, self.store, self.service, self.clock, progress=self.progress, **more
        )


@contextmanager
def alone(clinic_file: Path, *, quiet: bool = False) -> Iterator[Work]:
    """Wait for the clinic's turn and hold it, with progress on the terminal.

    Raises ConfigError, StoreError.
    """
    clinic, service = loaded(clinic_file)
    clock = command_clock(service)
    with (
        opened(service) as store,
        shown_progress(quiet=quiet) as progress,
        store.jobs.by_hand(clinic.id, clock.now(), partial(progress, WAITS, 0.0)),
    ):
        yield Work(clinic, service, store, clock, progress)


def few_pauses() -> None:
    """Look for cycles rarely: one run makes millions of cells and hardly a cycle, then ends, and
    what it leaves is the system's to take."""
    gc.set_threshold(1_000_000, 50, 100)
    atexit.register(gc.freeze)
