"""The Google kind of book: gspread's calls with bounded retries; nothing else imports gspread."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import gspread
import requests
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.service_account import Credentials
from gspread.exceptions import APIError

from sheets_sync.books.google.book import GoogleBook
from sheets_sync.books.google.drive import DRIVE_SCOPE, DriveVersion
from sheets_sync.books.google.errors import FailedCall, book_error
from sheets_sync.clinic.config import Clinic
from sheets_sync.errors import BookError, ConfigError, because
from sheets_sync.net.clock import Clock
from sheets_sync.net.counting import count_request
from sheets_sync.net.retry import Retry, Tries
from sheets_sync.settings import Service
from templates_sheets.tabs import TABS

T = TypeVar("T")

SCOPE = "https://www.googleapis.com/auth/spreadsheets"
#: Connecting, and the longest silence of an answer, seconds: Google itself gives up after 180.
TIMEOUT = (10.0, 190.0)
_GOOGLE, _DRIVE = "https://sheets.googleapis.com", "https://www.googleapis.com"
_PASSING = Retry(tries=5, base=1.0, cap=64.0, deadline=300.0)
#: Quotas are by the minute: waiting for one begins longer than for a passing fault.
_QUOTA = replace(_PASSING, base=4.0)


def open_google(
    clinic: Clinic,
    service: Service,
    *,
    timeout: tuple[float, float] = TIMEOUT,
    clock: Clock | None = None,
) -> GoogleBook:
    """The clinic's spreadsheet, not read yet.

    Raises ConfigError where GOOGLE_APPLICATION_CREDENTIALS names no service account's key.
    """
    key, file = _key(clinic, service), clinic.book.spreadsheet_id
    version = None
    # Whoever puts another Google in the place of the real one says where its Drive is.
    drive = service.drive_endpoint or (_DRIVE if service.google_endpoint == _GOOGLE else "")
    if drive:
        version = DriveVersion(file, _credentials(key, DRIVE_SCOPE), drive, clock)
    calls = GoogleCalls(
        file, _credentials(key, SCOPE), service.google_endpoint, timeout, clock or Clock(), version
    )
    return GoogleBook(calls, TABS, clinic.id)


def _key(clinic: Clinic, service: Service) -> Path | None:
    """The file of the key that writes the clinic's book."""
    account, folder = clinic.book.account, service.google_accounts
    if not account:
        return service.google_credentials
    if folder is None:
        raise ConfigError(
            f"клиника называет аккаунт {account}, а папка с ключами не задана.",
            where="ROMI_SHEETS_GOOGLE_ACCOUNTS",
            hint="Укажите в ROMI_SHEETS_GOOGLE_ACCOUNTS папку, где лежат ключи сервисных аккаунтов (JSON).",
        )
    return folder / f"{account}.json"


def _credentials(path: Path | None, scope: str) -> Credentials:
    if path is None:
        raise ConfigError(
            "не задан ключ сервисного аккаунта Google.",
            where="GOOGLE_APPLICATION_CREDENTIALS",
            hint="Создайте в Google Cloud сервисный аккаунт, скачайте его ключ (JSON) и укажите "
            "в этой переменной путь к файлу.",
        )
    try:
        return _loaded(path, path.stat().st_mtime_ns, scope)
    except OSError as error:
        raise ConfigError(
            f"не могу прочитать ключ сервисного аккаунта ({because(error)}).",
            where=str(path),
            hint="Проверьте GOOGLE_APPLICATION_CREDENTIALS (или account в файле клиники и "
            "ROMI_SHEETS_GOOGLE_ACCOUNTS) и права на файл.",
        ) from error
    except (ValueError, TypeError, AttributeError):  # JSON, but not of an account
        # The cause may quote the key.
        raise ConfigError(
            "это не ключ сервисного аккаунта Google.",
            where=str(path),
            hint="Скачайте ключ заново: Google Cloud → сервисный аккаунт → «Ключи» → JSON.",
        ) from None


@lru_cache(maxsize=16)
def _loaded(path: Path, _changed: int, scope: str) -> Credentials:
    """The key in a file, once for all clinics: its token is good for an hour."""
    credentials: Credentials = Credentials.from_service_account_file(str(path), scopes=(scope,))
    return credentials


class _Client(gspread.HTTPClient):
    """gspread's client at another address, with bodies in UTF-8 and counted."""

    def __init__(self, session: requests.Session, endpoint: str) -> None:
        # With a session of one's own gspread asks for no credentials.
        super().__init__(None, session=session)  # type: ignore[arg-type]
        self.endpoint = endpoint.rstrip("/")
        self.sent_requests = self.sent_bytes = 0

    def request(
        self,
        method: str,
        endpoint: str,
        params: Any = None,
        data: Any = None,
        json: Any = None,
        files: Any = None,
        headers: Any = None,
    ) -> requests.Response:
        # Google compresses its answer only for those who say so in their name too.
        headers = {"User-Agent": "romi-sheets (gzip)"} | dict(headers or {})
        if json is not None:
            data, json = _encoded(json), None
            headers["Content-Type"] = "application/json; charset=utf-8"
        self.sent_requests += 1
        self.sent_bytes += len(data or b"")
        endpoint = endpoint.replace(_GOOGLE, self.endpoint, 1)
        params = {"prettyPrint": "false"} | dict(params or {})
        status = 0
        try:
            answer: requests.Response = super().request(
                method, endpoint, params, data, json, files, headers
            )
            status = answer.status_code
        except APIError as error:
            status = error.response.status_code
            raise
        except (KeyError, TypeError):
            # Somebody between Google and us refused in a shape that gspread cannot read.
            raise requests.exceptions.InvalidJSONError from None
        finally:
            count_request("google", status)
        return answer


