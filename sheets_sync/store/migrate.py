"""Bring a database to this program's tables, also when several processes start at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sheets_sync.errors import StoreError
from sheets_sync.store.database import Database
from sheets_sync.store.locks import turn
from sheets_sync.store.tables import METADATA

#: The newest revision in migrations/versions; tests hold it to that.
HEAD = "0009"
MIGRATIONS = Path(__file__).parent / "migrations"
#: Where alembic keeps the revision of a database.
_VERSION = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def migrate(db: Database) -> None:
    """Make the tables of an empty database, or run what is missing of migrations/versions, in one
    transaction. Raises StoreError."""
    with turn(db, "migrate") as conn:
        if db.is_sqlite:
            # Kept in the file itself. Outside of a transaction, or SQLite refuses it.
            driver: Any = conn.connection.driver_connection
            driver.execute("PRAGMA journal_mode = WAL")
        with db.writing(conn):
            revision = _revision(conn)
            if not revision and not sa.inspect(conn).get_table_names():
                _create(conn)
            elif revision != HEAD:
                upgrade(conn)


def _revision(conn: sa.Connection) -> str:
    if not sa.inspect(conn).has_table(_VERSION.name):
        return ""
    return str(conn.scalar(sa.select(_VERSION.c.version_num)) or "")


def _create(conn: sa.Connection) -> None:
    """All tables at once, as all migrations leave them; tests hold them to be the same."""
    METADATA.create_all(conn, checkfirst=False)
    _VERSION.create(conn)
    conn.execute(_VERSION.insert().values(version_num=HEAD))


def upgrade(conn: sa.Connection) -> None:
    """Run the migrations that are missing. Raises StoreError where a newer program ran its own."""
    # Imported only here: it takes longer to load than a new store to be made.
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
