"""A double of Yandex Metrica: rights, quotas, counters, goals; reports, logs and uploads beside it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sheets_sync.net.clock import Clock
from tests.doubles.metrica_logs import Logs
from tests.doubles.metrica_orders import Orders
from tests.doubles.metrica_stat import Stat
from tests.doubles.metrica_uploads import Uploads
from tests.doubles.refusal import Refused, refused
from tests.doubles.server import Asked, Loopback, Reply, json_reply
from tests.doubles.site import Counter

#: Refusals by name: status, error_type, message.
REFUSALS = {
    "unauthorized": (401, "unauthorized", "Unauthorized"),
    "access_denied": (403, "access_denied", "Access is denied"),
    "invalid_token": (403, "invalid_token", "Invalid oauth_token"),
    "not_found": (404, "not_found", "Entity not found"),
    "quota_day": (429, "quota_requests_by_uid", "Quota exceeded: requests per day"),
    "quota_day_420": (420, "quota_requests_by_uid", "Quota exceeded: requests per day"),
    "quota_minutes": (429, "quota_requests_by_uid", "Quota exceeded: requests per 5 minutes"),
    "quota_ip": (429, "quota_requests_by_ip", "Quota exceeded: requests per second"),
    "quota_ip_420": (420, "quota_requests_by_ip", "Quota exceeded: requests per second"),
    "quota_parallel": (429, "quota_parallel_requests", "Quota exceeded: parallel requests"),
    "500": (500, "internal_error", "Internal server error"),
    "503": (503, "backend_error", "Backend is temporarily unavailable"),
    "504": (504, "timeout", "Query timed out"),
    "query_error": (
        400,
        "query_error",
        "Query is too complicated. Please reduce the date interval or sampling.",
    ),
}
#: What the doubles take for a token.
TOKEN = "y0_double-token"
_COUNTER_PATH = re.compile(r"/management/v1/counter/(\d+)(/.*)?")
_CDP_PATH = re.compile(r"/cdp/api/v1/counter/(\d+)(/.*)")


class MetricaDouble(Loopback):
    """Metrica with some counters behind one token.

    Quotas are counted by `clock`: 3 at once, 30 a second (10 for logs), 200 reports in 5 minutes,
    5000 a day; `over_quota` counts the requests refused for them. `forbidden` holds ids of counters
    the token may not read.
    """

    def __init__(
        self, counters: Iterable[Counter], token: str = TOKEN, clock: Clock | None = None
    ) -> None:
        super().__init__()
        self.counters = {c.id: c for c in counters}
        self.token = token
        self.clock = clock or Clock()
        self.forbidden: set[int] = set()
        self.per_day = 5000
        self.stat = Stat()
        self.logs = Logs(self.today)
        self.uploads = Uploads(self.clock)
        self.orders = Orders(self.clock)
        self.worst_parallel = 0
        self.over_quota = 0
        self._in_flight = 0
        self._recent: dict[str, deque[float]] = {}
        self._days: dict[date, int] = {}

    def today(self, counter: Counter) -> date:
        return self.clock.today(ZoneInfo(counter.zone))

    def refusal(self, kind: str) -> Reply:
        status, error_type, message = REFUSALS[kind]
        return refused(status, error_type, message)

    def answer(self, asked: Asked) -> Reply:
        with self.lock:
            self._in_flight += 1
            self.worst_parallel = max(self.worst_parallel, self._in_flight)
        try:
            return self._answer(asked)
        except Refused as error:
            self.over_quota += error.reply.status == 429
            return error.reply
        finally:
            with self.lock:
                self._in_flight -= 1

    def _answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"OAuth {self.token}":
            raise _no("unauthorized")
        with self.lock:
            self._count(asked.path)
            return self._route(asked)

    def _route(self, asked: Asked) -> Reply:
        if asked.path == "/stat/v1/data":
            ids = asked.query.get("ids", "")
            if not ids.isdigit():
                raise Refused(400, "invalid_parameter", "Wrong counter ids", location="ids")
            return json_reply(self.stat.report(self._counter(int(ids)), asked.query))
        if asked.path == "/management/v1/counters" and asked.method == "GET":
            mine = [c for c in self.counters.values() if c.id not in self.forbidden]
            return json_reply({"rows": len(mine), "counters": [_counter(c) for c in mine]})
        if found := _CDP_PATH.fullmatch(asked.path):
            return self.orders.answer(self._counter(int(found[1])), asked, found[2])
        found = _COUNTER_PATH.fullmatch(asked.path)
        if not found:
            raise _no("not_found")
        counter, rest = self._counter(int(found[1])), found[2] or ""
        if rest == "" and asked.method == "GET":
            return json_reply({"counter": _counter(counter)})
        if rest == "/goals" and asked.method == "GET":
            return json_reply({"goals": [g.as_dict() for g in counter.goals]})
        if rest.startswith("/logrequest"):
            return self.logs.answer(counter, asked, rest)
        if rest.startswith("/offline_conversions"):
            return self.uploads.answer(counter, asked, rest.removeprefix("/offline_conversions"))
        raise _no("not_found")

    def _counter(self, number: int) -> Counter:
        if number in self.forbidden:
            raise _no("access_denied")
        if number not in self.counters:
            raise _no("not_found")
        return self.counters[number]

    def refill(self) -> None:
        """Forget the requests counted so far: the next ones have all quotas before them."""
        with self.lock:
            self._recent.clear()
            self._days.clear()

    def _count(self, path: str) -> None:
        if self._in_flight > 3:
            raise _no("quota_parallel")
        now = self.clock.unix()
        day = datetime.fromtimestamp(now, UTC).date()
        self._days[day] = self._days.get(day, 0) + 1
        if self._days[day] > self.per_day:
            raise _no("quota_day")
        is_log = "/logrequest" in path
        self._window("logs" if is_log else "all", 10 if is_log else 30, 1.0, now)
        if path == "/stat/v1/data":
            self._window("reports", 200, 300.0, now)

    def _window(self, name: str, limit: int, seconds: float, now: float) -> None:
        recent = self._recent.setdefault(name, deque())
        while recent and recent[0] <= now - seconds:
            recent.popleft()
        if len(recent) >= limit:
            raise _no("quota_ip")
        recent.append(now)


def _no(kind: str) -> Refused:
    return Refused(*REFUSALS[kind])


def _counter(counter: Counter) -> dict[str, Any]:
    at = datetime(2026, 1, 1, tzinfo=ZoneInfo(counter.zone))
    offset = at.utcoffset()
    return {
        "id": counter.id,
        "status": "Active",
        "owner_login": "clinic",
        "name": counter.name,
        "site": "clinic.example",
        "type": "simple",
        "favorite": 0,
        "permission": "view",
        "code_status": "CS_OK",
        "create_time": "2024-01-15T10:00:00+03:00",
        "time_zone_name": counter.zone,
        "time_zone_offset": int(offset.total_seconds() // 60) if offset else 0,
    }
