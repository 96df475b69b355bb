"""Metrica's HTTP API for one counter: allowances, retries, and refusals as Russian sentences."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pydantic import SecretStr
from requests import Response

from sheets_sync.errors import SourceError
from sheets_sync.net.clock import Clock
from sheets_sync.net.http import Http, HttpError
from sheets_sync.net.limiter import Allowance, Limiter, Rate, day_is_used_up
from sheets_sync.net.retry import Retry, retry_after
from sheets_sync.net.secrets import bearer, token_name
from sheets_sync.sources.api import PAGE_HINT
from sheets_sync.sources.yandex import METRICA, refusal, words

NAME = "Яндекс.Метрика"
ENDPOINT = "https://api-metrika.yandex.net"
#: The two APIs of a counter: its management, and clients and orders of a CRM.
MANAGEMENT, CDP = "/management/v1", "/cdp/api/v1"
#: Seconds until the quota of reports is lifted.
_FIVE_MINUTES = 300.0
_PER_UID = "quota_requests_by_uid"


class MetricaError(SourceError):
    """A refusal. `reason` is the service's error_type; `detail` its own sentence."""

    code = "metrica"

    def __init__(
        self, message: str, *, hint: str, where: str, permanent: bool, reason: str, detail: str = ""
    ) -> None:
        super().__init__(message, hint=hint, where=where, permanent=permanent)
        self.reason = reason
        self.detail = detail


