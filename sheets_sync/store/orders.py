"""The ledger of CRM orders: what Metrica was last told of each, so that only changes go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from sheets_sync.store.database import Part
from sheets_sync.store.tables import ORDERS, UPLOADS

#: The `kind` of an upload of orders.
ORDER = "order"
_TOLD = ("client", "created_at", "status", "revenue", "upload_id", "at")


@dataclass(frozen=True)
class Order:
    """One order as Metrica is told of it. `revenue` is in kopecks.

    `status` is "" in the ledger where nobody knows whether the last word arrived.
    """

    order_id: str
    client: str
    created_at: datetime
    status: str
    revenue: int


class Orders(Part):
    """The ledger. An order sent again under its id is the same order, so it is written twice:

    in doubt before sending, as sent after it; a kill between the two only sends it again.
    """

    def sent(self, clinic: str) -> dict[str, Order]:
        """What Metrica was last told, by order id. Raises StoreError."""
        t = ORDERS.c
        query = sa.select(t.order_id, t.client, t.created_at, t.status, t.revenue)
        with self.db.read() as conn:
            rows = conn.execute(query.where(t.clinic == clinic))
            return {row.order_id: Order(*row) for row in rows}

    def doubt(self, clinic: str, orders: Collection[Order], at: datetime) -> None:
        """Remember that `orders` are about to go. Raises StoreError."""
        rows = [_row(clinic, o, "", at) | {"status": ""} for o in orders]
        added = self.db.insert(ORDERS)
        doubted = added.on_conflict_do_update(
            index_elements=["clinic", "order_id"], set_={"status": ""}
        )
        with self.db.write(durable=True) as conn:
            conn.execute(doubted, rows)

    def record(
        self, clinic: str, orders: Collection[Order], upload_id: str, status: str, at: datetime
    ) -> None:
        """Remember that `orders` went in an upload that has the service's word `status`.

        Raises StoreError.
        """
        added = self.db.insert(ORDERS)
        upsert = added.on_conflict_do_update(
            index_elements=["clinic", "order_id"], set_={n: added.excluded[n] for n in _TOLD}
        )
        upload = {"clinic": clinic, "upload_id": upload_id, "kind": ORDER, "at": at}
        upload |= {"rows_sent": len(orders), "status": status, "status_at": at}
        with self.db.write(durable=True) as conn:
            conn.execute(upsert, [_row(clinic, o, upload_id, at) for o in orders])
            conn.execute(self.db.insert(UPLOADS).on_conflict_do_nothing(), [upload])

    def doubt_upload(self, clinic: str, upload_id: str) -> int:
        """Let the orders whose last word went in an upload go again. Gives their number.

        Raises StoreError.
        """
        of_upload = sa.and_(ORDERS.c.clinic == clinic, ORDERS.c.upload_id == upload_id)
        with self.db.write(durable=True) as conn:
            return conn.execute(sa.update(ORDERS).where(of_upload).values(status="")).rowcount


def _row(clinic: str, order: Order, upload_id: str, at: datetime) -> dict[str, object]:
    return {
        "clinic": clinic,
        "order_id": order.order_id,
        "client": order.client,
        "created_at": order.created_at,
        "status": order.status,
        "revenue": order.revenue,
        "upload_id": upload_id,
        "at": at,
    }
