"""Who asks: an HMAC over time, method, path and body, under the clinic's own secret."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from pathlib import Path

from pydantic import SecretStr

from sheets_sync.clinic.config import Clinic
from sheets_sync.clinic.secrets import Secrets

#: How far the caller's clock may be off, in seconds.
WINDOW = 300
VERSION = "v1"
#: Compared against where there is no clinic, so that "unknown" takes as long as "wrong".
_NOBODY = SecretStr("nobody has this secret")


def sign(secret: SecretStr, timestamp: str, method: str, path: str, body: bytes) -> str:
    """The value of `X-Romi-Signature` for a request; a GET has an empty body."""
    head = f"{VERSION}:{timestamp}:{method.upper()}:{path}:".encode()
    key = secret.get_secret_value().encode()
    return f"{VERSION}={hmac.new(key, head + body, hashlib.sha256).hexdigest()}"


def secrets_of(clinic: Clinic | None, home: Path) -> list[SecretStr]:
    """The clinic's secrets in force: one, or two while it is being changed."""
    if clinic is None or clinic.webhook is None:
        return []
    names = (clinic.webhook.secret_env, clinic.webhook.secret_env_next)
    kept = Secrets(home, clinic.id)
    return [SecretStr(value) for name in names if name and (value := kept.find(name))]


def is_signed(
    secrets: Sequence[SecretStr],
    timestamp: str,
    signature: str,
    method: str,
    path: str,
    body: bytes,
    now: float,
) -> bool:
    """True if one of `secrets` signed this very request within WINDOW seconds of `now`.

    Always computes two HMACs and compares in constant time, whatever is missing.
    """
    padded = [*secrets, _NOBODY, _NOBODY][:2]
    theirs = signature.encode("utf-8", "replace")
    matches = [
        hmac.compare_digest(sign(s, timestamp, method, path, body).encode(), theirs) for s in padded
    ]
    genuine = any(m and s is not _NOBODY for m, s in zip(matches, padded, strict=True))
    return genuine and _fresh(timestamp, now)


def _fresh(timestamp: str, now: float) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now - int(timestamp)) <= WINDOW
