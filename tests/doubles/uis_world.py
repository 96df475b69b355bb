"""What an invented account of UIS holds, and what the contract makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.doubles.service import expect


@dataclass(frozen=True)
class Call:
    id: int
    at: datetime
    phone: str
    direction: str = "in"
    lost: bool = False
    number: int | None = 1
    talk: int | None = 61
    wait: int | None = 7
    marks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """A form or a chat."""

    id: int
    at: datetime
    phone: str | None = None
    email: str | None = None
    marks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class UisWorld:
    calls: tuple[Call, ...]
    forms: tuple[Written, ...]
    chats: tuple[Written, ...]


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time of November 2026 in UTC."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


_AD = {
    "ym_client_id": "1730000000000000001",
    "utm_source": "yandex",
    "utm_medium": "cpc",
    "utm_campaign": "implant",
    "site_domain_name": "clinic.example",
}
WORLD = UisWorld(
    calls=(
        Call(81, at(2, 6, 14, 5), "79000000001", marks=_AD),
        Call(82, at(2, 20, 59, 59), "79000000002", lost=True, number=None, talk=None),
        Call(83, at(2, 21, 0, 0), "79000000003", number=2),
        Call(84, at(5, 9), "79000000004", direction="out", number=None),
        Call(85, at(5, 9), "79000000005"),
    ),
    forms=(
        Written(11, at(6, 10), "79000000006", "sidorova@clinic.example", _AD),
        Written(12, at(7, 10), None, "kozlova@clinic.example"),
    ),
    chats=(Written(11, at(8, 10), "79000000007"), Written(13, at(9, 10))),
)
EXPECTED = {
    "calls": expect("""
        call_id  started_at            phone         status    call_direction  is_unique  talk_duration
        81       2026-11-02T06:14:05Z  +79000000001  answered  in              yes        61
        82       2026-11-02T20:59:59Z  +79000000002  missed    in              -          -
        83       2026-11-02T21:00:00Z  +79000000003  answered  in              no         61
        84       2026-11-05T09:00:00Z  +79000000004  answered  out             -          61
        85       2026-11-05T09:00:00Z  +79000000005  answered  in              yes        61
    """),
    "leads": expect("""
        lead_id  created_at            phone         contact_type  role      utm_campaign  ym_client_id
        F11      2026-11-06T10:00:00Z  +79000000006  form          tracking  implant       1730000000000000001
        F12      2026-11-07T10:00:00Z  -             form          tracking  -             -
        C11      2026-11-08T10:00:00Z  +79000000007  chat          tracking  -             -
        C13      2026-11-09T10:00:00Z  -             chat          tracking  -             -
    """),
}
