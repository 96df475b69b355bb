"""A double of MEDODS' API v2: our own JWT (HS512, a minute), lists by limit and offset, orders one by one.

Strict: the signature, `iss`, `iat` and `exp` within 60 s of the clock, 100 rows, parameters, 422 and 403.
Unsure, so by switch: `scheme` "Bearer " or "" (the raw token). Unsure, so tolerant: statuses other than
`billed`, the limit of requests (10 a second here, 429), fields of an order beside `finalSum`, `sum`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sheets_sync.net.clock import Clock
from tests.doubles.server import Asked, Reply, json_reply
from tests.doubles.service import COMMENT, PERSON, Buckets, Double, No, expect, words

APPOINTMENTS = words("limit offset status updatedAtAfter")
_ORDER = re.compile(r"/api/v2/orders/(\d+)")


@dataclass(frozen=True)
class Appointment:
    id: int
    at: datetime
    updated: datetime
    status: str = "billed"
    client: int = 71
    order: int = 0
    deleted: bool = False


@dataclass(frozen=True)
class Order:
    id: int
    at: datetime
    sum: str
    client: int = 71


@dataclass(frozen=True)
class MedodsWorld:
    appointments: tuple[Appointment, ...]
    orders: tuple[Order, ...]


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time of November 2026 in UTC."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


WORLD = MedodsWorld(
    appointments=(
        Appointment(15, at(20, 9), at(20, 10), order=33),
        Appointment(16, at(20, 20, 59), at(20, 22), client=72, order=34),
        Appointment(17, at(20, 21, 0), at(20, 23), client=73, order=35),
    ),
    orders=(
        Order(33, at(20, 10), "1500.00"),
        Order(34, at(20, 22), "4200.50", 72),
        Order(35, at(20, 23), "99.99", 73),
    ),
)
EXPECTED = {
    "appointments": expect("""
        appointment_id  booked_at             starts_at             status
        15              2026-11-20T09:00:00Z  2026-11-20T09:00:00Z  completed
        16              2026-11-20T20:59:00Z  2026-11-20T20:59:00Z  completed
        17              2026-11-20T21:00:00Z  2026-11-20T21:00:00Z  completed
    """),
    "payments": expect("""
        payment_id  paid_at               amount  kind
        ?           2026-11-20T09:00:00Z  150000  payment
        ?           2026-11-20T20:59:00Z  420050  payment
        ?           2026-11-20T21:00:00Z  9999    payment
    """),
}


def _error(status: int, message: str) -> Reply:
    return json_reply({"error": message}, status)


class MedodsDouble(Double):
    """A clinic's MEDODS. `tokens` are all tokens seen: each request brings a new one."""

    kind = "medods"
    table: ClassVar = {
        "host": "clinic.medods.example",
        "identity_env": "MEDODS_IDENTITY",
        "secret_env": "MEDODS_SECRET",
    }
    secrets: ClassVar = {"MEDODS_IDENTITY": "md-double-id", "MEDODS_SECRET": "md-double-secret-2Qp"}
    expected: ClassVar = EXPECTED
    refusals: ClassVar = {
        "auth": _error(403, "Bad token"),
        "rights": _error(403, "Forbidden"),
        "quota": Reply(429, b"", {"Retry-After": "3"}),
        "temporary": _error(500, "Internal error"),
        "permanent": _error(422, "Unprocessable"),
    }

    def __init__(self, world: MedodsWorld = WORLD, clock: Clock | None = None) -> None:
        super().__init__(world, clock)
        self.zone = ZoneInfo("Europe/Moscow")
        self.scheme = "Bearer "
        self.tokens: list[str] = []
        self.buckets = Buckets(self.clock)

    def route(self, asked: Asked) -> Reply:
        if self.buckets.take("ip", 10, 1.0):
            raise No(self.refusals["quota"])
        self._authorize(asked.headers.get("authorization", ""))
        if asked.method != "GET":
            raise No(_error(404, "Not found"))
        if asked.path == "/api/v2/appointments":
            return self._appointments(asked.query)
        if found := _ORDER.fullmatch(asked.path):
            orders = [o for o in self.world.orders if o.id == int(found[1])]
            if not orders or asked.query:
                raise No(_error(404, "Not found"))
            return json_reply(self._order(orders[0]))
        if asked.path in {"/api/v2/clinics", "/api/v2/users"}:
            return json_reply({"data": [{"id": 1, "title": "Клиника", "name": "Пётр"}]})
        raise No(_error(404, "Not found"))

    def _authorize(self, header: str) -> None:
        token = header.removeprefix(self.scheme)
        try:
            head, body, signature = token.split(".")
            claims, kind = json.loads(_decoded(body)), json.loads(_decoded(head))
            secret = self.secrets["MEDODS_SECRET"].encode()
            right = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha512).digest()
            now = self.clock.unix()
            good = (
                header.startswith(self.scheme)
                and kind == {"alg": "HS512", "typ": "JWT"}
                and hmac.compare_digest(right, _decoded(signature))
                and claims["iss"] == self.secrets["MEDODS_IDENTITY"]
                and claims["exp"] - claims["iat"] <= 60
                and now - 60 <= claims["iat"] <= now
                and now < claims["exp"] <= now + 60
            )
        except (ValueError, KeyError, TypeError, binascii.Error):
            good = False
        if not good:
            raise No(self.refusals["auth"])
        self.tokens.append(token)

    def _appointments(self, query: dict[str, str]) -> Reply:
        limit, offset = query.get("limit", "20"), query.get("offset", "0")
        since = query.get("updatedAtAfter", "0")
        known = not set(query) - APPOINTMENTS and all(s.isdigit() for s in (limit, offset, since))
        if not known or not 0 < int(limit) <= 100:
            raise No(_error(422, f"limit up to 100, offset, status, updatedAtAfter: {query}"))
        rows = [
            a
            for a in sorted(self.world.appointments, key=lambda a: a.id)
            if a.updated.timestamp() > int(since) and query.get("status", a.status) == a.status
        ]
        page = rows[int(offset) :][: self.sized(int(limit))]
        return json_reply({"data": [self._appointment(a) for a in page]})

    def _appointment(self, row: Appointment) -> dict[str, Any]:
        local = row.at.astimezone(self.zone)
        return {
            "id": row.id,
            "clientId": row.client,
            "userId": 9,
            "clinicId": 1,
            "date": local.strftime("%Y-%m-%d"),
            "time": local.strftime("%H:%M"),
            "duration": 60,
            "status": row.status,
            "appointmentTypeId": 1,
            "appointmentSourceId": 4,
            "orderId": row.order or None,
            "note": COMMENT,
            **({"deleted": True} if row.deleted else {}),
        }

    def _order(self, order: Order) -> dict[str, Any]:
        return {
            "id": order.id,
            "clientId": order.client,
            "clientName": PERSON,
            "finalSum": order.sum,
            "sum": order.sum,
            "entries": self.a_list([]),
        }


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
