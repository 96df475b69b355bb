"""How many rows each source has and from when to when, counted on with every merge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import sqlalchemy as sa

from metrics.schema import ENTITIES
from sheets_sync.store.merge_plan import RowPlan
from sheets_sync.store.tables import ROWS, SOURCES

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Span:
    """Some rows, and the moments of the first and the last one; None where there is no row."""

    count: int
    first: datetime | None
    last: datetime | None


def recount(conn: sa.Connection, clinic: str, plan: RowPlan) -> None:
    """Count on what the sources have by what a plan takes away and puts: a merge may take another's
    rows over. All rows of a source are looked at only where its first or last one may be gone."""
    taken, given = (_spans(plan.entity, rows) for rows in (plan.old, plan.put))
    for source in {**taken, **given}:
        which = (SOURCES.c.clinic == clinic, SOURCES.c.source == source)
        state = sa.and_(*which, SOURCES.c.entity == plan.entity)
        columns = (SOURCES.c.rows_stored, SOURCES.c.first, SOURCES.c.last)
        row = conn.execute(sa.select(*columns).where(state)).one_or_none()
        if row is None:
            continue
        now = _counted_on(_Span(*row), taken.get(source), given.get(source))
        now = now or _counted(conn, clinic, plan.entity, source)
        news = {"rows_stored": now.count, "first": now.first, "last": now.last}
        conn.execute(sa.update(SOURCES).where(state).values(news))


def _counted_on(before: _Span, taken: _Span | None, given: _Span | None) -> _Span | None:
    """The rows before without those taken and with those given; None where only asking tells."""
    there = [span for span in (before, given) if span and span.first and span.last]
    first = min((span.first for span in there if span.first), default=None)
    last = max((span.last for span in there if span.last), default=None)
    if taken and taken.first and taken.last:
        is_first_kept = first and (taken.first > first or (given and given.first == first))
        is_last_kept = last and (taken.last < last or (given and given.last == last))
        if not (is_first_kept and is_last_kept):
            return None
    count = before.count + (given.count if given else 0) - (taken.count if taken else 0)
    return _Span(count, first, last)


def _counted(conn: sa.Connection, clinic: str, entity: str, source: str) -> _Span:
    table, when = ROWS[entity], ROWS[entity].c[ENTITIES[entity].when]
    query = sa.select(sa.func.count(), sa.func.min(when), sa.func.max(when))
    row = conn.execute(query.where(table.c.clinic == clinic, table.c.source == source)).one()
    return _span(entity, *row)


def _spans(entity: str, rows: pa.Table) -> dict[str, _Span]:
    """Stored rows by their source."""
    when = ENTITIES[entity].when
    asked = [(when, "count"), (when, "min"), (when, "max")]
    groups = rows.select(["source", when]).group_by("source", use_threads=False).aggregate(asked)
    return {
        row["source"]: _span(entity, *(row[f"{when}_{what}"] for _, what in asked))
        for row in groups.to_pylist()
    }


def _span(entity: str, count: int, first: int | None, last: int | None) -> _Span:
    """`first` and `last` as the database has them: microseconds, or days."""
    of_days = ENTITIES[entity].column(ENTITIES[entity].when).kind == "day"
    step = timedelta(days=1) if of_days else timedelta(microseconds=1)
    first_at, last_at = (None if end is None else _EPOCH + end * step for end in (first, last))
    return _Span(count, first_at, last_at)
