"""How often one clinic or one address may ask, over all web processes: counted in one ledger."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from werkzeug.exceptions import TooManyRequests

from sheets_sync.store import Limits

#: Requests in so many seconds. A marketer's clicks; a sidebar asks for the run's status every two
#: seconds; wrong passwords of the admin.
RULES: dict[str, list[tuple[int, float]]] = {
    "refresh": [(30, 60.0)],
    "status": [(240, 60.0)],
    "links": [(30, 60.0)],
    "password": [(5, 60.0), (30, 3600.0)],
}
#: What strangers are counted by has so many values at most: they may not fill the store.
_BUCKETS = 4096
_MOST_REMEMBERED = 10_000


@dataclass
class Throttle:
    """Counts requests by kind and by who asks. Safe over threads and processes.

    A refusal is remembered here: a flood is answered without the database.
    """

    ledger: Limits
    clock: Callable[[], float]
    _until: dict[str, float] = field(default_factory=dict, repr=False)

    def refused(self, kind: str, who: str) -> int:
        """How many seconds this process will refuse `who` yet; counts nothing."""
        return math.ceil(max(0.0, self._until.get(f"{kind}:{who}", 0.0) - self.clock()))

    def take(self, kind: str, who: str) -> None:
        """Count a request. Raises TooManyRequests, StoreError."""
        if seconds := self.wait(kind, who):
            raise TooManyRequests(retry_after=seconds)

    def wait(self, kind: str, who: str) -> int:
        """0 and the request is counted, or how many seconds to wait. Raises StoreError."""
        if seconds := self.refused(kind, who):
            return seconds
        key, now = f"{kind}:{who}", self.clock()
        left: float = self.ledger.take(f"web:{key}", now, RULES[kind])
        if left:
            if len(self._until) >= _MOST_REMEMBERED:
                self._until.clear()
            self._until[key] = now + left
        return math.ceil(left)


def bucket(address: str) -> str:
    """Which of some thousands an address is counted with."""
    return str(int.from_bytes(sha256(address.encode()).digest()[:4], "big") % _BUCKETS)
