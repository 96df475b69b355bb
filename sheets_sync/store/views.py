"""The last computed tables of every clinic as read-only views, for BI: on PostgreSQL alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sheets_sync.store.database import Part
from templates_sheets.data_table import DataTable


class Views(Part):
    """`romi.<table>`: the rows that each clinic's book was last filled with."""

    @property
    def exist(self) -> bool:
        """Whether this kind of database has views at all."""
        return not self.db.is_sqlite

    def show(self, clinic: str, name: str, as_of: date, tables: Sequence[DataTable]) -> None:
        """Put a clinic's tables in the place of its last ones: readers see these or those.

        Makes what is missing of the schemas first. Raises StoreError, also where the database's
        user may not make a schema.
        """
        from sheets_sync.store.view_tables import show  # noqa: PLC0415 - as bulk_of says

        show(self.db, clinic, name, as_of, tables)
