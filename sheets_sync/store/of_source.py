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
from sheets_sync.store.frames import to_frame
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

    def read(self, entity: str, ids: Sequence[str], names: Sequence[str] = ()) -> pd.DataFrame:
        """Its rows with those ids, as metrics.schema says; all columns, or those named."""
        shown = [*(names or ENTITIES[entity].names)]
        keys = pa.array(sorted(ids), pa.large_string())
        with self.rows.db.read() as conn:
            table = self.rows.bulk.select_keys(
                conn, entity, [*dict.fromkeys((*shown, "source"))], self.clinic, keys
            )
        ours = table.filter(pc.equal(table["source"], self.source)).select(shown)
        return to_frame(entity, ours)

    def _ours(self, table: sa.Table) -> sa.ColumnElement[bool]:
        return sa.and_(table.c.clinic == self.clinic, table.c.source == self.source)
