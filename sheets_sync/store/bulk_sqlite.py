"""Many rows out of SQLite and into it, as Arrow tables.

Reading: SQLite strings a column's values together itself, and Arrow cuts them apart; one row at a
time through the driver takes twice as long. ADBC reads faster still, but brings a second copy of
SQLite into the process, and closing a file there drops the locks the first copy holds on it
(https://www.sqlite.org/howtocorrupt.html, 2.2.1): another process then writes in the middle of
our transaction, and its rows are lost (seen here).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from metrics.coded import repeats
from metrics.schema import ENTITIES
from sheets_sync.store.frames import in_order, is_one, stored_schema
from sheets_sync.store.tables import ROWS, key_of

#: Rows strung together at once: SQLite's longest value is a billion bytes.
_PAGE = 100_000
#: Never in a text: frames.to_stored sees to it. A literal, because a bound one is twice as slow.
_SEPARATOR = "\x1f"
#: How many times the keys asked for may lie between the first and the last of them for all of these
#: to be read.
_DENSE = 1.25
#: A page of a text column that says nothing: half of all are, and one stands for them all.
_BLANK = pa.repeat(pa.scalar("", pa.large_string()), round(_DENSE * _PAGE))
_NO_CODES = _BLANK.dictionary_encode()
#: Rows that one statement inserts.
_AT_ONCE = 16
#: Rows at either end of a page that tell which columns may be one value.
_END = 50


@dataclass(frozen=True)
class _Inside:
    """Which rows of an entity: what is so of them, and the values that it names.

    In SQLite's own words: SQLAlchemy took as long to spell a query of many columns as SQLite to
    answer it.
    """

    entity: str
    condition: str
    values: tuple[Any, ...]

    @property
    def key(self) -> str:
        return key_of(ENTITIES[self.entity])

    def also(self, condition: str, *values: Any) -> _Inside:
        return _Inside(self.entity, f"{self.condition} AND {condition}", (*self.values, *values))

    def ask(self, conn: sa.Connection, what: str, *values: Any, then: str = "") -> Any:
        """`what` of the rows, with its own values."""
        query = f'SELECT {what} FROM "{self.entity}" WHERE {self.condition} {then}'  # noqa: S608 (our own words)
        return conn.exec_driver_sql(query, (*values, *self.values))


def _of_clinic(entity: str, clinic: str) -> _Inside:
    return _Inside(entity, '"clinic" = ?', (clinic,))


def select_all(conn: sa.Connection, entity: str, names: list[str], clinic: str) -> pa.Table:
    """The stored columns `names` of all of a clinic's rows of `entity`, mostly in key order; texts
    that rows share as codes."""
    schema = stored_schema(names, entity, ENTITIES[entity].words)
    return _pages(conn, schema, _of_clinic(entity, clinic))


def select_keys(
    conn: sa.Connection,
    entity: str,
    names: list[str],
    clinic: str,
    keys: Any,
    likely: pa.Table | None = None,
) -> pa.Table:
    """The rows that have one of `keys`, a hundred thousand at most. Columns that are as in `likely`,
    rows that may well be stored just so, cost little."""
    ours, most = _of_clinic(entity, clinic), round(_DENSE * len(keys))
    ends = pc.min_max(keys).as_py()
    stretch = ours.also(f'"{ours.key}" BETWEEN ? AND ?', ends["min"], ends["max"])
    schema = stored_schema([*dict.fromkeys([*names, ours.key])], entity)
    alike = {n: likely[n][0].as_py() for n in schema.names if is_one(likely[n])} if likely else {}
    if not stretch.ask(conn, "1", then=f"LIMIT 1 OFFSET {most}").all():
        # One stretch of the table: a third less than to look up each key.
        rows = _page(conn, schema, stretch, alike, likely)
        is_whole = rows[ours.key].combine_chunks().equals(keys)
        return (rows if is_whole else rows.filter(pc.is_in(rows[ours.key], keys))).select(names)
    listed = json.dumps(keys.to_pylist())
    inside = ours.also(f'"{ours.key}" IN (SELECT value FROM json_each(?))', listed)  # noqa: S608
    return _page(conn, schema, inside, alike, likely).select(names)


def select_period(
    conn: sa.Connection, entity: str, names: list[str], clinic: str, source: str, days: range
) -> pa.Table:
    """One source's rows whose day (an integer, days since 1970) lies in `days`."""
    inside = _of_clinic(entity, clinic).also('"source" = ?', source)
    when = f'"{ENTITIES[entity].when}" BETWEEN ? AND ?'
    return _pages(conn, stored_schema(names, entity), inside.also(when, days[0], days[-1]))


