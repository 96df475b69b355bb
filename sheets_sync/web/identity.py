"""Who asks, by Google: identity tokens of the menu's user and of the add-on's runtime."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests
from google.auth import exceptions, jwt
from google.oauth2 import id_token

#: Seconds that a clock may be ahead: with none a fresh token is refused.
SKEW = 20
_TIMEOUT = (3, 5)
#: Google may be back soon, and a marketer clicks again.
_AFTER_FAILURE = 10.0


@dataclass(frozen=True)
class _GoogleResponse:
    """What google-auth wants of an answer (transport.Response, whose members are abstract)."""

    status: int
    headers: Mapping[str, str]
    data: bytes


@dataclass
class CachedCertificates:
    """Fetches Google's certificates once for as long as its Cache-Control says.

    google-auth itself fetches them for every token. Raises TransportError when they cannot be
    had: that is the service's trouble (503), not the caller's (401). For _AFTER_FAILURE seconds
    after that nobody waits for them again.
    """

    session: requests.Session = field(default_factory=requests.Session)
    clock: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[float, _GoogleResponse]] = field(default_factory=dict)
    _failed: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, url: str, method: str = "GET", **_: Any) -> _GoogleResponse:
        with self._lock:
            until, answer = self._kept.get(url, (0.0, None))
            if answer is not None and self.clock() < until:
                return answer
            if self.clock() - self._failed < _AFTER_FAILURE:
                raise exceptions.TransportError("certificates could not be had a moment ago")
            try:
                response = self.session.request(method, url, timeout=_TIMEOUT)
                response.raise_for_status()
            except requests.RequestException as error:
                self._failed = self.clock()
                raise exceptions.TransportError(error) from error
            answer = _GoogleResponse(response.status_code, response.headers, response.content)
            age = _max_age(response.headers.get("Cache-Control", ""))
            self._kept[url] = (self.clock() + age, answer)
            return answer


def _max_age(header: str) -> float:
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "max-age" and value.isdigit():
            return min(float(value), 86_400)
    return 300.0


def email_of(token: str, audience: Sequence[str], request: Callable[..., Any]) -> str:
    """The verified e-mail that Google vouches for in `token`, lower case; "" if it does not.

    `audience` are the script's or endpoint's ids that this service accepts; with none nothing is
    accepted. Raises google.auth.exceptions.TransportError when certificates cannot be had.
    """
    if not audience or not _is_for(token, audience):
        return ""
    try:
        claims = id_token.verify_oauth2_token(
            token, request, list(audience), clock_skew_in_seconds=SKEW
        )
    except exceptions.TransportError:
        raise
    except (ValueError, exceptions.GoogleAuthError):
        return ""
    if claims.get("email_verified") is not True:
        return ""
    return str(claims.get("email", "")).casefold()


def _is_for(token: str, audience: Sequence[str]) -> bool:
    """Whether a token says at least that it is meant for us: nothing is fetched for another."""
    try:
        claims = jwt.decode(token, verify=False)
    except (ValueError, exceptions.GoogleAuthError):
        return False
    return isinstance(claims, dict) and claims.get("aud") in audience
