"""Tokens that services issued, sealed under the service's secret; one renewal at a time."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


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
            return Grant(**json.loads(self._fernet(name).decrypt(sealed.encode())))
        except (InvalidToken, ValueError, TypeError):
            return Grant()

    def keep(self, name: str, grant: Grant, now: float) -> None:
        sealed = self._fernet(name).encrypt(json.dumps(asdict(grant)).encode()).decode()
        self.shelf.keep(name, sealed, datetime.fromtimestamp(now, UTC))

    def _fernet(self, name: str) -> Fernet:
        derived = HKDF(SHA256(), 32, None, f"romi-sheets token {name}".encode()).derive(self.key)
        return Fernet(base64.urlsafe_b64encode(derived))
