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

from metrics.schema import ENTITIES, Entity
from sheets_sync.store.frames import in_order
from sheets_sync.store.tables import ROW_NO, ROWS

#: Rows compared at once; bounds memory, not the answer.
_SLICE = 100_000


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
    """Keys to delete, rows to insert (stored columns and key), and the counts of it."""

    entity: str
    remove: Any
    put: pa.Table
    merged: MergeCounts

    @property
    def writes(self) -> bool:
        return len(self.remove) + len(self.put) > 0


def nothing(entity: str, unchanged: int = 0) -> RowPlan:
    """The plan that writes nothing."""
    return RowPlan(entity, pa.array([]), pa.table({}), MergeCounts(unchanged=unchanged))


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
        given = set(kept.to_pylist())
        gone = set(self.ids) - given
        inside = conn.scalars(ours.where(when >= self.since, when < self.until)).all()
        missing = {*inside} - given
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
        return RowPlan(entity, pa.array([]), kept, MergeCounts(new=len(kept), repeated=repeated))
    gone = absent.keys(conn, clinic, spec, kept[spec.key])
    put, remove = [kept.slice(0, 0)], [kept[spec.key].slice(0, 0)]
    new = changed = 0
    for part in _slices(kept):
        old = bulk.select_keys(conn, entity, rows.column_names, clinic, part[spec.key])
        at = pc.index_in(part[spec.key], value_set=old[spec.key].combine_chunks())
        fresh = pc.is_null(at)
        different = pc.and_(pc.invert(fresh), _differ(part, old.take(at)))
        new += pc.sum(fresh).as_py() or 0
        changed += pc.sum(different).as_py() or 0
        put.append(part.filter(pc.or_(fresh, different)))
        remove.append(part[spec.key].filter(different))
    merged = MergeCounts(new, changed, len(kept) - new - changed, len(gone), repeated)
    chunks = [*(chunk for column in remove for chunk in column.chunks), gone]
    keys = pa.chunked_array(chunks, type=kept[spec.key].type)
    return RowPlan(entity, keys, pa.concat_tables(put), merged)


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
    old = bulk.select_period(conn, entity, [ROW_NO, *names], clinic, source, days)
    unchanged = _in_both(old.select(names), rows)
    if unchanged == len(old) == len(rows):
        return nothing(entity, unchanged)
    row_no, of_clinic = ROWS[entity].c[ROW_NO], ROWS[entity].c.clinic == clinic
    top = conn.scalar(sa.select(sa.func.max(row_no)).where(of_clinic)) or 0
    numbers = pa.array(np.arange(top + 1, top + 1 + len(rows)), pa.int64())
    put = in_order(rows, names).append_column(ROW_NO, numbers)
    merged = MergeCounts(len(rows) - unchanged, 0, unchanged, len(old) - unchanged)
    return RowPlan(entity, old[ROW_NO], put, merged)


def _in_both(old: pa.Table, new: pa.Table) -> int:
    """How many rows are the same; two equal rows are two."""
    names = old.column_names
    sides = [
        rows.append_column("old", pa.array([share] * len(rows), pa.int64())).append_column(
            "new", pa.array([1 - share] * len(rows), pa.int64())
        )
        for rows, share in ((old, 1), (new, 0))
    ]
    counts = pa.concat_tables(sides).group_by(names).aggregate([("old", "sum"), ("new", "sum")])
    return int(pc.sum(pc.min_element_wise(counts["old_sum"], counts["new_sum"])).as_py() or 0)


def _slices(table: pa.Table) -> Iterator[pa.Table]:
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


def _differ(rows: pa.Table, others: pa.Table) -> Any:
    """Which rows have a cell that is not the other table's; null is equal to null."""
    result = pa.array(np.zeros(len(rows), dtype=bool))
    for name in rows.column_names:
        one, other = rows[name], others[name]
        unlike = pc.fill_null(pc.not_equal(one, other), pc.xor(pc.is_null(one), pc.is_null(other)))
        result = pc.or_(result, unlike)
    return result
