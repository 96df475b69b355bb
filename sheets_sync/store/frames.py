"""A frame as the database keeps it, and back: text and 64-bit integers, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from metrics.schema import ENTITIES, Kind, check
from sheets_sync.reading.characters import has_byte

#: How pandas dtypes of a frame are spelled in Arrow.
_FRAMED: dict[Kind, Any] = {
    "text": pa.large_string(),
    "time": pa.timestamp("us", "UTC"),
    "day": pa.timestamp("us"),
    "kopecks": pa.int64(),
    "count": pa.int64(),
    "flag": pa.bool_(),
}
#: No text of a clinic needs these two: PostgreSQL refuses the first, the second separates values
#: here and in bulk_sqlite.
_SEPARATOR = "\x1f"
_FORBIDDEN = ("\x00", _SEPARATOR)
_REPLACEMENT = "\ufffd"


def to_stored(entity: str, frame: pd.DataFrame) -> pa.Table:
    """Frame of `entity` in, Arrow table of large_string and int64 out, same columns and order.

    Times become microseconds UTC, days become days since 1970, flags 0 and 1; NA becomes null.
    U+0000 and U+001F in a text become U+FFFD. Raises SchemaError for a frame that is not `entity`'s.
    """
    table = pa.Table.from_pandas(check(entity, frame), preserve_index=False)
    columns = {c.name: _stored(table[c.name], c.kind) for c in ENTITIES[entity].columns}
    return pa.table(columns)


def _stored(values: Any, kind: Kind) -> Any:
    if kind == "text":
        return _all_printable(values.cast(pa.large_string()))
    if kind == "day":
        values = values.cast(pa.date32()).cast(pa.int32())
    if kind == "flag":
        values = values.cast(pa.int8())
    return values.cast(pa.int64())


def _all_printable(values: Any) -> Any:
    for character in _FORBIDDEN:
        if has_byte(values, character.encode()):
            values = pc.replace_substring(values, character, _REPLACEMENT)
    return values


def printable(text: str) -> str:
    """`text` as both databases can keep it: U+FFFD in place of what one of them cannot."""
    for character in _FORBIDDEN:
        text = text.replace(character, _REPLACEMENT)
    return text.encode("utf-8", "replace").decode()


def to_frame(entity: str, table: pa.Table) -> pd.DataFrame:
    """The reverse of `to_stored`; metrics.schema.check passes."""
    columns = {c.name: _framed(table[c.name], c.kind) for c in ENTITIES[entity].columns}
    frame: pd.DataFrame = pa.table(columns).to_pandas(
        types_mapper={pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get
    )
    return check(entity, frame)


def _framed(values: Any, kind: Kind) -> Any:
    if kind == "day":
        values = values.cast(pa.int32()).cast(pa.date32())
    return values.cast(_FRAMED[kind])


def stored_schema(names: list[str], entity: str) -> pa.Schema:
    """Arrow types of the stored columns `names`; a column that is no entity's is an integer key."""
    kinds = {c.name: c.kind for c in ENTITIES[entity].columns}
    return pa.schema(
        (name, pa.large_string() if kinds.get(name) == "text" else pa.int64()) for name in names
    )


def strung(rows: pa.Table) -> Any:
    """Each row of stored columns as one text, «name=value» of its filled cells: whoever reads it
    later may know more columns, or fewer."""
    cells = []
    for name in rows.column_names:
        value = rows[name].cast(pa.large_string())
        filled = pc.if_else(pc.equal(value, ""), None, value)
        cells.append(pc.binary_join_element_wise(_one(name), filled, _one("=")))
    return pc.binary_join_element_wise(*cells, _one(_SEPARATOR), null_handling="skip")


def unstrung(entity: str, texts: Sequence[str]) -> pa.Table:
    """The rows of `entity` that `strung` made text of, as stored columns."""
    rows = [dict(c.partition("=")[::2] for c in text.split(_SEPARATOR)) for text in texts]
    schema = stored_schema(ENTITIES[entity].names, entity)
    columns = {
        name: pa.array([row.get(name) for row in rows], pa.large_string()) for name in schema.names
    }
    given = {
        field.name: pc.fill_null(columns[field.name], "")
        if pa.types.is_large_string(field.type)
        else columns[field.name].cast(field.type)
        for field in schema
    }
    return pa.table(given, schema=schema)


def _one(text: str) -> Any:
    return pa.scalar(text, pa.large_string())


def in_order(table: pa.Table, names: list[str]) -> pa.Table:
    """`table` sorted by `names`, text by code point, null first; untouched if one sorted key."""
    if len(names) == 1 and _sorted(table[names[0]].combine_chunks()):
        return table
    keys = [(name, "ascending", "at_start") for name in names]
    return table.take(pc.sort_indices(table, sort_keys=keys))


def _sorted(values: Any) -> bool:
    if len(values) < 2:
        return True
    return bool(pc.all(pc.less_equal(values[:-1], values[1:])).as_py())
