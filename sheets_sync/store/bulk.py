"""Many rows out of a database and into it, in the way of its kind."""

from __future__ import annotations

from types import ModuleType

from sheets_sync.store import bulk_sqlite
from sheets_sync.store.database import Database


def bulk_of(db: Database) -> ModuleType:
    """The module that moves rows of this database: both have the same functions.

    PostgreSQL's is loaded where the database is one: its driver takes 60 ms of CPU.
    """
    if db.is_sqlite:
        return bulk_sqlite
    from sheets_sync.store import bulk_postgres  # noqa: PLC0415

    return bulk_postgres
