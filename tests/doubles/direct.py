"""A double of Yandex Direct's Reports service: 201, 202, 200, and the limits of API v5."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sheets_sync.net.clock import Clock
from tests.doubles.metrica import TOKEN
from tests.doubles.server import Asked, Loopback, Reply, json_reply
from tests.doubles.site import AdDay, AdPhrase

#: Refusals by name: status, error_code, error_string, error_detail.
REFUSALS = {
    "53": (400, "53", "Ошибка авторизации", "Недействительный OAuth-токен"),
    "54": (400, 54, "Нет прав", "Нет прав на указанного клиента"),
    "58": (400, "58", "Незавершённая регистрация", "Приложение ждёт одобрения заявки"),
    "152": (400, 152, "Недостаточно баллов", "Недостаточно баллов"),
    "506": (400, 506, "Превышен лимит соединений", ""),
    "513": (400, 513, "Логин не подключён к Директу", ""),
    "1000": (500, 1000, "Сервер временно недоступен", ""),
    "4000": (400, 4000, "Неверный запрос", ""),
    "8000": (400, 8000, "Неверный запрос", "Не указан Client-Login"),
    "8800": (400, 8800, "Объект не найден", "Указан несуществующий логин"),
    "9000": (400, "9000", "Очередь отчётов полна", ""),
    "500": (500, 1002, "Ошибка сервера", ""),
    "502": (502, 1002, "Отчёт слишком долго строится", ""),
    "503": (503, 52, "Сервер авторизации недоступен", ""),
}
_FIELDS = ("Date", "CampaignId", "CampaignName", "AdNetworkType", "Impressions", "Clicks", "Cost")
#: Type of a report -> the fields that it knows.
_TYPES = {"CUSTOM_REPORT": _FIELDS, "CRITERIA_PERFORMANCE_REPORT": (*_FIELDS, "Criteria")}
#: Seconds for which a report that was asked for is kept.
_KEPT = 5 * 3600
_QUEUE = 5
_VAT = Decimal("1.2")


class _No(Exception):  # noqa: N818 (the service's answer)
    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass
class _Report:
    """A report in the queue: the very request, calls until it is ready, when it was asked for."""

    body: bytes
    headers: tuple[str, ...]
    calls: int
    at: float


class DirectDouble(Loopback):
    """Direct with one advertiser.

    queued     calls that are answered 201, then 202, before 200 (0: at once)
    retry_in   seconds told in `retryIn`; None leaves the header out
    max_days   a longer range takes too long to build: 502
    micros     True: answers in micros whatever is asked, as behind a proxy that drops headers
    dirty_rows lines put behind the rows of each report
    logins     advertisers of an agency's token; empty: the token is the advertiser's own
    phrases    what a report by criteria is made of
    Costs of `days` and `phrases` are without VAT; 20 % come on top where it is asked for.
    """

    def __init__(
        self, days: Iterable[AdDay], token: str = TOKEN, clock: Clock | None = None
    ) -> None:
        super().__init__()
        self.days = list(days)
        self.phrases: list[AdPhrase] = []
        self.token = token
        self.clock = clock or Clock()
        self.queued = 0
        self.retry_in: int | None = 5
        self.max_days = 10_000
        self.micros = False
        self.dirty_rows: tuple[str, ...] = ()
        self.logins: Sequence[str] = ()
        self.worst_parallel = 0
        self._in_flight = 0
        self._reports: dict[str, _Report] = {}
        self._recent: deque[float] = deque()

    def refusal(self, kind: str) -> Reply:
        status, code, text, detail = REFUSALS[kind]
        error = {
            "request_id": "8695244274068608439",
            "error_code": code,
            "error_string": text,
            "error_detail": detail,
        }
        return json_reply({"error": error}, status)

    def refill(self) -> None:
        """Forget the requests counted so far: the next ones have the whole quota before them."""
        with self.lock:
            self._recent.clear()

    def answer(self, asked: Asked) -> Reply:
        with self.lock:
            self._in_flight += 1
            self.worst_parallel = max(self.worst_parallel, self._in_flight)
        try:
            return self._answer(asked)
        except _No as no:
            return self.refusal(no.kind)
        finally:
            with self.lock:
                self._in_flight -= 1

    def _answer(self, asked: Asked) -> Reply:
        if asked.path != "/json/v5/reports" or asked.method != "POST":
            raise _No("8000")
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            raise _No("53")
        if self.logins and asked.headers.get("client-login") not in self.logins:
            raise _No("54")
        with self.lock:
            self._count()
            return self._report(asked)

    def _report(self, asked: Asked) -> Reply:
        try:
            params = json.loads(asked.body)["params"]
        except (ValueError, KeyError, TypeError):
            raise _No("8000") from None
        first, last = _checked(params, self.clock)
        if (last - first).days >= self.max_days:
            raise _No("502")
        waiting = self._waiting(asked, params["ReportName"])
        return waiting or Reply(200, self._table(asked, params, first, last))

    def _count(self) -> None:
        now = self.clock.unix()
        while self._recent and self._recent[0] <= now - 10:
            self._recent.popleft()
        if len(self._recent) >= 20 or self._in_flight > 5:
            raise _No("506")
        self._recent.append(now)

    def _waiting(self, asked: Asked, name: str) -> Reply | None:
        if not self.queued:
            return None
        headers = tuple(asked.headers.get(h, "") for h in _MEANINGFUL)
        now = self.clock.unix()
        self._reports = {n: r for n, r in self._reports.items() if now - r.at < _KEPT}
        report = self._reports.get(name)
        if report is None:
            if sum(r.calls > 0 for r in self._reports.values()) >= _QUEUE:
                raise _No("9000")
            self._reports[name] = _Report(asked.body, headers, self.queued, now)
            return self._later(201)
        if report.body != asked.body or report.headers != headers:
            raise _No("4000")
        report.calls -= 1
        return self._later(202) if report.calls > 0 else None

    def _later(self, status: int) -> Reply:
        headers = {"reportsInQueue": str(len(self._reports))}
        if self.retry_in is not None:
            headers["retryIn"] = str(self.retry_in)
        return Reply(status, b"", headers)

    def _table(self, asked: Asked, params: dict[str, Any], first: date, last: date) -> bytes:
        vat = params["IncludeVAT"] == "YES"
        micros = self.micros or asked.headers.get("returnmoneyinmicros") != "false"
        source = self.days if params["ReportType"] == "CUSTOM_REPORT" else self.phrases
        rows = [_cells(d, vat=vat, micros=micros) for d in source if first <= d.day <= last]
        names = params["FieldNames"]
        rows = rows[: params.get("Page", {}).get("Limit", 1_000_000)]
        lines = []
        if asked.headers.get("skipreportheader") != "true":
            lines.append(f'"{params["ReportName"]} ({first} - {last})"')
        if asked.headers.get("skipcolumnheader") != "true":
            lines.append("\t".join(names))
        lines += ["\t".join(row[n] for n in names) for row in sorted(rows, key=lambda r: r["Date"])]
        lines += self.dirty_rows
        if asked.headers.get("skipreportsummary") != "true":
            lines.append(f"Total rows: {len(rows) + len(self.dirty_rows)}")
        return "".join(f"{line}\n" for line in lines).encode()


_MEANINGFUL = (
    "authorization",
    "client-login",
    "accept-language",
    "processingmode",
    "returnmoneyinmicros",
    "skipreportheader",
    "skipcolumnheader",
    "skipreportsummary",
)


def _checked(params: dict[str, Any], clock: Clock) -> tuple[date, date]:
    """The range of a request that Direct would take. Raises _No."""
    chosen = params.get("SelectionCriteria", {})
    try:
        first, last = (date.fromisoformat(chosen[n]) for n in ("DateFrom", "DateTo"))
    except (KeyError, ValueError):
        raise _No("4000") from None
    oldest = clock.now().date() - timedelta(days=3 * 366)
    names = params.get("FieldNames") or ["?"]
    if (
        params.get("DateRangeType") != "CUSTOM_DATE"
        or params.get("ReportType") not in _TYPES
        or params.get("Format") != "TSV"
        or {params.get("IncludeVAT"), params.get("IncludeDiscount")} - {"YES", "NO"}
        or not re.fullmatch(r"\S.{0,254}", params.get("ReportName", ""))
        or any(n not in _TYPES[params["ReportType"]] for n in names)
        or not oldest <= first <= last
    ):
        raise _No("4000")
    return first, last


def _cells(row: AdDay | AdPhrase, *, vat: bool, micros: bool) -> dict[str, str]:
    cost = (row.cost * (_VAT if vat else 1)).quantize(Decimal("0.01"))
    return {
        "Date": row.day.isoformat(),
        "CampaignId": str(row.campaign_id),
        "CampaignName": row.campaign.replace("\t", " "),
        "AdNetworkType": row.network,
        "Criteria": getattr(row, "criteria", "").replace("\t", " "),
        "Impressions": str(row.impressions),
        "Clicks": str(row.clicks),
        "Cost": str(int(cost * 1_000_000)) if micros else str(cost),
    }
