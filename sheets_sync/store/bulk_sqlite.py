"""Many rows out of SQLite and into it, as Arrow tables.

Reading: SQLite strings a column's values together itself, and Arrow cuts them apart; one row at a
time through the driver takes twice as long. ADBC reads faster still, but brings a second copy of
SQLite into the process, and closing a file there drops the locks the first copy holds on it
(https://www.sqlite.org/howtocorrupt.html, 2.2.1): another process then writes in the middle of
our transaction, and its rows are lost (seen here).
"""

from __future__ import annotations

import json
from itertools import repeat
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

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
#: Rows that one statement inserts, and rows that tell whether a column's texts repeat.
_AT_ONCE, _LOOKED = 16, 500
#: Rows at either end of a page that tell which columns may be one value.
_END = 50


def select_all(conn: sa.Connection, entity: str, names: list[str], clinic: str) -> pa.Table:
    """The stored columns `names` of all of a clinic's rows of `entity`, mostly in key order; texts
    that rows share as codes."""
    schema = stored_schema(names, entity, ENTITIES[entity].words)
    return _pages(conn, entity, schema, ROWS[entity].c.clinic == clinic)


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
    table, key = ROWS[entity], ROWS[entity].c[key_of(ENTITIES[entity])]
    ours, most = table.c.clinic == clinic, round(_DENSE * len(keys))
    ends = pc.min_max(keys).as_py()
    stretch = sa.and_(ours, key.between(ends["min"], ends["max"]))
    some: Any = sa.select(sa.literal_column("1")).where(stretch).limit(most + 1)
    schema = stored_schema([*dict.fromkeys([*names, key.name])], entity)
    alike = {n: likely[n][0].as_py() for n in schema.names if is_one(likely[n])} if likely else {}
    if (conn.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0) <= most:
        # One stretch of the table: a third less than to look up each key.
        rows = _page(conn, entity, schema, stretch, alike, likely)
        is_whole = rows[key.name].combine_chunks().equals(keys)
        return (rows if is_whole else rows.filter(pc.is_in(rows[key.name], keys))).select(names)
    values = sa.func.json_each(json.dumps(keys.to_pylist())).table_valued("value")
    inside = sa.and_(ours, key.in_(sa.select(values.c.value)))
    return _page(conn, entity, schema, inside, alike, likely).select(names)


def select_period(
    conn: sa.Connection, entity: str, names: list[str], clinic: str, source: str, days: range
) -> pa.Table:
    """One source's rows whose day (an integer, days since 1970) lies in `days`."""
    table = ROWS[entity]
    when = table.c[ENTITIES[entity].when]
    inside = sa.and_(
        table.c.clinic == clinic, table.c.source == source, when.between(days[0], days[-1])
    )
    return _pages(conn, entity, stored_schema(names, entity), inside)


def select_source(
    conn: sa.Connection, entity: str, names: list[str], clinic: str, source: str
) -> pa.Table:
    """All of one source's rows."""
    table = ROWS[entity]
    inside = sa.and_(table.c.clinic == clinic, table.c.source == source)
    return _pages(conn, entity, stored_schema(names, entity), inside)


def _pages(conn: sa.Connection, entity: str, schema: pa.Schema, inside: Any) -> pa.Table:
    key = ROWS[entity].c[key_of(ENTITIES[entity])]
    pages, after = [], None
    while True:
        rest = inside if after is None else sa.and_(inside, key > after)
        last = conn.scalar(sa.select(key).where(rest).order_by(key).limit(1).offset(_PAGE - 1))
        part = rest if last is None else sa.and_(rest, key <= last)
        alike = _alike_at_ends(conn, ROWS[entity], schema.names, part)
        pages.append(_page(conn, entity, schema, part, alike))
        if last is None:
            return pa.concat_tables(pages)
        after = last


def _page(
    conn: sa.Connection,
    entity: str,
    schema: pa.Schema,
    inside: Any,
    alike: dict[str, Any],
    likely: pa.Table | None = None,
) -> pa.Table:
    """The rows inside; most likely columns are `alike` in all of them, or as in `likely`."""
    table = ROWS[entity]
    rows, is_unlike, blobs = _strung_together(conn, table, schema.names, alike, inside)
    if not rows:
        return schema.empty_table()
    if is_unlike:
        blobs |= _strung_together(conn, table, [*alike], {}, inside)[2]
        alike = {}
    columns = [
        _repeated(alike[field.name], field.type, rows)
        if field.name in alike
        else _cut(blobs[field.name] or b"", field, rows, likely)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _alike_at_ends(
    conn: sa.Connection, table: sa.Table, names: list[str], inside: Any
) -> dict[str, Any]:
    """The columns that are one among the first and the last rows, and may be one in all: a third of
    the cells are of such, and to look at one costs half of stringing it."""
    ends = [
        conn.execute(
            sa.select(*(table.c[n] for n in names)).where(inside).order_by(*keys).limit(_END)
        )
        for keys in (table.primary_key, [key.desc() for key in table.primary_key])
    ]
    columns = zip(*(row for end in ends for row in end), strict=True)
    return {n: values[0] for n, values in zip(names, columns, strict=False) if len({*values}) == 1}


def _strung_together(
    conn: sa.Connection, table: sa.Table, names: list[str], alike: dict[str, Any], inside: Any
) -> tuple[int, bool, dict[str, bytes]]:
    """How many rows there are, whether one has another value than is `alike`, and the values of the
    other columns."""
    own = [name for name in names if name not in alike]
    others = [table.c[name].is_distinct_from(value) for name, value in alike.items()]
    unlike = sa.func.count(sa.case((sa.or_(sa.false(), *others), 1)))
    strung = [_strung(table.c[name]) for name in own]
    rows, is_unlike, *blobs = conn.execute(
        sa.select(sa.func.count(), unlike, *strung).where(inside)
    ).one()
    return rows, bool(is_unlike), dict(zip(own, blobs, strict=True))


def _strung(column: Any) -> Any:
    value = sa.func.ifnull(column, sa.literal_column("''")) if column.nullable else column
    text = sa.func.group_concat(value, sa.literal_column(f"'{_SEPARATOR}'"))
    return sa.cast(text, sa.LargeBinary)


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
    table = ROWS[entity]
    key = table.c[key_of(ENTITIES[entity])]
    statement = sa.delete(table).where(
        table.c.clinic == sa.bindparam("clinic"), key == sa.bindparam("key")
    )
    _driver(conn).executemany(
        str(statement.compile(conn.engine)), zip(repeat(clinic), keys.to_pylist())
    )


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
    names = ", ".join(f'"{name}"' for name in (*fixed, *own))
    places = [f"?{n}" for n in range(1, len(fixed) + count * len(own) + 1)]
    same, rest = places[: len(fixed)], places[len(fixed) :]
    rows = (", ".join([*same, *rest[n * len(own) : (n + 1) * len(own)]]) for n in range(count))
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({"), (".join(rows)})'  # noqa: S608 (its own columns)


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
    first = column.slice(0, _LOOKED)
    if pa.types.is_integer(column.type) or 2 * len(pc.unique(first)) > len(first):
        return list(column.to_numpy(zero_copy_only=False).tolist())
    coded = column.dictionary_encode()
    texts = np.array(coded.dictionary.to_pylist(), dtype=object)
    return list(texts[coded.indices.to_numpy()].tolist())


def _driver(conn: sa.Connection) -> Any:
    # Straight to the driver: SQLAlchemy would look at each row, and there may be a million.
    return conn.connection.driver_connection
