"""Tokens of outside services: read from the environment, put on requests, hidden everywhere else."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from dataclasses import dataclass

from pydantic import SecretStr
from requests import PreparedRequest

from sheets_sync.errors import ConfigError


@dataclass(frozen=True)
class Secret:
    """A header that is put on each request and nowhere else: `Secret("Authorization", …)`."""

    header: str
    value: SecretStr

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers[self.header] = self.value.get_secret_value()
        return request

    def redacted(self, text: str) -> str:
        """`text` without the secret, should a service have echoed it."""
        for word in self.value.get_secret_value().split():
            text = text.replace(word, "***") if len(word) >= _SHORTEST else text
        return text


#: Shorter words of a header are no secrets: "OAuth".
_SHORTEST = 6


def secret_from(variable: str, where: str) -> SecretStr:
    """The secret that the environment variable `variable` holds.

    Raises ConfigError, which names the variable and never its value.
    """
    value = os.environ.get(variable, "").strip()
    if not value:
        raise ConfigError(
            f"переменная окружения {variable} пуста.",
            where=where,
            hint=f"Задайте в ней токен: {variable}=… и перезапустите службу.",
        )
    if not re.fullmatch(r"[!-~]+", value):
        # Refused here, because http.client would name the value in its own refusal.
        raise ConfigError(
            f"в переменной окружения {variable} не токен: в нём пробелы или не латинские буквы.",
            where=where,
            hint="Скопируйте токен заново, целиком и без кавычек.",
        )
    return SecretStr(value)


def token_name(token: SecretStr) -> str:
    """A name for a token under which its requests are counted; the token cannot be told from it."""
    return hashlib.sha256(token.get_secret_value().encode()).hexdigest()[:16]


class WithoutQueries(logging.Filter):
    """Cuts queries out of urllib3's own log lines: some services take their secret there."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                re.sub(r"\?[^\s'\"]*", "?***", a) if isinstance(a, str) else a for a in record.args
            )
        return True
