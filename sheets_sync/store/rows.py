"""The clinics' rows: merged by source in one transaction, read as frames."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from metrics.entity import SchemaError
from metrics.schema import ENTITIES
from sheets_sync.store.bulk import bulk_of
from sheets_sync.store.database import Database, Part
from sheets_sync.store.frames import in_order, to_frame, to_stored
from sheets_sync.store.history import Merge, is_shown, record
from sheets_sync.store.locks import turn
from sheets_sync.store.merge_plan import (
    Absent,
    MergeCounts,
    RowPlan,
    forgetting,
    nothing,
    plan_replace,
    plan_upsert,
)
from sheets_sync.store.recount import recount
from sheets_sync.store.sources import forget, remember
from sheets_sync.store.tables import ROWS, key_of, micros

if TYPE_CHECKING:
    import pandas as pd

    from sheets_sync.sources.source import Pulled

_EPOCH = date(1970, 1, 1)


class Rows(Part):
    """Rows of every clinic; those of two clinics never mix."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.bulk = bulk_of(db)

    def merge(
        self,
        clinic: str,
        source: str,
        pulls: Sequence[Pulled],
        at: datetime,
        entity: str = "",
        run_id: str = "",
    ) -> dict[str, MergeCounts]:
        """Merge what one source gave in one run: all its rows, state and refusals, or none.

        Rows with an id take the place of the clinic's row with that id, whichever source gave it;
        a row equal to the stored one is not written; rows of this source that `Pulled.gone` names,
        or that lie within `Pulled.between` and are not given again, go. Costs and traffic replace
        all rows of this source that begin within `Pulled.replace` or between their own first and
        last day. A pull whose frame is None only moves the source's freshness to `at` and its fingerprint; one with an
        `error` is kept and leaves the source stale. `entity` says that the source has no other.
        Of a clinic that was shown a book, what goes and what came by `run_id` is history.

        Gives the counts by entity, all 0 where the frame is None. Merges of one clinic wait for
        each other, over all processes. Raises SchemaError for two pulls of one entity, a
        frame that is not its entity's or not this source's; StoreError where the database refuses.
        """
        by_entity = {pulled.entity: pulled for pulled in pulls}
        if len(by_entity) < len(pulls):
            raise SchemaError(f"{source}: one pull of each entity, got {[p.entity for p in pulls]}")
        rows = {e: _rows(source, p.entity, p.frame) for e, p in by_entity.items()}
        with turn(self.db, f"merge {clinic}") as conn:
            # Compared before the writing begins, so that SQLite's one writer is not kept waiting.
            with conn.begin():
                plans = [self._plan(conn, clinic, source, p, rows[e]) for e, p in by_entity.items()]
            with self.db.writing(conn):
                record(conn, self.bulk, clinic, plans, Merge(at, run_id, source))
                for plan in plans:
                    self._write(conn, clinic, plan)
                remember(self.db, conn, clinic, source, pulls, at, entity)
                for plan in plans:
                    if plan.writes:
                        recount(conn, clinic, plan)
        return {plan.entity: plan.merged for plan in plans}

    def _plan(
        self, conn: sa.Connection, clinic: str, source: str, pulled: Pulled, rows: pa.Table | None
    ) -> RowPlan:
        if rows is None:
            return nothing(pulled.entity)
        if ENTITIES[pulled.entity].key:
            absent = _absent(source, pulled)
            return plan_upsert(conn, self.bulk, clinic, pulled.entity, rows, absent)
        days = _days(rows, ENTITIES[pulled.entity].when, pulled.replace)
        if not days:
            return nothing(pulled.entity)
        return plan_replace(conn, self.bulk, clinic, source, pulled.entity, rows, days)

    def _write(self, conn: sa.Connection, clinic: str, plan: RowPlan) -> None:
        if len(plan.old):
            keys = plan.old[key_of(ENTITIES[plan.entity])]
            self.bulk.delete(conn, plan.entity, clinic, keys)
        if len(plan.put):
            self.bulk.insert(conn, plan.entity, clinic, plan.put)

    def read(self, clinic: str, entity: str) -> pd.DataFrame:
        """A clinic's rows of `entity`, as metrics.schema says, whichever source gave them.

        In the order of the entity's id as text by code point; costs and traffic in that of all
        their columns, empty first. An empty frame where there is nothing. Raises StoreError.
        """
        spec = ENTITIES[entity]
        with self.db.read() as conn:
            rows = self.bulk.select_all(conn, entity, spec.names, clinic).unify_dictionaries()
        return to_frame(entity, in_order(rows, [spec.key] if spec.key else spec.names))

    def forget(self, clinic: str, source: str, at: datetime, run_id: str = "") -> int:
        """Delete a source that the clinic no longer has: its rows, state and refusals.

        Gives the number of rows deleted. Raises StoreError.
        """
        with turn(self.db, f"merge {clinic}") as conn, self.db.writing(conn):
            gone = 0
            if is_shown(conn, clinic):
                plans = [*forgetting(conn, self.bulk, clinic, source)]
                record(conn, self.bulk, clinic, plans, Merge(at, run_id, source))
            for table in ROWS.values():
                inside = sa.and_(table.c.clinic == clinic, table.c.source == source)
                gone += conn.execute(sa.delete(table).where(inside)).rowcount
            forget(conn, clinic, source)
        return gone


def _rows(source: str, entity: str, frame: pd.DataFrame | None) -> pa.Table | None:
    if frame is None:
        return None
    rows = to_stored(entity, frame)
    others = [s for s in pc.unique(rows["source"]).to_pylist() if s != source]
    if others:
        raise SchemaError(f"{entity}: rows of {others[:3]} in a pull of {source}")
    return rows


def _absent(source: str, pulled: Pulled) -> Absent:
    since, until = (micros(at) for at in pulled.between) if pulled.between else (0, 0)
    return Absent(source, pulled.gone, since, until)


def _days(rows: pa.Table, when: str, replace: tuple[date, date] | None) -> range:
    """The days (since 1970) that `rows` and `replace` cover together."""
    ends = [(day - _EPOCH).days for day in replace or ()]
    if len(rows):
        bounds = pc.min_max(rows[when]).as_py()
        ends += [bounds["min"], bounds["max"]]
    return range(min(ends), max(ends) + 1) if ends else range(0)
