"""The schemas of the views for BI and the rows behind them, in PostgreSQL's own words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import date
from hashlib import sha256
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from psycopg import sql

from sheets_sync.store.bulk_postgres import copy_in
from sheets_sync.store.database import Database
from templates_sheets.data_table import DataColumn, DataTable

#: Schema of the views, and of the rows behind them.
VIEWS, ROWS = "romi", "romi_rows"
#: What stands before the columns of every table.
OWN = (
    DataColumn("clinic", "Клиника", "string", "", "Имя файла клиники без .toml."),
    DataColumn("clinic_name", "Название клиники", "string", "", "Как она названа в своём файле."),
    DataColumn("as_of", "День отчёта", "date32[day]", "", "На какой день посчитано."),
)
_TYPES = {
    "string": "text",
    "double": "double precision",
    "int32": "integer",
    "bool": "boolean",
    "date32[day]": "date",
    "timestamp[ms]": "timestamp without time zone",
}
#: One writer of the views' shape at a time, while nobody writes rows: of the whole database, for
#: the schemas are.
_ALONE = sql.SQL("SELECT pg_advisory_xact_lock(hashtextextended('romi-sheets views', 0))")
_TOGETHER = sql.SQL("SELECT pg_advisory_xact_lock_shared(hashtextextended('romi-sheets views', 0))")
#: Which shape there is.
_SHAPE = sql.SQL(
    "SELECT max(obj_description(oid, 'pg_namespace')) FROM pg_namespace WHERE nspname = {}"
).format(sql.Literal(ROWS))


def show(db: Database, clinic: str, name: str, as_of: date, tables: Sequence[DataTable]) -> None:
    """Put a clinic's tables in the place of its last ones, as `Views.show` says."""
    shape = _shape(tables)
    with db.write() as conn:
        if _scalar(conn, _SHAPE) != shape:
            _run(conn, _ALONE)
            if _scalar(conn, _SHAPE) != shape:
                _lay(conn, tables, shape)
    with db.write(f"views {clinic}") as conn:
        _run(conn, _TOGETHER)
        for table in tables:
            target = sql.Identifier(ROWS, table.name)
            gone = sql.SQL("DELETE FROM {} WHERE clinic = {}").format(target, sql.Literal(clinic))
            _run(conn, gone)
            copy_in(conn, target, _owned(table.rows, clinic, name, as_of))


def _owned(rows: pa.Table, clinic: str, name: str, as_of: date) -> pa.Table:
    for at, (column, value) in enumerate(zip(OWN, (clinic, name, as_of), strict=True)):
        rows = rows.add_column(at, column.name, pa.repeat(pa.scalar(value), rows.num_rows))
    return rows


def _shape(tables: Iterable[DataTable]) -> str:
    """A hash of everything that `_lay` makes."""
    content = [(t.name, t.title, *(astuple(c) for c in (*OWN, *t.columns))) for t in tables]
    return sha256(repr(content).encode()).hexdigest()


def _lay(conn: sa.Connection, tables: Iterable[DataTable], shape: str) -> None:
    """Schemas, tables and views as this program has them; columns of other versions stay."""
    for schema in (ROWS, VIEWS):
        # Not IF NOT EXISTS, which asks for the right to make one all the same; nor to_regnamespace,
        # which remembers what there was not before the lock.
        there = "SELECT count(*) FROM pg_namespace WHERE nspname = {}"
        if not _scalar(conn, sql.SQL(there).format(sql.Literal(schema))):
            _run(conn, sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    for table in tables:
        _lay_table(conn, table)
    _run(
        conn, sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(ROWS), sql.Literal(shape))
    )


def _lay_table(conn: sa.Connection, table: DataTable) -> None:
    columns = (*OWN, *table.columns)
    shape = [(column.name, _TYPES[column.type]) for column in columns]
    target, view = sql.Identifier(ROWS, table.name), sql.Identifier(VIEWS, table.name)
    if _columns(conn, VIEWS, table.name) != shape:
        readers = _readers(conn, table.name)
        _run(conn, sql.SQL("DROP VIEW IF EXISTS {}").format(view))
        _lay_columns(conn, table.name, shape)
        names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in shape)
        # Through a WITH, or PostgreSQL would let people write into it.
        body = "CREATE VIEW {} AS WITH latest AS NOT MATERIALIZED (SELECT {} FROM {}) SELECT {} FROM latest"
        _run(conn, sql.SQL(body).format(view, names, target, names))
        for reader in readers:
            to = sql.SQL("PUBLIC") if reader == "PUBLIC" else sql.Identifier(reader)
            _run(conn, sql.SQL("GRANT SELECT ON {} TO {}").format(view, to))
    _run(conn, sql.SQL("COMMENT ON VIEW {} IS {}").format(view, sql.Literal(table.title)))
    for column in columns:
        place = sql.Identifier(VIEWS, table.name, column.name)
        _run(
            conn, sql.SQL("COMMENT ON COLUMN {} IS {}").format(place, sql.Literal(_comment(column)))
        )


def _comment(column: DataColumn) -> str:
    """«Расходы, RUB. Расходы на рекламу за дни периода.»"""
    unit = f", {column.unit}" if column.unit else ""
    return f"{column.title}{unit}. {column.meaning}"


def _lay_columns(conn: sa.Connection, name: str, shape: list[tuple[str, str]]) -> None:
    """The table behind a view; a column whose type is another now is made anew, empty."""
    target, there = sql.Identifier(ROWS, name), dict(_columns(conn, ROWS, name))
    if not there:
        lines = [sql.SQL("{} {}").format(sql.Identifier(n), sql.SQL(kind)) for n, kind in shape]
        _run(conn, sql.SQL("CREATE TABLE {} ({})").format(target, sql.SQL(", ").join(lines)))
        _run(conn, sql.SQL("CREATE INDEX ON {} (clinic)").format(target))
        return
    for column, kind in shape:
        present, place = there.get(column), sql.Identifier(column)
        if present and present != kind:
            _run(conn, sql.SQL("ALTER TABLE {} DROP COLUMN {}").format(target, place))
        if present != kind:
            added = "ALTER TABLE {} ADD COLUMN {} " + kind
            _run(conn, sql.SQL(added).format(target, place))


def _columns(conn: sa.Connection, schema: str, name: str) -> list[tuple[str, str]]:
    """Names and types of the columns of a table or view, in their order; none if there is none."""
    query = sa.text(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = :schema AND table_name = :name ORDER BY ordinal_position"
    )
    return [(n, t) for n, t in conn.execute(query, {"schema": schema, "name": name})]


def _readers(conn: sa.Connection, name: str) -> list[str]:
    """Who else may read a view: a new one must let them, too."""
    query = sa.text(
        "SELECT DISTINCT grantee FROM information_schema.table_privileges WHERE table_schema = "
        ":schema AND table_name = :name AND privilege_type = 'SELECT' AND grantee <> current_user"
    )
    return [row[0] for row in conn.execute(query, {"schema": VIEWS, "name": name})]


def _run(conn: sa.Connection, query: sql.Composable) -> Any:
    driver: Any = conn.connection.driver_connection
    return driver.execute(query)


def _scalar(conn: sa.Connection, query: sql.Composable) -> Any:
    return _run(conn, query).fetchone()[0]
