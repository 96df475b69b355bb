"""When an event happened, as Metrica is told: a date alone is its last second, equal seconds part."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from metrics.calendar import end_of, local_days
from metrics.coded import Bools, Ints

_SECOND = 1_000_000
_EPOCH = date(1970, 1, 1)


def moments(times: Ints, zone: ZoneInfo) -> tuple[Ints, Bools]:
    """Unix seconds of `times` (µs UTC), and which of them are known by their date alone.

    Midnight of `zone` stands for a date without a time: it becomes 23:59:59 of that date. Metrica
    ties a conversion to what came before it, and midnight came before the visit of its own day.
    """
    days = local_days(times, zone)
    dated = days != local_days(times - 1, zone)
    seconds = times // _SECOND
    seconds[dated] = [_last_second(day, zone) for day in days[dated].tolist()]
    return seconds, dated


@lru_cache(maxsize=10_000)
def _last_second(day: int, zone: ZoneInfo) -> int:
    return end_of(_EPOCH + timedelta(days=day), zone) // _SECOND - 1


def has_passed(at: int, *, dated: bool, now: int) -> bool:
    """Whether an event may be told: one of a date alone from the following day on."""
    return at < now if dated else at <= now


@dataclass
class Seconds:
    """Seconds that are told already, by client and target: Metrica makes one of two that are equal."""

    _seconds: defaultdict[tuple[str, str], set[int]] = field(
        default_factory=lambda: defaultdict(set)
    )

    def take(self, client: str, target: str, at: int) -> int:
        """`at`, or the first second before it that nothing else of this client and target has."""
        seconds = self._seconds[client, target]
        while at in seconds:
            at -= 1
        seconds.add(at)
        return at
