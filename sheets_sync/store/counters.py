"""What was counted over all processes and machines, ever: the numbers behind /metrics."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from sheets_sync.store.database import Part
from sheets_sync.store.tables import TOTALS

#: A number's name and its two labels; "" where it has none.
Key = tuple[str, str, str]


class Counters(Part):
    """Sums that only grow."""

    def add(self, numbers: Mapping[Key, float]) -> None:
        """Add to each number what it has grown by. Raises StoreError."""
        t = TOTALS.c
        with self.db.write("totals") as conn:
            for (name, label, detail), grown in numbers.items():
                row = {"name": name, "label": label, "detail": detail, "value": grown}
                conn.execute(
                    self.db.insert(TOTALS)
                    .values(row)
                    .on_conflict_do_update(
                        index_elements=["name", "label", "detail"],
                        set_={"value": t.value + grown},
                    )
                )

    def read(self) -> dict[Key, float]:
        """Every number so far, by name and labels. Raises StoreError."""
        query = sa.select(TOTALS).order_by(TOTALS.c.name, TOTALS.c.label, TOTALS.c.detail)
        with self.db.read() as conn:
            return {(r.name, r.label, r.detail): float(r.value) for r in conn.execute(query)}
