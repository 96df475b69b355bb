"""What books showed day by day, and what merges did to rows since: for 400 days, keys only."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from metrics.past import Revision
from metrics.schema import ENTITIES
from sheets_sync.store.bulk import bulk_of
from sheets_sync.store.database import Database, Part
from sheets_sync.store.frames import stored_table, strung, to_frame, unstrung
from sheets_sync.store.merge_plan import RowPlan, stored_names
from sheets_sync.store.tables import HISTORY, MERGES, SNAPSHOTS, key_of

#: How long versions of rows and snapshots are kept.
KEPT = timedelta(days=400)
#: Keys asked for at once.
_SLICE = 100_000


@dataclass(frozen=True)
class Merge:
    """When a merge was, whose run made it, of which source."""

    at: datetime
    run_id: str
    source: str


@dataclass(frozen=True)
class Snapshot:
    """What a book showed: `body` is plain JSON, `n` the last merge of the rows behind it."""

    as_of: date
    n: int
    version: str
    body: dict[str, Any]


class RowHistory(Part):
    """Snapshots of every clinic's books, and the versions of rows since the first of them."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.bulk = bulk_of(db)

    def position(self, clinic: str) -> int:
        """The number of the clinic's last merge that changed a row. Raises StoreError."""
        with self.db.read() as conn:
            return _position(conn, clinic)

    def keep(self, clinic: str, snapshot: Snapshot, at: datetime) -> bool:
        """Keep a snapshot in the place of the day's one before, and sweep what is too old.

        Gives False, and keeps nothing, where rows have changed since `snapshot.n`. Raises StoreError.
        """
        body = zlib.compress(json.dumps(snapshot.body, ensure_ascii=False).encode())
        news = {"at": at, "n": snapshot.n, "version": snapshot.version, "body": body}
        with self.db.write(f"history {clinic}") as conn:
            if _position(conn, clinic) != snapshot.n:
                return False
            conn.execute(
                self.db.insert(SNAPSHOTS)
                .values({"clinic": clinic, "as_of": snapshot.as_of} | news)
                .on_conflict_do_update(index_elements=["clinic", "as_of"], set_=news)
            )
            _sweep(conn, clinic, at - KEPT)
        return True

    def last(self, clinic: str, until: date) -> Snapshot | None:
        """The clinic's last snapshot of `until` or a day before it. Raises StoreError."""
        t = SNAPSHOTS.c
        query = (
            sa.select(t.as_of, t.n, t.version, t.body)
            .where(t.clinic == clinic, t.as_of <= until)
            .order_by(t.as_of.desc())
            .limit(1)
        )
        with self.db.read() as conn:
            row = conn.execute(query).one_or_none()
        if row is None:
            return None
        return Snapshot(row.as_of, row.n, row.version, json.loads(zlib.decompress(row.body)))

    def since(
        self, clinic: str, n: int, entities: Collection[str] = tuple(ENTITIES)
    ) -> dict[str, Revision]:
        """Entity -> its rows that are not as they were after merge `n`. Raises StoreError."""
        t = HISTORY.c
        query = (
            sa.select(t.entity, t.key, t.old)
            .where(t.clinic == clinic, t.n > n, t.entity.in_(entities))
            .order_by(t.n.desc())
        )
        with self.db.read() as conn:
            versions: dict[str, dict[str, list[str | None]]] = {}
            for entity, key, old in conn.execute(query):
                versions.setdefault(entity, {}).setdefault(key, []).append(old)
            return {e: self._revision(conn, clinic, e, versions[e]) for e in sorted(versions)}

    def _revision(
        self, conn: sa.Connection, clinic: str, entity: str, versions: dict[str, list[str | None]]
    ) -> Revision:
        """`versions` are what each row was before, the newest first."""
        key, names = key_of(ENTITIES[entity]), stored_names(entity)
        kind = pa.large_string() if ENTITIES[entity].key else pa.int64()
        keys = pa.array(sorted(versions), pa.large_string()).cast(kind)
        now = pa.concat_tables(
            self.bulk.select_keys(conn, entity, names, clinic, keys.slice(start, _SLICE))
            for start in range(0, len(keys), _SLICE)
        )
        rows: dict[str, dict[str, Any]] = {str(row[key]): row for row in now.to_pylist()}
        before = [_undone(rows.get(k), olds) for k, olds in versions.items()]
        was = stored_table(entity, [row for row in before if row is not None])
        return Revision(to_frame(entity, was), to_frame(entity, now.select(ENTITIES[entity].names)))


def _undone(row: dict[str, Any] | None, olds: list[str | None]) -> dict[str, Any] | None:
    """A row without its changes, the newest first; None where it is not there."""
    for old in olds:
        row = None if old is None else {**(row or {}), **unstrung(old)}
    return row


def record(
    conn: sa.Connection, bulk: ModuleType, clinic: str, plans: Iterable[RowPlan], merge: Merge
) -> None:
    """Keep what a merge's plans supersede, delete and bring, in the transaction that writes them.

    Nothing of a clinic that was never shown a book: it has nothing to compare with.
    """
    writing = [plan for plan in plans if plan.writes]
    if not writing or not is_shown(conn, clinic):
        return
    n = _position(conn, clinic) + 1
    conn.execute(sa.insert(MERGES).values(clinic=clinic, n=n, **vars(merge)))
    for plan in writing:
        bulk.put(conn, HISTORY, clinic, _versions(plan, n))


def is_shown(conn: sa.Connection, clinic: str) -> bool:
    """Whether a book of the clinic has left a snapshot."""
    return bool(conn.scalar(sa.select(sa.exists().where(SNAPSHOTS.c.clinic == clinic))))


def _versions(plan: RowPlan, n: int) -> pa.Table:
    """The lines of HISTORY that a plan makes: old rows, and new ones that took the place of none."""
    key = key_of(ENTITIES[plan.entity])
    old, put = (rows[key].cast(pa.large_string()) for rows in (plan.old, plan.put))
    brought = put.filter(pc.invert(pc.is_in(put, value_set=old.combine_chunks())))
    names = ENTITIES[plan.entity].names
    follows = pc.index_in(old, value_set=put.combine_chunks())
    texts = strung(plan.old.select(names), plan.put.select(names).take(follows))
    count = len(old) + len(brought)
    nothing = pa.nulls(len(brought), pa.large_string())
    return pa.table(
        {
            "n": pa.repeat(pa.scalar(n, pa.int64()), count),
            "entity": pa.repeat(pa.scalar(plan.entity, pa.large_string()), count),
            "key": pa.chunked_array([*old.chunks, *brought.chunks], pa.large_string()),
            "old": pa.chunked_array([*texts.chunks, nothing], pa.large_string()),
        }
    )


def _position(conn: sa.Connection, clinic: str) -> int:
    tops = [
        conn.scalar(sa.select(sa.func.max(table.c.n)).where(table.c.clinic == clinic))
        for table in (MERGES, SNAPSHOTS)
    ]
    return max(top or 0 for top in tops)


def _sweep(conn: sa.Connection, clinic: str, since: datetime) -> None:
    old = sa.and_(MERGES.c.clinic == clinic, MERGES.c.at < since)
    last = conn.scalar(sa.select(sa.func.max(MERGES.c.n)).where(old))
    for table in (HISTORY, MERGES) if last is not None else ():
        conn.execute(sa.delete(table).where(table.c.clinic == clinic, table.c.n <= last))
    conn.execute(sa.delete(SNAPSHOTS).where(SNAPSHOTS.c.clinic == clinic, SNAPSHOTS.c.at < since))
