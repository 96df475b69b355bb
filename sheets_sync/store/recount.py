"""How many rows each source has and from when to when, counted on with every merge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from metrics.schema import ENTITIES
from sheets_sync.store.merge_plan import RowPlan
from sheets_sync.store.tables import ROWS, SOURCES

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _RowSpan:
    """Some rows, and the moments of the first and the last one; None where there is no row."""

    count: int
    first: datetime | None
    last: datetime | None


def recount(conn: sa.Connection, clinic: str, plan: RowPlan) -> None:
    """Count on what the sources have by what a plan takes away and puts: a merge may take another's
    rows over. All rows of a source are looked at only where its first or last one may be gone."""
    out, into = (_spans(plan.entity, rows) for rows in (plan.old, plan.put))
    for source in {**out, **into}:
        which = (SOURCES.c.clinic == clinic, SOURCES.c.source == source)
        state = sa.and_(*which, SOURCES.c.entity == plan.entity)
        columns = (SOURCES.c.rows_stored, SOURCES.c.first, SOURCES.c.last)
        row = conn.execute(sa.select(*columns).where(state)).one_or_none()
        if row is None:
            continue
        now = _counted_on(_RowSpan(*row), out.get(source), into.get(source))
        now = now or _counted(conn, clinic, plan.entity, source)
        news = {"rows_stored": now.count, "first": now.first, "last": now.last}
        conn.execute(sa.update(SOURCES).where(state).values(news))


def _counted_on(before: _RowSpan, out: _RowSpan | None, into: _RowSpan | None) -> _RowSpan | None:
    """The rows before without those that go and with those that come; None where only asking tells."""
    there = [span for span in (before, into) if span and span.first and span.last]
    first = min((span.first for span in there if span.first), default=None)
    last = max((span.last for span in there if span.last), default=None)
    if out and out.first and out.last:
        is_first_kept = first and (out.first > first or (into and into.first == first))
        is_last_kept = last and (out.last < last or (into and into.last == last))
        if not (is_first_kept and is_last_kept):
            return None
    count = before.count + (into.count if into else 0) - (out.count if out else 0)
    return _RowSpan(count, first, last)


def _counted(conn: sa.Connection, clinic: str, entity: str, source: str) -> _RowSpan:
    table, when = ROWS[entity], ROWS[entity].c[ENTITIES[entity].when]
    query = sa.select(sa.func.count(), sa.func.min(when), sa.func.max(when))
    row = conn.execute(query.where(table.c.clinic == clinic, table.c.source == source)).one()
    return _span(entity, *row)


def _spans(entity: str, rows: pa.Table) -> dict[str, _RowSpan]:
    """Stored rows by their source."""
    when, source = rows[ENTITIES[entity].when], rows["source"].cast(pa.large_string())
    spans = {}
    # Not by `group_by`: that loads another 12 MB of Arrow.
    for name in pc.unique(source).to_pylist():
        own = when.filter(pc.equal(source, name))
        bounds = pc.min_max(own).as_py()
        spans[name] = _span(entity, len(own), bounds["min"], bounds["max"])
    return spans


def _span(entity: str, count: int, first: int | None, last: int | None) -> _RowSpan:
    """`first` and `last` as the database has them: microseconds, or days."""
    of_days = ENTITIES[entity].column(ENTITIES[entity].when).kind == "day"
    step = timedelta(days=1) if of_days else timedelta(microseconds=1)
    first_at, last_at = (None if end is None else _EPOCH + end * step for end in (first, last))
    return _RowSpan(count, first_at, last_at)
