"""Exports that were accepted on the clinic's page: their rows are in the store, no file is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from metrics.schema import ENTITIES
from metrics.wording import counted
from sheets_sync.reading.entities import known_entity
from sheets_sync.reading.origin import Origin
from sheets_sync.sources.source import Context, Finding, Pulled, Source, SourceTable


class UploadTable(SourceTable):
    """What was accepted under a name; columns and statuses are kept for the next file of it."""

    kind: Literal["upload"]
    label: str = Field(alias="name", min_length=1, max_length=60, pattern=r"^[^:\n]+$")
    entity: Annotated[str, AfterValidator(known_entity)]
    date_format: str = ""
    columns: dict[str, str] = Field(default={})
    statuses: dict[str, str] = Field(default={})
    role: Literal["tracking", "crm"] = "crm"

    gives_ids: ClassVar[bool] = False

    @property
    def account(self) -> str:
        return self.label

    @property
    def only(self) -> str:
        return self.entity

    @property
    def lead_role(self) -> str:
        return self.role

    def origin(self, entity: str) -> Origin:
        usual = super().origin(entity)
        return replace(usual, statuses=self.statuses, date_format=self.date_format)


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
