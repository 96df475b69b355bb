"""How often one clinic may ask: a moving window, in memory or in Redis for many web processes."""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from sheets_sync.config import Service

#: A marketer's clicks; a sidebar asks for the run's status every two seconds.
PER_CLINIC = {"refresh": "30/minute", "status": "240/minute"}


class Limits:
    """Counts requests by kind and clinic."""

    def __init__(self, service: Service) -> None:
        url = service.redis_url.get_secret_value() if service.redis_url else "memory://"
        self._window = MovingWindowRateLimiter(storage_from_string(url))
        self._items: dict[str, RateLimitItem] = {k: parse(v) for k, v in PER_CLINIC.items()}

    def wait(self, kind: str, clinic: str) -> int:
        """0 and the request is counted, or how many seconds to wait."""
        item = self._items[kind]
        if self._window.hit(item, kind, clinic):
            return 0
        reset = self._window.get_window_stats(item, kind, clinic).reset_time
        return max(1, math.ceil(reset - time.time()))