def _encoded(body: Any) -> bytes:
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()


def _object(answer: requests.Response) -> Mapping[str, Any]:
    """The JSON object of an answer. Raises InvalidJSONError where it is none."""
    body = answer.json()
    if not isinstance(body, dict):
        raise requests.exceptions.InvalidJSONError
    return body


class GoogleCalls:
    """The calls that a book makes. Each but `version` raises BookError once its retries are used up.

    account, address  the service account's e-mail; the spreadsheet's web address, for people
    """

    def __init__(
        self,
        spreadsheet: str,
        credentials: Credentials,
        endpoint: str,
        timeout: tuple[float, float],
        clock: Clock,
        version: Callable[[], str] | None = None,
    ) -> None:
        self.account: str = credentials.service_account_email
        self.address = f"https://docs.google.com/spreadsheets/d/{spreadsheet}/edit"
        self._id = spreadsheet
        self._clock = clock
        self._client = _Client(AuthorizedSession(credentials), endpoint)
        self._client.set_timeout(timeout)
        self._version = version

    @property
    def sent(self) -> tuple[int, int]:
        """Requests made and bytes sent so far."""
        return self._client.sent_requests, self._client.sent_bytes

    def version(self) -> str:
        """Drive's version of the spreadsheet; "" where Drive is not to be asked, or does not say."""
        return self._version() if self._version else ""

    def get(self, fields: str) -> Mapping[str, Any]:
        """Read the spreadsheet without cells."""
        url = gspread.urls.SPREADSHEET_URL % self._id
        params = {"fields": fields}
        return self._read(lambda: _object(self._client.request("get", url, params=params)))

    def filtered(self, filters: Sequence[Mapping[str, Any]], fields: str) -> Mapping[str, Any]:
        """Read the parts of the spreadsheet that `filters` match, with cells."""
        return self._read(lambda: self._post(":getByDataFilter", {"dataFilters": filters}, fields))

    def values(self, body: Mapping[str, Any], fields: str) -> Mapping[str, Any]:
        """Read values only."""
        return self._read(lambda: self._post("/values:batchGetByDataFilter", body, fields))

    def batch(self, batch: Sequence[Any], landed: Callable[[], bool]) -> None:
        """Apply a batch, all of it or nothing.

        landed  asked where the answer was lost: whether the batch is there
        """
        body = {"requests": batch}
        self._insist(lambda: self._applied(body), landed, batch)

    def _applied(self, body: Mapping[str, Any]) -> None:
        """Raises InvalidJSONError where not every request of a batch was answered."""
        answer: Any = self._client.batch_update(self._id, body)
        replies = answer.get("replies") if isinstance(answer, dict) else None
        if not isinstance(replies, list) or len(replies) != len(body["requests"]):
            raise requests.exceptions.InvalidJSONError

    def _post(self, what: str, body: Any, fields: str) -> Mapping[str, Any]:
        url = f"{gspread.urls.SPREADSHEETS_API_V4_BASE_URL}/{self._id}{what}"
        return _object(self._client.request("post", url, params={"fields": fields}, json=body))

    def _read(self, send: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        answer = self._insist(send, None)
        return answer if answer is not None else {}

    def _insist(
        self,
        send: Callable[[], T],
        landed: Callable[[], bool] | None,
        batch: Sequence[Any] = (),
    ) -> T | None:
        """Send until there is an answer; None where a write turned out to have been done."""
        tries = Tries(_PASSING, self._clock)
        while True:
            try:
                return send()
            except (APIError, requests.RequestException, GoogleAuthError) as error:
                fault = replace(_fault(error), batch=batch)
            # A write that was carried out after all is refused when it comes again.
            if landed and (fault.unclear or fault.status == 400) and self._sure(landed, fault):
                return None
            tries.retry = _QUOTA if fault.status == 429 else _PASSING
            if not tries.again(fault.retry_after if fault.passing else None):
                raise book_error(fault, self.account, self.address, writing=landed is not None)

    def _sure(self, landed: Callable[[], bool], fault: FailedCall) -> bool:
        """Whether a write is there. Raises the write's own error where Google does not say."""
        try:
            return landed()
        except BookError:
            raise book_error(fault, self.account, self.address, writing=True) from None


def _fault(error: Exception) -> FailedCall:
    """What an exception says, without the request and its token."""
    if isinstance(error, APIError):
        response = error.response
        after = response.headers.get("Retry-After", "")
        return FailedCall(
            response.status_code,
            error.error if error.code == response.status_code else {},
            retry_after=float(after) if after.isdigit() else 0.0,
            unclear=response.status_code >= 500 or response.status_code == 408,
        )
    if isinstance(error, RefreshError) and not error.retryable:
        clock = "short-lived token" in str(error)
        return FailedCall(reason="ключ не принят", key="clock" if clock else "revoked")
    if isinstance(error, GoogleAuthError):
        return FailedCall(reason="не выдан доступ по ключу")
    if isinstance(error, requests.exceptions.SSLError):
        return FailedCall(reason="не удалось защищённое соединение")
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return FailedCall(reason="нет соединения")
    if isinstance(error, requests.Timeout):
        return FailedCall(reason="время ожидания вышло", unclear=True)
    if isinstance(error, requests.exceptions.InvalidJSONError):
        return FailedCall(reason="ответ не прочитать", unclear=True)
    return FailedCall(reason="соединение прервано", unclear=True)
