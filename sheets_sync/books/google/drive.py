"""Drive's version of a file: it tells whether anybody changed a spreadsheet since our last write."""

from __future__ import annotations

from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.service_account import Credentials

from sheets_sync.net.clock import Clock
from sheets_sync.net.counting import count_request
from sheets_sync.net.http import Http, HttpError
from sheets_sync.net.retry import Retry

#: Reads what Drive says of a file, and nothing in it.
DRIVE_SCOPE = "https://www.googleapis.com/auth/drive.metadata.readonly"
#: Connecting, and silence, seconds; then all of it. Cells are read sooner than anybody waits longer.
_TIMEOUT, _LONGEST = (2.0, 4.0), 6.0
_ONCE = Retry(tries=1)


class DriveVersion:
    """The version of one file, asked anew by each call.

    Where Drive refuses, is silent or says anything odd, "" from then on: no error of it stops a
    refresh, nor is it asked again.
    """

    def __init__(
        self, file: str, credentials: Credentials, endpoint: str, clock: Clock | None = None
    ) -> None:
        self._url = f"{endpoint.rstrip('/')}/drive/v3/files/{file}"
        self._clock = clock or Clock()
        session = AuthorizedSession(credentials)
        self._http = Http(
            "drive", clock=self._clock, timeout=_TIMEOUT, observe=count_request, session=session
        )
        self._silent = False

    def __call__(self) -> str:
        if self._silent:
            return ""
        self._http.until = self._clock.unix() + _LONGEST
        params = {"fields": "version", "supportsAllDrives": "true"}
        try:
            answer = self._http.request("GET", self._url, params=params, retry=_ONCE).json()
        except (HttpError, GoogleAuthError, ValueError):
            answer = {}
        version = answer.get("version") if isinstance(answer, dict) else None
        self._silent = not (isinstance(version, str) and version.isdigit())
        return "" if self._silent or not isinstance(version, str) else version
