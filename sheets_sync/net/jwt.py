"""JSON Web Tokens: when one ends, and making one that lives for a minute."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr


def jwt_end(token: SecretStr) -> datetime | None:
    """When a token ends by its own `exp`; None where it is no JWT or has none. Nothing is verified."""
    parts = token.get_secret_value().split(".")
    try:
        claims = json.loads(_decoded(parts[1])) if len(parts) == 3 else {}
        return datetime.fromtimestamp(float(claims["exp"]), UTC)
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def jwt_hs512(secret: SecretStr, claims: dict[str, Any]) -> str:
    """A token of these claims signed with HMAC-SHA512 (RFC 7515, RFC 7519)."""
    head = {"alg": "HS512", "typ": "JWT"}
    signed = b".".join(_encoded(json.dumps(part).encode()) for part in (head, claims))
    key = secret.get_secret_value().encode()
    signature = hmac.new(key, signed, hashlib.sha512).digest()
    return b".".join((signed, _encoded(signature))).decode()


def _encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
