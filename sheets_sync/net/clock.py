"""The clock of everything that waits or asks what time it is; tests pass one that does not wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from time import monotonic, sleep, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Clock:
    """`unix` gives Unix seconds, `sleep` waits so many."""

    unix: Callable[[], float] = time
    sleep: Callable[[float], None] = sleep

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.unix(), UTC)

    def today(self, zone: ZoneInfo) -> date:
        """The calendar day it is in `zone`."""
        return self.now().astimezone(zone).date()


def clock_from(begin: datetime | None) -> Clock:
    """A clock that shows `begin` now and goes on from there; None: the real one."""
    if begin is None:
        return Clock()
    start, shown = monotonic(), begin.timestamp()
    return Clock(unix=lambda: shown + monotonic() - start)
