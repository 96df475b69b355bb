"""How many examples hypothesis draws: `ROMI_SHEETS_TEST_EXAMPLES=10` draws ten times as many."""

from __future__ import annotations

import os

_TIMES = int(os.environ.get("ROMI_SHEETS_TEST_EXAMPLES", "1"))


def examples(number: int) -> int:
    return number * _TIMES
