"""How often one clinic may ask of one web process: a moving window in memory."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

#: Requests a minute. A marketer's clicks; a sidebar asks for the run's status every two seconds.
PER_CLINIC = {"refresh": 30, "status": 240}
_WINDOW = 60.0


class Limits:
    """Counts requests by kind and clinic. Safe over threads."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._asked: dict[tuple[str, str], deque[float]] = {}
        self._lock = threading.Lock()

    def wait(self, kind: str, clinic: str) -> int:
        """0 and the request is counted, or how many seconds to wait."""
        most, now = PER_CLINIC[kind], self._seconds()
        with self._lock:
            asked = self._asked.setdefault((kind, clinic), deque(maxlen=most))
            if len(asked) == most and now - asked[0] < _WINDOW:
                return max(1, math.ceil(asked[0] + _WINDOW - now))
            asked.append(now)
            return 0
