"""The open database: what differs between its two dialects, and errors in the marketer's words."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import sqlite

from sheets_sync.errors import StoreError, because
from sheets_sync.store.address import address

if TYPE_CHECKING:
    import psycopg

#: How long a writer waits for another one, seconds.
_PATIENCE = 60
#: Without these a machine that vanishes keeps its locks, and a caller waits for a server that
#: vanished, for the two hours that TCP takes to notice; or, where an answer was on its way, for the
#: quarter of an hour that TCP sends it again.
_KEEPALIVES = {"idle": 30, "interval": 10, "count": 3}
_UNANSWERED = 60_000
_POSTGRES = {
    "connect_timeout": 10,
    "client_encoding": "UTF8",
    "tcp_user_timeout": _UNANSWERED,
    **{f"keepalives_{name}": number for name, number in _KEEPALIVES.items()},
}
#: So long SQLite's log grows, in pages of 4 KB, before whoever commits copies it into the file.
_LOG_PAGES = 32_768
_WRITES = "romi_writes"
_DURABLE = "romi_durable"

_ENGINES: weakref.WeakSet[sa.Engine] = weakref.WeakSet()


def _leave_parents_connections() -> None:
    for engine in list(_ENGINES):
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_leave_parents_connections)


class Database:
    """An engine, its transactions and its locks' numbers.

    `home` is the folder of an SQLite file, where lock files live too; None on PostgreSQL.
    Safe to share between threads; a forked child makes connections of its own.
    """

    def __init__(self, url: str) -> None:
        """Make the SQLite file and its folder, for their owner alone.

        Raises ConfigError for a URL that is neither dialect's, StoreError where the folder cannot
        be made or the server does not answer.
        """
        self.url = address(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.home: Path | None = None
        options: dict[str, Any] = {"pool_pre_ping": True, "connect_args": _POSTGRES}
        if self.is_sqlite:
            self.home = _home(self.url)
            options = {"connect_args": {"timeout": _PATIENCE}}
        self.engine = sa.create_engine(self.url, hide_parameters=True, **options)
        self._salt = ""
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)
        else:
            sa.event.listen(self.engine, "connect", _prepare_postgres)
            # PostgreSQL's advisory locks are the whole database's: two schemas must not meet.
            with self.read() as conn:
                self._salt = str(conn.scalar(sa.select(sa.func.current_schema())))
        _ENGINES.add(self.engine)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One transaction that only reads."""
        with store_errors(), self.engine.connect() as conn, conn.begin():
            yield conn

    @contextmanager
    def write(self, turn: str = "", *, durable: bool = False) -> Iterator[sa.Connection]:
        """One transaction that writes. Two with the same `turn` run one after the other.

        Every one survives kill -9; a `durable` one also a power cut right after it.
        """
        with store_errors(), self.engine.connect() as conn, self.writing(conn, durable=durable):
            if turn and not self.is_sqlite:
                conn.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": self.number(turn)})
            yield conn

    @contextmanager
    def writing(self, conn: sa.Connection, *, durable: bool = False) -> Iterator[None]:
        """A writing transaction on `conn`; SQLite takes its one writer's lock at the start."""
        options: Any = {_WRITES: True, _DURABLE: durable}
        with conn.execution_options(**options).begin():
            yield

    @contextmanager
    def checkpoint_beside(self) -> Iterator[None]:
        """Copy SQLite's log into its file meanwhile, in a thread that needs no interpreter: rows of
        a merge are written twice, and nobody has to wait for the second time."""
        if not self.is_sqlite:
            yield
            return
        copying = threading.Thread(target=self._checkpoint)
        copying.start()
        try:
            yield
        finally:
            copying.join()

    def _checkpoint(self) -> None:
        # One that fails is made up for by a commit, or by the last one who closes the file.
        with suppress(StoreError), store_errors(), self.engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def insert(self, table: sa.Table) -> Any:
        """INSERT that knows ON CONFLICT, which SQLAlchemy spells per dialect."""
        if self.is_sqlite:
            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - as bulk_of says

        return postgresql.insert(table)

    def number(self, name: str) -> int:
        """The advisory lock of `name` in this schema: a signed 64-bit number."""
        digest = hashlib.sha256(f"{self._salt}\n{name}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)

    def close(self) -> None:
        self.engine.dispose()


#: What SQLite says -> what it means.
_SAYINGS = {
    "readonly database": "на файл базы нет права записи",
    "database is locked": "её долго держит другая программа",
    "unable to open database file": "её файл не открыть: нет прав или папки",
    "disk is full": "на диске нет места",
    "disk I/O error": "диск не пишет или не читает",
    "not a database": "это не файл SQLite",
    "malformed": "её файл повреждён",
}


class Part:
    """A part of the store: methods over one open database."""

    def __init__(self, db: Database) -> None:
        self.db = db


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn a driver's error into StoreError; no value of a row gets into its words."""
    try:
        yield
    except _with_driver(
        "OperationalError", exc.OperationalError, exc.TimeoutError, OSError
    ) as error:
        raise StoreError(
            f"база данных не отвечает ({_reason(error)}).",
            hint="Проверьте, что она запущена, что есть место на диске и права на файл, что DATABASE_URL верен; "
            "следующая синхронизация попробует снова.",
            permanent=False,
        ) from error
    except _with_driver("Error", exc.SQLAlchemyError, sqlite3.Error) as error:
        raise StoreError(
            f"база данных отказала ({_reason(error)}).",
            hint="Если это повторяется, проверьте файл базы или сервер PostgreSQL.",
        ) from error


def _with_driver(name: str, *errors: type[Exception]) -> tuple[type[Exception], ...]:
    """The errors, and that of PostgreSQL's driver, which is loaded only where the database is one."""
    driver = sys.modules.get("psycopg")
    return (*errors, getattr(driver, name)) if driver else errors


def _reason(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return next((words for sign, words in _SAYINGS.items() if sign in lines[0]), lines[0][:200])


def _home(url: sa.URL) -> Path:
    """The folder of the file, both made for their owner alone; SQLite gives its log and index the
    file's own mode."""
    path = Path(str(url.database)).resolve()
    folder = path.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "locks").mkdir(mode=0o700, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            f"не могу создать папку ({because(error)}).",
            where=str(folder),
            hint="Проверьте права или укажите другую папку в ROMI_SHEETS_HOME.",
        ) from error
    with suppress(OSError):  # another's file is another's to close
        for name in ("", "-wal", "-shm"):
            if (one := path.with_name(path.name + name)).exists():
                one.chmod(0o600)
    return folder


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own transactions begin too late to be a read snapshot or a writer's lock.
    connection.isolation_level = None
    # A merge of a big clinic leaves a big log behind; it is given back to the disk.
    connection.execute("PRAGMA journal_size_limit = 67108864")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")


def _prepare_postgres(connection: psycopg.Connection[Any], _record: object) -> None:
    theirs = {f"tcp_keepalives_{name}": number for name, number in _KEEPALIVES.items()}
    for name, number in (theirs | {"tcp_user_timeout": _UNANSWERED}).items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, str(number)))
    connection.commit()


def _begin_sqlite(conn: sa.Connection) -> None:
    options = conn.get_execution_options()
    if options.get(_WRITES):
        level = "FULL" if options.get(_DURABLE) else "NORMAL"
        conn.exec_driver_sql(f"PRAGMA synchronous = {level}")
        conn.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        conn.exec_driver_sql("BEGIN")
