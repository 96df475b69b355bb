"""A double of SQNS (1Denta): a login that is locked when repeated, visits by period or by change.

Strict: the login's JSON, Bearer, parameters, 100 rows a page, 1440 minutes of `modificate`, 15 requests a
second and 900 a minute (444), 423 from the sixth login of half an hour on.
By switch, as both are seen: `auth` v2 or v1 (the other is 404), `size_name` peerPage or perPage (the other
is ignored: 20 rows a page), `client_name` client or clientId, `offset` True – some times with `+03:00`.
Unsure, so tolerant: employees' fields, what else a visit holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sheets_sync.net.clock import Clock
from tests.doubles.server import Asked, Reply, json_reply
from tests.doubles.service import (
    COMMENT,
    PERSON,
    Buckets,
    Double,
    No,
    expect,
    jwt,
    secret_bearer,
    words,
)

VISIT = words("dateFrom dateTill modificate page peerPage perPage")
LIST = words("page peerPage perPage isFired isDeleted")


@dataclass(frozen=True)
class Visit:
    """A visit; `services` are names with `paySum`, a number or a text."""

    id: int
    at: datetime
    created: datetime
    updated: datetime
    attendance: int = 1
    services: tuple[tuple[str, Any], ...] = (("Осмотр", 1500),)
    client: int = 71
    phone: str = "+7 (900) 000-00-01"
    deleted: bool = False


@dataclass(frozen=True)
class SqnsWorld:
    visits: tuple[Visit, ...]


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time of November 2026 in UTC."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


_TWO = (("Осмотр", 1500), ("Пломба", "4200.50"))
WORLD = SqnsWorld(
    visits=(
        Visit(9, at(20, 9), at(12, 6), at(20, 10), services=_TWO),
        Visit(10, at(20, 20, 59), at(12, 6), at(19, 9), -1, client=72, phone="89000000002"),
        Visit(11, at(20, 21, 0), at(12, 6), at(20, 22), -1, client=73, phone="+79000000003"),
        Visit(12, at(26, 9), at(12, 6), at(13, 6), 2, client=74, phone="+79000000004"),
        Visit(13, at(27, 9), at(12, 6), at(13, 6), 0, client=75, phone="+79000000005"),
        Visit(14, at(18, 9), at(12, 6), at(18, 12), 1, client=76, phone="", deleted=True),
    )
)
EXPECTED = {
    "appointments": expect("""
        appointment_id  booked_at             starts_at             status     phone
        9               2026-11-12T06:00:00Z  2026-11-20T09:00:00Z  completed  +79000000001
        10              2026-11-12T06:00:00Z  2026-11-20T20:59:00Z  cancelled  +79000000002
        11              2026-11-12T06:00:00Z  2026-11-20T21:00:00Z  no_show    +79000000003
        12              2026-11-12T06:00:00Z  2026-11-26T09:00:00Z  confirmed  +79000000004
        13              2026-11-12T06:00:00Z  2026-11-27T09:00:00Z  booked     +79000000005
        14              2026-11-12T06:00:00Z  2026-11-18T09:00:00Z  cancelled  -
    """),
    "payments": expect("""
        payment_id  appointment_id  paid_at               amount  kind     service
        ?           9               2026-11-20T09:00:00Z  150000  payment  Осмотр
        ?           9               2026-11-20T09:00:00Z  420050  payment  Пломба
    """),
}


def _error(status: int, message: str) -> Reply:
    return json_reply({"status": "error", "message": message}, status)


class SqnsDouble(Double):
    """A clinic of SQNS. `logins` are the times of all logins; `expire` makes the last token stale."""

    kind = "sqns"
    table: ClassVar = {"email_env": "SQNS_EMAIL", "password_env": "SQNS_PASSWORD"}
    secrets: ClassVar = {"SQNS_EMAIL": "robot@clinic.example", "SQNS_PASSWORD": "sq-double-6Vb"}
    expected: ClassVar = EXPECTED
    refusals: ClassVar = {
        "auth": _error(401, "Invalid user token"),
        "revoked": _error(401, "User token deactivated"),
        "rights": _error(403, "Forbidden"),
        "quota": Reply(444),
        "locked": _error(423, "Locked"),
        "temporary": _error(500, "Internal error"),
        "permanent": _error(422, "Unprocessable"),
    }

    def __init__(self, world: SqnsWorld = WORLD, clock: Clock | None = None) -> None:
        super().__init__(world, clock)
        self.zone = ZoneInfo("Europe/Moscow")
        self.auth, self.size_name, self.client_name = "v2", "peerPage", "client"
        self.offset = False
        self.logins: list[float] = []
        self.password = self.secrets["SQNS_PASSWORD"]
        self.token = ""
        self.buckets = Buckets(self.clock)

    def expire(self) -> None:
        self.token = ""

    def route(self, asked: Asked) -> Reply:
        if self.buckets.take("ip", 15, 1.0) or self.buckets.take("ip", 900, 60.0):
            raise No(self.refusals["quota"])
        if asked.method == "POST" and asked.path == f"/api/{self.auth}/auth":
            return self._login(asked)
        known = {"/api/v2/visit": VISIT, "/api/v2/employee": LIST, "/api/v2/resource": LIST}
        if asked.method != "GET" or asked.path not in known:
            raise No(_error(404, "Not found"))
        if not secret_bearer(asked):
            raise No(_error(400, "No Bearer token"))
        if secret_bearer(asked) != self.token:
            raise No(_error(401, "User token not found"))
        if set(asked.query) - known[asked.path]:
            raise No(_error(422, f"parameters {sorted(set(asked.query) - known[asked.path])}"))
        rows = self._visits(asked.query) if asked.path == "/api/v2/visit" else _employees()
        return self._page(rows, asked.query)

    def _login(self, asked: Asked) -> Reply:
        now = self.clock.unix()
        self.logins.append(now)
        if sum(t > now - 1800 for t in self.logins) > 5:
            raise No(self.refusals["locked"])
        given = asked.json()
        if set(given) != {"email", "password"}:
            raise No(_error(422, "email, password"))
        if (given["email"], given["password"]) != (self.secrets["SQNS_EMAIL"], self.password):
            raise No(_error(401, "Wrong email or password"))
        claims = {"name": PERSON, "phone": "+79000000099", "n": len(self.logins)}
        self.token = jwt(claims)
        user = {"id": 1, "orgId": 2, "firstname": PERSON}
        return json_reply({"status": "success", "token": self.token, "user": user})

    def _page(self, rows: list[dict[str, Any]], query: dict[str, str]) -> Reply:
        page, size = query.get("page", "1"), query.get(self.size_name, "20")
        if not (page.isdigit() and size.isdigit() and int(page) and 0 < int(size) <= 100):
            raise No(_error(422, "page, perPage"))
        most = self.sized(int(size))
        last = max(-(-len(rows) // most), 1)
        data = rows[(int(page) - 1) * most : int(page) * most]
        meta = {"page": int(page), "lastPage": last, "maxPerPage": 100}
        return json_reply({"data": data, "meta": meta})

    def _visits(self, query: dict[str, str]) -> list[dict[str, Any]]:
        if "modificate" in query:
            minutes = query["modificate"]
            if not (minutes.isdigit() and 0 < int(minutes) <= 1440):
                raise No(_error(422, "modificate: up to 1440"))
            since = self.clock.now() - timedelta(minutes=int(minutes))
            rows = [v for v in self.world.visits if v.updated >= since]
        else:
            try:
                first, last = (date.fromisoformat(query[n]) for n in ("dateFrom", "dateTill"))
            except (KeyError, ValueError):
                raise No(_error(422, "dateFrom, dateTill: YYYY-MM-DD")) from None
            if first > last:
                raise No(_error(422, "dateFrom after dateTill"))
            days = ((v, v.at.astimezone(self.zone).date()) for v in self.world.visits)
            rows = [v for v, day in days if first <= day <= last]
        return [self._visit(v) for v in sorted(rows, key=lambda v: (v.at, v.id), reverse=True)]

    def _text(self, moment: datetime, *, offset: bool = False) -> str:
        local = moment.astimezone(self.zone)
        if offset:
            return local.isoformat(sep=" ", timespec="seconds")
        return local.strftime("%Y-%m-%d %H:%M:%S")

    def _visit(self, visit: Visit) -> dict[str, Any]:
        services = [
            {"id": n, "name": name, "paySum": s, "price": f"{s}", "discount": 0, "amount": 1}
            for n, (name, s) in enumerate(visit.services, 3)
        ]
        client = {
            "id": visit.client,
            "name": PERSON,
            "phone": visit.phone,
            "email": "",
            "comment": COMMENT,
            "type": "new",
            "visitsCount": 1,
            "tags": self.a_list([]),
        }
        return {
            "id": visit.id,
            "resourceId": 2,
            "services": services,
            "commodities": self.a_list([]),
            "subscriptions": self.a_list([]),
            "certificates": self.a_list([]),
            "totalPrice": str(sum(float(s) for _, s in visit.services)),
            "totalCost": str(sum(float(s) for _, s in visit.services)),
            self.client_name: visit.client,
            "clientData": client,
            "datetime": self._text(visit.at, offset=self.offset and visit.id % 2 == 1),
            "attendance": visit.attendance,
            "deleted": visit.deleted,
            "online": False,
            "isPaid": visit.attendance == 1,
            "comment": COMMENT,
            "organization": {"id": 2, "name": "Клиника"},
            "create_date": self._text(visit.created),
            "update_date": self._text(visit.updated),
        }


def _employees() -> list[dict[str, Any]]:
    return [{"id": 2, "firstname": "Пётр", "lastname": "Смирнов", "isFired": False}]
