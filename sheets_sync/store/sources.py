"""What the store remembers of each source: fingerprint, state, freshness, counts, refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from sheets_sync.store.database import Database, Part
from sheets_sync.store.frames import printable
from sheets_sync.store.tables import REFUSALS, SOURCES

if TYPE_CHECKING:
    from sheets_sync.errors import RomiError
    from sheets_sync.sources.source import Pulled, Refusal


@dataclass(frozen=True)
class SourceState:
    """One source's one entity, as of its last good pull.

    entity        "" where the source has never been read
    last_good_at  when it was last read well, changed or not; None = never
    failed_at, error  the failure since then, `RomiError.as_dict()`; None = none
    rows          rows of the clinic that this source gave last
    first, last   the earliest and latest moment of those rows (UTC; a day is its midnight)
    read, refused, totals, notes, columns, partial_day  as in `Pulled`, of the last changed pull
    """

    source: str
    entity: str
    fingerprint: str
    state: dict[str, Any]
    last_good_at: datetime | None
    failed_at: datetime | None
    error: dict[str, Any] | None
    rows: int
    first: datetime | None
    last: datetime | None
    read: int
    refused: int
    totals: int
    notes: tuple[str, ...]
    columns: dict[str, str]
    partial_day: date | None

    @property
    def stale(self) -> bool:
        """Whether the last attempt failed: the rows are those of `last_good_at`."""
        return self.failed_at is not None


class Sources(Part):
    """The memory of every clinic's sources."""

    def fail(
        self, clinic: str, source: str, error: RomiError, at: datetime, entity: str = ""
    ) -> None:
        """Mark a source stale, or its one entity: its rows stay as they are. Raises StoreError."""
        failure = {"failed_at": at, "error": error.as_dict()}
        of_source = _of(SOURCES, clinic, source)
        if entity:
            of_source = sa.and_(of_source, SOURCES.c.entity == entity)
        with self.db.write(f"source {clinic}") as conn:
            if not conn.execute(sa.update(SOURCES).where(of_source).values(failure)).rowcount:
                row = {"clinic": clinic, "source": source, "entity": entity, "state": {}}
                conn.execute(
                    sa.insert(SOURCES).values(row | failure | {"notes": [], "headers": {}})
                )

    def states(self, clinic: str) -> list[SourceState]:
        """Every source the store knows of a clinic, also those its file no longer has.

        In the order of source and entity. Raises StoreError.
        """
        query = (
            sa.select(SOURCES)
            .where(SOURCES.c.clinic == clinic)
            .order_by(SOURCES.c.source, SOURCES.c.entity)
        )
        with self.db.read() as conn:
            return [_state(row) for row in conn.execute(query).mappings()]

    def refusals(self, clinic: str, limit: int = 100) -> list[tuple[str, str, Refusal]]:
        """The first `limit` refused rows as (source, entity, refusal). Raises StoreError."""
        # Its package imports every source there is; the store needs none of them.
        from sheets_sync.sources.source import Refusal  # noqa: PLC0415

        t = REFUSALS.c
        query = (
            sa.select(t.source, t.entity, t.file, t.row, t.column, t.value, t.reason)
            .where(t.clinic == clinic)
            .order_by(t.source, t.entity, t.n)
            .limit(limit)
        )
        with self.db.read() as conn:
            return [(row[0], row[1], Refusal(*row[2:])) for row in conn.execute(query)]


def _of(table: sa.Table, clinic: str, source: str) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.clinic == clinic, table.c.source == source)


def _state(row: Any) -> SourceState:
    return SourceState(
        source=row["source"],
        entity=row["entity"],
        fingerprint=row["fingerprint"],
        state=row["state"],
        last_good_at=row["last_good_at"],
        failed_at=row["failed_at"],
        error=row["error"],
        rows=row["rows_stored"],
        first=row["first"],
        last=row["last"],
        read=row["rows_read"],
        refused=row["refused"],
        totals=row["totals"],
        notes=tuple(row["notes"]),
        columns=row["headers"],
        partial_day=row["partial_day"],
    )


def remember(
    db: Database,
    conn: sa.Connection,
    clinic: str,
    source: str,
    pulls: Sequence[Pulled],
    at: datetime,
    entity: str,
) -> None:
    """Keep what `pulls` say of the source, in the transaction that writes their rows."""
    of_source = _of(SOURCES, clinic, source)
    conn.execute(sa.delete(SOURCES).where(of_source, SOURCES.c.entity == ""))
    well = sa.and_(of_source, SOURCES.c.entity == entity) if entity else of_source
    if not any(pulled.more for pulled in pulls):
        conn.execute(sa.update(SOURCES).where(well).values(failed_at=None, error=None))
    for pulled in pulls:
        key = {"clinic": clinic, "source": source, "entity": pulled.entity}
        first: dict[str, Any] = {"state": {}, "notes": [], "headers": {}}
        news = _news(pulled)
        if pulled.error is not None:
            news |= {"failed_at": at, "error": pulled.error.as_dict(), "state": pulled.state}
        elif not pulled.more:
            news |= {"last_good_at": at, "failed_at": None, "error": None}
        conn.execute(
            db.insert(SOURCES)
            .values(key | first | news)
            .on_conflict_do_update(index_elements=list(key), set_=news)
        )
        if pulled.frame is not None:
            _quarantine(conn, key, pulled.refused)


def _news(pulled: Pulled) -> dict[str, Any]:
    if pulled.frame is None:
        return {"fingerprint": pulled.fingerprint} if pulled.fingerprint else {}
    return {
        "fingerprint": pulled.fingerprint,
        "state": pulled.state,
        "rows_read": pulled.read,
        "refused": pulled.refused_count,
        "totals": pulled.totals,
        "notes": list(pulled.notes),
        "headers": pulled.columns,
        "partial_day": pulled.partial_day,
    }


def _quarantine(conn: sa.Connection, key: dict[str, str], refused: Sequence[Refusal]) -> None:
    conn.execute(sa.delete(REFUSALS).where(*(REFUSALS.c[k] == v for k, v in key.items())))
    rows = [
        key
        | {"n": n, "file": printable(r.file), "row": r.row, "column": printable(r.column)}
        | {"value": printable(r.value), "reason": printable(r.reason)}
        for n, r in enumerate(refused)
    ]
    if rows:
        conn.execute(sa.insert(REFUSALS), rows)


def forget(conn: sa.Connection, clinic: str, source: str) -> None:
    """Drop the state and refusals of a source."""
    for table in (SOURCES, REFUSALS):
        conn.execute(sa.delete(table).where(_of(table, clinic, source)))
