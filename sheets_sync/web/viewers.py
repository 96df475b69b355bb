"""Who looks at the pages: the admin by a password, a marketer by a link from her spreadsheet."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe

from flask import request, session
from pydantic import SecretStr
from werkzeug.datastructures import Authorization
from werkzeug.exceptions import TooManyRequests

from sheets_sync.web.throttle import Throttle, bucket

log = logging.getLogger(__name__)

NAME = "admin"
#: Seconds that a link from the spreadsheet lets its user in for.
DAY = 86_400
_GUESSES = "Слишком много неверных паролей с этого адреса."


@dataclass(frozen=True)
class Viewer:
    """Whom a request comes from; `by_token`: no browser sends it by itself, so none is tricked."""

    is_admin: bool = False
    clinics: frozenset[str] = frozenset()
    by_token: bool = False

    def may(self, clinic: str) -> bool:
        """Whether the clinic's page is theirs to see."""
        return self.is_admin or clinic in self.clinics


@dataclass(frozen=True)
class Viewers:
    """Knows a request's viewer by its password and its session."""

    password: SecretStr | None
    throttle: Throttle
    clock: Callable[[], float]

    def now(self) -> Viewer:
        """The viewer of this request.

        Raises TooManyRequests where the address guessed too often, StoreError.
        """
        clinics = frozenset(c for c, until in self._clinics().items() if until > self.clock())
        credentials = _credentials()
        if credentials is None or not self._is_right(credentials):
            return Viewer(clinics=clinics)
        return Viewer(is_admin=True, clinics=clinics, by_token=credentials.type == "bearer")

    def let_in(self, clinic: str) -> None:
        """Begin a session of a day at a clinic's page."""
        session.permanent = True
        session["clinics"] = self._clinics() | {clinic: self.clock() + DAY}

    def was_here(self) -> bool:
        """Whether this browser has been let in by a link before: its user has no password."""
        return bool(self._clinics())

    def _clinics(self) -> dict[str, float]:
        clinics: dict[str, float] = session.get("clinics", {})
        return clinics

    def _is_right(self, credentials: Authorization) -> bool:
        """Whether the password is right; a wrong one is counted and logged.

        A browser that knew it once is counted by itself: strangers do not lock its user out.
        """
        address = request.remote_addr or ""
        who = str(session.get("browser") or bucket(address))
        if seconds := self.throttle.refused("password", who):
            raise TooManyRequests(_GUESSES, retry_after=seconds)
        password = self.password.get_secret_value() if self.password else ""
        by_token = credentials.type == "bearer"
        word, name = (
            credentials.token if by_token else credentials.password,
            NAME if by_token else credentials.username,
        )
        right_word = hmac.compare_digest((word or "").encode(), password.encode())
        right_name = hmac.compare_digest((name or "").encode(), NAME.encode())
        if right_word and right_name and password:
            if not by_token and "browser" not in session:
                session.permanent = True
                session["browser"] = token_urlsafe(9)
            return True
        seconds = self.throttle.wait("password", who)
        log.warning("admin password refused", extra={"address": address, "wait": seconds})
        if seconds:
            raise TooManyRequests(_GUESSES, retry_after=seconds)
        return False


def _credentials() -> Authorization | None:
    try:
        credentials = request.authorization
    except ValueError:  # not base64, not even ASCII
        return None
    return credentials if credentials and credentials.type in {"basic", "bearer"} else None
