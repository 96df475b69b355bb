"""The ledger of what was sent back to Metrica, so that nothing goes twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from sheets_sync.errors import StoreError
from sheets_sync.store.database import Part
from sheets_sync.store.locks import hold
from sheets_sync.store.tables import PUSHES, UPLOADS


@dataclass(frozen=True)
class Upload:
    """One upload: `rows` conversions of `kind`; `status` is the service's own word."""

    upload_id: str
    kind: str
    at: datetime
    rows: int
    status: str
    status_at: datetime | None


@dataclass(frozen=True)
class Sent:
    """A conversion that went, by the id of its row: whose, to which target, as which Unix second.

    An older ledger knows the id alone: "", "" and 0.
    """

    id: str
    client: str = ""
    target: str = ""
    second: int = 0


class Pushes(Part):
    """The ledger. Its writes survive a power cut: a conversion sent twice cannot be taken back."""

    @contextmanager
    def alone(self, clinic: str) -> Iterator[None]:
        """Be the one who sends for a clinic: two would both find the same rows unsent.

        Raises StoreError where somebody is sending already.
        """
        lock = hold(self.db, f"push {clinic}")
        if lock is None:
            raise StoreError(
                "отправка в Метрику уже идёт.",
                where=clinic,
                hint="Дождитесь её конца и повторите.",
                permanent=False,
            )
        try:
            yield
        finally:
            lock.release()

    def sent(self, clinic: str, kind: str) -> list[Sent]:
        """What of `kind` (booking, visit, payment …) has gone, by id. Raises StoreError."""
        t = PUSHES.c
        query = sa.select(t.id, t.client, t.target, t.second).order_by(t.id)
        with self.db.read() as conn:
            rows = conn.execute(query.where(t.clinic == clinic, t.kind == kind))
            return [Sent(*row) for row in rows]

    def record(
        self, clinic: str, kind: str, going: Collection[Sent], upload_id: str, at: datetime
    ) -> None:
        """Remember that `going` go in `upload_id`; one that had gone before keeps its upload.

        Recorded before sending, under an id of one's own, a kill between the two loses a
        conversion; recorded after, it sends one twice. Raises StoreError.
        """
        key = {"clinic": clinic, "kind": kind}
        rows = [key | asdict(one) | {"upload_id": upload_id, "at": at} for one in going]
        upload = key | {"upload_id": upload_id, "at": at, "rows_sent": len(rows), "status": ""}
        added = self.db.insert(UPLOADS).values(upload)
        more = {"rows_sent": UPLOADS.c.rows_sent + added.excluded.rows_sent}
        with self.db.write(durable=True) as conn:
            conn.execute(
                added.on_conflict_do_update(index_elements=["clinic", "upload_id"], set_=more)
            )
            if rows:
                conn.execute(self.db.insert(PUSHES).on_conflict_do_nothing(), rows)

    def withdraw(self, clinic: str, upload_id: str) -> int:
        """Forget an upload that the service refused whole, so that its ids may go again.

        Gives their number. Raises StoreError.
        """
        of_upload = sa.and_(PUSHES.c.clinic == clinic, PUSHES.c.upload_id == upload_id)
        upload = sa.and_(UPLOADS.c.clinic == clinic, UPLOADS.c.upload_id == upload_id)
        with self.db.write(durable=True) as conn:
            conn.execute(sa.delete(UPLOADS).where(upload))
            return conn.execute(sa.delete(PUSHES).where(of_upload)).rowcount

    def release(self, clinic: str, upload_id: str) -> int:
        """Let the ids of an upload that came to nothing go again; the upload stays known.

        Gives their number. Raises StoreError.
        """
        of_upload = sa.and_(PUSHES.c.clinic == clinic, PUSHES.c.upload_id == upload_id)
        with self.db.write(durable=True) as conn:
            return conn.execute(sa.delete(PUSHES).where(of_upload)).rowcount

    def uploads(self, clinic: str) -> list[Upload]:
        """A clinic's uploads, the newest first. Raises StoreError."""
        t = UPLOADS.c
        query = (
            sa.select(t.upload_id, t.kind, t.at, t.rows_sent, t.status, t.status_at)
            .where(t.clinic == clinic)
            .order_by(t.at.desc(), t.upload_id)
        )
        with self.db.read() as conn:
            return [Upload(*row) for row in conn.execute(query)]

    def set_status(self, clinic: str, upload_id: str, status: str, at: datetime) -> None:
        """Keep the service's word on an upload. Raises StoreError."""
        upload = sa.and_(UPLOADS.c.clinic == clinic, UPLOADS.c.upload_id == upload_id)
        with self.db.write() as conn:
            conn.execute(sa.update(UPLOADS).where(upload).values(status=status, status_at=at))
