"""What tests of messages share: the doubles, and what a channel may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from sheets_sync.delivery.channel import Means
from sheets_sync.net.secrets import checked
from tests.doubles import max as max_double
from tests.doubles import smtp, telegram
from tests.doubles.max import MaxDouble
from tests.doubles.smtp import SmtpDouble
from tests.doubles.telegram import TelegramDouble
from tests.sources.yandex import Hands

SECRETS = {
    "SMTP_HOST": "127.0.0.1",
    "SMTP_USER": smtp.USER,
    "SMTP_PASSWORD": smtp.PASSWORD,
    "TELEGRAM_TOKEN": telegram.TOKEN,
    "MAX_TOKEN": max_double.TOKEN,
}


def secret(variable: str) -> SecretStr:
    return checked(SECRETS.get(variable, ""), variable, "[[notify]]")


@pytest.fixture
def mail() -> Iterator[SmtpDouble]:
    with SmtpDouble() as double:
        yield double


@pytest.fixture
def bot() -> Iterator[TelegramDouble]:
    with TelegramDouble() as double:
        yield double


@pytest.fixture
def messenger() -> Iterator[MaxDouble]:
    with MaxDouble() as double:
        yield double


@pytest.fixture
def means(clock: Hands, tmp_path: Path) -> Callable[..., Means]:
    """What a channel may use; `endpoints` by kind."""
    return lambda **endpoints: Means(secret, tmp_path, clock, endpoints)
