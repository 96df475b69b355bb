"""Direct's Reports service: one identical request until 200, refusals as Russian sentences."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import SecretStr
from requests import Response

from sheets_sync.errors import SourceError
from sheets_sync.net.clock import Clock
from sheets_sync.net.http import Http, HttpError
from sheets_sync.net.limiter import Allowance, Limiter, Rate
from sheets_sync.net.retry import Retry, retry_after
from sheets_sync.net.secrets import bearer, token_name
from sheets_sync.sources.yandex import DIRECT, refusal, words

NAME = "Яндекс.Директ"
#: Rows of a report, the most there are.
PAGE = 1_000_000
#: Seconds: between looks at a report where `retryIn` is missing, in all, and for which the service
#: keeps one that is ready, an hour less.
_RETRY_IN, _DEADLINE, _KEPT = 20.0, 3600.0, 4 * 3600.0
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
    was not ready in one run is taken by the next. `days` are those that were read when it ended.
    """

    names: dict[str, tuple[str, float]] = field(default_factory=dict)
    days: tuple[tuple[date, date], ...] = ()

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> ReportOrders:
        """What an earlier run left, as `state` wrote it."""
        names = {key: (name, at) for key, (name, at) in state.get("names", {}).items()}
        first, last = state.get("days", ("", ""))
        days = ((date.fromisoformat(first), date.fromisoformat(last)),) if first else ()
        return cls(names, days)

    def state(self, first: date, last: date) -> dict[str, Any]:
        """What the next run is to know of the reports of those days, as JSON."""
        days = [first.isoformat(), last.isoformat()]
        return {"ordered": {"days": days, "names": self.names}} if self.names else {}

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


class Reports:
    """Asks for reports of one advertiser. `where` names the source in errors.

    From the Unix second `until` on nothing is waited for. `orders` remembers what is being built.
    """

    def __init__(
        self,
        endpoint: str,
        token: SecretStr,
        where: str,
        *,
        client_login: str = "",
        include_vat: bool = True,
        limiter: Limiter | None = None,
        clock: Clock | None = None,
        until: float = float("inf"),
        orders: ReportOrders | None = None,
        observe: Callable[[str, int], None] = lambda _service, _status: None,
    ) -> None:
        key = f"direct:{token_name(token)}:{client_login}"
        self._allowance = Allowance(NAME, key, 5, (Rate(key, 20, 10.0),))
        self._where = where
        self._login = client_login
        self._vat = include_vat
        self._limiter = limiter
        self._clock = clock or Clock()
        self._until = until
        self.orders = orders or ReportOrders()
        self._url = f"{endpoint.rstrip('/')}/json/v5/reports"
        self._http = Http(
            NAME,
            bearer(token),
            gate=self._turn,
            clock=self._clock,
            observe=observe,
        )

    def report(self, report: DirectReport, first: date, last: date) -> list[dict[str, str]]:
        """Rows of a report; the identical request is repeated until it is built.

        Raises SourceError; where time is over, the report stays ordered.
        """
        body, headers = self._asked(report, first, last)
        began = self._clock.unix()
        while True:
            response = self._send(body, headers)
            pause = _RETRY_IN
            if isinstance(response, Response):
                if response.status_code == 200:
                    return parsed(response.content.decode("utf-8", "replace"), report)
                told = response.headers.get("retryIn", "")
                pause = float(told) if told.isdigit() else _RETRY_IN
            now = self._clock.unix()
            if now + pause > min(began + _DEADLINE, self._until):
                minutes = max(round((now - began) / 60), 1)
                cause = "slow" if isinstance(response, Response) else _QUEUE_IS_FULL
                raise refusal(DIRECT, cause, where=self._where, minutes=minutes)
            self._clock.sleep(pause)

    def _asked(self, report: DirectReport, first: date, last: date) -> tuple[bytes, dict[str, str]]:
        params = {
            "SelectionCriteria": {"DateFrom": first.isoformat(), "DateTo": last.isoformat()},
            "FieldNames": list(report.fields),
            "OrderBy": [{"Field": "Date", "SortOrder": "ASCENDING"}],
            "Page": {"Limit": PAGE},
            "ReportType": report.type,
            "DateRangeType": "CUSTOM_DATE",
            "Format": "TSV",
            "IncludeVAT": "YES" if self._vat else "NO",
            "IncludeDiscount": "NO",
        }
        params["ReportName"] = self.orders.name(params, self._clock.unix())
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
        if self._login:
            headers["Client-Login"] = self._login
        return json.dumps({"params": params}, ensure_ascii=False).encode(), headers

    def _send(self, body: bytes, headers: dict[str, str]) -> Response | None:
        """The answer below 400, or None where the queue of reports is full. Raises SourceError."""
        retry = Retry(
            tries=5,
            base=2.0,
            deadline=min(600.0, max(self._until - self._clock.unix(), 0.0)),
            statuses=frozenset({400, 429, 500, 503, 504}),
            wait=_wait,
        )
        refused: SourceError
        try:
            return self._http.request("POST", self._url, data=body, headers=headers, retry=retry)
        except HttpError as error:
            code = _code(error.payload)
            if code == _QUEUE_IS_FULL:
                return None
            refused = _explained(error, code, self._where, self._login)
        raise refused

    def _turn(self) -> AbstractContextManager[None]:
        return self._limiter.turn(self._allowance) if self._limiter else nullcontext()


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


def _wait(response: Response, _tries: int) -> float | None:
    if response.status_code != 400:
        return retry_after(response)
    try:
        code = _code(response.json())
    except ValueError:
        return None
    return 1.0 if code in _PASSING else None


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
    asked = f"{code}:{'login' if login else 'own'}"
    facts = {"code": code, "detail": detail, "login": login}
    cause = next(c for c in (asked, code, "") if words(DIRECT, c, minutes="", **facts))
    return refusal(DIRECT, cause, where=where, minutes="", **facts)
