"""JSON Web Tokens: when one ends."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

from pydantic import SecretStr


def jwt_end(token: SecretStr) -> datetime | None:
    """When a token ends by its own `exp`; None where it is no JWT or has none. Nothing is verified."""
    parts = token.get_secret_value().split(".")
    try:
        claims = json.loads(_decoded(parts[1])) if len(parts) == 3 else {}
        return datetime.fromtimestamp(float(claims["exp"]), UTC)
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
