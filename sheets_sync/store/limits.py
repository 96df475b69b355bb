"""What must hold over all processes: requests per window, requests at once, a nonce only once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from sheets_sync.store.database import Database, Part
from sheets_sync.store.locks import turn
from sheets_sync.store.tables import METADATA, NONCES, SLOTS, SPEND_DAYS, SPENDS, Moment

#: Seconds a request is remembered at least: calls of one key may name different windows.
_REMEMBERED = 3600.0
#: How long a nonce is remembered after it has expired, and the name of the newest forgotten one.
_FORGOTTEN = timedelta(days=1)
_EDGE = ""
#: Days of which the number of requests is still known.
_DAYS = timedelta(days=31)


def open_limits(path: Path) -> Limits:
    """A ledger of requests alone, in an SQLite file of its own. Raises StoreError."""
    db = Database(f"sqlite:///{quote(str(path))}")
    with turn(db, "limits") as conn:
        driver: Any = conn.connection.driver_connection
        driver.execute("PRAGMA journal_mode = WAL")
        with db.writing(conn):
            METADATA.create_all(conn, [SPENDS, SPEND_DAYS, SLOTS])
    return Limits(db)


class Limits(Part):
    """Limiter state. A key is what a service counts by (a token's name, never the token)."""

    def take(self, key: str, now: float, rules: Sequence[tuple[int, float]]) -> float:
        """Take one request of `key` at `now` (Unix seconds) if every rule allows it.

        A rule (limit, window) allows `limit` requests in any `window` seconds. Gives 0.0 where the
        request is taken, else the seconds to wait before it may be asked again; then nothing is
        taken. Raises StoreError.
        """
        t = SPENDS.c
        longest = max(_REMEMBERED, *(window for _, window in rules))
        with self.db.write(f"spend {key}") as conn:
            conn.execute(sa.delete(SPENDS).where(t.key == key, t.at <= now - longest))
            waits = [0.0]
            for limit, window in rules:
                requests = sa.select(t.at).where(t.key == key, t.at > now - window)
                edge = conn.scalar(requests.order_by(t.at.desc()).limit(1).offset(limit - 1))
                if edge is not None:
                    waits.append(edge + window - now)
            if max(waits) > 0.0:
                return max(waits)
            conn.execute(sa.insert(SPENDS).values(key=key, at=now))
            day = datetime.fromtimestamp(now, UTC).date()
            conn.execute(
                self.db.insert(SPEND_DAYS)
                .values(key=key, day=day, spent=1)
                .on_conflict_do_update(
                    index_elements=["key", "day"], set_={"spent": SPEND_DAYS.c.spent + 1}
                )
            )
            old = sa.and_(SPEND_DAYS.c.key == key, SPEND_DAYS.c.day < day - _DAYS)
            conn.execute(sa.delete(SPEND_DAYS).where(old))
        return 0.0

    def day_count(self, key: str, day: date) -> int:
        """Requests of `key` taken on `day` (UTC), of the last month. Raises StoreError."""
        spent = sa.select(SPEND_DAYS.c.spent)
        with self.db.read() as conn:
            of_day = sa.and_(SPEND_DAYS.c.key == key, SPEND_DAYS.c.day == day)
            return int(conn.scalar(spent.where(of_day)) or 0)

    def acquire_slot(self, key: str, limit: int, now: float, lease_seconds: float) -> str | None:
        """One of `limit` places of `key`, or None if all are taken. Raises StoreError.

        A place that is not released is free again after `lease_seconds`.
        """
        with self.db.write(f"slot {key}") as conn:
            of_key = SLOTS.c.key == key
            conn.execute(sa.delete(SLOTS).where(of_key, SLOTS.c.expires <= now))
            in_use = conn.scalar(sa.select(sa.func.count()).select_from(SLOTS).where(of_key)) or 0
            if in_use >= limit:
                return None
            slot = uuid.uuid4().hex
            row = {"slot": slot, "key": key, "expires": now + lease_seconds}
            conn.execute(sa.insert(SLOTS).values(row))
            return slot

    def release_slot(self, slot: str) -> None:
        """Give a place back; once its lease is over this does nothing. Raises StoreError."""
        with self.db.write() as conn:
            conn.execute(sa.delete(SLOTS).where(SLOTS.c.slot == slot))

    def use_nonce(self, clinic: str, nonce: str, now: datetime, expires: datetime) -> bool:
        """True the first time a clinic shows `nonce`, False ever after.

        `expires` is a time of the nonce's own, after which it is refused unseen. A day later it is
        forgotten, and from then on nothing of its age or older is new: a clock that jumps ahead
        and back makes no spent nonce good again. Raises StoreError.
        """
        t = NONCES.c
        of_clinic = t.clinic == clinic
        old = sa.and_(of_clinic, t.expires <= now - _FORGOTTEN, t.nonce != _EDGE)
        with self.db.write(f"nonce {clinic}") as conn:
            edge = conn.scalar(sa.select(sa.func.max(t.expires)).where(old))
            if edge is not None:
                conn.execute(self._at_least(clinic, edge))
                conn.execute(sa.delete(NONCES).where(old))
            edge = conn.scalar(sa.select(t.expires).where(of_clinic, t.nonce == _EDGE))
            if edge is not None and expires <= edge:
                return False
            first = (
                self.db.insert(NONCES)
                .values(clinic=clinic, nonce=nonce, expires=expires)
                .on_conflict_do_nothing()
                .execution_options(preserve_rowcount=True)
            )
            return conn.execute(first).rowcount == 1

    def _at_least(self, clinic: str, edge: datetime) -> Any:
        row = self.db.insert(NONCES).values(clinic=clinic, nonce=_EDGE, expires=edge)
        kept = NONCES.c.expires
        later = sa.case((kept < edge, sa.literal(edge, Moment)), else_=kept)
        return row.on_conflict_do_update(
            index_elements=["clinic", "nonce"], set_={"expires": later}
        )
