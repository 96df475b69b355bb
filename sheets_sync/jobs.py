"""Doing it: a queue that wakes workers up, and a row per clinic that says what is owed."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer

from sheets_sync.clinics import Clinics
from sheets_sync.config import Clinic, Service
from sheets_sync.errors import RomiError
from sheets_sync.store import Claim, Store
from sheets_sync.sync import Run, sync
from sheets_sync.telemetry import observed

log = logging.getLogger(__name__)

#: After SIGTERM a worker has this long to finish; then it lets go, and its run is due again.
GRACE_SECONDS = 22
#: How long a click waits at most for a worker with nothing to do.
_POLL_SECONDS = 1.0
#: A failed run that may pass by itself is tried again after so long.
_RETRY = timedelta(minutes=10)


def now() -> datetime:
    """The clock of web and worker."""
    return datetime.now(UTC)


def open_queue(service: Service) -> Huey:
    """The queue: Redis by URL, else beside the store, in PostgreSQL or in SQLite."""
    if service.redis_url is not None:
        return RedisHuey("romi", url=service.redis_url.get_secret_value(), results=False)
    if service.store_url.startswith("postgresql"):
        dsn = service.store_url.replace("postgresql+psycopg://", "postgresql://", 1)
        return PostgresHuey("romi", dsn=dsn, results=False)
    service.home.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("romi", filename=str(service.home / "queue.sqlite3"), results=False)


@dataclass
class Jobs:
    """Wakes workers and is what they do. A lost wake-up is made good by the next sweep."""

    service: Service
    store: Store
    clinics: Clinics
    queue: Huey
    clock: Callable[[], datetime] = now

    def __post_init__(self) -> None:
        self.wake = self.queue.task(name="wake")(self.attempt)
        self.queue.periodic_task(crontab(minute="*"), name="sweep")(self.sweep)

    def want(self, clinic: Clinic, request_id: str = "") -> str:
        """Ask for a run that begins after now; gives its id. Many clicks are one run."""
        run_id = self.store.want(clinic.id, self.clock(), request_id)
        try:
            self.wake(clinic.id)
        except Exception:  # whatever ails the queue, the sweep finds the row within a minute
            log.exception("the queue did not take a wake-up")
        return run_id

    def sweep(self) -> None:
        """Each minute: who is in the folder, who is due, who was left by a killed worker."""
        self.store.schedule([c.id for c in self.clinics.all()], self.clock())
        for clinic_id in self.store.due(self.clock(), 1000):
            self.wake(clinic_id)

    def attempt(self, clinic_id: str) -> None:
        """Do what the clinic is owed, if nobody else is at it; again while clicks wait."""
        while True:
            claim = self.store.claim(clinic_id, self.clock())
            if claim is None:
                return
            ok, permanent = self._run(claim)
            later = None if ok or permanent else self.clock() + _RETRY
            if not self.store.done(claim, self.clock(), ok, later):
                return

    def _run(self, claim: Claim) -> tuple[bool, bool]:
        """Whether the run went well, and whether its failure would only repeat itself."""
        clinic = self.clinics.get(claim.clinic)
        if clinic is None:
            self._fail(claim, "Файла клиники больше нет или он с ошибкой.", "Проверьте файл.")
            return False, True
        try:
            with observed(clinic.id, claim.run_id) as told:
                synced = sync(
                    Run(
                        clinic,
                        self.store,
                        self.service,
                        as_of=self.clock().astimezone(clinic.zone).date(),
                        now=claim.at,
                        run_id=claim.run_id,
                        progress=told.stage,
                        alive=claim.alive,
                        clock=self.clock,
                    )
                )
                told.result(synced.counts, ok=synced.ok)
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
        self.store.finish_run(claim.run_id, self.clock(), ok=False, counts={}, error=error)


def work(jobs: Jobs, threads: int) -> None:
    """Be a worker until SIGTERM; then finish what runs within GRACE_SECONDS, or let it go.

    A run let go is due again at once: its lock dies with this process.
    """
    consumer = Consumer(
        jobs.queue,
        workers=threads,
        worker_type="thread",
        max_delay=_POLL_SECONDS,
        graceful_signal="TERM",
        shutdown_timeout=GRACE_SECONDS,
    )
    jobs.sweep()
    consumer.run()
    # A thread that did not finish in time is let go with the process, and with it the claim.
    logging.shutdown()
    os._exit(0)
