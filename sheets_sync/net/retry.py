"""How long a call insists: tries, pauses with full jitter, which answers are worth another one."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time

from requests import Response

from sheets_sync.net.clock import Clock


def retry_after(response: Response, now: float | None = None) -> float:
    """Seconds asked for by `Retry-After`, as a number or a date; 0.0 without one. `now` is Unix."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        return 0.0
    return max(moment - (time() if now is None else now), 0.0)


@dataclass(frozen=True)
class Verdict:
    """Why an answer is no good, and the least seconds before another try; None to give up."""

    message: str
    hint: str
    permanent: bool
    wait: float | None


@dataclass(frozen=True)
class Retry:
    """How long to insist: full jitter, uniform in 0..min(cap, base * 2^n) seconds.

    statuses    answers worth another try
    repeatable  False where doing it twice is wrong: then only what certainly was not done is
                tried again (no connection, 420, 429)
    wait        asked of each answer with such a status and the number of tries so far: the least
                seconds to wait, or None to give up
    judge       asked of every answer instead of statuses and wait: None is a good one
    """

    tries: int = 5
    base: float = 0.5
    cap: float = 30.0
    deadline: float = 600.0
    statuses: frozenset[int] = frozenset({420, 429, 500, 502, 503, 504})
    repeatable: bool = True
    wait: Callable[[Response, int], float | None] = lambda response, _tries: retry_after(response)
    judge: Callable[[Response], Verdict | None] | None = None

    def pause(self, tries: int) -> float:
        """Seconds of the random wait after `tries` tries."""
        return random.uniform(0, min(self.cap, self.base * 2**tries))  # noqa: S311 (not a secret)


USUAL = Retry()


@dataclass
class Tries:
    """The tries of one call: the only place that knows whether there is another one, and waits.

    until  the Unix second after which nothing is waited for
    """

    retry: Retry
    clock: Clock
    until: float = float("inf")

    def __post_init__(self) -> None:
        self.began, self.done = self.clock.unix(), 0

    def again(self, least: float | None) -> bool:
        """Wait `least` seconds or more before another try; False where there is none (None: never)."""
        self.done += 1
        if least is None or self.done >= self.retry.tries:
            return False
        pause, now = max(least, self.retry.pause(self.done)), self.clock.unix()
        if now + pause > self.until or now - self.began + pause > self.retry.deadline:
            return False
        self.clock.sleep(pause)
        return True
