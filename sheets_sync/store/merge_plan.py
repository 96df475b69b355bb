"""What a merge has to write: new rows against stored ones, and nothing that is equal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from metrics.coded import Ints, combine
from metrics.entity import Entity
from metrics.schema import ENTITIES
from sheets_sync.store.frames import in_order, stored_schema, without_codes
from sheets_sync.store.tables import ROW_NO, ROWS

#: Rows compared at once; bounds memory, not the answer.
_SLICE = 50_000


@dataclass(frozen=True)
class MergeCounts:
    """What a merge did to one entity, in rows.

    `repeated` rows had the id of another row of the same pull, which won: the one updated last,
    else the greater by its cells, so that the order of rows never matters.
    new + changed + unchanged + repeated = rows of the pull.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    repeated: int = 0

    def __add__(self, other: MergeCounts) -> MergeCounts:
        return MergeCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True)
class RowPlan:
    """Rows to delete, rows to insert (both stored columns and key), and the counts of it."""

    entity: str
    old: pa.Table
    put: pa.Table
    merged: MergeCounts

    @property
    def writes(self) -> bool:
        return len(self.old) + len(self.put) > 0


def nothing(entity: str, unchanged: int = 0) -> RowPlan:
    """The plan that writes nothing."""
    none = stored_schema(stored_names(entity), entity).empty_table()
    return RowPlan(entity, none, none, MergeCounts(unchanged=unchanged))


def forgetting(
    conn: sa.Connection, bulk: ModuleType, clinic: str, source: str
) -> Iterator[RowPlan]:
    """Plans that delete all that one source gave."""
    for entity in ENTITIES:
        old = bulk.select_source(conn, entity, stored_names(entity), clinic, source)
        yield RowPlan(entity, old, old.slice(0, 0), MergeCounts(removed=len(old)))


def stored_names(entity: str) -> list[str]:
    """The stored columns of `entity`, its key among them."""
    spec = ENTITIES[entity]
    return spec.names if spec.key else [ROW_NO, *spec.names]


@dataclass(frozen=True)
class Absent:
    """Rows of one source that a pull takes away: those it names, and those that it should have
    given, being all of its rows from `since` to before `until` (stored numbers), and did not."""

    source: str
    ids: tuple[str, ...] = ()
    since: int = 0
    until: int = 0

    def keys(self, conn: sa.Connection, clinic: str, spec: Entity, kept: Any) -> Any:
        """Their ids among the stored rows."""
        if not self.ids and self.since >= self.until:
            return pa.array([], pa.large_string())
        table = ROWS[spec.name]
        key, when = table.c[spec.key], table.c[spec.when]
        ours = sa.select(key).where(table.c.clinic == clinic, table.c.source == self.source)
        present = set(kept.to_pylist())
        gone = set(self.ids) - present
        inside = conn.scalars(ours.where(when >= self.since, when < self.until)).all()
        missing = {*inside} - present
        if gone:
            missing |= gone & set(conn.scalars(ours).all())
        return pa.array(sorted(missing), pa.large_string())


def plan_upsert(
    conn: sa.Connection,
    bulk: ModuleType,
    clinic: str,
    entity: str,
    rows: pa.Table,
    absent: Absent,
) -> RowPlan:
    """Rows with ids: the new and the different ones are put, the different ones' old ones removed,
    and with them what the pull says is no more."""
    spec = ENTITIES[entity]
    kept = _one_of_each(in_order(rows.combine_chunks(), [spec.key]), spec)
    repeated = len(rows) - len(kept)
    stored = sa.exists().where(ROWS[entity].c.clinic == clinic)
    if not conn.scalar(sa.select(stored)):
        return RowPlan(
            entity, kept.slice(0, 0), kept, MergeCounts(new=len(kept), repeated=repeated)
        )
    gone = absent.keys(conn, clinic, spec, kept[spec.key])
    put = [without_codes(kept.slice(0, 0))]
    old = [*put]
    new = changed = 0
    for part in map(without_codes, slices(kept)):
        keys = part[spec.key].combine_chunks()
        stored_rows = bulk.select_keys(conn, entity, rows.column_names, clinic, keys, part)
        fresh, beside = abreast(part, stored_rows, spec.key)
        different = pc.and_(pc.invert(fresh), differ(part, beside))
        new += pc.sum(fresh).as_py() or 0
        changed += pc.sum(different).as_py() or 0
        put.append(part.filter(pc.or_(fresh, different)))
        old.append(beside.filter(different))
    for start in range(0, len(gone), _SLICE):
        keys = gone.slice(start, _SLICE)
        old.append(bulk.select_keys(conn, entity, rows.column_names, clinic, keys))
    merged = MergeCounts(new, changed, len(kept) - new - changed, len(gone), repeated)
    return RowPlan(entity, pa.concat_tables(old), pa.concat_tables(put), merged)


