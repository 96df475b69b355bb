"""Bring a database to this program's tables, also when several processes start at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sheets_sync.errors import StoreError
from sheets_sync.store.database import Database
from sheets_sync.store.locks import turn

#: The newest revision in migrations/versions; tests hold it to that.
HEAD = "0009"
MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(db: Database) -> None:
    """Run what is missing of migrations/versions, in one transaction. Raises StoreError."""
    with turn(db, "migrate") as conn:
        if db.is_sqlite:
            # Kept in the file itself. Outside of a transaction, or SQLite refuses it.
            driver: Any = conn.connection.driver_connection
            driver.execute("PRAGMA journal_mode = WAL")
        with db.writing(conn):
            if _revision(conn) != HEAD:
                _upgrade(conn)


def _revision(conn: sa.Connection) -> str:
    if not sa.inspect(conn).has_table("alembic_version"):
        return ""
    return str(conn.scalar(sa.text("SELECT version_num FROM alembic_version")) or "")


def _upgrade(conn: sa.Connection) -> None:
    # Imported only here: it takes longer than everything else of a start.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = conn
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(
            "база данных создана более новой версией программы.",
            hint="Обновите romi-sheets до той же версии или укажите другую базу в DATABASE_URL.",
        ) from error
