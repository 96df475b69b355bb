"""Rows of «Внимание»: they stand over runs, and what was sent is remembered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from metrics.measures.alert import Alert, joined
from sheets_sync.store.database import Part
from sheets_sync.store.tables import MEMORY

#: Their name in the clinic's memory, and that of the report that makes them.
ALERTS = "alerts"
#: A rule and channel that was sent is silent for so many days.
_SILENT = timedelta(days=7)


class Alerts(Part):
    """One list a clinic; every change of it reads and writes under the clinic's lock."""

    def read(self, clinic: str) -> list[Alert]:
        """Every row that stands, newest first. Raises StoreError."""
        with self.db.read() as conn:
            return self._read(conn, clinic)

    def keep(self, clinic: str, day: date, fresh: Iterable[Alert], at: datetime) -> None:
        """Put the rows of `day` in the place of its unsent ones. Raises StoreError."""
        with self.db.write(f"memory {clinic}") as conn:
            self._write(conn, clinic, joined(self._read(conn, clinic), fresh, day), at)

    def due(self, clinic: str, day: date, at: datetime) -> Alert | None:
        """The row of `day` to be sent at `at` (local time), None if nothing is: at most one a
        local day, the greatest effect (ties: rule, channel), and no rule and channel that was sent
        in the last seven days. Raises StoreError."""
        rows = self.read(clinic)
        sent = {a.key: a.sent.astimezone(at.tzinfo).date() for a in rows if a.sent}
        if at.date() in sent.values():
            return None
        recent = {key[1:] for key, when in sent.items() if when > at.date() - _SILENT}
        return next(
            (a for a in rows if a.day == day and not a.sent and a.key[1:] not in recent), None
        )

    def mark_sent(self, clinic: str, rule: str, channel: str, day: date, at: datetime) -> bool:
        """Say that a row was sent at `at`; False if there is none or it was sent before.
        Raises StoreError."""
        with self.db.write(f"memory {clinic}") as conn:
            rows = self._read(conn, clinic)
            key = (day, rule, channel)
            if not any(a.key == key and not a.sent for a in rows):
                return False
            marked = [replace(a, sent=at) if a.key == key else a for a in rows]
            self._write(conn, clinic, marked, at)
        return True

    def _read(self, conn: sa.Connection, clinic: str) -> list[Alert]:
        own = (MEMORY.c.clinic == clinic) & (MEMORY.c.name == ALERTS)
        return [Alert.of(row) for row in conn.scalar(sa.select(MEMORY.c.body).where(own)) or ()]

    def _write(self, conn: sa.Connection, clinic: str, rows: list[Alert], at: datetime) -> None:
        news = {"body": [a.plain() for a in rows], "at": at}
        conn.execute(
            self.db.insert(MEMORY)
            .values({"clinic": clinic, "name": ALERTS} | news)
            .on_conflict_do_update(index_elements=["clinic", "name"], set_=news)
        )
