"""Locks over all processes that die with their holder: a session of PostgreSQL, else a file."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy import exc

from sheets_sync.store.engine import Database, told


class Lock(Protocol):
    """Held until `release` or until the process dies."""

    def alive(self) -> bool:
        """Whether it is still held: a session may have been cut off."""

    def release(self) -> None: ...


class _FileLock:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def alive(self) -> bool:
        return self._descriptor >= 0

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class _SessionLock:
    def __init__(self, conn: sa.Connection) -> None:
        self._conn = conn

    def alive(self) -> bool:
        try:
            return not self._conn.closed and self._conn.scalar(sa.text("SELECT 1")) == 1
        except exc.SQLAlchemyError:
            return False

    def release(self) -> None:
        self._conn.close()


def hold(db: Database, name: str) -> Lock | None:
    """Take the lock of `name`, or None if somebody has it. Raises StoreError."""
    with told():
        return _hold_file(db, name) if db.is_sqlite else _hold_session(db, name)


def _hold_file(db: Database, name: str) -> Lock | None:
    descriptor = _open(db, name)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return _FileLock(descriptor)


def _open(db: Database, name: str) -> int:
    digest = hashlib.sha256(name.encode()).hexdigest()[:32]
    return os.open(f"{db.home}/locks/{digest}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _hold_session(db: Database, name: str) -> Lock | None:
    conn = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    # Out of the pool: closing it ends the session, and the lock with it.
    conn.detach()
    # A machine that vanishes must not keep its clinics for the two hours TCP waits by default.
    for setting, seconds in (("idle", 30), ("interval", 10), ("count", 3)):
        conn.execute(sa.text(f"SET tcp_keepalives_{setting} = {seconds}"))
    taken = conn.scalar(sa.text("SELECT pg_try_advisory_lock(:n)"), {"n": db.number(name)})
    if not taken:
        conn.close()
        return None
    return _SessionLock(conn)


@contextmanager
def turn(db: Database, name: str) -> Iterator[sa.Connection]:
    """Wait for the lock of `name`; gives a connection, outside of any transaction, to use in it.

    On PostgreSQL the lock is that very connection's: who loses the one has lost the other.
    """
    with told(), db.engine.connect() as conn:
        if db.is_sqlite:
            descriptor = _open(db, name)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield conn
            finally:
                os.close(descriptor)
        else:
            conn.execute(sa.text("SELECT pg_advisory_lock(:n)"), {"n": db.number(name)})
            conn.commit()
            try:
                yield conn
            finally:
                # The session ends here instead of going back to the pool with a lock on it.
                conn.invalidate()
