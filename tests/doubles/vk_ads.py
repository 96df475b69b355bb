"""A double of VK Реклама's API v2: five token slots, plans by 50, statistics of days for 200 ids.

Strict: the token's form, five live tokens (the sixth: 403), `refresh_token` keeps the slot and kills the
old access, 50 plans a page (20 unless asked), deleted ones only by `_status__in`, 200 ids, 366 days back,
headers of the rate and 429 (`per_second`, `per_day`). `POST /oauth2/token/delete.json` deletes all tokens.
Unsure, so by switch: `zero_days` False – a day without shows is absent. Unsure, so tolerant: 90 days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sheets_sync.net.clock import Clock
from tests.doubles.server import Asked, Reply, json_reply
from tests.doubles.service import Double, No, expect, form, secret_bearer, words

PLANS = words("limit offset fields _status__in _id__in sorting")
DAYS = words("id date_from date_to metrics")
FIELDS = words("id name status objective created updated date_start date_end")
#: Days are Moscow's.
MOSCOW = ZoneInfo("Europe/Moscow")


@dataclass(frozen=True)
class Plan:
    """What the cabinet calls a campaign."""

    id: int
    name: str
    status: str = "active"


@dataclass(frozen=True)
class Day:
    """A plan's day; `spent` as the cabinet shows it."""

    plan: int
    day: date
    spent: str
    shows: int = 1200
    clicks: int = 31
    goals: int = 2


@dataclass(frozen=True)
class VkAdsWorld:
    plans: tuple[Plan, ...]
    days: tuple[Day, ...]


WORLD = VkAdsWorld(
    plans=(
        Plan(101, "Имплантация"),
        Plan(102, "Виниры", "blocked"),
        Plan(103, "Старая", "deleted"),
    ),
    days=(
        Day(101, date(2026, 11, 20), "840.50"),
        Day(101, date(2026, 11, 21), "0.25", 3, 0, 0),
        Day(102, date(2026, 11, 20), "100.00", 50, 1, 0),
        Day(103, date(2026, 11, 1), "999.99", 700, 9, 0),
    ),
)
#: With `vat_included = false` and a rate of 22 %: per plan and day, half to even to the kopeck.
EXPECTED = {
    "costs": expect("""
        date_from   date_to     platform    campaign     campaign_id  cost    impressions  clicks
        2026-11-01  2026-11-01  VK Реклама  Старая       103          121999  700          9
        2026-11-20  2026-11-20  VK Реклама  Имплантация  101          102541  1200         31
        2026-11-20  2026-11-20  VK Реклама  Виниры       102          12200   50           1
        2026-11-21  2026-11-21  VK Реклама  Имплантация  101          30      3            0
    """),
}


def _error(status: int, code: str) -> Reply:
    if status == 401:
        return json_reply({"code": code, "message": code}, status)
    return json_reply({"error": {"code": code, "message": code}}, status)


