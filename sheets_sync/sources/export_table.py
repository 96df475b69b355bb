"""What a [[source]] of exports says, whether they lie in a folder or were accepted on a page."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from sheets_sync.reading.entities import known_entity
from sheets_sync.reading.origin import Origin
from sheets_sync.sources.source import SourceTable


class ExportTable(SourceTable):
    """Exports of one entity: how their columns, statuses and dates are to be read."""

    entity: Annotated[str, AfterValidator(known_entity)]
    date_format: str = ""
    columns: dict[str, str] = Field(default={})
    statuses: dict[str, str] = Field(default={})
    role: Literal["tracking", "crm"] = "crm"

    gives_ids: ClassVar[bool] = False

    @property
    def only(self) -> str:
        return self.entity

    @property
    def lead_role(self) -> str:
        return self.role

    def origin(self, entity: str) -> Origin:
        usual = super().origin(entity)
        return replace(usual, statuses=self.statuses, date_format=self.date_format)
