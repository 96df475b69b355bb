"""A frame as the database keeps it, and back: text and 64-bit integers, nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from metrics.entity import Kind
from metrics.schema import ENTITIES, check
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
#: Codes of texts.
_CODES = pa.dictionary(pa.int32(), pa.large_string())
#: No text of a clinic needs these two: PostgreSQL refuses the first, the second separates values
#: here and in bulk_sqlite.
_SEPARATOR = "\x1f"
_FORBIDDEN = ("\x00", _SEPARATOR)
_REPLACEMENT = "\ufffd"


def to_stored(entity: str, frame: pd.DataFrame) -> pa.Table:
    """Frame of `entity` in, Arrow table of large_string and int64 out, same columns and order; codes
    of texts stay codes.

    Times become microseconds UTC, days become days since 1970, flags 0 and 1; NA becomes null.
    U+0000 and U+001F in a text become U+FFFD. Raises SchemaError for a frame that is not `entity`'s.
    """
    return some_stored(entity, check(entity, frame))


def some_stored(entity: str, frame: pd.DataFrame) -> pa.Table:
    """The same of a frame with some of the columns, which nobody checks."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    kinds = {c.name: c.kind for c in ENTITIES[entity].columns}
    return pa.table({name: _stored(table[name], kinds[name]) for name in frame.columns})


def _stored(values: Any, kind: Kind) -> Any:
    if kind == "text" and pa.types.is_dictionary(values.type):
        coded = values.cast(_CODES).combine_chunks()
        texts = _all_printable(coded.dictionary)
        return pa.chunked_array([pa.DictionaryArray.from_arrays(coded.indices, texts)])
    if kind == "text":
        return _all_printable(values.cast(pa.large_string()))
    if kind == "day":
        values = values.cast(pa.date32()).cast(pa.int32())
    if kind == "flag":
        values = values.cast(pa.int8())
    return values.cast(pa.int64())


def without_codes(table: pa.Table) -> pa.Table:
    """Stored columns with texts in the place of their codes."""
    return pa.table(
        {
            name: values.cast(values.type.value_type)
            if pa.types.is_dictionary(values.type)
            else values
            for name, values in zip(table.column_names, table.columns, strict=True)
        }
    )


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
    """The reverse of `to_stored`, of all its columns or some; of all, metrics.schema.check passes.
    Codes stay codes."""
    spec = ENTITIES[entity]
    kinds = {c.name: c.kind for c in spec.columns}
    columns = {name: _framed(table[name], kinds[name]) for name in table.column_names}
    frame: pd.DataFrame = pa.table(columns).to_pandas(
        types_mapper={pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get
    )
    return check(entity, frame) if len(columns) == len(kinds) else frame


def _framed(values: Any, kind: Kind) -> Any:
    if pa.types.is_dictionary(values.type) and len(values):
        return values
    if kind == "day":
        values = values.cast(pa.int32()).cast(pa.date32())
    return values.cast(_FRAMED[kind])


def stored_schema(names: list[str], entity: str, coded: Collection[str] = ()) -> pa.Schema:
    """Arrow types of the stored columns `names`, some of them as codes of their texts; a column
    that is no entity's is an integer key."""
    texts = ENTITIES[entity].texts
    return pa.schema(
        (n, _CODES if n in coded else pa.large_string() if n in texts else pa.int64())
        for n in names
    )


def strung(rows: pa.Table, successors: pa.Table) -> Any:
    """Each row of stored columns as one text, «name=value»: whoever reads it later may know more
    columns, or fewer.

    Filled cells only; of a row that has a successor (a row of nulls is none) every cell that the
    successor has otherwise, and no other.
    """
    cells = []
    is_followed = pc.is_valid(successors[rows.column_names[0]])
    for name in rows.column_names:
        value, after = (table[name].cast(pa.large_string()) for table in (rows, successors))
        same = pc.equal(pc.fill_null(value, ""), pc.fill_null(after, ""))
        idle = pc.if_else(is_followed, same, pc.equal(value, ""))
        value = pc.if_else(is_followed, pc.fill_null(value, ""), value)
        filled = pc.if_else(idle, None, value)
        cells.append(pc.binary_join_element_wise(_one(name), filled, _one("=")))
    return pc.binary_join_element_wise(*cells, _one(_SEPARATOR), null_handling="skip")


def unstrung(text: str) -> dict[str, str]:
    """The cells of a text that `strung` made."""
    return dict(cell.partition("=")[::2] for cell in text.split(_SEPARATOR) if cell)


def stored_table(entity: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows of `entity` as stored columns; numbers may be text, and what a row does not name is
    empty."""
    schema = stored_schema(ENTITIES[entity].names, entity)
    columns = [
        [row.get(field.name) or "" for row in rows]
        if pa.types.is_large_string(field.type)
        else [None if row.get(field.name) in (None, "") else int(row[field.name]) for row in rows]
        for field in schema
    ]
    return pa.table(
        [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema
    )


def _one(text: str) -> Any:
    return pa.scalar(text, pa.large_string())


def is_one(values: Any) -> bool:
    """Whether a stored column has the same value in every row, of which there are some."""
    if values.null_count or not len(values):
        return bool(0 < len(values) == values.null_count)
    if pa.types.is_dictionary(values.type):
        values = _codes_of(values)
    if values[0] != values[-1]:
        return False
    return bool(pc.all(pc.equal(values, values[0])).as_py())


def _codes_of(values: Any) -> Any:
    return (
        values.combine_chunks().indices if isinstance(values, pa.ChunkedArray) else values.indices
    )


def in_order(table: pa.Table, names: list[str]) -> pa.Table:
    """`table` sorted by `names`, text by code point, null first; untouched if one sorted key."""
    if len(names) == 1 and _sorted(table[names[0]].combine_chunks()):
        return table
    keys = [(name, "ascending", "at_start") for name in names]
    compared = pa.table({name: _comparable(table[name]) for name in names})
    return table.take(pc.sort_indices(compared, sort_keys=keys))


def _comparable(values: Any) -> Any:
    """What is in the order of the values; of codes, the ranks of their texts."""
    if not pa.types.is_dictionary(values.type):
        return values
    coded = values.combine_chunks()
    return pc.rank(coded.dictionary, tiebreaker="dense").take(coded.indices)


def _sorted(values: Any) -> bool:
    if len(values) < 2:
        return True
    return bool(pc.all(pc.less_equal(values[:-1], values[1:])).as_py())