def select_source(
    conn: sa.Connection, entity: str, names: list[str], clinic: str, source: str
) -> pa.Table:
    """All of one source's rows."""
    inside = _of_clinic(entity, clinic).also('"source" = ?', source)
    return _pages(conn, stored_schema(names, entity), inside)


def _pages(conn: sa.Connection, schema: pa.Schema, inside: _Inside) -> pa.Table:
    key, rest, pages = f'"{inside.key}"', inside, []
    while (alike := _alike_at_ends(conn, schema.names, rest)) is not None:
        at_last = f"ORDER BY {key} LIMIT 1 OFFSET {_PAGE - 1}"
        last = rest.ask(conn, key, then=at_last).scalar()
        part = rest if last is None else rest.also(f"{key} <= ?", last)
        pages.append(_page(conn, schema, part, alike))
        if last is None:
            break
        rest = inside.also(f"{key} > ?", last)
    return pa.concat_tables(pages) if pages else schema.empty_table()


def _alike_at_ends(conn: sa.Connection, names: list[str], inside: _Inside) -> dict[str, Any] | None:
    """The columns that are one among the first and the last rows, and may be one in all: a third of
    the cells are of such, and to look at one costs half of stringing it. None if there is no row."""
    first, last = (
        inside.ask(conn, _listing(names), then=f'ORDER BY "{inside.key}" {way} LIMIT {_END}').all()
        for way in ("ASC", "DESC")
    )
    if not first:
        return None
    columns = zip(names, zip(*first, *last, strict=True), strict=True)
    return {name: values[0] for name, values in columns if len({*values}) == 1}


