"""Who is owed a run: one row per clinic, and a lock that dies with the worker that holds it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from sheets_sync.errors import RomiError
from sheets_sync.store.database import Part
from sheets_sync.store.locks import Lock, hold, turn
from sheets_sync.store.overview import Overview, overviews
from sheets_sync.store.runs import (
    begin_run,
    earlier_run,
    end_killed,
    end_run,
    new_run,
    note_request,
)
from sheets_sync.store.tables import JOBS

_HOUR = timedelta(hours=1)
_MOMENT = timedelta(microseconds=1)
#: A run that killed its worker so many times is given up: it would kill the next one too.
_TRIES = 3


@dataclass(frozen=True)
class Claim:
    """A clinic's run that this worker has to do, alone over all workers and machines.

    `at` is when it began; no two claims of a clinic have the same. `again` is True where another
    worker began the run and did not end it.
    """

    clinic: str
    run_id: str
    at: datetime
    lock: Lock = field(repr=False, compare=False)
    again: bool = False

    def alive(self) -> bool:
        """Whether the run is still this worker's alone; ask before writing outside the store."""
        return self.lock.alive()


def next_hourly(clinic: str, after: datetime) -> datetime:
    """The clinic's next turn after `after`: the same minute and second of every hour."""
    digest = hashlib.sha256(clinic.encode()).digest()
    second = int.from_bytes(digest[:8], "big") % 3600
    turn = after.replace(minute=0, second=0, microsecond=0) + timedelta(seconds=second)
    return turn if turn > after else turn + _HOUR


