"""A night of a middle clinic against the doubles: requests and seconds of each live source.

A month of 3 000 leads, 2 000 calls, 4 000 visits. `first` reads it all; `steady` comes a day later, when a
thirtieth of the rows has changed. Seconds are those of a clock that is moved by whoever waits: what
limits and refusals cost, without the way to the service and back; CPU is this process's.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from bench.clock import line
from sheets_sync.net.limiter import Limiter
from sheets_sync.store import open_store
from tests.doubles.service import Double
from tests.doubles.services import DOUBLES
from tests.sources.live import Line
from tests.sources.test_issued import vault_of
from tests.sources.yandex import Hands

_DAY = 86_400.0
#: Rows of a month by kind and by name in its world.
_MONTH: Mapping[str, Mapping[str, int]] = {
    "calltouch": {"calls": 2000, "requests": 1000},
    "uis": {"calls": 2000, "forms": 1000},
    "callibri": {"appeals": 3000},
    "bitrix24": {"leads": 3000, "deals": 1500},
    "amocrm": {"leads": 3000},
    "yclients": {"records": 4000, "transactions": 4000},
    "medods": {"appointments": 4000},
    "sqns": {"visits": 4000},
    "vk_ads": {},
    "avito": {},
}


def measure(part: int = 1) -> None:
    """Print a line for each source: the first pull and a steady one. `part` divides the month."""
    for kind, month in _MONTH.items():
        clock = Hands()
        with tempfile.TemporaryDirectory() as folder, DOUBLES[kind](clock=clock) as double:  # type: ignore[call-arg]
            for name, count in month.items():
                double.crowd(name, count // part)
            if kind == "bitrix24":  # else all deals would be of one lead
                double.put("deals", [replace(d, lead=0) for d in double.rows("deals")])
            first, steady = _nights(double, Path(folder), clock, month)
        line(f"{kind}, first", *first, "")
        line(f"{kind}, steady", *steady, "")


def _nights(
    double: Double, folder: Path, clock: Hands, month: Mapping[str, int]
) -> list[tuple[str, str]]:
    store = open_store(f"sqlite:///{folder / 'store.sqlite3'}")
    pulls = Line(double, folder, clock, **{"from": date(2026, 10, 25)})
    pulls.more = {"limiter": Limiter(store.limits, clock), "vault": vault_of(store)}
    nights = [_pulled(pulls, double, clock)]
    clock.sleep(_DAY)
    for name in month:
        rows = double.rows(name)
        changed = len(rows) // 30
        moved = (
            replace(r, updated=clock.now()) if n < changed and hasattr(r, "updated") else r
            for n, r in enumerate(rows)
        )
        double.put(name, moved)
    nights.append(_pulled(pulls, double, clock))
    store.close()
    return nights


def _pulled(pulls: Line, double: Double, clock: Hands) -> tuple[str, str]:
    before, began, cpu = len(double.asked), clock.unix(), time.process_time()
    pulls.pull()
    spent = time.process_time() - cpu
    return (
        f"{len(double.asked) - before} requests",
        f"{clock.unix() - began:.0f} s, CPU {spent:.1f} s",
    )
