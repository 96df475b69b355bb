"""Runs: what was started for a clinic, how far it is, how it ended."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from sheets_sync.errors import RomiError
from sheets_sync.store.database import Part
from sheets_sync.store.tables import JOBS, REQUESTS, RUNS

#: Older runs, and the requests that asked for them, are forgotten.
_KEPT = timedelta(days=90)
_KILLED = RomiError(
    "запуск оборвался: программу остановили или не хватило памяти.",
    hint="Следующий запуск начал заново; прочитанное сохранилось.",
    permanent=False,
)


@dataclass(frozen=True)
class RunRecord:
    """One synchronisation of one clinic. `percent` is 0..100; `ok` is None until it is finished."""

    run_id: str
    clinic: str
    kind: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    stage: str
    percent: float
    ok: bool | None
    counts: dict[str, Any]
    error: dict[str, Any] | None

    @property
    def status(self) -> Literal["queued", "running", "done", "failed"]:
        """Where it stands; a killed worker's run is running until it is claimed again."""
        if self.finished_at is not None:
            return "done" if self.ok else "failed"
        return "queued" if self.started_at is None else "running"


class Runs(Part):
    """The runs of every clinic."""

    def start(self, clinic: str, kind: str, at: datetime, request_id: str = "") -> str:
        """Begin a run and give its id; a clinic's repeated `request_id` gives the same one.

        Raises StoreError.
        """
        with self.db.write(f"job {clinic}") as conn:
            earlier = earlier_run(conn, clinic, request_id)
            if earlier:
                return earlier
            run_id = new_run(conn, clinic, kind, at, started_at=at)
            note_request(conn, clinic, request_id, run_id, at)
            return run_id

    def progress(self, run_id: str, stage: str, percent: float) -> None:
        """Say how far a run is; a finished one stays as it is. Raises StoreError."""
        with self.db.write() as conn:
            _update(conn, run_id, {"stage": stage, "percent": percent})

    def finish(
        self,
        run_id: str,
        at: datetime,
        ok: bool,  # noqa: FBT001 (the outcome is a value here, not a switch)
        counts: dict[str, Any],
        error: dict[str, Any] | None = None,
    ) -> None:
        """End a run; a finished one stays as it is. Raises StoreError."""
        with self.db.write() as conn:
            end_run(conn, run_id, at, ok=ok, counts=counts, error=error)

    def get(self, run_id: str) -> RunRecord | None:
        """The run of that id, or None. Raises StoreError."""
        with self.db.read() as conn:
            row = conn.execute(sa.select(RUNS).where(RUNS.c.run_id == run_id)).mappings().first()
        return None if row is None else RunRecord(**row)

    def last(self, clinic: str, limit: int = 20) -> list[RunRecord]:
        """A clinic's last runs, the newest first. Raises StoreError."""
        query = (
            sa.select(RUNS)
            .where(RUNS.c.clinic == clinic)
            .order_by(RUNS.c.created_at.desc(), RUNS.c.run_id)
            .limit(limit)
        )
        with self.db.read() as conn:
            return [RunRecord(**row) for row in conn.execute(query).mappings()]


def earlier_run(conn: sa.Connection, clinic: str, request_id: str) -> str:
    """The run that a request has already been given, or ""."""
    if not request_id:
        return ""
    request = sa.and_(REQUESTS.c.clinic == clinic, REQUESTS.c.request_id == request_id)
    return conn.scalar(sa.select(REQUESTS.c.run_id).where(request)) or ""


def note_request(
    conn: sa.Connection, clinic: str, request_id: str, run_id: str, at: datetime
) -> None:
    """Remember which run answers a request."""
    if request_id:
        row = {"clinic": clinic, "request_id": request_id, "run_id": run_id, "at": at}
        conn.execute(sa.insert(REQUESTS).values(row))


def new_run(
    conn: sa.Connection, clinic: str, kind: str, at: datetime, started_at: datetime | None
) -> str:
    """Write a run, started or queued, and drop the clinic's old ones."""
    run_id = uuid.uuid4().hex
    row = {"run_id": run_id, "clinic": clinic, "kind": kind, "created_at": at, "counts": {}}
    conn.execute(sa.insert(RUNS).values(row | {"started_at": started_at}))
    old = at - _KEPT
    conn.execute(sa.delete(RUNS).where(RUNS.c.clinic == clinic, RUNS.c.created_at < old))
    conn.execute(sa.delete(REQUESTS).where(REQUESTS.c.clinic == clinic, REQUESTS.c.at < old))
    return run_id


def begin_run(conn: sa.Connection, run_id: str, at: datetime) -> None:
    """Start a queued run, or once more one whose worker was killed."""
    _update(conn, run_id, {"started_at": at, "stage": "", "percent": 0.0})


def end_run(
    conn: sa.Connection,
    run_id: str,
    at: datetime,
    *,
    ok: bool,
    counts: dict[str, Any],
    error: dict[str, Any] | None,
) -> None:
    """Finish a run that is not finished yet."""
    end = {"finished_at": at, "ok": ok, "counts": counts, "error": error}
    _update(conn, run_id, end | ({"percent": 100.0} if ok else {}))


def end_killed(conn: sa.Connection, clinic: str, at: datetime) -> None:
    """End the begun runs that nobody is at but the one that a worker will take up again.

    Whoever calls it holds the clinic's lock: nothing of the clinic runs beside it.
    """
    killed = sa.select(RUNS.c.run_id).where(
        RUNS.c.clinic == clinic,
        RUNS.c.started_at.is_not(None),
        RUNS.c.finished_at.is_(None),
        RUNS.c.run_id.not_in(sa.select(JOBS.c.running_run).where(JOBS.c.clinic == clinic)),
    )
    for run_id in conn.scalars(killed).all():
        end_run(conn, run_id, at, ok=False, counts={}, error=_KILLED.as_dict())


def _update(conn: sa.Connection, run_id: str, values: dict[str, Any]) -> None:
    unfinished = sa.and_(RUNS.c.run_id == run_id, RUNS.c.finished_at.is_(None))
    conn.execute(sa.update(RUNS).where(unfinished).values(values))
