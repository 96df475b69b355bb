"""A [[source]] of Direct."""

from __future__ import annotations

from typing import ClassVar, Literal

from sheets_sync.net.secrets import NeededVariable
from sheets_sync.sources.source import SourceTable


class DirectTable(SourceTable):
    """An advertiser; client_login only for agencies. `phrases`: what each key phrase cost, too."""

    kind: Literal["direct"]
    token_env: NeededVariable
    client_login: str = ""
    include_vat: bool = True
    phrases: bool = False

    gives_ids: ClassVar[bool] = False

    @property
    def account(self) -> str:
        return self.client_login or self.token_env
