"""A double of Avito: spendings by day (a minute apart), wallet by 7 days, calls by 100, its own kopecks.

Strict: the token's form, 86 400 s of a token, parameters, 270 days of spendings, 8 days of a wallet refused,
one spending or items request in 60 s, five of calls, `error` in a good answer of calls.
Unsure, so tolerant: the units beyond the contract (`spendings` are roubles, `items` kopecks, wallet
roubles), `Retry-After` (`retry_after`, None leaves it out). By switch: `no_result` – a day without `result`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sheets_sync.net.clock import Clock
from tests.doubles.server import Asked, Reply, json_reply
from tests.doubles.service import Buckets, Double, No, expect, form, secret_bearer, words

USER = 555
MOSCOW = ZoneInfo("Europe/Moscow")
SPENDINGS = words("dateFrom dateTo grouping spendingTypes filter")
ITEMS = words("dateFrom dateTo grouping metrics limit offset filter")
TYPES = words("all promotion presence commission rest")


@dataclass(frozen=True)
class Spending:
    """Roubles of a day, by slug."""

    day: date
    value: float
    slug: str = "promotion"


@dataclass(frozen=True)
class Call:
    id: int
    at: datetime
    phone: str
    talk: int = 60
    wait: int = 5


@dataclass(frozen=True)
class AvitoWorld:
    spendings: tuple[Spending, ...]
    calls: tuple[Call, ...]


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time of November 2026 in UTC."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


WORLD = AvitoWorld(
    spendings=(
        Spending(date(2026, 11, 1), 1200.5),
        Spending(date(2026, 11, 1), 300, "presence"),
        Spending(date(2026, 11, 20), 0.29),
    ),
    calls=(
        Call(7001, at(3, 7, 0), "79000000001"),
        Call(7002, at(3, 20, 59, 59), "79000000002", talk=0),
        Call(7003, at(4, 7, 0), "79000000001"),
    ),
)
EXPECTED = {
    "costs": expect("""
        date_from   date_to     platform  cost
        2026-11-01  2026-11-01  Авито     150050
        2026-11-20  2026-11-20  Авито     29
    """),
}
MAPPED = {"calls": True}
EXPECTED_MAPPED = {
    **EXPECTED,
    "calls": expect("""
        call_id  started_at            phone         status    source_raw  is_unique  talk_duration  wait_duration
        7001     2026-11-03T07:00:00Z  +79000000001  answered  Авито       yes        60             5
        7002     2026-11-03T20:59:59Z  +79000000002  missed    Авито       yes        0              5
        7003     2026-11-04T07:00:00Z  +79000000001  answered  Авито       no         60             5
    """),
}


def _error(status: int, message: str) -> Reply:
    return json_reply({"error": {"code": status, "message": message}}, status)


class AvitoDouble(Double):
    """A business account. `tokens`: token -> when it ends."""

    kind = "avito"
    table: ClassVar = {
        "user_id": USER,
        "client_id_env": "AVITO_ID",
        "client_secret_env": "AVITO_SECRET",
    }
    secrets: ClassVar = {"AVITO_ID": "av-double-client", "AVITO_SECRET": "av-double-secret-7Jm"}
    expected: ClassVar = EXPECTED
    mapped: ClassVar = MAPPED
    expected_mapped: ClassVar = EXPECTED_MAPPED
    refusals: ClassVar = {
        "auth": _error(401, "invalid access token"),
        "rights": _error(403, "forbidden"),
        "quota": _error(429, "too many requests"),
        "temporary": _error(500, "internal error"),
        "permanent": _error(400, "bad request"),
        "quiet": json_reply({"calls": [], "error": {"code": 1001, "message": "internal"}}),
    }

    def __init__(self, world: AvitoWorld = WORLD, clock: Clock | None = None) -> None:
        super().__init__(world, clock)
        self.tokens: dict[str, float] = {}
        self.no_result = False
        self.retry_after: int | None = None
        self.buckets = Buckets(self.clock)

    def expire(self) -> None:
        self.tokens = dict.fromkeys(self.tokens, 0.0)

    def route(self, asked: Asked) -> Reply:
        if asked.path == "/token" and asked.method == "POST":
            return self._token(asked)
        if self.tokens.get(secret_bearer(asked), 0.0) <= self.clock.unix():
            raise No(self.refusals["auth"])
        if asked.path == "/core/v1/accounts/self" and asked.method == "GET":
            return json_reply({"id": USER, "name": "Клиника", "email": "owner@clinic.example"})
        answers = {
            f"/stats/v2/accounts/{USER}/spendings": (self._spendings, 1),
            f"/stats/v2/accounts/{USER}/items": (self._items, 1),
            "/core/v1/accounts/operations_history/": (self._wallet, 60),
            "/calltracking/v1/getCalls/": (self._calls, 5),
        }
        if asked.path not in answers or asked.method != "POST":
            raise No(_error(404 if f"/{USER}/" in asked.path else 403, "not found"))
        answer, per_minute = answers[asked.path]
        if self.buckets.take(asked.path, per_minute, 60.0):
            more = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
            raise No(Reply(429, self.refusals["quota"].body, more))
        try:
            given = asked.json()
        except json.JSONDecodeError:
            raise No(_error(400, "JSON")) from None
        return json_reply(answer(given))

    def _token(self, asked: Asked) -> Reply:
        given = form(asked)
        if given != {"grant_type": "client_credentials", **self._pair()}:
            return json_reply({"error": "invalid_client", "error_description": "-"}, 401)
        token = f"av-double-access-{len(self.tokens) + 1}"
        self.tokens[token] = self.clock.unix() + 86_400
        return json_reply({"access_token": token, "expires_in": 86_400, "token_type": "Bearer"})

    def _pair(self) -> dict[str, str]:
        return dict(zip(("client_id", "client_secret"), self.secrets.values(), strict=True))

    def _period(self, given: dict[str, Any], known: frozenset[str]) -> tuple[date, date]:
        try:
            first, last = (date.fromisoformat(given[n]) for n in ("dateFrom", "dateTo"))
        except (KeyError, ValueError, TypeError):
            raise No(_error(400, "dateFrom, dateTo: YYYY-MM-DD")) from None
        today = self.clock.now().astimezone(MOSCOW).date()
        if set(given) - known or given.get("grouping") != "day" or first > last:
            raise No(_error(400, f"fields {sorted(given)}"))
        if (last - first).days >= 270 or first < today - timedelta(days=270):
            raise No(_error(400, "period is over 270 days"))
        return first, last

    def _spendings(self, given: dict[str, Any]) -> dict[str, Any]:
        first, last = self._period(given, SPENDINGS)
        types = given.get("spendingTypes")
        if not types or set(types) - TYPES:
            raise No(_error(400, "spendingTypes"))
        days: dict[date, list[Spending]] = {}
        for spending in self.world.spendings:
            if first <= spending.day <= last and {"all", spending.slug} & set(types):
                days.setdefault(spending.day, []).append(spending)
        if not days and self.no_result:
            return {}
        groupings = [
            {
                "date": str(day),
                "type": "day",
                "spendings": [{"slug": s.slug, "value": s.value} for s in days[day]],
            }
            for day in sorted(days, reverse=True)
        ]
        return {"result": {"groupings": groupings, "timestamp": int(self.clock.unix())}}

    def _items(self, given: dict[str, Any]) -> dict[str, Any]:
        first, last = self._period(given, ITEMS)
        if not 0 < given.get("limit", 1000) <= 1000:
            raise No(_error(400, "limit"))
        days: dict[date, Decimal] = {}
        for s in self.world.spendings:
            if first <= s.day <= last:
                days[s.day] = days.get(s.day, Decimal(0)) + Decimal(str(s.value)) * 100
        groupings = [
            {
                "id": int(datetime(d.year, d.month, d.day, tzinfo=UTC).timestamp()),
                "type": "day",
                "metrics": [{"slug": "allSpending", "value": int(kopecks)}],
            }
            for d, kopecks in days.items()
        ]
        return {"result": {"dataTotalCount": len(days), "groupings": groupings}}

    def _moments(self, given: dict[str, Any], known: frozenset[str]) -> tuple[datetime, datetime]:
        try:
            first, last = (datetime.fromisoformat(given[n]) for n in ("dateTimeFrom", "dateTimeTo"))
        except (KeyError, ValueError, TypeError):
            raise No(_error(400, "dateTimeFrom, dateTimeTo")) from None
        if set(given) - known or not (first.tzinfo and last.tzinfo) or first > last:
            raise No(_error(400, "RFC3339 with a zone"))
        return first, last

    def _wallet(self, given: dict[str, Any]) -> dict[str, Any]:
        zoned = {k: f"{v}Z" if len(str(v)) == 19 else v for k, v in given.items()}
        first, last = self._moments(zoned, words("dateTimeFrom dateTimeTo"))
        if last - first > timedelta(days=7):
            raise No(_error(400, "period is over 7 days"))
        rows = [s for s in self.world.spendings if first.date() <= s.day <= last.date()]
        operations = [
            {
                "amountRub": s.value,
                "amountBonus": 0,
                "amountTotal": s.value,
                "operationType": "списание",
                "operationName": s.slug,
                "updatedAt": f"{s.day}T12:00:00Z",
            }
            for s in rows
        ]
        return {"result": {"operations": operations}}

    def _calls(self, given: dict[str, Any]) -> dict[str, Any]:
        first, last = self._moments(given, words("dateTimeFrom dateTimeTo limit offset"))
        limit, offset = given.get("limit", 100), given.get("offset", 0)
        if not (type(limit) is int and type(offset) is int and 0 < limit <= 100 and offset >= 0):
            raise No(_error(400, "limit, offset"))
        rows = [c for c in self.world.calls if first <= c.at <= last]
        calls = [
            {
                "callId": c.id,
                "callTime": c.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "buyerPhone": c.phone,
                "sellerPhone": "74950000900",
                "virtualPhone": "74950000901",
                "talkDuration": c.talk,
                "waitingDuration": c.wait,
                "itemId": 1,
            }
            for c in sorted(rows, key=lambda c: c.at, reverse=True)
        ]
        return {"calls": calls[offset:][: self.sized(limit)], "error": {"code": 0, "message": ""}}