class VkAdsDouble(Double):
    """A cabinet. `tokens`: access -> refresh of every live slot; `expired` holds stale accesses."""

    kind = "vk_ads"
    table: ClassVar = {"client_id_env": "VK_ID", "client_secret_env": "VK_SECRET"}
    secrets: ClassVar = {"VK_ID": "vk-double-client", "VK_SECRET": "vk-double-secret-1Hn"}
    expected: ClassVar = EXPECTED
    refusals: ClassVar = {
        "auth": _error(401, "invalid_token"),
        "expired": _error(401, "expired_token"),
        "rights": _error(403, "ERR_ACCESS_DENIED"),
        "slots": json_reply({"error": "token_limit_exceeded"}, 403),
        "quota": Reply(429, b"", {"X-RateLimit-RPS-Limit": "5", "X-RateLimit-RPS-Remaining": "0"}),
        "quota_json": _error(400, "ERR_LIMIT_EXCEEDED"),
        "temporary": _error(500, "ERR_INTERNAL"),
        "permanent": _error(400, "ERR_WRONG_PARAMETER"),
    }

    def __init__(self, world: VkAdsWorld = WORLD, clock: Clock | None = None) -> None:
        super().__init__(world, clock)
        self.tokens: dict[str, str] = {}
        self.issued = 0
        self.expired: set[str] = set()
        self.lifetime = 86_400
        self.zero_days = False
        self.per_second, self.per_day = 5, 2000
        self._born: dict[str, float] = {}
        self._counts: dict[tuple[str, int], int] = {}

    def expire(self) -> None:
        """Every access is stale from now on; refresh tokens live."""
        self.expired |= set(self.tokens)

    def route(self, asked: Asked) -> Reply:
        if asked.path.startswith("/api/v2/oauth2/") and asked.method == "POST":
            return self._token(asked)
        if asked.method != "GET":
            raise No(_error(405, "ERR_METHOD_NOT_ALLOWED"))
        self._authorize(secret_bearer(asked))
        headers = self._rate(asked.path)
        if asked.path == "/api/v2/ad_plans.json":
            answer = self._plans(asked.query)
        elif asked.path == "/api/v2/statistics/ad_plans/day.json":
            answer = self._days(asked.query)
        elif asked.path == "/api/v2/throttling.json":
            answer = {"items": []}
        else:
            raise No(_error(404, "ERR_NOT_FOUND"))
        reply = json_reply(answer)
        return Reply(reply.status, reply.body, {**reply.headers, **headers})

    def _token(self, asked: Asked) -> Reply:
        given = form(asked)
        mine = (given.get("client_id"), given.get("client_secret"))
        if mine != tuple(self.secrets.values()):
            raise No(_error(401, "invalid_client"))
        if asked.path == "/api/v2/oauth2/token/delete.json":
            self.tokens.clear()
            return Reply(204)
        if asked.path != "/api/v2/oauth2/token.json":
            raise No(_error(404, "ERR_NOT_FOUND"))
        grant, refresh = given.get("grant_type"), given.get("refresh_token")
        if grant == "refresh_token":
            old = next((a for a, r in self.tokens.items() if r == refresh), None)
            if old is None:
                raise No(_error(401, "invalid_token"))
            del self.tokens[old]
        elif grant != "client_credentials" or refresh:
            raise No(_error(400, "unsupported_grant_type"))
        elif len(self.tokens) >= 5:
            raise No(self.refusals["slots"])
        self.issued += 1
        access, kept = (
            f"vk-double-access-{self.issued}",
            refresh or f"vk-double-refresh-{self.issued}",
        )
        self.tokens[access] = kept
        self._born[access] = self.clock.unix()
        body = {"access_token": access, "token_type": "Bearer", "scope": [], "refresh_token": kept}
        return json_reply({**body, "expires_in": str(self.lifetime)})

    def _authorize(self, access: str) -> None:
        if access not in self.tokens:
            raise No(_error(401, "invalid_token"))
        if access in self.expired or self.clock.unix() > self._born[access] + self.lifetime:
            raise No(self.refusals["expired"])

    def _rate(self, path: str) -> dict[str, str]:
        """Counts of the calendar second and day, per method. Raises No."""
        now = int(self.clock.unix())
        limits = {"RPS": (self.per_second, now), "Daily": (self.per_day, now // 86_400)}
        headers = {}
        for name, (limit, period) in limits.items():
            key = (f"{path} {name}", period)
            used = self._counts.get(key, 0)
            if used >= limit:
                raise No(self.refusals["quota"])
            self._counts[key] = used + 1
            headers[f"X-RateLimit-{name}-Limit"] = str(limit)
            headers[f"X-RateLimit-{name}-Remaining"] = str(limit - used - 1)
        return headers

    def _plans(self, query: dict[str, str]) -> dict[str, Any]:
        if set(query) - PLANS:
            raise No(_error(400, "ERR_WRONG_PARAMETER"))
        limit, offset = query.get("limit", "20"), query.get("offset", "0")
        if not (limit.isdigit() and offset.isdigit() and 0 < int(limit) <= 50):
            raise No(_error(400, "ERR_WRONG_LIMIT"))
        fields = query.get("fields", "id,name").split(",")
        if set(fields) - FIELDS:
            raise No(_error(400, "ERR_WRONG_FIELDS"))
        statuses = query.get("_status__in", "active,blocked").split(",")
        rows = [
            {"id": p.id, "name": p.name, "status": p.status, "objective": "leadads"}
            for p in self.world.plans
            if p.status in statuses
        ]
        page = [
            {f: r.get(f) for f in fields} for r in rows[int(offset) :][: self.sized(int(limit))]
        ]
        return {"count": len(rows), "offset": int(offset), "items": page}

    def _days(self, query: dict[str, str]) -> dict[str, Any]:
        ids = query.get("id", "").split(",")
        try:
            first, last = (date.fromisoformat(query[n]) for n in ("date_from", "date_to"))
        except (KeyError, ValueError):
            raise No(_error(400, "ERR_WRONG_DATE")) from None
        today = datetime.fromtimestamp(self.clock.unix(), MOSCOW).date()
        if set(query) - DAYS or not all(i.isdigit() for i in ids) or len(ids) > 200:
            raise No(_error(400, "ERR_WRONG_PARAMETER"))
        if not today - timedelta(days=366) <= first <= last:
            raise No(_error(400, "ERR_WRONG_DATE"))
        known = {str(p.id) for p in self.world.plans}
        items = [self._item(int(i), first, last) for i in ids if i in known]
        total = sum((Decimal(i["total"]["base"]["spent"]) for i in items), Decimal("0.00"))
        return {"items": items, "total": {"base": {"spent": str(total)}}}

    def _item(self, plan: int, first: date, last: date) -> dict[str, Any]:
        days = {d.day: d for d in self.world.days if d.plan == plan and first <= d.day <= last}
        if self.zero_days:
            every = (first + timedelta(days=n) for n in range((last - first).days + 1))
            days = {day: days.get(day, Day(plan, day, "0.00", 0, 0, 0)) for day in every}
        rows = [{"date": str(day), "base": _base(days[day])} for day in sorted(days)]
        spent = sum((Decimal(d.spent) for d in days.values()), Decimal("0.00"))
        return {"id": plan, "rows": rows, "total": {"base": {"spent": str(spent)}}}


def _base(day: Day) -> dict[str, Any]:
    return {
        "shows": day.shows,
        "clicks": day.clicks,
        "goals": day.goals,
        "spent": day.spent,
        "cpm": "0.00",
        "cpc": "0.00",
        "ctr": "0.00",
    }
