"""Direct's Reports service: one identical request until 200, refusals as Russian sentences."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sheets_sync.errors import SourceError
from sheets_sync.net.http import HttpError
from sheets_sync.sources.access import Answer, Fault
from sheets_sync.sources.api import Api
from sheets_sync.sources.direct.table import DirectTable
from sheets_sync.sources.window import halves
from sheets_sync.sources.yandex import DIRECT, refusal, words

#: Rows of a report, the most there are.
PAGE = 1_000_000
#: Seconds: between looks at a report where `retryIn` is missing, in all, and for which the service
#: keeps one that is ready, an hour less.
_RETRY_IN, _DEADLINE, _KEPT = 20.0, 3600.0, 4 * 3600.0
#: Seconds kept for the last look, however late the service wants to be asked again.
_LAST_LOOK = 10.0
#: Codes of refusals worth another try; 56 and 506 are of too many requests.
_PASSING = frozenset({"52", "56", "506", "1000", "1001", "1002"})
_QUEUE_IS_FULL = "9000"


@dataclass(frozen=True)
class DirectReport:
    """What is asked of each day."""

    type: str
    fields: tuple[str, ...]


_CAMPAIGN = ("Date", "CampaignId", "CampaignName", "AdNetworkType")
_NUMBERS = ("Impressions", "Clicks", "Cost")
CAMPAIGNS = DirectReport("CUSTOM_REPORT", (*_CAMPAIGN, *_NUMBERS))
#: By criteria: key phrases, autotargeting, audiences; never by what people typed.
CRITERIA = DirectReport("CRITERIA_PERFORMANCE_REPORT", (*_CAMPAIGN, "Criteria", *_NUMBERS))


@dataclass
class ReportOrders:
    """Names of reports that are being built, by what they ask for, and when each was ordered.

    A name stands for one set of parameters and one build: asked for again by its name, a report that
    was not ready in one run is taken by the next. They stand in a pull's memory.
    """

    names: dict[str, tuple[str, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, memory: Mapping[str, Any]) -> ReportOrders:
        """What an earlier run left, as `keep` wrote it."""
        names = memory.get("ordered", {}).get("names", {})
        return cls({key: (name, at) for key, (name, at) in names.items()})

    def keep(self, memory: dict[str, Any], first: date, last: date) -> None:
        """What the next run is to know of the reports of those days, as JSON."""
        days = [first.isoformat(), last.isoformat()]
        memory["ordered"] = {"days": days, "names": self.names}

    def name(self, params: Mapping[str, Any], now: float) -> str:
        """The name to ask by. The figures of a day go on moving: a new order is a new build, but one
        that a killed run has ordered is found again for a quarter of an hour.
        """
        text = json.dumps(params, sort_keys=True)
        key = hashlib.sha256(text.encode()).hexdigest()[:12]
        name, at = self.names.get(key, ("", now - _KEPT))
        if now - at >= _KEPT:
            name = f"romi-{key}-{int(now) // 900}"
            self.names[key] = (name, now)
        return name


def ordered_days(memory: Mapping[str, Any]) -> list[tuple[date, date]]:
    """The days whose reports were being built when an earlier run ended."""
    days = memory.get("ordered", {}).get("days", ())
    return [(date.fromisoformat(days[0]), date.fromisoformat(days[1]))] if days else []


def rows_of(
    api: Api[DirectTable], report: DirectReport, first: date, last: date
) -> list[dict[str, str]]:
    """Every row of those days. Raises SourceError; a report that is not ready when the source's
    time is over stays ordered: the next run takes it.
    """
    orders = ReportOrders.of(api.memory)
    api.memory.pop("ordered", None)
    try:
        return _rows(api, report, orders, first, last)
    except SourceError as error:
        if not error.permanent and orders.names:
            orders.keep(api.memory, first, last)
        raise


def _rows(
    api: Api[DirectTable], report: DirectReport, orders: ReportOrders, first: date, last: date
) -> list[dict[str, str]]:
    """A range that takes too long to build, or may have more rows than fit, is halved."""
    rows = None
    try:
        rows = _report(api, report, orders, first, last)
    except HttpError as error:
        if error.status != 502 or not error.permanent or first == last:
            raise
    if first == last or (rows is not None and len(rows) < PAGE):
        return rows or []
    return [
        row for begin, end in halves(first, last) for row in _rows(api, report, orders, begin, end)
    ]


def _report(
    api: Api[DirectTable], report: DirectReport, orders: ReportOrders, first: date, last: date
) -> list[dict[str, str]]:
    """Rows of a report; the identical request is repeated until it is built. A look that fails, once
    it was in the queue, is followed by another one."""
    body, headers = _request(api, report, orders, first, last)
    began, in_queue, lost = api.clock.unix(), False, None
    while True:
        try:
            answer, lost = _send(api, body, headers), None
        except SourceError as error:
            if error.permanent or not in_queue:
                raise
            answer, lost = None, error
        pause = _RETRY_IN
        if answer is not None:
            if answer.status == 200:
                return parsed(answer.text, report)
            if answer.status not in _BUILDING:
                raise refusal(DIRECT, "cut")
            in_queue = True
            after = answer.headers.get("retryIn", "")
            pause = float(after) if after.isdigit() else _RETRY_IN
        now = api.clock.unix()
        left = min(began + _DEADLINE, api.context.until) - _LAST_LOOK - now
        if left <= 0:
            minutes = max(round((now - began) / 60), 1)
            cause = "slow" if answer is not None else _QUEUE_IS_FULL
            raise lost or refusal(DIRECT, cause, where=api.table.name, minutes=minutes)
        api.clock.sleep(min(pause, left))


def _request(
    api: Api[DirectTable], report: DirectReport, orders: ReportOrders, first: date, last: date
) -> tuple[bytes, dict[str, str]]:
    params = {
        "SelectionCriteria": {"DateFrom": first.isoformat(), "DateTo": last.isoformat()},
        "FieldNames": list(report.fields),
        "OrderBy": [{"Field": "Date", "SortOrder": "ASCENDING"}],
        "Page": {"Limit": PAGE},
        "ReportType": report.type,
        "DateRangeType": "CUSTOM_DATE",
        "Format": "TSV",
        "IncludeVAT": "YES" if api.table.include_vat else "NO",
        "IncludeDiscount": "NO",
    }
    params["ReportName"] = orders.name(params, api.clock.unix())
    headers = {
        "Accept-Language": "ru",
        "Content-Type": "application/json; charset=utf-8",
        "processingMode": "auto",
        # Left out, money comes as integers of a millionth.
        "returnMoneyInMicros": "false",
        "skipReportHeader": "true",
        "skipColumnHeader": "false",
        # Kept: it tells how many rows there are, so that a body cut short is seen.
        "skipReportSummary": "false",
    }
    if api.table.client_login:
        headers["Client-Login"] = api.table.client_login
    return json.dumps({"params": params}, ensure_ascii=False).encode(), headers


def _send(api: Api[DirectTable], body: bytes, headers: dict[str, str]) -> Answer | None:
    """The answer below 400, or None where the queue of reports is full. Raises SourceError."""
    refused: SourceError
    try:
        return api.call("POST", "/json/v5/reports", data=body, headers=headers)
    except HttpError as error:
        code = _code(error.payload)
        if code == _QUEUE_IS_FULL:
            return None
        refused = _explained(error, code, api.table.name, api.table.client_login)
    raise refused


def parsed(text: str, report: DirectReport) -> list[dict[str, str]]:
    """Rows of a report by the names of its header. Raises SourceError for a body that is not whole."""
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    header = lines[0].split("\t")
    total = lines[-1].partition(":")
    rows = [dict(zip(header, line.split("\t"), strict=False)) for line in lines[1:-1]]
    whole = total[0] == "Total rows" and total[2].strip() == str(len(rows))
    if set(header) != set(report.fields) or not whole or any(len(r) != len(header) for r in rows):
        raise refusal(DIRECT, "cut")
    return rows


#: The statuses of a report that is in the queue, or is being built.
_BUILDING = (201, 202)


def fault(answer: Answer) -> Fault | None:
    """What a refusal's code says; one that is none leaves it to the status."""
    if answer.status == 502 and _code(answer.body):
        # The range takes too long to build, and asked again does so, too; a gateway's page says nothing.
        return Fault("permanent")
    if answer.status != 400:
        return None
    return Fault("temporary", wait=1.0) if _code(answer.body) in _PASSING else Fault("permanent")


def _code(payload: Any) -> str:
    error = payload.get("error") if isinstance(payload, dict) else None
    return str(error.get("error_code", "")) if isinstance(error, dict) else ""


def _explained(error: HttpError, code: str, where: str, login: str) -> SourceError:
    """A refusal as a sentence with the next step; an answer without a code stays as it is."""
    if not code or error.status == 502:
        return error
    payload = error.payload["error"]
    parts = [str(payload.get(k, "")).strip(" .") for k in ("error_string", "error_detail")]
    detail = ". ".join(p for p in parts if p)[:300] or "без объяснения"
    of_login = f"{code}:{'login' if login else 'own'}"
    facts = {"code": code, "detail": detail, "login": login}
    cause = next(c for c in (of_login, code, "") if words(DIRECT, c, minutes="", **facts))
    return refusal(DIRECT, cause, where=where, minutes="", **facts)
