"""Many rows out of PostgreSQL and into it, as Arrow tables, by COPY in CSV."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import psycopg
import pyarrow as pa
import sqlalchemy as sa
from psycopg import sql
from psycopg.pq import ExecStatus
from pyarrow import csv

from metrics.schema import ENTITIES
from sheets_sync.store.frames import stored_schema, without_codes
from sheets_sync.store.tables import ROWS, key_of

_BLOCK = 1 << 24


def select_all(conn: sa.Connection, entity: str, names: list[str], clinic: str) -> pa.Table:
    """The stored columns `names` of all of a clinic's rows of `entity`, in any order; texts that
    rows share as codes."""
    schema = stored_schema(names, entity, ENTITIES[entity].words)
    return _select(conn, entity, schema, _is("clinic", clinic))


def select_keys(
    conn: sa.Connection,
    entity: str,
    names: list[str],
    clinic: str,
    keys: Any,
    likely: pa.Table | None = None,
) -> pa.Table:
    """The rows that have one of `keys`; those that are as is `likely` cost no less than others."""
    del likely
    key = sql.Identifier(key_of(ENTITIES[entity]))
    inside = sql.SQL("{} = ANY({})").format(key, sql.Literal(keys.to_pylist()))
    return _select(conn, entity, stored_schema(names, entity), _is("clinic", clinic), inside)


def select_period(
    conn: sa.Connection, entity: str, names: list[str], clinic: str, source: str, days: range
) -> pa.Table:
    """One source's rows whose day (an integer, days since 1970) lies in `days`."""
    when = sql.Identifier(ENTITIES[entity].when)
    inside = sql.SQL("{} BETWEEN {} AND {}").format(
        when, sql.Literal(days[0]), sql.Literal(days[-1])
    )
    return _select(
        conn,
        entity,
        stored_schema(names, entity),
        _is("clinic", clinic),
        _is("source", source),
        inside,
    )


def select_source(
    conn: sa.Connection, entity: str, names: list[str], clinic: str, source: str
) -> pa.Table:
    """All of one source's rows."""
    return _select(
        conn, entity, stored_schema(names, entity), _is("clinic", clinic), _is("source", source)
    )


def _is(name: str, value: str) -> sql.Composed:
    return sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value))


def _select(conn: sa.Connection, entity: str, schema: pa.Schema, *inside: sql.Composed) -> pa.Table:
    query = sql.SQL("COPY (SELECT {} FROM {} WHERE {}) TO STDOUT (FORMAT csv)").format(
        sql.SQL(", ").join(map(sql.Identifier, schema.names)),
        sql.Identifier(entity),
        sql.SQL(" AND ").join(inside),
    )
    text = b"".join(_copied(conn, query))
    if not text:
        return schema.empty_table()
    return csv.read_csv(
        pa.py_buffer(text),
        csv.ReadOptions(column_names=schema.names, block_size=_BLOCK),
        csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        csv.ConvertOptions(
            column_types=schema, null_values=[""], strings_can_be_null=False, check_utf8=False
        ),
    )


def _copied(conn: sa.Connection, query: sql.Composed) -> Iterator[bytes]:
    """COPY … TO STDOUT, one message a row, straight from libpq: psycopg's own loop over a million
    messages costs three times as much."""
    driver: Any = conn.connection.driver_connection
    libpq = driver.pgconn
    started = libpq.exec_(query.as_bytes(driver))
    if started.status != ExecStatus.COPY_OUT:
        raise psycopg.errors.error_from_result(started)
    while (got := libpq.get_copy_data(0))[0] > 0:
        yield bytes(got[1])
    while result := libpq.get_result():
        if result.status != ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(result)


def delete(conn: sa.Connection, entity: str, clinic: str, keys: Any) -> None:
    """Delete the rows that have one of `keys`."""
    query = sql.SQL("DELETE FROM {} WHERE clinic = %s AND {} = ANY(%s)").format(
        sql.Identifier(entity), sql.Identifier(key_of(ENTITIES[entity]))
    )
    with _cursor(conn) as cursor:
        cursor.execute(query, (clinic, keys.to_pylist()))


def insert(conn: sa.Connection, entity: str, clinic: str, rows: pa.Table) -> None:
    """Insert `rows`, all stored columns and the key, as rows of `clinic`."""
    put(conn, ROWS[entity], clinic, rows)


def put(conn: sa.Connection, table: sa.Table, clinic: str, rows: pa.Table) -> None:
    """Insert `rows`, every column of `table` but the clinic's."""
    rows = rows.append_column("clinic", pa.repeat(pa.scalar(clinic), len(rows)))
    copy_in(conn, sql.Identifier(table.name), rows)


def copy_in(conn: sa.Connection, table: sql.Identifier, rows: pa.Table) -> None:
    """Insert `rows` into a table that has their columns."""
    query = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        table, sql.SQL(", ").join(map(sql.Identifier, rows.column_names))
    )
    # An empty text is "", a null is nothing: so COPY tells them apart.
    options = csv.WriteOptions(include_header=False, quoting_style="all_valid")
    with _cursor(conn) as cursor, cursor.copy(query) as copy:
        for batch in rows.to_batches(10_000):
            sink = io.BytesIO()
            csv.write_csv(without_codes(batch), sink, options)
            copy.write(sink.getvalue())


def _cursor(conn: sa.Connection) -> Any:
    driver: Any = conn.connection.driver_connection
    return driver.cursor()
