"""Tokens that services issued: sealed before they come here, one row an account."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from sheets_sync.store.database import Part
from sheets_sync.store.tables import TOKENS


class Tokens(Part):
    """What opens them is the service's secret, which the store does not know."""

    def read(self, name: str) -> str:
        """The sealed token of an account, "" if there is none. Raises StoreError."""
        sealed = sa.select(TOKENS.c.sealed).where(TOKENS.c.name == name)
        with self.db.read() as conn:
            return str(conn.scalar(sealed) or "")

    def keep(self, name: str, sealed: str, at: datetime) -> None:
        """Put a sealed token in the place of the account's last one. Raises StoreError."""
        row = {"name": name, "sealed": sealed, "at": at}
        news = self.db.insert(TOKENS).values(row)
        with self.db.write() as conn:  # no lock of the name: who renews holds it
            conn.execute(news.on_conflict_do_update(index_elements=["name"], set_=row))
