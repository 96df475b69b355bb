"""Direct's Reports service: one identical request until 200, refusals as Russian sentences."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import Any

from pydantic import SecretStr
from requests import Response

from sheets_sync.errors import SourceError
from sheets_sync.net.clock import Clock
from sheets_sync.net.http import Http, HttpError, Retry, retry_after
from sheets_sync.net.limiter import Allowance, Limiter, Rate
from sheets_sync.net.secrets import bearer, token_name

NAME = "Яндекс.Директ"
FIELDS = ("Date", "CampaignId", "CampaignName", "AdNetworkType", "Impressions", "Clicks", "Cost")
#: Rows of a report, the most there are.
PAGE = 1_000_000
#: Seconds: between looks at a report where `retryIn` is missing, and in all.
_RETRY_IN, _DEADLINE = 20.0, 3600.0
#: Codes of refusals that pass by themselves; 56 and 506 are of too many requests, 9000 of reports.
_PASSING = frozenset({"52", "56", "152", "506", "1000", "1001", "1002", "9000"})
_QUEUE_IS_FULL = "9000"


class Reports:
    """Asks for campaign costs of one advertiser. `where` names the source in errors."""

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
        observe: Callable[[str, int], None] = lambda _service, _status: None,
    ) -> None:
        key = f"direct:{token_name(token)}:{client_login}"
        self._allowance = Allowance(NAME, key, 5, (Rate(key, 20, 10.0),))
        self._where = where
        self._login = client_login
        self._vat = include_vat
        self._limiter = limiter
        self._clock = clock or Clock()
        self._url = f"{endpoint.rstrip('/')}/json/v5/reports"
        self._http = Http(
            NAME,
            bearer(token),
            gate=self._turn,
            clock=self._clock,
            observe=observe,
        )

    def report(self, first: date, last: date) -> str:
        """The TSV of a report; the identical request is repeated until it is built."""
        body, headers = self._asked(first, last)
        began = self._clock.unix()
        while True:
            response = self._send(body, headers)
            pause = _RETRY_IN
            if isinstance(response, Response):
                if response.status_code == 200:
                    return response.content.decode("utf-8", "replace")
                told = response.headers.get("retryIn", "")
                pause = float(told) if told.isdigit() else _RETRY_IN
            if self._clock.unix() - began + pause > _DEADLINE:
                raise SourceError(
                    "Директ слишком долго строит отчёт.",
                    where=self._where,
                    hint="Следующая синхронизация попробует снова.",
                    permanent=False,
                )
            self._clock.sleep(pause)

    def _asked(self, first: date, last: date) -> tuple[bytes, dict[str, str]]:
        params = {
            "SelectionCriteria": {"DateFrom": first.isoformat(), "DateTo": last.isoformat()},
            "FieldNames": list(FIELDS),
            "OrderBy": [{"Field": "Date", "SortOrder": "ASCENDING"}],
            "Page": {"Limit": PAGE},
            "ReportType": "CUSTOM_REPORT",
            "DateRangeType": "CUSTOM_DATE",
            "Format": "TSV",
            "IncludeVAT": "YES" if self._vat else "NO",
            "IncludeDiscount": "NO",
        }
        # A name stands for one set of parameters, of one build: the figures of a day go on moving.
        salt = f"{json.dumps(params, sort_keys=True)}{int(self._clock.unix()) // 900}"
        digest = hashlib.sha256(salt.encode()).hexdigest()[:12]
        params["ReportName"] = f"romi-{first}-{last}-{digest}"
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
        retry = Retry(tries=5, base=2.0, statuses=frozenset({400, 429, 500, 503, 504}), wait=_wait)
        refusal: SourceError
        try:
            return self._http.request("POST", self._url, data=body, headers=headers, retry=retry)
        except HttpError as error:
            code = _code(error.payload)
            if code == _QUEUE_IS_FULL:
                return None
            refusal = _explained(error, code, self._where)
        raise refusal

    def _turn(self) -> AbstractContextManager[None]:
        return self._limiter.turn(self._allowance) if self._limiter else nullcontext()


def parsed(text: str) -> list[dict[str, str]]:
    """Rows of a report by the names of its header. Raises SourceError for a body that is not whole."""
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    header = lines[0].split("\t")
    total = lines[-1].partition(":")
    rows = [dict(zip(header, line.split("\t"), strict=False)) for line in lines[1:-1]]
    whole = total[0] == "Total rows" and total[2].strip() == str(len(rows))
    if set(header) != set(FIELDS) or not whole or any(len(r) != len(header) for r in rows):
        raise SourceError(
            "Директ ответил не тем, что ожидалось: отчёт не целый.",
            hint="Следующая синхронизация попробует снова.",
            permanent=False,
        )
    return rows


def _wait(response: Response, _tries: int) -> float | None:
    if response.status_code != 400:
        return retry_after(response)
    try:
        code = _code(response.json())
    except ValueError:
        return None
    return 1.0 if code in _PASSING - {_QUEUE_IS_FULL, "152"} else None


def _code(payload: Any) -> str:
    error = payload.get("error") if isinstance(payload, dict) else None
    return str(error.get("error_code", "")) if isinstance(error, dict) else ""


_HINTS: dict[str, tuple[str, str]] = {
    "53": (
        "Директ не принял токен: он неверен, отозван или истёк.",
        "Получите новый токен на oauth.yandex.ru с правом direct:api и запишите его в переменную из token_env.",
    ),
    "54": (
        "у токена нет прав на этого рекламодателя.",
        "Выпустите токен на аккаунт рекламодателя; агентству нужен ещё client_login клиента.",
    ),
    "58": (
        "приложению, для которого выпущен токен, не одобрен доступ к API Директа.",
        "Подайте заявку в Директе (Инструменты → API) и дождитесь одобрения.",
    ),
    "513": (
        "этот логин не подключён к Директу.",
        "Проверьте client_login и на какой аккаунт выпущен токен.",
    ),
    "152": (
        "баллы API Директа на сегодня кончились.",
        "Синхронизация продолжится сама, когда Директ начислит новые.",
    ),
}


def _explained(error: HttpError, code: str, where: str) -> SourceError:
    """A refusal as a sentence with the next step; an answer without a code stays as it is."""
    if not code or error.status == 502:
        return error
    told = error.payload["error"]
    words: Sequence[str] = [str(told.get(k, "")) for k in ("error_string", "error_detail")]
    detail = ". ".join(w.strip(" .") for w in words if w)[:300]
    message, hint = _HINTS.get(
        code,
        (
            f"Директ отказал: {detail or 'без объяснения'} (код {code}).",
            "Если это повторяется, проверьте настройки источника.",
        ),
    )
    return SourceError(message, hint=hint, where=where, permanent=code not in _PASSING)
