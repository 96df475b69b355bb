"""Exports that were accepted on the clinic's page: their rows are in the store, no file is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from metrics.schema import ENTITIES
from metrics.wording import counted
from sheets_sync.sources.export_table import ExportTable
from sheets_sync.sources.source import Context, Finding, Pulled, Source


class UploadTable(ExportTable):
    """What was accepted under a name; columns and statuses are kept for the next file of it."""

    kind: Literal["upload"]
    label: str = Field(alias="name", min_length=1, max_length=60, pattern=r"^[^:\n]+$")

    @property
    def account(self) -> str:
        return self.label


def pull(table: UploadTable, context: Context) -> Iterator[Pulled]:
    """What was accepted stands in the store: nothing is read, and nothing can go stale."""
    yield Pulled(table.entity, None, fingerprint=context.fingerprint)


def probe(table: UploadTable, context: Context) -> Iterator[Finding]:
    """How many rows were accepted."""
    rows = (
        len(context.stored.ids(table.entity))
        if context.stored and ENTITIES[table.entity].key
        else 0
    )
    seen = (
        f"принято: {counted(rows, 'строка', 'строки', 'строк')}"
        if rows
        else "принято на странице клиники"
    )
    yield Finding("", ok=True, seen=seen)


SOURCE: Source[UploadTable] = Source(
    "upload", "загрузка", "загрузка", UploadTable, tuple(ENTITIES), pull, probe, live=False
)
