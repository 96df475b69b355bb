"""One account of a service: calls that are signed, limited, tried again and understood."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from decimal import Decimal
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from requests import Response

from sheets_sync.errors import SourceError
from sheets_sync.net.http import Http, HttpError
from sheets_sync.net.limiter import Allowance, Rate
from sheets_sync.net.retry import Retry, Verdict, retry_after
from sheets_sync.net.secrets import FreshHeader, Path
from sheets_sync.privacy.personal import redact
from sheets_sync.sources.access import (
    LASTING,
    Access,
    Answer,
    Fault,
    Reason,
)
from sheets_sync.sources.issued import IssuedToken
from sheets_sync.sources.json_paths import ODD
from sheets_sync.sources.source import Context, SourceTable

Table = TypeVar("Table", bound=SourceTable)
#: Calls of one `check`.
MOST_CALLS = 12
#: Seconds to connect and to be silent (a page of SQNS takes up to 60); after how many the place of a
#: killed pull is free, well within the time of the pull that comes after it.
_TIMES, _LEASE = (10.0, 120.0), 150.0
_KEY_HINT = (
    "Выпустите новый ключ в кабинете сервиса и положите его: romi-sheets secret ФАЙЛ.toml ИМЯ."
)
_WORDS: dict[Reason, tuple[str, str]] = {
    "auth": ("ключ не принят: он неверен, отозван или истёк", _KEY_HINT),
    "rights": ("у ключа нет прав на это", "Дайте ему права на чтение в кабинете сервиса."),
    "quota": ("просит спрашивать реже", "Следующая синхронизация попробует снова."),
    "temporary": ("временно не отвечает", "Следующая синхронизация попробует снова."),
    "permanent": ("отказал", "Проверьте настройки источника; если это повторяется, напишите нам."),
}
PAGE_HINT = (
    "Так отвечает не сервис, а прокси или защита от роботов: ключ менять не нужно. Если это "
    "повторяется, спросите поддержку сервиса, не закрыт ли адрес вашего сервера."
)
_MOVED = "Ключ туда не посылается. Если кабинет переехал, впишите его новый адрес в файл клиники."
#: The one good answer that has no body: «there is nothing».
_NOTHING = 204
_STATUSES: dict[int, Reason] = {
    401: "auth",
    402: "rights",
    403: "rights",
    420: "quota",
    429: "quota",
}


class Api(Generic[Table]):
    """What a connector's `ask`, `sweep` and `probe` call. Every call raises SourceError.

    table    the [[source]]; zone  the clinic's; clock  the run's
    memory   JSON-able, kept from pull to pull: which way to sign was right, and the like
    notes    sentences for «Журнал»
    """

    def __init__(
        self, access: Access[Table], table: Table, context: Context, *, most: int = 0
    ) -> None:
        self.table, self.context = table, context
        self.zone, self.clock = context.zone, context.clock
        self.memory: dict[str, Any] = dict(context.state.get("memory", {}))
        self.notes: list[str] = []
        self.calls, self._most = 0, most
        self._access = access
        self.auth = access.auth(table, context.secret)
        if isinstance(self.auth, FreshHeader):
            self.auth = replace(self.auth, now=self.clock.unix)
        usual = access.endpoint if isinstance(access.endpoint, str) else access.endpoint(table)
        if isinstance(self.auth, Path):
            usual = usual or self.auth.base
        self.base = context.endpoint(access.kind, usual)
        self._http = Http(
            access.title,
            self.auth,
            gate=self._turn,
            timeout=_TIMES,
            clock=context.clock,
            until=context.until,
            observe=context.observe,
        )

    def get(self, path: str, params: Mapping[str, Any] | None = None, **sent: Any) -> Any:
        """The JSON of a GET; numbers with a fraction are Decimal. None where there is no body."""
        return self.call("GET", path, params=params, **sent).body

    def post(self, path: str, body: Any = None, **sent: Any) -> Any:
        """The JSON of a POST of JSON. Reading is repeatable: it is tried again like a GET."""
        return self.call("POST", path, json=body, **sent).body

    def call(self, method: str, path: str, *, tries: int = 5, **sent: Any) -> Answer:
        """One call: params, json, data, headers as in `requests`. Raises SourceError."""
        if isinstance(self.auth, IssuedToken):
            self._renew(self.auth, "")
        try:
            return self._sent(method, path, tries, sent)
        except HttpError as error:
            if not (isinstance(self.auth, IssuedToken) and error.status == 401):
                raise
        self._renew(self.auth, self.auth.token)
        return self._sent(method, path, tries, sent)

    def _sent(self, method: str, path: str, tries: int, sent: dict[str, Any]) -> Answer:
        self._check_time()
        url = path if urlsplit(path).scheme else f"{self.base}/{path.lstrip('/')}"
        if not url.startswith(f"{self.base}/"):
            raise SourceError(f"адрес не этого сервиса: {urlsplit(url).hostname}.")
        retry = Retry(tries=tries, judge=self._judge, deadline=float("inf"))
        response = self._http.request(method, url, retry=retry, **sent)
        return answer_of(response, whole=self._access.is_text)

    def _renew(self, auth: IssuedToken, spoilt: str) -> None:
        if auth.token and not spoilt:
            return
        account = f"{self._access.kind}:{auth.name}"

        def ask(method: str, path: str, **sent: Any) -> Answer:
            return self._sent(method, path, 2, sent)

        auth.renew(account, self.context.vault, ask, self.clock, spoilt)

    def _check_time(self) -> None:
        if self.clock.unix() >= self.context.until:
            raise SourceError(
                "не хватило времени, отведённого источнику.",
                hint="Следующая синхронизация продолжит; больше времени даёт переменная "
                "ROMI_SHEETS_SOURCE_DEADLINE.",
                permanent=False,
            )

    def _judge(self, response: Response) -> Verdict | None:
        answer = answer_of(response)
        fault = self._access.fault(answer) or usual_fault(answer, is_text=self._access.is_text)
        if fault is None:
            return None
        words, hint = _WORDS[fault.reason]
        message = redact(fault.message)[:300] or f"{words} (ответ {answer.status})."
        lasting = fault.reason in LASTING
        again = None if lasting or fault.wait is None else self._wait(response, fault.wait)
        return Verdict(message, fault.hint or hint, lasting, again)

    def _wait(self, response: Response, least: float) -> float:
        return max(least, retry_after(response, self.clock.unix()))

    def _turn(self) -> AbstractContextManager[None]:
        self.calls += 1
        if self._most and self.calls > self._most:
            raise SourceError("проверка остановлена: слишком много вопросов.", permanent=False)
        limiter = self.context.limiter
        return limiter.turn(self._allowance()) if limiter else nullcontext()

    def _allowance(self) -> Allowance:
        kind, account = self._access.kind, self.auth.name
        rates = tuple(
            Rate(
                f"{kind}:{_key(limit.of, account)}:{limit.seconds:g}", limit.requests, limit.seconds
            )
            for limit in self._access.limits
        )
        return Allowance(
            self._access.title,
            f"{kind}:{account}",
            self._access.parallel,
            rates,
            lease=_LEASE,
        )


def _key(of: str, account: str) -> str:
    return {"account": account, "service": "all"}.get(of, of)


@contextmanager
def of_known_shape() -> Iterator[None]:
    """Answers that are JSON of another shape than a connector reads are that source's fault alone."""
    try:
        yield
    except ODD as error:
        # No cause: its text may hold a piece of the answer.
        raise SourceError(
            f"ответил не тем, что ожидалось: в ответе нет того, что должно быть "
            f"({type(error).__name__}).",
            hint="Прежние строки оставлены. Если это повторяется, напишите нам: сервис сменил ответы.",
            permanent=False,
        ) from None


