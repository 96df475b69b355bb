"""Live sources, asked side by side, each within its own time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextvars import copy_context
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic

from sheets_sync.errors import RomiError, SourceError
from sheets_sync.line.pull_desk import Batch, PullDesk, batches
from sheets_sync.sources.source import SourceTable

#: Live sources of one clinic that are asked at once.
_AT_ONCE = 8
#: Seconds that a source may be late: a request that is on its way ends by its own time-out.
_GRACE = 30.0
#: Seconds in which a thread that has given all comes to its end.
_LAST_STEP = 1.0


class LivePulls:
    """Live sources, each asked in a thread of its own. Threads only ask: what comes is stored by the
    run's thread, so that what comes too late is nowhere."""

    def __init__(self, desk: PullDesk) -> None:
        self._desk = desk
        self._places = threading.Semaphore(_AT_ONCE)
        self._arrived: SimpleQueue[tuple[int, Batch | Exception | None]] = SimpleQueue()
        self._began: dict[int, float] = {}
        self._open: set[int] = set()
        self._threads: list[threading.Thread] = []

    def begin(self, number: int, table: SourceTable) -> None:
        """Begin to ask a source, the clinic's `number`-th."""
        self._open.add(number)
        target = partial(copy_context().run, self._pull, number, table)
        # A daemon: one that hangs in spite of every time-out must not keep the process.
        self._threads.append(threading.Thread(target=target, name=table.name, daemon=True))
        self._threads[-1].start()

    @property
    def is_over(self) -> bool:
        """Whether no thread is left: one that is overdue may hold a lock as long as it lives."""
        for thread in self._threads:
            thread.join(_LAST_STEP)
        return not any(thread.is_alive() for thread in self._threads)

    def _pull(self, number: int, table: SourceTable) -> None:
        with self._places:
            self._began[number] = monotonic()
            try:
                for batch in batches(table, self._desk.context(number, table, self._desk.say)):
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
