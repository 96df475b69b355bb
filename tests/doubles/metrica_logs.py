"""The Logs API half of Metrica's double: requests that are prepared, served in parts, cleaned."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.doubles.metrica_stat import ATTRIBUTIONS
from tests.doubles.refusal import Refused
from tests.doubles.server import Asked, Reply, json_reply
from tests.doubles.site import Counter, Visit

_ATTRIBUTED: dict[str, Callable[[Visit], str]] = {
    "TrafficSource": lambda v: v.traffic_source,
    "AdvEngine": lambda v: v.adv_engine,
    "SearchEngineRoot": lambda v: v.source_engine.partition(".")[2] if v.traffic_source == "organic" else "",
    "SocialNetwork": lambda v: v.source_engine.partition(".")[2] if v.traffic_source == "social" else "",
    "ReferalSource": lambda v: v.source_engine.partition(".")[2] if v.traffic_source == "referral" else "",
    "UTMSource": lambda v: v.utm_source,
    "UTMMedium": lambda v: v.utm_medium,
    "UTMCampaign": lambda v: v.utm_campaign,
    "UTMContent": lambda v: v.utm_content,
    "UTMTerm": lambda v: v.utm_term,
    "DirectClickOrder": lambda v: str(v.campaign),
}  # fmt: skip
_PLAIN = ("visitID", "clientID", "date", "dateTime", "startURL", "endURL", "goalsID")
_FIELD = re.compile(
    rf"ym:s:({'|'.join(sorted(ATTRIBUTIONS, key=len, reverse=True))})({'|'.join(_ATTRIBUTED)})"
)
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "'": "\\'"})
_WAITING = ("created", "awaiting_retry")
_MAX_FIELDS, _MAX_DAYS, _MAX_QUEUE = 3000, 366, 10


@dataclass
class LogRequest:
    """One prepared log; the last of `polls` status calls finds it ready."""

    id: int
    counter: int
    first: date
    last: date
    fields: tuple[str, ...]
    attribution: str
    polls: int
    status: str = "created"
    parts: list[bytes] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        plain: dict[str, Any] = {
            "request_id": self.id,
            "counter_id": self.counter,
            "source": "visits",
            "date1": self.first.isoformat(),
            "date2": self.last.isoformat(),
            "fields": list(self.fields),
            "status": self.status,
            "attribution": self.attribution.upper(),
            "size": sum(len(p) for p in self.parts),
        }
        if self.status == "processed":
            plain["parts"] = [{"part_number": n, "size": len(p)} for n, p in enumerate(self.parts)]
        return plain


class Logs:
    """Log requests of all counters.

    polls          status calls until a request is ready, that one included
    per_part       rows in a part
    outcome        what a request becomes instead of «processed»
    possible_days  max_possible_day_quantity; None = as many as wanted
    dirty_rows     lines put behind the header of each first part
    """

    def __init__(self, today: Callable[[Counter], date]) -> None:
        self.requests: dict[int, LogRequest] = {}
        self.today = today
        self.polls = 1
        self.per_part = 1000
        self.outcome = "processed"
        self.possible_days: int | None = None
        self.dirty_rows: tuple[bytes, ...] = ()
        self._next = 900_001

    @property
    def kept(self) -> list[LogRequest]:
        """Requests that still take room or work."""
        return [r for r in self.requests.values() if r.status in {*_WAITING, "processed"}]

    def answer(self, counter: Counter, asked: Asked, rest: str) -> Reply:
        """The answer to a path below the counter. Raises Refused."""
        if rest == "/logrequests/evaluate" and asked.method == "GET":
            return self._evaluate(counter, asked.query)
        if rest == "/logrequests":
            if asked.method == "POST":
                return json_reply({"log_request": self.create(counter, asked.query).as_dict()})
            mine = [r.as_dict() for r in self.requests.values() if r.counter == counter.id]
            return json_reply({"requests": mine})
        found = re.fullmatch(r"/logrequest/(\d+)(/clean|/cancel|/part/(\d+)/download)?", rest)
        request = self.requests.get(int(found[1])) if found else None
        if not found or request is None or request.counter != counter.id:
            raise Refused(404, "not_found", "Log request not found")
        if found[3] is not None and asked.method == "GET":
            return self._part(request, int(found[3]))
        if found[2] is None and asked.method == "GET":
            self._poll(counter, request)
        elif found[2] == "/clean" and asked.method == "POST":
            self._end(request, ("processed",), "cleaned_by_user")
        elif found[2] == "/cancel" and asked.method == "POST":
            self._end(request, _WAITING, "canceled")
        else:
            raise Refused(405, "method_not_allowed", "Method is not allowed")
        return json_reply({"log_request": request.as_dict()})

    def create(self, counter: Counter, query: dict[str, str]) -> LogRequest:
        """Put a request in the queue; also how another person's request comes to be there."""
        first, last, fields, attribution = self._checked(counter, query)
        days = (last - first).days + 1
        if self.possible_days is not None and days > self.possible_days:
            raise Refused(400, "invalid_parameter", "Limit of 10 GB of prepared logs is exceeded")
        if sum(r.status in _WAITING for r in self.requests.values()) >= _MAX_QUEUE:
            raise Refused(400, "invalid_parameter", "Too many requests in the queue")
        request = LogRequest(self._next, counter.id, first, last, fields, attribution, self.polls)
        self.requests[request.id] = request
        self._next += 1
        return request

    def _evaluate(self, counter: Counter, query: dict[str, str]) -> Reply:
        first, last, *_ = self._checked(counter, query)
        wanted = (last - first).days + 1
        days = wanted if self.possible_days is None else self.possible_days
        answer = {"possible": wanted <= days, "max_possible_day_quantity": days}
        return json_reply({"log_request_evaluation": answer})

    def _checked(
        self, counter: Counter, query: dict[str, str]
    ) -> tuple[date, date, tuple[str, ...], str]:
        try:
            first, last = (date.fromisoformat(query[n]) for n in ("date1", "date2"))
        except (KeyError, ValueError):
            raise Refused(400, "invalid_parameter", "Wrong date", "date1") from None
        text = query.get("fields", "")
        attribution = ""
        for name in text.split(","):
            found = _FIELD.fullmatch(name)
            if not found and name.removeprefix("ym:s:") not in _PLAIN:
                raise Refused(400, "invalid_parameter", f"Unknown field: {name}", "fields")
            attribution = found[1] if found else attribution
        if len(text) > _MAX_FIELDS or " " in text:
            raise Refused(400, "invalid_parameter", "Wrong fields", "fields")
        if query.get("source") != "visits":
            raise Refused(400, "invalid_parameter", "Wrong source", "source")
        if not first <= last < self.today(counter):
            raise Refused(400, "invalid_parameter", "date2 must be before the current day", "date2")
        if last - first > timedelta(days=_MAX_DAYS):
            raise Refused(400, "invalid_parameter", "Period is longer than a year", "date1")
        return first, last, tuple(text.split(",")), query.get("attribution") or attribution

    def _poll(self, counter: Counter, request: LogRequest) -> None:
        if request.status in _WAITING:
            request.polls -= 1
            if request.polls <= 0:
                request.status = self.outcome
                if self.outcome == "processed":
                    request.parts = self._parts(counter, request)

    def _part(self, request: LogRequest, number: int) -> Reply:
        if request.status != "processed":
            message = "Only log of requests in status 'processed' can be downloaded"
            raise Refused(400, "invalid_parameter", message)
        if number >= len(request.parts):
            raise Refused(400, "invalid_parameter", "Incorrect part number")
        return Reply(200, request.parts[number], {"Content-Type": "text/tab-separated-values"})

    def _end(self, request: LogRequest, needed: tuple[str, ...], status: str) -> None:
        if request.status not in needed:
            message = f"Log request in status '{request.status}' cannot be changed"
            raise Refused(400, "invalid_parameter", message)
        request.status, request.parts = status, []

    def _parts(self, counter: Counter, request: LogRequest) -> list[bytes]:
        lines = [
            "\t".join(_cell(name, day, visit, counter) for name in request.fields)
            for day, visit in counter.between(request.first, request.last)
        ]
        header = "\t".join(request.fields).encode() + b"\n"
        pages = [lines[n : n + self.per_part] for n in range(0, len(lines), self.per_part)] or [[]]
        dirty = b"".join(row + b"\n" for row in self.dirty_rows)
        return [
            header + (b"" if n else dirty) + "".join(f"{line}\n" for line in page).encode()
            for n, page in enumerate(pages)
        ]


def _cell(name: str, day: date, visit: Visit, counter: Counter) -> str:
    found = _FIELD.fullmatch(name)
    if found:
        came = counter.credited(visit, ATTRIBUTIONS[found[1]])
        return _ATTRIBUTED[found[2]](came).translate(_ESCAPES)
    query = f"?{visit.query}" if visit.query else ""
    return {
        "visitID": visit.visit_id,
        "clientID": visit.client_id,
        "date": day.isoformat(),
        "dateTime": visit.at.astimezone(ZoneInfo(counter.zone)).strftime("%Y-%m-%d %H:%M:%S"),
        "startURL": f"https://clinic.example{visit.path}{query}".translate(_ESCAPES),
        "endURL": f"https://clinic.example{visit.end or visit.path}{query}".translate(_ESCAPES),
        "goalsID": f"[{','.join(map(str, visit.goals))}]",
    }[name.removeprefix("ym:s:")]
