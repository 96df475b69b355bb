"""What a [[source]] of files says."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sheets_sync.sources.export_table import ExportTable


class FileTable(ExportTable):
    """A CSV, XLSX, XLS or ODS export by its path or a mask, relative to the clinic's file."""

    kind: Literal["file"]
    path: str = Field(min_length=1)
    sheet: str | int | None = None
    encoding: str = ""

    @property
    def account(self) -> str:
        return self.path + (f"#{self.sheet}" if self.sheet is not None else "")
