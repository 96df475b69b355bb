"""Tokens that services issued, sealed under the service's secret; one renewal at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sheets_sync.net.seal import Seal


class TokenShelf(Protocol):
    """What the vault needs of the store; `sheets_sync.store.Tokens` says what each does."""

    def read(self, name: str) -> str: ...

    def keep(self, name: str, sealed: str, at: datetime) -> None: ...


@dataclass(frozen=True)
class Grant:
    """What a service issued. Unix seconds: `ends` when it is over (None = not told), `tried` when a
    token was last asked for, whether or not it came. In no repr."""

    token: str = ""
    refresh: str = ""
    ends: float | None = None
    tried: float = 0.0

    def __repr__(self) -> str:
        return f"Grant(ends={self.ends!r}, tried={self.tried!r})"

    def is_good(self, now: float, spoilt: str) -> bool:
        """Whether it may be used: it is none that the service has refused, and not over soon."""
        return bool(self.token) and self.token != spoilt and (self.ends is None or self.ends > now)


@dataclass(frozen=True)
class Vault:
    """Grants by account. `alone` waits until nobody else is at a name; `key` seals them."""

    shelf: TokenShelf
    alone: Callable[[str], AbstractContextManager[None]]
    key: bytes

    def read(self, name: str) -> Grant:
        """The account's last grant; an empty one where there is none, or another key sealed it."""
        sealed = self.shelf.read(name)
        try:
            return Grant(**json.loads(self._seal(name).open(sealed)))
        except (ValueError, TypeError):
            return Grant()

    def keep(self, name: str, grant: Grant, now: float) -> None:
        sealed = self._seal(name).close(json.dumps(asdict(grant)))
        self.shelf.keep(name, sealed, datetime.fromtimestamp(now, UTC))

    def _seal(self, name: str) -> Seal:
        # Few clinics have such tokens, and its cryptography is 8 MB.
        from sheets_sync.net.seal import Seal  # noqa: PLC0415

        return Seal(self.key, name)
