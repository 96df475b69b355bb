"""What a run leaves for the next one and for the clinic's page: plain JSON values by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from sheets_sync.store.database import Part
from sheets_sync.store.tables import MEMORY


class Memory(Part):
    """A value a name, the last one kept."""

    def read(self, clinic: str, *names: str) -> dict[str, Any]:
        """The clinic's values of these names, of all without any. Raises StoreError."""
        query = sa.select(MEMORY.c.name, MEMORY.c.body).where(MEMORY.c.clinic == clinic)
        if names:
            query = query.where(MEMORY.c.name.in_(names))
        with self.db.read() as conn:
            return {row.name: row.body for row in conn.execute(query)}

    def keep(self, clinic: str, values: Mapping[str, Any], at: datetime) -> None:
        """Keep each value in the place of the one before it. Raises StoreError."""
        with self.db.write(f"memory {clinic}") as conn:
            for name, body in values.items():
                news = {"body": body, "at": at}
                conn.execute(
                    self.db.insert(MEMORY)
                    .values({"clinic": clinic, "name": name} | news)
                    .on_conflict_do_update(index_elements=["clinic", "name"], set_=news)
                )