class Metrica:
    """One counter as one token sees it. Every call raises SourceError.

    Answers are JSON with exact decimals instead of floats. From the Unix second `until` on nothing
    is asked: what was read by then is kept, the rest is for the next run.
    """

    def __init__(
        self,
        endpoint: str,
        counter_id: int,
        token: SecretStr,
        *,
        limiter: Limiter | None = None,
        clock: Clock | None = None,
        until: float = float("inf"),
        observe: Callable[[str, int], None] | None = None,
    ) -> None:
        self.counter_id = counter_id
        self.until = until
        self.clock = clock or Clock()
        self._limiter = limiter
        self._endpoint = endpoint.rstrip("/")
        self.allowance, self._reports, self._logs = _allowances(token_name(token))
        self._http = Http(
            NAME,
            bearer(token, "OAuth"),
            clock=self.clock,
        )
        if observe:
            self._http.observe = observe

    def report(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """GET /stat/v1/data."""
        query = {"ids": self.counter_id, **params}
        return self._call("GET", "/stat/v1/data", self._reports, params=query)

    def get(
        self, path: str, params: Mapping[str, Any] | None = None, *, api: str = MANAGEMENT
    ) -> dict[str, Any]:
        """GET a path of the counter, "" being the counter itself."""
        return self._call("GET", self._path(path, api), self._of(path), params=params)

    def post(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        files: Any = None,
        repeatable: bool,
        api: str = MANAGEMENT,
    ) -> dict[str, Any]:
        """POST to a path of the counter.

        Raises HttpError with `sent` true where it may have been done though nobody said so.
        """
        retry = replace(self._retry(), repeatable=repeatable)
        allowance, path = self._of(path), self._path(path, api)
        return self._call("POST", path, allowance, params=params, files=files, retry=retry)

    @contextmanager
    def download(self, path: str) -> Iterator[Iterator[bytes]]:
        """GET a path's body in pieces as it comes. A break in the middle raises SourceError."""
        refused: SourceError
        try:
            with self._http.stream(
                "GET",
                self._endpoint + self._path(path),
                # Compressed downloads of logs were reported broken.
                headers={"Accept-Encoding": "identity"},
                retry=self._retry(),
                gate=lambda: self._turn(self._logs),
            ) as pieces:
                yield pieces
                return
        except HttpError as error:
            refused = self._refusal(error, path)
        raise refused

    def is_ahead(self) -> bool:
        """Whether the token's requests of today should be spared."""
        return self._limiter is not None and self._limiter.ahead(self.allowance)

    def _call(
        self,
        method: str,
        path: str,
        allowance: Allowance,
        *,
        retry: Retry | None = None,
        **sent: Any,
    ) -> dict[str, Any]:
        refused: SourceError
        try:
            response = self._http.request(
                method,
                self._endpoint + path,
                **sent,
                retry=retry or self._retry(),
                gate=lambda: self._turn(allowance),
            )
            return _parsed(response)
        except HttpError as error:
            refused = self._refusal(error, path)
        raise refused

    def _refusal(self, error: HttpError, path: str) -> SourceError:
        if self._limiter and _is_daily(error.payload):
            self._limiter.close_day(self.allowance)
        return _explained(error, self.counter_id, path)

    def _path(self, path: str, api: str = MANAGEMENT) -> str:
        return f"{api}/counter/{self.counter_id}{path}"

    def _of(self, path: str) -> Allowance:
        return self._logs if path.startswith("/logrequest") else self.allowance

    def _turn(self, allowance: Allowance) -> AbstractContextManager[None]:
        if self.clock.unix() >= self.until:
            raise refusal(METRICA, "late", where=f"{NAME}, счётчик {self.counter_id}")
        return self._limiter.turn(allowance) if self._limiter else nullcontext()

    def _retry(self) -> Retry:
        left = max(self.until - self.clock.unix(), 0.0)
        return Retry(tries=6, cap=20.0, deadline=min(900.0, left), wait=_wait)


def _allowances(key: str) -> tuple[Allowance, Allowance, Allowance]:
    """Of management, of reports, of logs: one token's places and days, shared by all three."""
    second = Rate(f"metrica:{key}", 30, 1.0)
    reports = Rate(f"metrica-reports:{key}", 200, _FIVE_MINUTES)
    logs = Rate(f"metrica-logs:{key}", 10, 1.0)
    return (
        Allowance(NAME, f"metrica:{key}", 3, (second,), 5000),
        Allowance(NAME, f"metrica:{key}", 3, (reports, second), 5000),
        Allowance(NAME, f"metrica:{key}", 3, (logs, second), 5000, lease=1800.0),
    )


def _wait(response: Response, tries: int) -> float | None:
    """Seconds before another try; None for a day's quota and a second time-out of a heavy query."""
    if response.status_code == 504 and tries > 1:
        return None
    if response.status_code in {420, 429}:
        try:
            payload = response.json()
        except ValueError:
            payload = None
        if _is_daily(payload):
            return None
        if _error_type(payload) == _PER_UID:
            return _FIVE_MINUTES if tries == 1 else None
    return retry_after(response)


def _parsed(response: Response) -> dict[str, Any]:
    try:
        payload = json.loads(response.content, parse_float=Decimal)
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        raise HttpError(
            f"{NAME} ответила не тем, что ожидалось.",
            hint="Возможно, между службой и Яндексом стоит прокси; "
            "следующая синхронизация попробует снова.",
            status=response.status_code,
        )
    return payload


def _error_type(payload: Any) -> str:
    errors = payload.get("errors") if isinstance(payload, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    return str(first.get("error_type", "")) if isinstance(first, dict) else ""


def _is_daily(payload: Any) -> bool:
    """Whether the day is used up; the quota of five minutes has the same name and says minutes."""
    return _error_type(payload) == _PER_UID and "min" not in _message(payload).lower()


def _message(payload: Any) -> str:
    return str(payload.get("message", "")) if isinstance(payload, dict) else ""


def _explained(error: HttpError, counter: int, path: str) -> SourceError:
    """A refusal as a sentence with the next step; an answer that says nothing stays as it is."""
    if _is_daily(error.payload):
        return day_is_used_up(NAME)
    if error.status in {401, 403} and error.payload is None and error.body.lstrip().startswith("<"):
        message = f"{NAME} ответила страницей вместо данных (ответ {error.status})."
        return SourceError(message, hint=PAGE_HINT, where=error.where, permanent=False)
    kind, detail = _error_type(error.payload), _message(error.payload)[:300].rstrip(" .")
    place = next((name for part, name in _PLACES.items() if part in path), "")
    causes = [kind, *_BY_STATUS.get(error.status, ())]
    if place == "logs" and "queue" in detail.casefold():
        causes.insert(0, "queue")
    sentence = words(
        METRICA,
        *(f"{cause}:{place}" for cause in causes),
        *causes,
        counter=counter,
        detail=detail or kind or "неверный запрос",
    )
    if sentence is None:
        return error
    return MetricaError(
        sentence.message,
        hint=sentence.hint,
        where=f"{NAME}, счётчик {counter}",
        permanent=not sentence.passes,
        reason=kind or str(error.status),
        detail=detail,
    )


#: Where it was asked, by a part of the path.
_PLACES = {"/logrequest": "logs", "/offline_conversions/upload": "upload", "/cdp/": "orders"}
#: What a status means where the body does not say.
_BY_STATUS = {
    400: ("400",),
    401: ("unauthorized",),
    403: ("access_denied",),
    404: ("not_found",),
    420: ("quota",),
    429: ("quota",),
}
