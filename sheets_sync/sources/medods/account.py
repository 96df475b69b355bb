"""A clinic's MEDODS: its table, our own token of a minute, pages of appointments."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from pydantic import SecretStr, field_validator
from requests import PreparedRequest

from sheets_sync.net.http import HttpError
from sheets_sync.net.secrets import FreshHeader, Lookup, NeededVariable
from sheets_sync.sources.api import Api
from sheets_sync.sources.json_paths import Record, list_at
from sheets_sync.sources.visits import VisitTable

PAGE = 100
#: One of so many rows of a page is asked again with the next.
_AGAIN = 10


class MedodsTable(VisitTable):
    kind: Literal["medods"]
    host: str
    identity_env: NeededVariable
    secret_env: NeededVariable
    sum_field: str = "finalSum"

    @field_validator("host")
    @classmethod
    def _bare(cls, value: str) -> str:
        return value.strip().removeprefix("https://").removeprefix("http://").partition("/")[0]

    @property
    def account(self) -> str:
        return self.host


@dataclass(frozen=True)
class _OwnToken(FreshHeader):
    """Our own token of a minute; some servers want it without the word Bearer (`scheme`)."""

    scheme: list[str] = field(default_factory=lambda: ["Bearer "])

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self.scheme[0] + self.make(self.now())
        return request


def sign(table: MedodsTable, secret: Lookup) -> _OwnToken:
    """Our own token, new for each request."""
    identity, key = secret(table.identity_env), secret(table.secret_env)
    return _OwnToken((identity, key), partial(_token, identity, key))


def _token(identity: SecretStr, key: SecretStr, now: float) -> str:
    """A JWT by HS512. Its beginning is ten seconds back, for clocks drift."""
    begin = int(now) - 10
    claims = {"iss": identity.get_secret_value(), "iat": begin, "exp": begin + 60}
    head, body = (
        _packed(json.dumps(part).encode()) for part in ({"alg": "HS512", "typ": "JWT"}, claims)
    )
    text = f"{head}.{body}"
    signature = hmac.digest(key.get_secret_value().encode(), text.encode(), "sha512")
    return f"{text}.{_packed(signature)}"


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def fetch(api: Api[MedodsTable], path: str, params: dict[str, Any] | None = None) -> Any:
    """A GET; on the first refusal of a token it is tried the other way, and the way is remembered."""
    auth = api.auth
    if not isinstance(auth, _OwnToken) or "scheme" in api.memory:
        return _remembered(api, path, params)
    try:
        body = api.get(path, params)
    except HttpError as error:
        if error.status not in {401, 403}:
            raise
        auth.scheme[0] = ""
        body = api.get(path, params)
    api.memory["scheme"] = auth.scheme[0]
    return body


def _remembered(api: Api[MedodsTable], path: str, params: dict[str, Any] | None) -> Any:
    if isinstance(api.auth, _OwnToken):
        api.auth.scheme[0] = str(api.memory["scheme"])
    return api.get(path, params)


def appointments(api: Api[MedodsTable], since: int, offset: int) -> list[Record]:
    """A page of those that changed since a Unix second."""
    params = {"limit": PAGE, "offset": offset, "updatedAtAfter": since}
    return list_at(fetch(api, "/api/v2/appointments", params), "data[]")


def step(page: list[Record]) -> int:
    """How far to go on after a page: its last ones are asked again, for rows that leave while a list
    is read move the rest."""
    return len(page) - len(page) // _AGAIN
