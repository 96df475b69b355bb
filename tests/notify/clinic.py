"""A clinic with channels to every double, and rows kept as a sync leaves them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sheets_sync.clinic.config import Clinic
from sheets_sync.notify.digest import DIGEST
from sheets_sync.settings import Service
from sheets_sync.store import Store
from tests.doubles import max as max_double
from tests.doubles import telegram
from tests.doubles.max import MaxDouble
from tests.doubles.smtp import SmtpDouble
from tests.doubles.telegram import TelegramDouble
from tests.notify.weeks import kept

#: Monday, 09:30 in Moscow.
NOW = datetime(2026, 10, 26, 6, 30, tzinfo=UTC)


def email(double: SmtpDouble, **more: Any) -> dict[str, Any]:
    usual = {
        "kind": "email",
        "to": ["owner@clinic.example"],
        "host": "127.0.0.1",
        "port": double.port,
        "user_env": "SMTP_USER",
        "password_env": "SMTP_PASSWORD",
        "tls": "none",
    }
    return usual | more


def to_telegram(double: TelegramDouble, **more: Any) -> dict[str, Any]:
    usual = {"kind": "telegram", "chat_id": telegram.CHAT, "token_env": "TELEGRAM_TOKEN"}
    return usual | {"endpoint": double.url} | more


def to_max(double: MaxDouble, **more: Any) -> dict[str, Any]:
    usual = {"kind": "max", "chat_id": max_double.CHAT, "token_env": "MAX_TOKEN"}
    return usual | {"endpoint": double.url} | more


def clinic(folder: Path, *channels: dict[str, Any], **more: Any) -> Clinic:
    described = {"id": "clinic", "folder": folder, "name": "Клиника", "notify": channels}
    return Clinic.model_validate(described | more)


def keep_week(store: Store, **tabs: Any) -> None:
    """What the last sync left: the digest's cells."""
    store.memory.keep("clinic", {DIGEST: kept(**tabs)}, NOW)


def service(folder: Path) -> Service:
    return Service(home=folder, url="https://sync.example.org")
