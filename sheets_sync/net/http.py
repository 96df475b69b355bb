"""The one `requests` session: timeouts, bounded retries with full jitter, limits, redaction."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests import Response
from urllib3.exceptions import MaxRetryError, NewConnectionError

from sheets_sync.errors import SourceError
from sheets_sync.net.clock import Clock
from sheets_sync.net.retry import USUAL, Retry, Tries, Verdict
from sheets_sync.net.secrets import Auth, WithoutPaths

#: Connecting; then the longest silence while an answer is awaited or read, seconds.
TIMEOUT = (10.0, 180.0)
#: Seconds that a body may take in all.
LONGEST, LONGEST_STREAM = 300.0, 1800.0
#: Bytes of an answer that is not streamed.
MAX_BODY = 256 * 2**20
_PIECE = 2**16
_SHOWN_BODY = 500


class HttpError(SourceError):
    """Raised where a service refused for good or could not be reached within the retries.

    `status` is 0 where there was no answer, and then `sent` says whether the request may have
    arrived. `body` is the answer's beginning without secrets, `payload` its JSON, None if not JSON.
    """

    code = "http"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        where: str = "",
        permanent: bool = False,
        status: int = 0,
        body: str = "",
        payload: Any = None,
        sent: bool = True,
    ) -> None:
        super().__init__(message, hint=hint, where=where, permanent=permanent)
        self.status = status
        self.body = body
        self.payload = payload
        self.sent = sent


#: Entered around each try; holds the request's place under a limiter.
Gate = Callable[[], AbstractContextManager[object]]


@dataclass(eq=False)
class Http:
    """One outside service, called `name` in messages. One thread at a time uses it.

    auth     the secret header; it also keeps `requests` from taking one out of ~/.netrc
    gate     the limiter's turn, if there is one
    observe  told the service and the status (0: no answer) of each try, for counters
    until    the Unix second after which nothing is waited for
    session  for a library that brings its own calls; it has neither retries nor a gate
    """

    name: str
    auth: Auth | None = None
    gate: Gate = nullcontext
    clock: Clock = field(default_factory=Clock)
    timeout: tuple[float, float] = TIMEOUT
    until: float = float("inf")
    observe: Callable[[str, int], None] = lambda _service, _status: None
    session: requests.Session = field(default_factory=requests.Session, repr=False)

    def __post_init__(self) -> None:
        self.session.auth = self.auth
        self.session.headers["User-Agent"] = "romi-sheets"

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Any = None,
        files: Any = None,
        headers: Mapping[str, str] | None = None,
        retry: Retry = USUAL,
        gate: Gate | None = None,
    ) -> Response:
        """Send until an answer below 300 is there, with its whole body read.

        Raises HttpError: a status that is not worth another try, or tries and time used up.
        """
        sent = {"params": params, "json": json, "data": data, "files": files, "headers": headers}
        with self._answered(method, url, sent, retry, gate, whole=True) as response:
            return response

    @contextmanager
    def stream(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        retry: Retry = USUAL,
        gate: Gate | None = None,
        piece: int = 2**20,
    ) -> Iterator[Iterator[bytes]]:
        """The same, with the body given in pieces as it comes; the gate is held to the end.

        Raises HttpError as `request` does, and in the middle where the connection breaks: what was
        read so far is then not the whole.
        """
        sent = {"params": params, "headers": headers}
        with self._answered(method, url, sent, retry, gate, whole=False) as response:
            yield self._pieces(response, url, piece)

    def _pieces(self, response: Response, url: str, piece: int) -> Iterator[bytes]:
        reason = ""
        try:
            yield from self._in_time(response, piece, LONGEST_STREAM)
        except (requests.RequestException, OSError) as error:
            reason = _reason(error)
        if reason:
            raise self._unreachable(url, reason, sent=True)

    @contextmanager
    def _answered(
        self,
        method: str,
        url: str,
        sent: dict[str, Any],
        retry: Retry,
        gate: Gate | None,
        *,
        whole: bool,
    ) -> Iterator[Response]:
        tries = Tries(retry, self.clock, self.until)
        while True:
            with (gate or self.gate)():
                answer = self._try(method, url, sent, retry, tries.done + 1, whole=whole)
                if isinstance(answer, Response):
                    try:
                        yield answer
                    finally:
                        answer.close()
                    return
            error, least = answer
            if not tries.again(least):
                raise error
            _LOG.info("%s: %s, try %d", self.name, error.status or "no answer", tries.done)

    def _try(
        self, method: str, url: str, sent: dict[str, Any], retry: Retry, tries: int, *, whole: bool
    ) -> Response | tuple[HttpError, float | None]:
        """The answer; or what went wrong and the least seconds to wait, None to give up.

        Raises SourceError where nothing can be sent at all.
        """
        unsent = False
        try:
            response = self.session.request(
                method, url, **sent, timeout=self._times(), stream=True, allow_redirects=False
            )
            if whole or response.status_code >= 300:
                self._read(response)
        except ValueError:  # a header or an address that HTTP knows no way to write
            unsent = True
        except (requests.RequestException, OSError) as error:
            arrived, reason = not _never_connected(error), _reason(error)
        else:
            self.observe(self.name, response.status_code)
            if retry.judge:
                verdict = retry.judge(response)
                return self._judged(response, url, verdict) if verdict else response
            if response.status_code < 300:
                return response
            again = response.status_code in retry.statuses and (
                retry.repeatable or response.status_code in {420, 429}
            )
            least = retry.wait(response, tries) if again else None
            return self._refused(response, url, permanent=not again), least
        # Outside of the handler: requests' exceptions carry the request and its headers.
        if unsent:
            raise SourceError(
                f"{self.name}: запрос не отправить: в ключе, логине или адресе русские буквы, пробел "
                "или перевод строки.",
                hint="Скопируйте их ещё раз, целиком и без лишних знаков.",
                where=_place(url),
            )
        self.observe(self.name, 0)
        lasting = arrived and not retry.repeatable
        return self._unreachable(url, reason, sent=arrived), None if lasting else 0.0

    def _times(self) -> tuple[float, float]:
        """Seconds to connect and to be silent, no more than are left."""
        left = max(1.0, self.until - self.clock.unix())
        return min(self.timeout[0], left), min(self.timeout[1], left)

    def _read(self, response: Response) -> None:
        """Read the body of a streamed answer, at most MAX_BODY bytes of it."""
        body = bytearray()
        for piece in self._in_time(response, _PIECE, LONGEST):
            body += piece
            if len(body) > MAX_BODY:
                raise requests.exceptions.ContentDecodingError("too long")
        # What `Response.content` itself would have kept, had it known a limit.
        response._content = bytes(body)  # noqa: SLF001

    def _in_time(self, response: Response, piece: int, longest: float) -> Iterator[bytes]:
        """Pieces of the body. Raises Timeout for one that drips on for more than `longest`."""
        until = min(self.clock.unix() + longest, max(self.until, self.clock.unix() + 1.0))
        for got in response.iter_content(piece):
            if self.clock.unix() > until:
                raise requests.Timeout
            yield got

    def _refused(self, response: Response, url: str, *, permanent: bool) -> HttpError:
        text = response.content.decode("utf-8", "replace")
        text = self.auth.redacted(text) if self.auth else text
        try:
            payload = json.loads(text)
        except ValueError:
            payload = None
        return HttpError(
            f"{self.name}: ответ {response.status_code}.",
            hint="Если это повторяется, проверьте настройки источника."
            if permanent
            else "Служба временно не отвечает; следующая синхронизация попробует снова.",
            where=_place(url),
            permanent=permanent,
            status=response.status_code,
            body=text[:_SHOWN_BODY],
            payload=payload,
        )

    def _judged(
        self, response: Response, url: str, verdict: Verdict
    ) -> tuple[HttpError, float | None]:
        refused = self._refused(response, url, permanent=verdict.permanent)
        redacted = self.auth.redacted if self.auth else str
        refused.message = f"{self.name}: {redacted(verdict.message)}"
        refused.args = (refused.message,)
        refused.hint = redacted(verdict.hint)
        return refused, verdict.wait

    def _unreachable(self, url: str, reason: str, *, sent: bool) -> HttpError:
        return HttpError(
            f"{self.name} не отвечает ({reason}).",
            hint="Проверьте сеть; следующая синхронизация попробует снова.",
            where=_place(url),
            sent=sent,
        )


def _place(url: str) -> str:
    """Host and path, without user, password and query."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"


def _never_connected(error: Exception) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _reason(error: Exception) -> str:
    """Why, in words that hold nothing of the request."""
    if isinstance(error, requests.exceptions.SSLError):
        return "не удалось защищённое соединение"
    if isinstance(error, requests.Timeout):
        return "время ожидания вышло"
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return "ответ не прочитать: он повреждён или слишком велик"
    if _never_connected(error):
        return "нет соединения"
    return "соединение прервано"


_LOG = logging.getLogger(__name__)
logging.getLogger("urllib3.connectionpool").addFilter(WithoutPaths())
