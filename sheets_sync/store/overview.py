"""All clinics at a glance: what is owed to each, how its last run ended, how old its rows are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from sheets_sync.store.runs import RunRecord
from sheets_sync.store.tables import JOBS, RUNS, SOURCES


@dataclass(frozen=True)
class Overview:
    """One clinic on the page of all clinics.

    queued, running  a click waits; a run is going on (or its worker was killed)
    next_at          when it is due by the clock; None = only on request
    last_run         the run that was begun last, finished or not
    last_good_at     when the stalest of its sources was last read well; None = never
    failing          how many sources failed at the last attempt
    """

    clinic: str
    queued: bool
    running: bool
    next_at: datetime | None
    last_run: RunRecord | None
    last_good_at: datetime | None
    failing: int


def overviews(conn: sa.Connection) -> list[Overview]:
    """Every clinic that was ever asked for or scheduled, by name."""
    begun = RUNS.alias()
    newest = (
        sa.select(begun.c.run_id)
        .where(begun.c.clinic == JOBS.c.clinic, begun.c.started_at.is_not(None))
        .order_by(begun.c.created_at.desc())
        .limit(1)
        .correlate(JOBS)
        .scalar_subquery()
    )
    last = sa.select(RUNS).join_from(JOBS, RUNS, RUNS.c.run_id == newest)
    failed = sa.case((SOURCES.c.failed_at.is_not(None), SOURCES.c.source))
    health = sa.select(
        SOURCES.c.clinic,
        sa.func.min(SOURCES.c.last_good_at),
        sa.func.count(failed.distinct()),
    ).group_by(SOURCES.c.clinic)
    rows = conn.execute(sa.select(JOBS).order_by(JOBS.c.clinic)).mappings().all()
    last_run = {row["clinic"]: RunRecord(**row) for row in conn.execute(last).mappings()}
    sources = {row[0]: (row[1], int(row[2])) for row in conn.execute(health)}
    return [
        Overview(
            row["clinic"],
            bool(row["queued_run"]),
            bool(row["running_run"]),
            row["next_at"],
            last_run.get(row["clinic"]),
            *sources.get(row["clinic"], (None, 0)),
        )
        for row in rows
    ]