def plan_replace(
    conn: sa.Connection,
    bulk: ModuleType,
    clinic: str,
    source: str,
    entity: str,
    rows: pa.Table,
    days: range,
) -> RowPlan:
    """Rows without ids: they take the place of the source's rows that begin within `days`."""
    names = rows.column_names
    stored_rows = bulk.select_period(conn, entity, stored_names(entity), clinic, source, days)
    alone = _not_in_both(stored_rows.select(names), rows)
    old, fresh = stored_rows.filter(alone[0]), rows.filter(alone[1])
    unchanged = len(rows) - len(fresh)
    if not len(old) + len(fresh):
        return nothing(entity, unchanged)
    row_no, of_clinic = ROWS[entity].c[ROW_NO], ROWS[entity].c.clinic == clinic
    top = conn.scalar(sa.select(sa.func.max(row_no)).where(of_clinic)) or 0
    numbers = pa.array(np.arange(top + 1, top + 1 + len(fresh)), pa.int64())
    put = in_order(fresh, names).append_column(ROW_NO, numbers)
    return RowPlan(entity, old, put, MergeCounts(len(fresh), 0, unchanged, len(old)))


def _not_in_both(old: pa.Table, new: pa.Table) -> tuple[Any, Any]:
    """Which rows of each side the other does not have; two equal rows are two."""
    if not len(old):
        return pa.nulls(0, pa.bool_()), pa.array(np.ones(len(new), dtype=bool))
    rows = pa.concat_tables([old, without_codes(new)])
    code, first = combine([_coded(column) for column in rows.columns], len(rows))
    sides = code[: len(old)], code[len(old) :]
    both = np.minimum(*(np.bincount(side, minlength=len(first)) for side in sides))
    return tuple(pa.array(_nth(side) >= both[side]) for side in sides)


def _coded(column: Any) -> tuple[Ints, int]:
    """Codes of a stored column, and how many there are; null is a value."""
    coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    return coded.indices.to_numpy().astype(np.int64), len(coded.dictionary)


def _nth(code: Any) -> Any:
    """How many of each one's equals stand before it."""
    order = np.argsort(code, kind="stable")
    grouped = code[order]
    nth = np.empty(len(code), dtype=np.int64)
    nth[order] = np.arange(len(code)) - np.searchsorted(grouped, grouped)
    return nth


def slices(table: pa.Table) -> Iterator[pa.Table]:
    """A table in parts of as many rows as are asked for at once."""
    for start in range(0, len(table), _SLICE):
        yield table.slice(start, _SLICE)


def _one_of_each(table: pa.Table, spec: Entity) -> pa.Table:
    """One row of each id, of a table that is in the order of its ids."""
    keys = table[spec.key].combine_chunks()
    if len(table) < 2 or not pc.any(pc.equal(keys[:-1], keys[1:])).as_py():
        return table
    newest = [c for c in ("updated_at",) if c in spec.names]
    rest = [n for n in table.column_names if n not in {spec.key, *newest}]
    table = in_order(table, [spec.key, *newest, *rest])
    keys = table[spec.key].combine_chunks()
    last = pa.concat_arrays([pc.not_equal(keys[:-1], keys[1:]), pa.array([True])])
    return table.filter(last)


def abreast(rows: pa.Table, stored: pa.Table, key: str) -> tuple[Any, pa.Table]:
    """Which of the rows are not stored, and what is stored of each (nulls where nothing is)."""
    keys, there = rows[key].combine_chunks(), stored[key].combine_chunks()
    if there.equals(keys):
        return pa.array(np.zeros(len(keys), dtype=bool)), stored
    at = pc.index_in(keys, value_set=there)
    return pc.is_null(at), stored.take(at)


def differ(rows: pa.Table, others: pa.Table) -> Any:
    """Which rows have a cell that is not the other table's; null is equal to null."""
    result = pa.array(np.zeros(len(rows), dtype=bool))
    for name in rows.column_names:
        one, other = rows[name], others[name]
        if one.equals(other):
            continue
        unlike = pc.fill_null(pc.not_equal(one, other), pc.xor(pc.is_null(one), pc.is_null(other)))
        result = pc.or_(result, unlike)
    return result
