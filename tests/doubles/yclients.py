"""A double of YCLIENTS: records and transactions of a branch, two tokens, three spellings of a time.

Strict: the Accept header, both tokens, parameters, 300 rows a page, 5 requests a second and 200 a minute
(429), `meta: []` of transactions, deleted records only with the flag, `success` false also with HTTP 200.
Unsure, so tolerant: the body of a 429, the order of rows. By switch: `lapsed` (the branch's licence),
`empty_404` (an empty list is answered «Не найдено»).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sheets_sync.net.clock import Clock
from tests.doubles.server import Asked, Reply, json_reply
from tests.doubles.service import COMMENT, PERSON, Buckets, Double, No, expect, words

COMPANY = 5
RECORDS = words("""
    page count start_date end_date c_start_date c_end_date changed_after changed_before with_deleted
    include_finance_transactions staff_id client_id
""")
TRANSACTIONS = words("""
    page count start_date end_date real_money deleted changed_after changed_before
""")
_PATH = re.compile(r"/api/v1/(records|transactions)/(\d+)")


@dataclass(frozen=True)
class Record:
    """A record. `client` 0: none; `services` are titles with costs."""

    id: int
    at: datetime
    created: datetime
    updated: datetime
    client: int = 71
    phone: str = "+79000000001"
    services: tuple[tuple[str, int], ...] = (("Консультация", 1500),)
    attendance: int = 1
    deleted: bool = False
    visit: str = ""
    staff: str = "Доктор Смирнов"


@dataclass(frozen=True)
class Transaction:
    id: int
    at: datetime
    amount: str
    title: str = "Оказание услуг"
    client: int = 71
    real: bool = True
    deleted: bool = False


@dataclass(frozen=True)
class YclientsWorld:
    records: tuple[Record, ...]
    transactions: tuple[Transaction, ...]


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time of November 2026 in UTC."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


_TWO = (("Консультация", 1500), ("Снимок", 800))
WORLD = YclientsWorld(
    records=(
        Record(610, at(20, 9), at(12, 6, 30), at(20, 10), services=_TWO, visit="8800"),
        Record(611, at(20, 9, 30), at(12, 6, 30), at(20, 10), visit="8800"),
        Record(612, at(20, 20, 59), at(13, 9), at(21, 5), 72, "+79000000002", attendance=-1),
        Record(613, at(20, 21, 0), at(13, 9), at(13, 9), 73, "+79000000003", attendance=2),
        Record(614, at(28, 9), at(14, 9), at(14, 9), 74, "8 900 000-00-04", attendance=0),
        Record(615, at(18, 9), at(10, 9), at(15, 9), 75, "", attendance=0, deleted=True),
        Record(616, at(18, 9), at(10, 9), at(15, 9), 0, ""),
    ),
    transactions=(
        Transaction(481, at(20, 9, 40), "1500.00"),
        Transaction(482, at(21, 9), "-500.00"),
        Transaction(483, at(21, 9, 1), "300.50", "Продажа товаров", 72),
        Transaction(484, at(21, 9, 2), "-2000.00", "Зарплата персонала"),
        Transaction(485, at(21, 9, 3), "700.00", client=0),
        Transaction(486, at(21, 9, 4), "900.00", real=False),
        Transaction(487, at(21, 9, 5), "900.00", deleted=True),
        Transaction(488, at(21, 20, 59), "12000.00", "Продажа абонементов", 73),
        Transaction(489, at(21, 21, 0), "5000.00", "Продажа сертификатов", 73),
    ),
)
EXPECTED = {
    "appointments": expect("""
        appointment_id  booked_at             starts_at             status     doctor          service                phone
        610             2026-11-12T06:30:00Z  2026-11-20T09:00:00Z  completed  Доктор Смирнов  Консультация + Снимок  +79000000001
        611             2026-11-12T06:30:00Z  2026-11-20T09:30:00Z  completed  Доктор Смирнов  Консультация           +79000000001
        612             2026-11-13T09:00:00Z  2026-11-20T20:59:00Z  no_show    Доктор Смирнов  Консультация           +79000000002
        613             2026-11-13T09:00:00Z  2026-11-20T21:00:00Z  confirmed  Доктор Смирнов  Консультация           +79000000003
        614             2026-11-14T09:00:00Z  2026-11-28T09:00:00Z  booked     Доктор Смирнов  Консультация           +79000000004
        615             2026-11-10T09:00:00Z  2026-11-18T09:00:00Z  cancelled  Доктор Смирнов  Консультация           -
    """),
    "payments": expect("""
        payment_id  paid_at               amount   kind
        481         2026-11-20T09:40:00Z  150000   payment
        482         2026-11-21T09:00:00Z  -50000   refund
        483         2026-11-21T09:01:00Z  30050    payment
        488         2026-11-21T20:59:00Z  1200000  payment
        489         2026-11-21T21:00:00Z  500000   payment
    """),
}


def _error(status: int, message: str) -> Reply:
    meta = {"message": message, "errors": {}}
    return json_reply({"success": False, "data": None, "meta": meta}, status)


class YclientsDouble(Double):
    """A branch of YCLIENTS."""

    kind = "yclients"
    table: ClassVar = {
        "company_id": COMPANY,
        "partner_token_env": "YCLIENTS_PARTNER",
        "user_token_env": "YCLIENTS_USER",
    }
    secrets: ClassVar = {"YCLIENTS_PARTNER": "ycp-double-4Kd", "YCLIENTS_USER": "ycu-double-9Xs"}
    expected: ClassVar = EXPECTED
    refusals: ClassVar = {
        "auth": _error(401, "Необходима авторизация"),
        "rights": _error(403, "Недостаточно прав"),
        "quota": Reply(429, b"Too Many Requests", {"Content-Type": "text/plain"}),
        "temporary": _error(500, "Внутренняя ошибка"),
        "permanent": _error(422, "Некорректные данные"),
        "quiet": _error(200, "Произошла ошибка"),
        "lapsed": _error(402, "Лицензия филиала истекла"),
    }

    def __init__(self, world: YclientsWorld = WORLD, clock: Clock | None = None) -> None:
        super().__init__(world, clock)
        self.zone = ZoneInfo("Europe/Moscow")
        self.lapsed = False
        self.empty_404 = False
        self.buckets = Buckets(self.clock)

    def route(self, asked: Asked) -> Reply:
        if self.buckets.take("ip", 5, 1.0) or self.buckets.take("ip", 200, 60.0):
            raise No(self.refusals["quota"])
        if asked.headers.get("accept") != "application/vnd.yclients.v2+json":
            raise No(_error(400, "Accept: application/vnd.yclients.v2+json"))
        partner, user = self.secrets.values()
        if asked.headers.get("authorization") != f"Bearer {partner}, User {user}":
            raise No(self.refusals["auth"])
        if asked.method == "GET" and asked.path == "/api/v1/companies":
            data = [{"id": COMPANY, "title": "Клиника", "timezone": 3, "timezone_name": "Moscow"}]
            return json_reply({"success": True, "data": data, "meta": {"total_count": 1}})
        found = _PATH.fullmatch(asked.path)
        if not found or asked.method != "GET":
            raise No(_error(404, "Не найдено"))
        if found[2] != str(COMPANY):
            raise No(self.refusals["rights"])
        if self.lapsed:
            raise No(self.refusals["lapsed"])
        return self._list(found[1], asked.query)

    def _list(self, name: str, query: dict[str, str]) -> Reply:
        known = RECORDS if name == "records" else TRANSACTIONS
        if set(query) - known:
            raise No(_error(422, f"parameters {sorted(set(query) - known)}"))
        page, count = query.get("page", "1"), query.get("count", "50")
        if not (page.isdigit() and count.isdigit() and int(page) and 0 < int(count) <= 300):
            raise No(_error(422, "page, count"))
        rows = sorted(
            (r for r in self.rows(name) if self._is_asked(r, query)),
            key=lambda r: (r.at, r.id),
            reverse=True,
        )
        if not rows and self.empty_404:
            raise No(_error(404, "Не найдено"))
        size = self.sized(int(count))
        start = (int(page) - 1) * size
        answer = self._record if name == "records" else self._transaction
        data = [answer(r) for r in rows[start : start + size]]
        meta = {"page": int(page), "total_count": len(rows)} if name == "records" else []
        return json_reply({"success": True, "data": data, "meta": meta})

    def _is_asked(self, row: Any, query: dict[str, str]) -> bool:
        record = isinstance(row, Record)
        tests = [
            self._within(row.at, query, "start_date", "end_date"),
            not record or self._within(row.created, query, "c_start_date", "c_end_date"),
            self._changed(row, query),
        ]
        if record:
            tests.append(not row.deleted or query.get("with_deleted") == "1")
        else:
            tests.append(row.real or query.get("real_money") != "1")
            tests.append(not row.deleted or query.get("deleted") != "0")
        return all(tests)

    def _within(self, moment: datetime, query: dict[str, str], first: str, last: str) -> bool:
        day = moment.astimezone(self.zone).date()
        try:
            return (
                date.fromisoformat(query.get(first, "0001-01-01"))
                <= day
                <= date.fromisoformat(query.get(last, "9999-12-31"))
            )
        except ValueError:
            raise No(_error(422, f"{first}: YYYY-MM-DD")) from None

    def _changed(self, row: Any, query: dict[str, str]) -> bool:
        local = getattr(row, "updated", row.at).astimezone(self.zone).replace(tzinfo=None)
        for name, holds in (("changed_after", "__ge__"), ("changed_before", "__le__")):
            if name in query:
                if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", query[name]):
                    raise No(_error(422, f"{name}: YYYY-MM-DDThh:mm:ss"))
                if not getattr(local, holds)(datetime.fromisoformat(query[name])):
                    return False
        return True

    def _spellings(self, moment: datetime) -> tuple[str, str, str]:
        """Naive, `+03:00` and `+0300`."""
        local = moment.astimezone(self.zone)
        return (
            local.strftime("%Y-%m-%d %H:%M:%S"),
            local.isoformat(timespec="seconds"),
            local.strftime("%Y-%m-%dT%H:%M:%S%z"),
        )

    def _record(self, record: Record) -> dict[str, Any]:
        naive, colon, _ = self._spellings(record.at)
        client = {
            "id": record.client,
            "name": PERSON,
            "surname": PERSON,
            "phone": record.phone,
            "email": "",
            "comment": COMMENT,
        }
        services = [
            {"id": n, "title": t, "cost": c, "first_cost": c, "discount": 0, "amount": 1}
            for n, (t, c) in enumerate(record.services, 1)
        ]
        return {
            "id": record.id,
            "company_id": COMPANY,
            "staff_id": 9,
            "staff": {"id": 9, "name": record.staff, "specialization": "врач"},
            "client": client if record.client else None,
            "services": services,
            "date": naive,
            "datetime": colon,
            "create_date": self._spellings(record.created)[2],
            "last_change_date": self._spellings(record.updated)[2],
            "attendance": record.attendance,
            "visit_attendance": record.attendance,
            "confirmed": int(record.attendance == 2),
            "deleted": record.deleted,
            "online": True,
            "visit_id": record.visit or str(9000 + record.id),
            "paid_full": 1,
            "documents": self.a_list([]),
            "record_labels": self.a_list([]),
            "custom_fields": self.a_list([]),
            "comment": COMMENT,
        }

    def _transaction(self, row: Transaction) -> dict[str, Any]:
        return {
            "id": str(row.id),
            "document_id": 77,
            "expense": {"id": "5", "title": row.title},
            "date": self._spellings(row.at)[2],
            "amount": row.amount,
            "comment": COMMENT,
            "deleted": row.deleted,
            "account": {"id": "1", "title": "Основная касса", "is_cash": True},
            "client": {"id": row.client, "name": PERSON} if row.client else None,
        }
