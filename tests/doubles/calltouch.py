"""A double of Calltouch: the calls diary by pages, the requests as one array, two orders of a date.

Unsure, so tolerant: the project's zone (`zone`), the points of a method (`points` a day, 1 a request), the
text of an error. Strict: parameters, `dd/mm/yyyy` of calls and `MM/dd/yyyy` of requests, one day without
`page`, 1000 rows a page, 92 days, 5 requests a second, a wrong path answered by a page of HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sheets_sync.net.clock import Clock
from tests.doubles.server import Asked, Reply, json_reply
from tests.doubles.service import COMMENT, PERSON, RECORDING, Buckets, Double, No, expect, words

UNKNOWN = "<не указано>"
FLAGS = words("""
    uniqueOnly targetOnly uniqTargetOnly callbackOnly withMapVisits withOrders withCallTags
    withComments withYandexDirect withGoogleAdwords withText withDcm withAttributionFields
""")
CALLS = FLAGS | words("clientApiId dateFrom dateTo page limit attribution")
REQUESTS = words("""
    clientApiId siteId dateFrom dateTo timeFrom timeTo withMapVisits withRequestTags withYandexDirect
""")


@dataclass(frozen=True)
class Call:
    id: int
    at: datetime
    phone: str
    successful: bool = True
    unique: bool = True
    target: bool = True
    duration: int = 95
    waiting: int = 6
    marks: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    site: int = 70001


@dataclass(frozen=True)
class Request:
    """A form. `session` holds what Calltouch knows of the visit."""

    id: int
    at: datetime
    phones: tuple[str, ...] = ()
    session: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    site: int = 70001


@dataclass(frozen=True)
class CalltouchWorld:
    calls: tuple[Call, ...]
    requests: tuple[Request, ...]


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time of November 2026 in UTC."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


WORLD = CalltouchWorld(
    calls=(
        Call(
            501,
            at(3, 7, 31, 22),
            "79000000001",
            marks={
                "source": "yandex",
                "medium": "cpc",
                "utmSource": "yandex",
                "utmMedium": "cpc",
                "utmCampaign": "implant_msk",
                "yaClientId": "1730000000000000001",
                "sessionId": 9001,
            },
            tags=("запись",),
        ),
        Call(502, at(3, 20, 59, 59), "79000000002", successful=False, target=False, duration=0),
        Call(503, at(3, 21, 0, 0), "79000000003", unique=False, marks={"source": UNKNOWN}),
        Call(599, at(4, 9), "79000000009", site=70002),
    ),
    requests=(
        Request(
            801,
            at(3, 7, 0),
            ("79000000001", "79000000008"),
            {
                "sessionId": 9001,
                "source": "yandex",
                "medium": "cpc",
                "utmSource": "yandex",
                "utmCampaign": "implant_msk",
                "yaClientId": "1730000000000000001",
            },
        ),
        Request(802, at(12, 20, 30), ("79000000004",), {"source": UNKNOWN}),
        Request(803, at(12, 21, 30), ()),
    ),
)
EXPECTED = {
    "calls": expect("""
        call_id  started_at            phone         status    talk_duration  wait_duration
        501      2026-11-03T07:31:22Z  +79000000001  answered  95             6
        502      2026-11-03T20:59:59Z  +79000000002  missed    0              6
        503      2026-11-03T21:00:00Z  +79000000003  answered  95             6
    """),
    "calls marks": expect("""
        call_id  is_unique  is_target  source_raw  utm_source  utm_campaign  ym_client_id
        501      yes        yes        yandex      yandex      implant_msk   1730000000000000001
        502      yes        no         -           -           -             -
        503      no         yes        -           -           -             -
    """),
    "leads": expect("""
        lead_id  created_at            phone         contact_type  role      utm_campaign  ym_client_id
        801      2026-11-03T07:00:00Z  +79000000001  form          tracking  implant_msk   1730000000000000001
        802      2026-11-12T20:30:00Z  +79000000004  form          tracking  -             -
        803      2026-11-12T21:30:00Z  -             form          tracking  -             -
    """),
}


def _error(status: int, message: str) -> Reply:
    return json_reply({"errorCode": status, "message": message}, status)


class CalltouchDouble(Double):
    """Calltouch with two sites behind one token. `points` are left of the day; `texts`: "True" for true."""

    kind = "calltouch"
    table: ClassVar = {"site_id": 70001, "token_env": "CALLTOUCH_TOKEN"}
    secrets: ClassVar = {"CALLTOUCH_TOKEN": "ct-double-secret-8Lw"}
    expected: ClassVar = EXPECTED
    refusals: ClassVar = {
        "auth": _error(401, "Unauthorized"),
        "rights": _error(403, "Access denied for siteId"),
        "quota": Reply(429, b"", {"Retry-After": "2"}),
        "temporary": _error(500, "Internal error"),
        "permanent": _error(404, "Not found"),
    }

    def __init__(self, world: CalltouchWorld = WORLD, clock: Clock | None = None) -> None:
        super().__init__(world, clock)
        self.zone = ZoneInfo("Europe/Moscow")
        self.points = 10_000
        self.texts = False
        self.buckets = Buckets(self.clock)

    def route(self, asked: Asked) -> Reply:
        if asked.path == "/help":
            return Reply(200, b"<html><body>API</body></html>", {"Content-Type": "text/html"})
        diary = next((s for s in (70001, 70002) if asked.path == _diary(s)), 0)
        if asked.method != "GET" or not (diary or asked.path == "/calls-service/RestAPI/requests"):
            raise No(Reply(302, b"", {"Location": f"{self.url}/help"}))
        if self.buckets.take("ip", 5, 1.0) or self.points < 1:
            raise No(self.refusals["quota"])
        if asked.query.get("clientApiId") != self.secrets["CALLTOUCH_TOKEN"]:
            raise No(self.refusals["auth"])
        if unknown := set(asked.query) - (CALLS if diary else REQUESTS):
            raise No(_error(400, f"unknown parameters {sorted(unknown)}"))
        answer = self._calls(asked.query, diary) if diary else self._requests(asked.query)
        self.points -= 1
        return json_reply(answer)

    def _days(self, query: dict[str, str], form: str) -> tuple[date, date]:
        try:
            first, last = (datetime.strptime(query[n], form).date() for n in ("dateFrom", "dateTo"))
        except (KeyError, ValueError):
            raise No(_error(400, f"dateFrom, dateTo: {form}")) from None
        if not timedelta(0) <= last - first <= timedelta(days=91):
            raise No(_error(400, "dateFrom after dateTo, or more than 3 months"))
        return first, last

    def _calls(self, query: dict[str, str], site: int) -> Any:
        first, last = self._days(query, "%d/%m/%Y")
        rows = [c for c in self._between("calls", first, last) if c.site == site]
        answers = [self._call(c, query) for c in sorted(rows, key=lambda c: c.at, reverse=True)]
        if "page" not in query:
            if first != last:
                raise No(_error(400, "without page: one day"))
            return answers
        page, limit = (query.get(n, "") for n in ("page", "limit"))
        if not (page.isdigit() and limit.isdigit() and int(page) and 0 < int(limit) <= 1000):
            raise No(_error(400, "page from 1, limit from 1 to 1000"))
        size, number = self.sized(int(limit)), int(page)
        return {
            "page": number,
            "pageTotal": max(-(-len(answers) // size), 1),
            "pageSize": size,
            "recordsTotal": len(answers),
            "records": answers[(number - 1) * size : number * size],
        }

    def _requests(self, query: dict[str, str]) -> list[dict[str, Any]]:
        if "siteId" not in query:
            raise No(_error(400, "siteId is required"))
        if query["siteId"] not in {"70001", "70002"}:
            raise No(self.refusals["rights"])
        first, last = self._days(query, "%m/%d/%Y")
        site = int(query["siteId"])
        return [self._request(r) for r in self._between("requests", first, last) if r.site == site]

    def _between(self, name: str, first: date, last: date) -> list[Any]:
        return [r for r in self.rows(name) if first <= self._local(r.at).date() <= last]

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def _flag(self, value: bool) -> bool | str:
        return str(value) if self.texts else value

    def _call(self, call: Call, query: dict[str, str]) -> dict[str, Any]:
        row = {
            "callId": call.id,
            "date": self._local(call.at).strftime("%d/%m/%Y %H:%M:%S"),
            "callerNumber": call.phone,
            "phoneNumber": "74950000900",
            "successful": self._flag(call.successful),
            "uniqueCall": self._flag(call.unique),
            "targetCall": self._flag(call.target),
            "uniqTargetCall": self._flag(call.unique and call.target),
            "duration": call.duration,
            "waitingConnect": call.waiting,
            "source": UNKNOWN,
            "medium": UNKNOWN,
            "keyword": UNKNOWN,
            "yaClientId": None,
            "sessionId": None,
            "attribution": int(query.get("attribution", 0)),
            **call.marks,
        }
        if query.get("withCallTags") == "true":
            tag = {"category": "Качество", "type": "MANUAL", "names": list(call.tags)}
            row["callTags"] = self.a_list([tag] if call.tags else [])
        if query.get("withMapVisits") == "true":
            row["mapVisits"] = self.a_list([])
        if query.get("withYandexDirect") == "true":
            row["yandexDirect"] = None if self.null_lists else {"campaignId": 300001}
        if query.get("withComments") == "true":
            row["comments"] = [{"comment": COMMENT}]
        if query.get("withText") == "true":
            row["phrases"] = [{"message": COMMENT, "record": RECORDING}]
        return row

    def _request(self, request: Request) -> dict[str, Any]:
        phones = [{"phoneNumber": p, "phoneType": "MOBILE"} for p in request.phones]
        return {
            "requestId": request.id,
            "date": int(request.at.timestamp() * 1000),
            "dateStr": self._local(request.at).strftime("%d/%m/%Y %H:%M:%S"),
            "subject": "Запись на приём",
            "client": {
                "fio": PERSON,
                "phones": phones or self.a_list([]),
                "contacts": self.a_list([]),
            },
            "comment": COMMENT,
            "session": dict(request.session) or None,
            "RequestTags": self.a_list([]),
        }


def _diary(site: int) -> str:
    return f"/calls-service/RestAPI/{site}/calls-diary/calls"
