"""What the store holds of one source: what a live one compares its answers with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from metrics.schema import ENTITIES
from sheets_sync.store.frames import in_order, some_stored, stored_schema, to_frame
from sheets_sync.store.merge_plan import abreast, differ, slices
from sheets_sync.store.rows import Rows
from sheets_sync.store.tables import ROWS, micros

if TYPE_CHECKING:
    import pandas as pd

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class OfSource:
    """Rows of one clinic that one source gave. Every method raises StoreError."""

    rows: Rows
    clinic: str
    source: str

    def count(self, entity: str, since: datetime, until: datetime) -> int:
        """How many of its rows begin from `since` to before `until`; of days, the days of UTC."""
        table, spec = ROWS[entity], ENTITIES[entity]
        when = table.c[spec.when]
        if spec.column(spec.when).kind == "day":
            first, last = ((at.astimezone(UTC).date() - _EPOCH).days for at in (since, until))
        else:
            first, last = micros(since), micros(until)
        query = sa.select(sa.func.count()).select_from(table)
        with self.rows.db.read() as conn:
            return int(conn.scalar(query.where(self._ours(table), when >= first, when < last)) or 0)

    def ids(self, entity: str) -> tuple[str, ...]:
        """The ids of its rows, in order."""
        table = ROWS[entity]
        key = table.c[ENTITIES[entity].key]
        with self.rows.db.read() as conn:
            return tuple(conn.scalars(sa.select(key).where(self._ours(table)).order_by(key)))

    def read(self, entity: str, ids: Sequence[str]) -> pd.DataFrame:
        """Its rows with those ids, as metrics.schema says."""
        keys = pa.array(sorted(ids), pa.large_string())
        with self.rows.db.read() as conn:
            table = self.rows.bulk.select_keys(
                conn, entity, ENTITIES[entity].names, self.clinic, keys
            )
        return to_frame(entity, table.filter(pc.equal(table["source"], self.source)))

    def changed(
        self, entity: str, rows: pd.DataFrame, names: Sequence[str]
    ) -> tuple[int, pd.DataFrame]:
        """How many of its rows have an id of `rows`, and those of them whose `names` say something
        else. In: some of the entity's columns, each id once."""
        table, key = ROWS[entity], ENTITIES[entity].key
        unlike = [stored_schema([*rows.columns, "source"], entity).empty_table()]
        held, there_is = 0, sa.exists().where(table.c.clinic == self.clinic)
        with self.rows.db.read() as conn:
            if not conn.scalar(sa.select(there_is)):
                return held, to_frame(entity, *unlike)
            own = in_order(some_stored(entity, rows.assign(source=self.source)), [key])
            for part in slices(own):
                ids = part[key].combine_chunks()
                there = self.rows.bulk.select_keys(
                    conn, entity, part.column_names, self.clinic, ids, part
                )
                there = there.filter(pc.equal(there["source"], self.source))
                held += len(there)
                fresh, beside = abreast(part, there, key)
                differs = differ(part.select(names), beside.select(names))
                unlike.append(beside.filter(pc.and_not(differs, fresh)))
        return held, to_frame(entity, pa.concat_tables(unlike))

    def _ours(self, table: sa.Table) -> sa.ColumnElement[bool]:
        return sa.and_(table.c.clinic == self.clinic, table.c.source == self.source)
