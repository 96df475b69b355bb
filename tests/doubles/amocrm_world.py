"""What an invented account of amoCRM holds, and what the contract makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.doubles.service import expect

#: field_id -> name, code, type of a lead's own fields.
FIELDS = {
    11: ("utm_source", "UTM_SOURCE", "tracking_data"),
    12: ("utm_medium", "UTM_MEDIUM", "tracking_data"),
    13: ("utm_campaign", "UTM_CAMPAIGN", "tracking_data"),
    14: ("_ym_uid", "_YM_UID", "tracking_data"),
    21: ("Источник", None, "select"),
    22: ("Комментарий", None, "textarea"),
}


@dataclass(frozen=True)
class Lead:
    """A lead; `fields` holds its own fields by id. `deleted`: in the bin, where most of it is null."""

    id: int
    at: datetime
    updated: datetime
    status: int
    pipeline: int = 31
    price: int = 0
    contact: int = 0
    closed: datetime | None = None
    fields: Mapping[int, str] = field(default_factory=dict)
    deleted: bool = False


@dataclass(frozen=True)
class Unsorted:
    """An unsorted request with the lead inside; `lead` has the id that it keeps when accepted."""

    id: str
    at: datetime
    source: str
    lead: int
    contact: int = 0


@dataclass(frozen=True)
class Contact:
    id: int
    phone: str = ""


@dataclass(frozen=True)
class Event:
    """A lead came to another status."""

    id: str
    lead: int
    at: datetime
    before: tuple[int, int]
    after: tuple[int, int]


@dataclass(frozen=True)
class AmocrmWorld:
    leads: tuple[Lead, ...]
    unsorted: tuple[Unsorted, ...]
    contacts: tuple[Contact, ...]
    events: tuple[Event, ...]
    #: pipeline -> its name and statuses: id, name, type.
    pipelines: Mapping[int, tuple[str, tuple[tuple[int, str, int], ...]]]


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time of November 2026 in UTC."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


_ENDS: tuple[tuple[int, str, int], ...] = ((142, "Успешно", 0), (143, "Закрыто", 0))
_STAGES = ((1001, "Неразобранное", 1), (1002, "Новая", 0), (1003, "Записан", 0), (1004, "Был", 0))
_MARKS = {11: "yandex", 12: "cpc", 13: "implant", 14: "173000000000001"}
WORLD = AmocrmWorld(
    leads=(
        Lead(
            9001, at(2, 7), at(20, 9), 142, price=52000, contact=77, closed=at(20, 9), fields=_MARKS
        ),
        Lead(9002, at(3, 20, 59), at(7, 9), 143, contact=78, closed=at(7, 9), fields={21: "2ГИС"}),
        Lead(9003, at(3, 21, 1), at(3, 22), 1002, 32),
        Lead(9004, at(4, 7), at(5, 7), 1002, deleted=True),
    ),
    unsorted=(Unsorted("u-1", at(8, 7), "Форма на главной", 9005, 79),),
    contacts=(
        Contact(77, "+7 900 000-00-07"),
        Contact(78, "8 (900) 000-00-08"),
        Contact(79, "+79000000009"),
    ),
    events=(
        Event("e1", 9001, at(5, 9), (31, 1002), (31, 1003)),
        Event("e2", 9001, at(12, 9), (31, 1003), (31, 1004)),
        Event("e3", 9001, at(20, 9), (31, 1004), (31, 142)),
        Event("e4", 9002, at(6, 9), (31, 1002), (31, 1003)),
        Event("e5", 9002, at(7, 9), (31, 1003), (31, 143)),
    ),
    pipelines={31: ("Имплантация", (*_STAGES, *_ENDS)), 32: ("Общая", (*_STAGES, *_ENDS))},
)
EXPECTED = {
    "leads": expect("""
        lead_id  created_at            status   role  source_raw        utm_source  utm_campaign  ym_client_id
        9001     2026-11-02T07:00:00Z  won      crm   -                 yandex      implant       173000000000001
        9002     2026-11-03T20:59:00Z  lost     crm   -                 -           -             -
        9003     2026-11-03T21:01:00Z  in_work  crm   -                 -           -             -
        9005     2026-11-08T07:00:00Z  ?        crm   Форма на главной  -           -             -
    """),
}
#: The same world where the clinic has said what its stages mean.
MAPPED: dict[str, Any] = {
    "stages": {"1002": "new", "1003": "booked", "31:1004": "visited"},
    "fields": {"source_raw": 21},
    "phones": True,
    "payments": True,
}
EXPECTED_MAPPED = {
    "leads": expect("""
        lead_id  status  phone         source_raw
        9001     won     +79000000007  -
        9002     lost    +79000000008  2ГИС
        9003     new     -             -
        9005     ?       +79000000009  Форма на главной
    """),
    "appointments": expect("""
        appointment_id  lead_id  booked_at             starts_at             status
        9001            9001     2026-11-05T09:00:00Z  2026-11-12T09:00:00Z  completed
        9002            9002     2026-11-06T09:00:00Z  2026-11-06T09:00:00Z  booked
    """),
    "payments": expect("""
        payment_id  paid_at               amount   kind
        ?           2026-11-20T09:00:00Z  5200000  payment
    """),
}
