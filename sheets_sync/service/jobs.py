"""Doing it: a queue that wakes workers up, and a row per clinic that says what is owed."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from huey import Huey
from huey.consumer import Consumer
from huey.exceptions import HueyException
from huey.serializer import SignedSerializer
from huey.storage import PostgresStorage, PriorityRedisStorage, SqliteStorage

from sheets_sync.clinic.config import Clinic
from sheets_sync.clinic.folder import Clinics
from sheets_sync.errors import RomiError
from sheets_sync.home import close_to_others
from sheets_sync.line.run import LiveRun, Run, RunReport
from sheets_sync.line.sync import sync
from sheets_sync.net.clock import Clock
from sheets_sync.privacy.keys import derived_key
from sheets_sync.service.telemetry import observed
from sheets_sync.settings import Service
from sheets_sync.store import Claim, Store

log = logging.getLogger(__name__)

#: How often a worker looks for clinics that are due or were left by a killed worker.
SWEEP_SECONDS = 10.0
#: After SIGTERM a worker has this long to finish; then it hands its runs over.
GRACE_SECONDS = 20
#: How long a click waits at most for a worker with nothing to do.
_POLL_SECONDS = 0.5
#: A failed run that may pass by itself is tried again after so long.
_RETRY = timedelta(minutes=10)
#: A person waits for a click, nobody for the clock.
_CLICKED = 10
_MOST = 10_000


def now() -> datetime:
    """The clock of web and worker."""
    return datetime.now(UTC)


class SignedQueue(Huey):  # type: ignore[misc]
    """A queue that passes over what somebody else put into it: a message is a pickle, and one that
    we did not sign is not opened."""

    def __init__(self, service: Service, storage: type, **settings: Any) -> None:
        signed = SignedSerializer(derived_key(service, "queue"))
        super().__init__(
            "romi", results=False, serializer=signed, storage_class=storage, **settings
        )

    def deserialize_task(self, data: bytes) -> Any:
        """The task of a message, None where it is none of ours."""
        try:
            return super().deserialize_task(data)
        except (ValueError, HueyException):
            log.warning("a message of the queue is not ours: passed over")
            return None

    def _deserialize_all(self, messages: list[bytes]) -> list[Any]:
        return [task for task in super()._deserialize_all(messages) if task is not None]


def open_queue(service: Service, store: Store) -> Huey:
    """The queue: Redis by URL, else beside the store, in PostgreSQL or in SQLite.

    Raises StoreError where the database does not answer, ConfigError where there is no secret to
    sign its messages with.
    """
    if service.redis_url is not None:
        url = service.redis_url.get_secret_value()
        return SignedQueue(service, PriorityRedisStorage, url=url)
    # Of two processes that make one table at once PostgreSQL refuses one, IF NOT EXISTS or not.
    with store.alone("queue"):
        if service.store_url.startswith("postgresql"):
            dsn = service.store_url.replace("postgresql+psycopg://", "postgresql://", 1)
            return SignedQueue(service, PostgresStorage, dsn=dsn)
        close_to_others(service.home)
        path = str(service.home / "queue.sqlite3")
        return SignedQueue(service, SqliteStorage, filename=path)


@dataclass
class JobQueue:
    """Wakes workers and is what they do. A lost wake-up is made good by the next sweep."""

    service: Service
    store: Store
    clinics: Clinics
    queue: Huey
    clock: Callable[[], datetime] = now
    #: What sources wait by.
    outside: Clock = field(default_factory=Clock)
    line: Callable[[LiveRun], RunReport] = sync
    #: Set when nothing more is to be begun.
    stopping: threading.Event = field(default_factory=threading.Event)
    _held: dict[str, Claim] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.wake = self.queue.task(name="wake")(self.attempt)

    def want(self, clinic: Clinic, request_id: str = "") -> str:
        """Ask for a run that begins after now; gives its id. Many clicks are one run."""
        run_id = self.store.jobs.want(clinic.id, self.clock(), request_id)
        try:
            self.wake(clinic.id, priority=_CLICKED)
        except Exception:  # whatever ails the queue, a sweep finds the row
            log.exception("the queue did not take a wake-up")
        return run_id

    def sweep(self) -> None:
        """Who is in the folder, who is due, who was left by a killed worker: wake for each of
        them that waits for no wake-up yet.

        Raises StoreError.
        """
        self.store.jobs.schedule([c.id for c in self.clinics.all()], self.clock())
        waiting = {task.args[0] for task in self.queue.pending()}
        for clinic_id in self.store.jobs.due(self.clock(), _MOST):
            if clinic_id not in waiting and clinic_id not in self._held:
                self.wake(clinic_id)

    def attempt(self, clinic_id: str) -> None:
        """Do what the clinic is owed, if nobody else is at it; again while clicks wait."""
        while not self.stopping.is_set():
            claim = self.store.jobs.claim(clinic_id, self.clock(), self.clock)
            if claim is None:
                return
            self._held[clinic_id] = claim
            try:
                ok, permanent = self._run(claim)
                if not claim.alive():
                    log.warning("lost", extra={"run_id": claim.run_id})
                    claim.lock.release()
                    return
                later = None if ok or permanent else self.clock() + _RETRY
                more = self.store.jobs.done(claim, self.clock(), ok, later)
            finally:
                self._held.pop(clinic_id, None)
            if not more:
                return

    def hand_over(self) -> None:
        """Give back what is not finished: it is due at once, for any worker. Its own thread finds
        the claim dead before it writes anything outside the store.
        """
        for claim in list(self._held.values()):
            try:
                self.store.jobs.hand_over(claim)
                log.info("handed over", extra={"run_id": claim.run_id})
            except RomiError as error:
                log.warning("not handed over: %s", error, extra={"run_id": claim.run_id})

    def _run(self, claim: Claim) -> tuple[bool, bool]:
        """Whether the run went well, and whether its failure would only repeat itself."""
        clinic = self.clinics.get(claim.clinic)
        if clinic is None:
            self._fail(claim, "Файла клиники больше нет или он с ошибкой.", "Проверьте файл.")
            return False, True
        try:
            with observed(self.store, clinic.id, claim.run_id) as tally:
                synced = self.line(
                    LiveRun(
                        Run(
                            clinic,
                            self.service,
                            as_of=self.clock().astimezone(clinic.zone).date(),
                            now=claim.at,
                            run_id=claim.run_id,
                            again=claim.again,
                        ),
                        self.store,
                        progress=tally.stage,
                        alive=claim.alive,
                        outside=self.outside,
                        clock=self.clock,
                    )
                )
                tally.result(synced.counts, ok=synced.ok)
                log.info("run ended", extra={"ok": synced.ok, "counts": synced.counts})
        except RomiError as error:
            log.warning("run failed", extra={"run_id": claim.run_id, "code": error.code})
            return False, error.permanent
        except Exception:
            log.exception("run broke", extra={"run_id": claim.run_id})
            self._fail(
                claim,
                "Сервис споткнулся; прежний отчёт цел.",
                f"Пришлите разработчикам номер запуска {claim.run_id}.",
            )
            return False, True
        return synced.ok, all(r.error.permanent for r in synced.sources if r.error)

    def _fail(self, claim: Claim, message: str, hint: str) -> None:
        error = RomiError(message, hint=hint).as_dict()
        if claim.alive():
            self.store.runs.finish(claim.run_id, self.clock(), ok=False, counts={}, error=error)


def work(jobs: JobQueue, threads: int) -> None:
    """Be a worker until SIGTERM; then finish what runs within GRACE_SECONDS, or hand it over.

    Does not return: a thread that did not finish in time ends with the process.
    """
    consumer = Consumer(
        jobs.queue,
        workers=threads,
        worker_type="thread",
        periodic=False,
        max_delay=_POLL_SECONDS,
        graceful_signal="TERM",
        shutdown_timeout=GRACE_SECONDS,
    )
    jobs.stopping = consumer.stop_flag
    threading.Thread(target=_sweep_until, args=(jobs, consumer.stop_flag), daemon=True).start()
    consumer.run()
    jobs.hand_over()
    logging.shutdown()
    os._exit(0)


def _sweep_until(jobs: JobQueue, stopped: threading.Event) -> None:
    while True:
        try:
            jobs.sweep()
        except Exception:  # the database or the queue may be back at the next one
            log.exception("sweep failed")
        if stopped.wait(SWEEP_SECONDS):
            return