class Jobs(Part):
    """The desired-state rows. A queue's message is only a wake-up; the row says what is owed."""

    def schedule(self, clinics: Iterable[str], now: datetime) -> None:
        """Make exactly `clinics` due hourly; those that are already keep their turn.

        Raises StoreError.
        """
        due = set(clinics)
        with self.db.write("schedule") as conn:
            on = sa.select(JOBS.c.clinic).where(JOBS.c.next_at.is_not(None))
            hourly = set(conn.scalars(on))
            for clinic in sorted(hourly - due):
                conn.execute(sa.update(JOBS).where(JOBS.c.clinic == clinic).values(next_at=None))
            for clinic in sorted(due - hourly):
                turn = {"next_at": next_hourly(clinic, now)}
                row = self.db.insert(JOBS).values({"clinic": clinic} | turn)
                conn.execute(row.on_conflict_do_update(index_elements=["clinic"], set_=turn))

    def want(self, clinic: str, at: datetime, request_id: str = "", kind: str = "click") -> str:
        """Ask for a run that begins after this call, and give its id.

        While one is queued every call gives that one; a call during a run queues exactly one more.
        A clinic's repeated `request_id` gives the same run. Raises StoreError.
        """
        with self.db.write(f"job {clinic}") as conn:
            earlier = earlier_run(conn, clinic, request_id)
            if earlier:
                return earlier
            run_id = str(self._row(conn, clinic)["queued_run"])
            if not run_id:
                run_id = new_run(conn, clinic, kind, at, started_at=None)
                _set(conn, clinic, queued_run=run_id, wanted_at=at)
            note_request(conn, clinic, request_id, run_id, at)
            return run_id

    def due(self, now: datetime, limit: int = 100) -> list[str]:
        """Clinics that are owed a run: clicks first, then killed workers' runs, then the clock's.

        A run that is going on looks like a killed worker's; `claim` tells them apart.
        Raises StoreError.
        """
        t = JOBS.c
        clicked, begun = t.queued_run != "", t.running_run != ""
        query = (
            sa.select(t.clinic)
            .where(sa.or_(clicked, begun, t.next_at <= now))
            .order_by(sa.case((clicked, 0), (begun, 1), else_=2))
            .order_by(sa.func.coalesce(t.wanted_at, t.started_at, t.next_at), t.clinic)
            .limit(limit)
        )
        with self.db.read() as conn:
            return list(conn.scalars(query))

    def claim(
        self, clinic: str, at: datetime, clock: Callable[[], datetime] | None = None
    ) -> Claim | None:
        """Take the run that `clinic` is owed, or None: nothing is owed, or somebody is at it.

        With a `clock` the run begins when the clinic is locked, so after every click it answers.

        A run whose worker was killed comes back with the same id, three times at most; then it is
        finished as failed. Raises StoreError.
        """
        if not self._owed(clinic, at):
            return None
        lock = hold(self.db, f"claim {clinic}")
        if lock is None:
            return None
        try:
            with self.db.write(f"job {clinic}") as conn:
                run_id, at, again = self._take(conn, clinic, clock() if clock else at)
        except BaseException:
            lock.release()
            raise
        if not run_id:
            lock.release()
            return None
        return Claim(clinic, run_id, at, lock, again)

    @contextmanager
    def by_hand(self, clinic: str, at: datetime, wait: Callable[[], None]) -> Iterator[None]:
        """Be the only one at the clinic, and end the runs that were killed.

        `wait` is called where another run has to end first. Raises StoreError.
        """
        name = f"claim {clinic}"
        lock = hold(self.db, name)
        if lock is None:
            wait()
        with ExitStack() as held:
            held.callback(lock.release) if lock else held.enter_context(turn(self.db, name))
            with self.db.write(f"job {clinic}") as conn:
                end_killed(conn, clinic, at)
            yield

    def _owed(self, clinic: str, at: datetime) -> bool:
        """Whether a lock is worth its price: most wake-ups find the work done."""
        t = JOBS.c
        owed = sa.or_(t.queued_run != "", t.running_run != "", t.next_at <= at)
        with self.db.read() as conn:
            return bool(conn.scalar(sa.select(t.clinic).where(t.clinic == clinic, owed)))

    def _take(self, conn: sa.Connection, clinic: str, at: datetime) -> tuple[str, datetime, bool]:
        """What the clinic is owed ("" for nothing), when it begins, whether it was begun before."""
        end_killed(conn, clinic, at)
        row = self._row(conn, clinic)
        # Clocks of two machines differ: a run begins neither before the click that it answers nor
        # before the last one's end, and no two claims of a clinic begin at one moment.
        former = row["started_at"] + _MOMENT if row["started_at"] else at
        at = max(at, former, row["wanted_at"] or at, row["done_at"] or at)
        run_id, tries = str(row["running_run"]), int(row["tries"])
        if run_id and tries >= _TRIES:
            end_run(conn, run_id, at, ok=False, counts={}, error=_abandonment(clinic).as_dict())
            next_at = next_hourly(clinic, at) if row["next_at"] else None
            _set(conn, clinic, running_run="", done_at=at, tries=0, next_at=next_at)
            row, run_id, tries = self._row(conn, clinic), "", 0
        again = bool(run_id)
        if not run_id and row["queued_run"]:
            run_id = str(row["queued_run"])
            _set(conn, clinic, queued_run="", wanted_at=None)
        elif not run_id and row["next_at"] is not None and row["next_at"] <= at:
            run_id = new_run(conn, clinic, "hourly", at, started_at=at)
        if run_id:
            begin_run(conn, run_id, at)
            _set(conn, clinic, running_run=run_id, started_at=at, tries=tries + 1)
        return run_id, at, again

    def done(
        self,
        claim: Claim,
        at: datetime,
        ok: bool,  # noqa: FBT001 (the outcome is a value here, not a switch)
        next_at: datetime | None = None,
    ) -> bool:
        """Give the clinic back; True if a click waits for one more run.

        `next_at` None keeps the clinic's hourly turn, if it has one. A run that `Runs.finish` has
        not finished is finished here. A claim that has been lost to another worker changes
        nothing. Raises StoreError.
        """
        try:
            with self.db.write(f"job {claim.clinic}") as conn:
                row = self._row(conn, claim.clinic)
                if _is_holder(row, claim):
                    end_run(conn, claim.run_id, at, ok=ok, counts={}, error=None)
                    if next_at is None and row["next_at"] is not None:
                        next_at = next_hourly(claim.clinic, at)
                    rest = {"running_run": "", "done_at": at, "tries": 0, "next_at": next_at}
                    _set(conn, claim.clinic, **rest)
        finally:
            claim.lock.release()
        # Asked only now: whoever clicked while the lock was held could not claim.
        with self.db.read() as conn:
            queued = sa.select(JOBS.c.queued_run).where(JOBS.c.clinic == claim.clinic)
            return bool(conn.scalar(queued))

    def hand_over(self, claim: Claim) -> None:
        """Give back an unfinished run: it is due at once, for any worker. Raises StoreError."""
        try:
            with self.db.write(f"job {claim.clinic}") as conn:
                row = self._row(conn, claim.clinic)
                if _is_holder(row, claim):
                    _set(conn, claim.clinic, tries=row["tries"] - 1)
        finally:
            claim.lock.release()

    def overview(self) -> list[Overview]:
        """Every clinic that was ever asked for or scheduled, by name. Raises StoreError."""
        with self.db.read() as conn:
            return overviews(conn)

    def _row(self, conn: sa.Connection, clinic: str) -> Any:
        conn.execute(self.db.insert(JOBS).values(clinic=clinic).on_conflict_do_nothing())
        return conn.execute(sa.select(JOBS).where(JOBS.c.clinic == clinic)).mappings().one()


def _is_holder(row: Any, claim: Claim) -> bool:
    """Whether nobody has claimed the clinic since: a lost session frees a lock in mid-run."""
    return bool(row["running_run"] == claim.run_id and row["started_at"] == claim.at)


def _set(conn: sa.Connection, clinic: str, **values: Any) -> None:
    conn.execute(sa.update(JOBS).where(JOBS.c.clinic == clinic).values(values))


def _abandonment(clinic: str) -> RomiError:
    return RomiError(
        f"синхронизация обрывалась {_TRIES} раза подряд и остановлена.",
        where=clinic,
        hint="Обычно не хватает памяти или места на диске: посмотрите журнал сервера. "
        "Следующая попытка — по расписанию или по кнопке «Обновить».",
    )
