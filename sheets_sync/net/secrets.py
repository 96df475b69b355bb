"""Secrets of outside services: named by variables, put on requests at the last moment, hidden elsewhere."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import time
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

from pydantic import AfterValidator, Field, SecretStr

from sheets_sync.errors import ConfigError

if TYPE_CHECKING:
    from requests import PreparedRequest

#: Shorter words are no secrets: "OAuth".
_SHORTEST = 6
_HIDDEN = "***"


def _named(value: str) -> str:
    """A variable's name. A secret itself, written in its place, would be told to everybody."""
    if not re.fullmatch(r"([A-Z_][A-Z0-9_]*)?", value):
        raise ValueError(
            "нужно имя переменной окружения, большими латинскими буквами (METRICA_TOKEN), "
            "а не то, что в ней лежит"
        )
    return value


#: The name of a variable that holds a secret; `Variable` may be "".
Variable = Annotated[str, AfterValidator(_named)]
NeededVariable = Annotated[str, Field(min_length=1), AfterValidator(_named)]
#: Gives the secret that a variable holds. Raises ConfigError, which names the variable.
Lookup = Callable[[str], SecretStr]


def checked(value: str, variable: str, where: str) -> SecretStr:
    """A secret as it was found. Raises ConfigError, which names the variable and never the value."""
    text = value.strip()
    if not text:
        raise ConfigError(
            f"переменная {variable} пуста.",
            where=where,
            hint=f"Положите в неё секрет: romi-sheets secret ФАЙЛ.toml {variable} "
            "или переменная окружения с этим именем.",
        )
    if not re.fullmatch(r"[!-~]+", text):
        # Refused here, because http.client would name the value in its own refusal.
        raise ConfigError(
            f"в переменной {variable} не секрет: в нём пробелы или не латинские буквы.",
            where=where,
            hint="Скопируйте его заново, целиком и без кавычек.",
        )
    return SecretStr(text)


def token_name(*secrets: SecretStr) -> str:
    """A name for secrets under which their requests are counted; none can be told from it."""
    text = "\0".join(s.get_secret_value() for s in secrets)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def without(secrets: Iterable[SecretStr], text: str) -> str:
    """`text` without the secrets, as they are and as a query or a path would hold them."""
    for secret in secrets:
        for word in secret.get_secret_value().split():
            for form in {word, quote(word, safe=""), quote_plus(word), json.dumps(word)[1:-1]}:
                text = text.replace(form, _HIDDEN) if len(word) >= _SHORTEST else text
    return text


@dataclass(frozen=True)
class Auth:
    """What says who is asking. A subclass puts it where the service wants it."""

    secrets: tuple[SecretStr, ...] = ()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign the request that is about to be sent; called by `requests`."""
        return request

    def redacted(self, text: str) -> str:
        """`text` without the secrets, should a service have echoed them."""
        return without(self.secrets, text)

    @property
    def name(self) -> str:
        """Under which requests of this account are counted."""
        return token_name(*self.secrets)


@dataclass(frozen=True)
class Headers(Auth):
    """Secrets in headers: name -> the whole value."""

    values: Mapping[str, SecretStr] = field(default_factory=dict)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        for name, value in self.values.items():
            request.headers[name] = value.get_secret_value()
        return request


def headers(**values: SecretStr) -> Headers:
    """`headers(X_Token=…)` is the header X-Token."""
    named = {name.replace("_", "-"): value for name, value in values.items()}
    return Headers(tuple(named.values()), named)


def bearer(token: SecretStr, scheme: str = "Bearer") -> Headers:
    """The header Authorization: Bearer …"""
    value = SecretStr(f"{scheme} {token.get_secret_value()}".strip())
    return Headers((token,), {"Authorization": value})


@dataclass(frozen=True)
class Query(Auth):
    """Secrets in the query: Calltouch, Callibri."""

    values: Mapping[str, SecretStr] = field(default_factory=dict)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        secret = {name: value.get_secret_value() for name, value in self.values.items()}
        request.prepare_url(request.url, secret)
        return request


def query(**values: SecretStr) -> Query:
    return Query(tuple(values.values()), values)


@dataclass(frozen=True)
class Body(Auth):
    """A secret inside the JSON body, at a path of keys: UIS has it at params.access_token."""

    path: tuple[str, ...] = ()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        body: dict[str, Any] = json.loads(request.body or b"{}")
        place = body
        for key in self.path[:-1]:
            place = place.setdefault(key, {})
        place[self.path[-1]] = self.secrets[0].get_secret_value()
        request.body = json.dumps(body, ensure_ascii=False).encode()
        request.prepare_content_length(request.body)
        return request


def body(path: str, token: SecretStr) -> Body:
    return Body((token,), tuple(path.split(".")))


@dataclass(frozen=True)
class Path(Auth):
    """A secret address before every path: a webhook of Bitrix24. Host and port may be another's."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        secret, target = urlsplit(self.secrets[0].get_secret_value()), urlsplit(str(request.url))
        path = f"{secret.path.rstrip('/')}/{target.path.lstrip('/')}"
        request.url = urlunsplit((target.scheme, target.netloc, path, target.query, ""))
        return request

    @property
    def base(self) -> str:
        """Scheme and host of the address."""
        secret = urlsplit(self.secrets[0].get_secret_value())
        return f"{secret.scheme}://{secret.netloc}"

    @property
    def name(self) -> str:
        """All webhooks of a portal are counted together, as the portal counts them."""
        return token_name(SecretStr(self.base))

    def redacted(self, text: str) -> str:
        """Also without the path alone: an address may come back without its host."""
        path = urlsplit(self.secrets[0].get_secret_value()).path.strip("/")
        return without((*self.secrets, SecretStr(path), *map(SecretStr, path.split("/"))), text)


@dataclass(frozen=True)
class FreshHeader(Auth):
    """A header made anew for every request, of the moment: a JWT that lives for a minute."""

    make: Callable[[float], str] = str
    now: Callable[[], float] = time

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self.make(self.now())
        return request


class WithoutPaths(logging.Filter):
    """Cuts paths and queries out of urllib3's own log lines: some services take secrets there."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                re.sub(r"(?<![\w:/])/[^\s'\"]*|\?[^\s'\"]*", "/***", a) if isinstance(a, str) else a
                for a in record.args
            )
        return True