def _page(
    conn: sa.Connection,
    schema: pa.Schema,
    inside: _Inside,
    alike: dict[str, Any],
    likely: pa.Table | None = None,
) -> pa.Table:
    """The rows inside; most likely columns are `alike` in all of them, or as in `likely`."""
    rows, is_unlike, blobs = _strung_together(conn, schema.names, alike, inside)
    if not rows:
        return schema.empty_table()
    if is_unlike:
        blobs |= _strung_together(conn, [*alike], {}, inside)[2]
        alike = {}
    columns = [
        _repeated(alike[field.name], field.type, rows)
        if field.name in alike
        else _cut(blobs[field.name] or b"", field, rows, likely)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _strung_together(
    conn: sa.Connection, names: list[str], alike: dict[str, Any], inside: _Inside
) -> tuple[int, bool, dict[str, bytes]]:
    """How many rows there are, whether one has another value than is `alike`, and the values of the
    other columns."""
    table = ROWS[inside.entity]
    own = [name for name in names if name not in alike]
    others = " OR ".join(f'"{name}" IS NOT ?' for name in alike) or "FALSE"
    unlike = f"count(CASE WHEN {others} THEN 1 END)"
    answers = ", ".join(["count(*)", unlike, *(_strung(table.c[name]) for name in own)])
    rows, is_unlike, *blobs = inside.ask(conn, answers, *alike.values()).one()
    return rows, bool(is_unlike), dict(zip(own, blobs, strict=True))


def _strung(column: sa.Column[Any]) -> str:
    value = f"""ifnull("{column.name}", '')""" if column.nullable else f'"{column.name}"'
    return f"CAST(group_concat({value}, '{_SEPARATOR}') AS BLOB)"


def _listing(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _cut(blob: bytes, field: pa.Field, rows: int, likely: pa.Table | None) -> Any:
    kind = field.type
    if likely and len(likely) == rows and _is_strung(likely[field.name], blob):
        return likely[field.name]
    if len(blob) == rows - 1:  # separators alone
        return _repeated(None if pa.types.is_integer(kind) else "", kind, rows)
    ends = pa.array([0, len(blob)], pa.int64()).buffers()[1]
    whole = pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(blob))
    values = pc.split_pattern(whole, _SEPARATOR).flatten()
    if pa.types.is_dictionary(kind):
        return values.dictionary_encode()
    if pa.types.is_integer(kind):
        values = pc.if_else(pc.equal(values, ""), None, values)
    return values.cast(kind)


def _repeated(value: Any, kind: Any, rows: int) -> Any:
    if value is None:
        return pa.nulls(rows, kind)
    is_coded = pa.types.is_dictionary(kind)
    if value == "" and rows <= len(_BLANK):
        return (_NO_CODES if is_coded else _BLANK)[:rows]
    if is_coded:
        codes = pa.array(np.zeros(rows, dtype=np.int32))
        return pa.DictionaryArray.from_arrays(codes, pa.array([value], kind.value_type))
    return pa.repeat(pa.scalar(value, kind), rows)


def _is_strung(values: Any, blob: bytes) -> bool:
    """Whether a column of values is what a blob holds."""
    texts = pc.fill_null(values.cast(pa.large_string()), "").combine_chunks()
    whole = pa.ListArray.from_arrays([0, len(texts)], texts)
    strung = pc.binary_join(whole, pa.scalar(_SEPARATOR, pa.large_string()))
    return bool(strung[0].as_buffer().equals(pa.py_buffer(blob)))


def delete(conn: sa.Connection, entity: str, clinic: str, keys: Any) -> None:
    """Delete the rows that have one of `keys`."""
    key = key_of(ENTITIES[entity])
    statement = f'DELETE FROM "{entity}" WHERE "clinic" = ? AND "{key}" = ?'  # noqa: S608 (our own words)
    _driver(conn).executemany(statement, zip(repeat(clinic), keys.to_pylist()))


def insert(conn: sa.Connection, entity: str, clinic: str, rows: pa.Table) -> None:
    """Insert `rows`, all stored columns and the key, as rows of `clinic`."""
    # A table that lies in the order of its key grows a quarter faster at its end.
    put(conn, ROWS[entity], clinic, in_order(rows, [key_of(ENTITIES[entity])]))


def put(conn: sa.Connection, table: sa.Table, clinic: str, rows: pa.Table) -> None:
    """Insert `rows`, every column of `table` but the clinic's."""
    # Each place of each row costs its binding: what says nothing is left to its default, what is
    # one for all rows is bound once a statement, and a statement puts several rows.
    names = [
        c.name for c in table.columns if c.name != "clinic" and not _is_default(c, rows[c.name])
    ]
    alike = {n: rows[n][0].as_py() for n in names if len(rows) > 1 and is_one(rows[n])}
    fixed = {"clinic": clinic, **alike}
    own = [n for n in names if n not in alike]
    for batch in rows.select(own).to_batches(10_000):
        columns = [*map(_listed, batch.columns)]
        whole = batch.num_rows - batch.num_rows % _AT_ONCE
        several = [c[first:whole:_AT_ONCE] for first in range(_AT_ONCE) for c in columns]
        for cells, count in ((several, _AT_ONCE), ([c[whole:] for c in columns], 1)):
            values = zip(*map(repeat, fixed.values()), *cells, strict=False)
            _driver(conn).executemany(_insert(table, [*fixed], own, count), values)


def _insert(table: sa.Table, fixed: list[str], own: list[str], count: int) -> str:
    """INSERT of `count` rows: places first of what is one for all, then of each row's own."""
    places = [f"?{n}" for n in range(1, len(fixed) + count * len(own) + 1)]
    same, rest = places[: len(fixed)], places[len(fixed) :]
    rows = (", ".join([*same, *rest[n * len(own) : (n + 1) * len(own)]]) for n in range(count))
    return f'INSERT INTO "{table.name}" ({_listing([*fixed, *own])}) VALUES ({"), (".join(rows)})'  # noqa: S608 (its own columns)


def _is_default(column: sa.Column[Any], values: Any) -> bool:
    """Whether all values are what the database puts where none is given."""
    if column.server_default is None:
        return bool(column.nullable and values.null_count == len(values))
    return is_one(values) and values[0].as_py() == ""


def _listed(column: Any) -> list[Any]:
    """The column's values; by way of numpy, which makes them three times as fast, and equal texts
    as one object, which is bound faster."""
    if column.null_count:
        return list(column.to_pylist())
    is_coded = pa.types.is_dictionary(column.type)
    if pa.types.is_integer(column.type) or not (is_coded or repeats(column)):
        return list(column.to_numpy(zero_copy_only=False).tolist())
    coded = column if is_coded else column.dictionary_encode()
    texts = np.array(coded.dictionary.to_pylist(), dtype=object)
    return list(texts[coded.indices.to_numpy()].tolist())


def _driver(conn: sa.Connection) -> Any:
    # Straight to the driver: SQLAlchemy would look at each row, and there may be a million.
    return conn.connection.driver_connection
