"""Texts that only the holder of a key can read."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Seal:
    """Seals texts under a key, those of one `name` apart from those of another."""

    def __init__(self, key: bytes, name: str) -> None:
        derived = HKDF(SHA256(), 32, None, f"romi-sheets token {name}".encode()).derive(key)
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def close(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text. Raises ValueError where another key sealed it, or it was never sealed."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise ValueError("sealed by another key") from None
