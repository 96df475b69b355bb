"""The store: clinics' rows, sources' state, runs, jobs, limits and the push ledger in one database.

SQLite in the service's folder, or PostgreSQL by DATABASE_URL; the same answers from both.
Nothing outside of this package imports SQLAlchemy, alembic or psycopg.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sheets_sync.store.alerts import Alerts
from sheets_sync.store.counters import Counters, Key
from sheets_sync.store.database import Database
from sheets_sync.store.history import RowHistory, Snapshot
from sheets_sync.store.jobs import Claim, Jobs, next_hourly
from sheets_sync.store.limits import Limits, open_limits
from sheets_sync.store.locks import turn
from sheets_sync.store.memory import Memory
from sheets_sync.store.merge_plan import MergeCounts
from sheets_sync.store.migrate import migrate
from sheets_sync.store.of_source import OfSource
from sheets_sync.store.orders import Order, Orders
from sheets_sync.store.outbox import Letter, LetterState, Outbox
from sheets_sync.store.overview import Overview
from sheets_sync.store.pushes import Pushes, Sent, Upload
from sheets_sync.store.rows import Rows
from sheets_sync.store.runs import RunRecord, Runs
from sheets_sync.store.sources import Sources, SourceState
from sheets_sync.store.tokens import Tokens
from sheets_sync.store.views import Views

__all__ = [
    "Claim",
    "Key",
    "Letter",
    "LetterState",
    "Limits",
    "MergeCounts",
    "OfSource",
    "Order",
    "Overview",
    "RunRecord",
    "Sent",
    "Snapshot",
    "SourceState",
    "Store",
    "Upload",
    "next_hourly",
    "open_limits",
    "open_store",
]


class Store:
    """Everything that is remembered, by its parts. Safe over threads and processes.

    Every method of a part raises StoreError where the database does not answer (not permanent) or
    refuses. Times go in and come out with a zone.

    rows      the clinics' rows by entity
    sources   what is remembered of each source
    runs      what was started, how far it is, how it ended
    jobs      which clinic is owed a run, and who is at it
    limits    requests per window, requests at once, signatures that are spent
    pushes    conversions that went to Metrica
    orders    orders that went to Metrica
    tokens    what services issued, sealed
    history   what books showed day by day, and versions of rows since
    outbox    messages to the clinic's people
    memory    what a run leaves for the next one and for the clinic's page
    alerts    rows of «Внимание», and which of them were sent
    totals    the numbers behind /metrics
    views     the last computed tables for BI, on PostgreSQL
    """

    def __init__(self, db: Database) -> None:
        self.db = db
        self.rows = Rows(db)
        self.sources = Sources(db)
        self.runs = Runs(db)
        self.jobs = Jobs(db)
        self.limits = Limits(db)
        self.pushes = Pushes(db)
        self.orders = Orders(db)
        self.tokens = Tokens(db)
        self.history = RowHistory(db)
        self.outbox = Outbox(db)
        self.memory = Memory(db)
        self.alerts = Alerts(db)
        self.counters = Counters(db)
        self.views = Views(db)

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Wait until no other process is alone with `name`, and be it meanwhile."""
        with turn(self.db, name):
            yield

    @contextmanager
    def checkpoint_beside(self) -> Iterator[None]:
        """Meanwhile let the database put in its place what was merged. Raises nothing of its own."""
        with self.db.checkpoint_beside():
            yield

    def close(self) -> None:
        """Close every connection; claims that are still held keep their own."""
        self.db.close()


def open_store(url: str) -> Store:
    """Open the store at an SQLAlchemy URL, making or migrating it where needed.

    Makes the folder of an SQLite file. Any number of processes may open one store at once.
    Raises ConfigError for an address that is none or of an unknown kind of database, StoreError
    for a database that does not answer or that a newer version of this program has migrated.
    """
    db = Database(url)
    try:
        migrate(db)
    except BaseException:
        db.close()
        raise
    return Store(db)
