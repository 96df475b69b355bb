"""One limiter per token over all processes that share a store: at once, a second, a day."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from sheets_sync.errors import SourceError
from sheets_sync.net.clock import Clock

#: Of a day's requests, how far ahead of the clock they may run before clinics are asked to wait.
_AHEAD = 0.1
#: A wait that is not worth a place at the service.
_LONG = 1.0


class Ledger(Protocol):
    """What the limiter needs of the store; `sheets_sync.store.Limits` says what each does."""

    def take(self, key: str, now: float, rules: Sequence[tuple[int, float]]) -> float: ...

    def day_count(self, key: str, day: date) -> int: ...

    def acquire_slot(
        self, key: str, limit: int, now: float, lease_seconds: float
    ) -> str | None: ...

    def release_slot(self, slot: str) -> None: ...


@dataclass(frozen=True)
class Rate:
    """At most `requests` in any `seconds`, counted together under `key`."""

    key: str
    requests: int
    seconds: float


@dataclass(frozen=True)
class Allowance:
    """What a service lets one token do.

    key       the token's name; days and places are counted under it
    parallel  requests at once
    rates     every one of them holds
    per_day   requests a day, the day beginning at 00:00 GMT; None = no limit
    lease     seconds after which the place of a killed process is free again; no request lasts
              longer
    """

    service: str
    key: str
    parallel: int
    rates: tuple[Rate, ...]
    per_day: int | None = None
    lease: float = 600.0


class Limiter:
    """Waits for a request's turn. Safe to share between threads.

    `patience` is how many seconds a request may wait for it, `until` the Unix second after which
    none does.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock | None = None,
        patience: float = 1800.0,
        until: float = float("inf"),
    ) -> None:
        self._ledger = ledger
        self._clock = clock or Clock()
        self._patience = patience
        self._until = until

    @contextmanager
    def turn(self, allowance: Allowance) -> Iterator[None]:
        """Hold one of the allowance's places, all rates paid.

        Raises SourceError, not permanent, where the day is used up or patience is.
        """
        self._check_day(allowance)
        began = self._clock.unix()
        while True:
            slot = self._ledger.acquire_slot(
                allowance.key, allowance.parallel, self._clock.unix(), allowance.lease
            )
            wait = random.uniform(0.05, 0.3)  # noqa: S311 (not a secret)
            if slot is not None:
                try:
                    wait = self._pay(allowance.rates)
                    if not wait:
                        yield
                        return
                finally:
                    self._ledger.release_slot(slot)
            if self._clock.unix() + wait > min(began + self._patience, self._until):
                raise SourceError(
                    f"{allowance.service}: очередь запросов с этим токеном слишком длинна.",
                    hint="Следующая синхронизация попробует снова; разнесите клиники по токенам.",
                    permanent=False,
                )
            self._clock.sleep(wait)

    def close_day(self, allowance: Allowance) -> None:
        """The service says that the day's requests are used up: ask no more until 00:00 GMT."""
        self._ledger.take(_closed(allowance), self._clock.unix(), [(1, 1.0)])

    def ahead(self, allowance: Allowance) -> bool:
        """Whether today's requests run so far ahead of the clock that rows of today should do."""
        if allowance.per_day is None:
            return False
        now = self._clock.now()
        passed = (now - datetime.combine(now.date(), time(), UTC)) / timedelta(days=1)
        return self._spent(allowance) > allowance.per_day * (passed + _AHEAD)

    def _pay(self, rates: Sequence[Rate]) -> float:
        """Pay every rate, waiting out short waits; a long one is given back instead."""
        for rate in sorted(rates, key=lambda r: -r.seconds):
            while wait := self._ledger.take(
                rate.key, self._clock.unix(), [(rate.requests, rate.seconds)]
            ):
                if wait > _LONG:
                    return wait
                self._clock.sleep(wait)
        return 0.0

    def _spent(self, allowance: Allowance) -> int:
        return self._ledger.day_count(allowance.key, self._clock.now().date())

    def _check_day(self, allowance: Allowance) -> None:
        if allowance.per_day is None:
            return
        closed = self._ledger.day_count(_closed(allowance), self._clock.now().date())
        if closed or self._spent(allowance) >= allowance.per_day:
            raise day_is_used_up(allowance.service)


def day_is_used_up(service: str) -> SourceError:
    """The error of a token whose requests of the day are gone."""
    return SourceError(
        f"{service}: суточная квота запросов этого токена исчерпана.",
        hint="Она обновится в 03:00 по Москве (00:00 GMT), тогда синхронизация продолжится сама. "
        "Если это каждый день, выпустите второй токен и разделите клиники между ними.",
        permanent=False,
    )


def _closed(allowance: Allowance) -> str:
    return f"{allowance.key}:closed"
