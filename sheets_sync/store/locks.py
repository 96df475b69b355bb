"""Locks over all processes that die with their holder: a session of PostgreSQL, else a file."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Protocol

import sqlalchemy as sa
from sqlalchemy import exc

from sheets_sync.store.database import Database, store_errors


class Lock(Protocol):
    """Held until `release`, which may be called again, or until the process dies."""

    def alive(self) -> bool:
        """Whether it is still held: a session may have been cut off."""

    def release(self) -> None: ...


class _FileLock:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def alive(self) -> bool:
        return not self._file.closed

    def release(self) -> None:
        self._file.close()


class _SessionLock:
    def __init__(self, conn: sa.Connection, number: int) -> None:
        self._conn = conn
        self._number = number

    def alive(self) -> bool:
        try:
            return not self._conn.closed and self._conn.scalar(sa.text("SELECT 1")) == 1
        except exc.SQLAlchemyError:
            # Closed for good: SQLAlchemy would connect anew, in a session without the lock.
            self._conn.close()
            return False

    def release(self) -> None:
        if not self._conn.closed:
            _unlock(self._conn, self._number)
            self._conn.close()


def hold(db: Database, name: str) -> Lock | None:
    """Take the lock of `name`, or None if somebody has it. Raises StoreError."""
    with store_errors():
        return _hold_file(db, name) if db.is_sqlite else _hold_session(db, name)


def _hold_file(db: Database, name: str) -> Lock | None:
    file = _open(db, name)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return _FileLock(file)


def _open(db: Database, name: str) -> IO[bytes]:
    """The lock's file. It is never deleted: somebody may be about to lock it."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:32]
    path = f"{db.home}/locks/{digest}"
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "ab")


def _hold_session(db: Database, name: str) -> Lock | None:
    number, success = db.number(name), False
    conn = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        # Out of the pool: closing it ends the session, and the lock with it.
        conn.detach()
        query = sa.text("SELECT pg_try_advisory_lock(:n)")
        success = bool(conn.scalar(query, {"n": number}))
    finally:
        if not success:
            conn.close()
    return _SessionLock(conn, number) if success else None


def _unlock(conn: sa.Connection, number: int) -> None:
    """Free a lock now: the server notices a closed session only a moment later."""
    try:
        conn.rollback()
        conn.execute(sa.text("SELECT pg_advisory_unlock(:n)"), {"n": number})
    except exc.SQLAlchemyError:
        # Ended, instead of going back to the pool with a lock on it.
        conn.invalidate()


@contextmanager
def turn(db: Database, name: str) -> Iterator[sa.Connection]:
    """Wait for the lock of `name`; gives a connection, outside of any transaction, to use in it.

    On PostgreSQL the lock is that very connection's: who loses the one has lost the other.
    """
    with store_errors(), db.engine.connect() as conn:
        if db.is_sqlite:
            with _open(db, name) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield conn
        else:
            conn.execute(sa.text("SELECT pg_advisory_lock(:n)"), {"n": db.number(name)})
            conn.commit()
            try:
                yield conn
            finally:
                _unlock(conn, db.number(name))
