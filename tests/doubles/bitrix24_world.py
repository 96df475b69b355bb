"""What an invented portal of Bitrix24 holds, and what the contract makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.doubles.service import expect


@dataclass(frozen=True)
class Item:
    """A lead or a deal. `category` and `lead` are the deal's; `more` holds other fields by their names."""

    id: int
    at: datetime
    stage: str
    updated: datetime
    category: int = 0
    lead: int = 0
    contact: int = 0
    amount: float = 0
    source: str = "WEBFORM"
    closed: datetime | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Contact:
    id: int
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class Step:
    """A line of the stages' history; `kind` 1 leads, 2 deals."""

    id: int
    kind: int
    owner: int
    at: datetime
    stage: str


@dataclass(frozen=True)
class Stage:
    entity: str
    id: str
    name: str
    semantics: str | None = None


@dataclass(frozen=True)
class BitrixWorld:
    leads: tuple[Item, ...]
    deals: tuple[Item, ...]
    contacts: tuple[Contact, ...]
    history: tuple[Step, ...]
    stages: tuple[Stage, ...]
    categories: tuple[tuple[int, str], ...]


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time of November 2026 in UTC."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


_YANDEX = {"utmSource": "yandex", "utmMedium": "cpc", "utmCampaign": "implant"}
_FUNNEL = "DEAL_STAGE_3"
WORLD = BitrixWorld(
    leads=(
        Item(1, at(2, 7), "NEW", at(2, 7), contact=6, more=_YANDEX),
        Item(2, at(3, 20, 59), "CONVERTED", at(4, 7), contact=7, more={"utmSource": "vk"}),
        Item(3, at(3, 21, 1), "JUNK", at(4, 8)),
    ),
    deals=(
        Item(41, at(4, 7), "C3:WON", at(20, 9), 3, 2, 7, 52000.5, closed=at(19, 21)),
        Item(
            42,
            at(5, 7),
            "C3:BOOKED",
            at(6, 7),
            3,
            contact=8,
            amount=1000,
            source="CALL",
            more={**_YANDEX, "UF_CRM_1700000000": "1730000000000000002"},
        ),
        Item(43, at(6, 7), "LOSE", at(7, 7), 0, contact=0, source=""),
    ),
    contacts=(
        Contact(6, "+7 900 000-00-06"),
        Contact(7, "8 (900) 000-00-07", "orlova@clinic.example"),
        Contact(8, "", "volkova@clinic.example"),
    ),
    history=(
        Step(1, 2, 41, at(4, 7), "C3:NEW"),
        Step(2, 2, 41, at(5, 9), "C3:BOOKED"),
        Step(3, 2, 41, at(12, 9), "C3:CAME"),
        Step(4, 2, 41, at(20, 9), "C3:WON"),
        Step(5, 2, 42, at(5, 7), "C3:NEW"),
        Step(6, 2, 42, at(6, 7), "C3:BOOKED"),
        Step(7, 2, 43, at(6, 7), "NEW"),
        Step(8, 1, 2, at(4, 7), "CONVERTED"),
    ),
    stages=(
        Stage("STATUS", "NEW", "Не обработан"),
        Stage("STATUS", "CONVERTED", "Качественный", "S"),
        Stage("STATUS", "JUNK", "Некачественный", "F"),
        Stage("DEAL_STAGE", "NEW", "Новая"),
        Stage("DEAL_STAGE", "LOSE", "Проиграна", "F"),
        Stage(_FUNNEL, "C3:NEW", "Новая"),
        Stage(_FUNNEL, "C3:BOOKED", "Записан"),
        Stage(_FUNNEL, "C3:CAME", "Пришёл"),
        Stage(_FUNNEL, "C3:WON", "Оплатил", "S"),
        Stage("SOURCE", "WEBFORM", "Форма на сайте"),
        Stage("SOURCE", "CALL", "Звонок"),
    ),
    categories=((0, "Общая"), (3, "Имплантация")),
)
EXPECTED = {
    "leads": expect("""
        lead_id  created_at            status   source_raw      utm_source  utm_campaign  role
        L1       2026-11-02T07:00:00Z  in_work  Форма на сайте  yandex      implant       crm
        L2       2026-11-03T20:59:00Z  won      Форма на сайте  vk          -             crm
        L3       2026-11-03T21:01:00Z  lost     Форма на сайте  -           -             crm
        D42      2026-11-05T07:00:00Z  in_work  Звонок          yandex      implant       crm
        D43      2026-11-06T07:00:00Z  lost     -               -           -             crm
    """),
}
#: The same world where the clinic has said what its stages mean.
MAPPED: dict[str, Any] = {
    "stages": {"lead:NEW": "new", "deal:C3:BOOKED": "booked", "C3:CAME": "visited"},
    "fields": {"ym_client_id": "UF_CRM_1700000000"},
    "phones": True,
    "payments": True,
}
EXPECTED_MAPPED = {
    "leads": expect("""
        lead_id  status  phone         ym_client_id
        L1       new     +79000000006  -
        L2       won     +79000000007  -
        L3       lost    -             -
        D42      booked  -             1730000000000000002
        D43      lost    -             -
    """),
    "appointments": expect("""
        appointment_id  booked_at             starts_at             status
        ?               2026-11-05T09:00:00Z  2026-11-12T09:00:00Z  completed
        ?               2026-11-06T07:00:00Z  2026-11-06T07:00:00Z  booked
    """),
    "payments": expect("""
        payment_id  paid_at               amount   kind
        ?           2026-11-19T21:00:00Z  5200050  payment
    """),
}
