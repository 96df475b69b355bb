"""Links from a clinic's spreadsheet to its page: signed by the service, for ten minutes and one use."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from itsdangerous import BadData, URLSafeSerializer

from sheets_sync.store import Store

LIFE = 600
Page = Literal["page", "upload"]


@dataclass(frozen=True)
class Links:
    """Makes links and takes them back."""

    store: Store
    clock: Callable[[], float]
    key: bytes

    def make(self, clinic: str, page: Page) -> str:
        """The path of a link to a clinic's page."""
        until = int(self.clock()) + LIFE
        return "/enter/" + self._signer.dumps([clinic, page, until, secrets.token_urlsafe(9)])

    def use(self, token: str) -> tuple[str, Page] | None:
        """The clinic and the page of a link that was not used before; None: altered, late, used.

        Raises StoreError.
        """
        try:
            clinic, page, until, nonce = self._signer.loads(token)
        except BadData:
            return None
        now = self.clock()
        if now > until:
            return None
        at, stale = (datetime.fromtimestamp(moment, UTC) for moment in (now, until + 1))
        first = self.store.limits.use_nonce(clinic, f"link:{nonce}", at, stale)
        return (clinic, page) if first else None

    @property
    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.key, salt="link")