def answer_of(response: Response, *, whole: bool = False) -> Answer:
    """An answer with its JSON, if it is JSON, and the beginning of its text, or all of it."""
    try:
        body = json.loads(response.content, parse_float=_number) if response.content else None
    except ValueError:
        body = None
    text = response.content[: None if whole else 2000].decode("utf-8-sig", "replace")
    return Answer(response.status_code, body, text, dict(response.headers))


def _number(text: str) -> Decimal | int:
    """A number with a fraction, exactly; one with none is whole: some services write ids as 11.0."""
    number = Decimal(text)
    is_whole = number.is_finite() and number == number.to_integral_value() and len(text) < 30
    return int(number) if is_whole else number


def usual_fault(answer: Answer, *, is_text: bool = False) -> Fault | None:
    """What a status says by itself. A page instead of data is never an empty answer."""
    status = answer.status
    if status in {401, 402, 403} and answer.body is None and answer.text.lstrip().startswith("<"):
        return Fault("temporary", f"ответил страницей вместо данных (ответ {status}).", PAGE_HINT)
    if 300 <= status < 400 and (host := urlsplit(answer.headers.get("Location", "")).hostname):
        return Fault("permanent", f"посылает на другой адрес: {host} (ответ {status}).", _MOVED)
    if status in _STATUSES:
        return Fault(_STATUSES[status])
    if status >= 500:
        return Fault("temporary")
    if status >= 300:
        return Fault("permanent")
    if answer.body is None and status != _NOTHING and not is_text:
        return Fault("temporary", "ответил не тем, что ожидалось: это не данные или они обрезаны.")
    return None
