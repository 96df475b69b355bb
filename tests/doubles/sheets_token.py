"""A service account that does not exist, and the token service that knows it."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt

SCOPE = "https://www.googleapis.com/auth/spreadsheets"
DRIVE_SCOPE = "https://www.googleapis.com/auth/drive.metadata.readonly"
_AUDIENCE = "https://oauth2.googleapis.com/token"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def write_key(path: Path, account: str, token_uri: str) -> Path:
    """The JSON key of a service account, as Google Cloud hands it out."""
    private = _key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    key = {
        "type": "service_account",
        "project_id": "example-project",
        "private_key_id": "0123456789abcdef",
        "private_key": private.decode(),
        "client_email": account,
        "client_id": "100000000000000000001",
        "token_uri": token_uri,
    }
    path.write_text(json.dumps(key), encoding="utf-8")
    return path


@dataclass
class Tokens:
    """Tokens by account, each good for one scope. `revoked` and `wrong_clock` make every exchange
    fail as Google does."""

    given: dict[str, tuple[str, float, str]] = field(default_factory=dict)
    revoked: bool = False
    wrong_clock: bool = False

    def exchange(self, body: bytes) -> tuple[int, dict[str, Any]]:
        """Answer a token request: the status and the body."""
        asked = {name: found[-1] for name, found in parse_qs(body.decode()).items()}
        if asked.get("grant_type") != _GRANT:
            return 400, {"error": "unsupported_grant_type"}
        if self.revoked:
            return _refused("Invalid JWT Signature.")
        if self.wrong_clock:
            return _refused(
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
                "timeframe. Check your iat and exp values in the JWT claim."
            )
        public = (
            _key()
            .public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
        try:
            claims = jwt.decode(asked.get("assertion", ""), certs=public, audience=_AUDIENCE)
        except ValueError as error:
            return _refused(str(error))
        if claims.get("scope") not in (SCOPE, DRIVE_SCOPE):
            return 400, {"error": "invalid_scope"}
        token = secrets.token_urlsafe(24)
        self.given[token] = (claims["iss"], time.time() + 3599, claims["scope"])
        return 200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    def account(self, header: str, scope: str = SCOPE) -> str | None:
        """Whose token of that scope an Authorization header carries; None if nobody's, or old."""
        known = self.given.get(header.removeprefix("Bearer "), (None, 0.0, ""))
        account, until, given_for = known
        return account if until > time.time() and given_for == scope else None


def _refused(why: str) -> tuple[int, dict[str, Any]]:
    return 400, {"error": "invalid_grant", "error_description": why}
