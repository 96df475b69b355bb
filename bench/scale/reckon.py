"""A large agency reckoned: an hour of many clinics over workers, simulated event by event.

Each figure comes from a bench of this repository; `Costs` names which. What is simulated is what
no formula gives: how long a clinic waits for a worker and for its account's turn at Google.
"""

from __future__ import annotations

import hashlib
import heapq
import random
from collections import deque
from dataclasses import dataclass
from statistics import quantiles

_HOUR = 3600


@dataclass(frozen=True)
class Costs:
    """What one hourly refresh costs.

    waits       seconds of waiting for Google and Yandex, one run (bench.scale.agency, idle machine)
    cpu         seconds of one core, steady: a clinic of the demo's size (25 000 rows)
    reads       to Google, of which an account may make `per_minute`, and five accounts are a project
    yandex      requests to Yandex of one steady refresh; a token may make `per_day`
    row_bytes   of one row in PostgreSQL with its indices
    rows        of a middle clinic a year
    """

    waits: float = 1.6
    cpu: float = 2.8
    reads: float = 2.0
    per_minute: int = 60
    yandex: float = 1.0
    per_day: int = 5_000
    row_bytes: float = 470.0
    rows: int = 110_000


@dataclass(frozen=True)
class Fleet:
    """How many of what an agency has; a worker is a process of `threads` on a core of its own."""

    clinics: int
    workers: int
    threads: int
    accounts: int


@dataclass(frozen=True)
class Hour:
    """Seconds from a clinic's turn to the end of its run, how busy the cores were, and how many
    runs did not end before the clinic's next turn."""

    median: float
    p99: float
    busy: float
    left: int


def simulate(fleet: Fleet, costs: Costs, hours: int = 2) -> Hour:
    """Every clinic at its own second of the hour, first come first served; the last hour counts."""
    luck = random.Random(1)
    turns = sorted(
        (_second(n) + hour * _HOUR, n) for hour in range(hours) for n in range(fleet.clinics)
    )
    free = [(0.0, slot % fleet.workers) for slot in range(fleet.workers * fleet.threads)]
    heapq.heapify(free)
    cores = [0.0] * fleet.workers
    accounts = [deque[float]() for _ in range(fleet.accounts)]
    took, busy, left, end = [], 0.0, 0, hours * _HOUR
    for due, clinic in turns:
        at, worker = heapq.heappop(free)
        begin = max(due, at)
        # Threads of one process share its core: a run's own work waits for that of the others.
        cores[worker] = max(begin, cores[worker]) + costs.cpu
        ready = cores[worker] + costs.waits * luck.uniform(0.7, 1.3)
        done = _turn(accounts[clinic % fleet.accounts], ready, costs)
        heapq.heappush(free, (done, worker))
        busy += costs.cpu
        if due >= end - _HOUR:
            took.append(done - due)
            left += done > due + _HOUR
    cuts = quantiles(took, n=100)
    return Hour(cuts[49], cuts[98], busy / (hours * _HOUR * fleet.workers), left)


def _turn(account: deque[float], at: float, costs: Costs) -> float:
    """When the account may write: no more than its limit in any minute."""
    while account and account[0] <= at - 60:
        account.popleft()
    if len(account) >= costs.per_minute / costs.reads:
        at = max(at, account[0] + 60)
        account.popleft()
    account.append(at)
    return at


def _second(clinic: int) -> int:
    digest = hashlib.sha256(f"clinic-{clinic}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _HOUR


def fleet_for(clinics: int, costs: Costs) -> Fleet:
    """Cores at 60 % and accounts at 70 % of their limits; threads enough to wait in."""
    workers = max(2, -(-int(clinics * costs.cpu * 100) // (_HOUR * 60)))
    each = costs.per_minute / costs.reads
    accounts = max(1, -(-int(clinics * 100) // int(60 * each * 70)))
    return Fleet(clinics, workers, 8, accounts)


def main() -> None:
    costs = Costs()
    print(costs)
    for clinics in (500, 10_000, 100_000):
        fleet = fleet_for(clinics, costs)
        hour = simulate(fleet, costs)
        per_token = int(costs.per_day * 0.7 / 24 / costs.yandex)
        year = clinics * costs.rows * costs.row_bytes / 1e9
        print(
            f"{fleet}: median {hour.median:.1f} s, p99 {hour.p99:.1f} s, cores {hour.busy:.0%} busy, "
            f"{hour.left} left to the next hour; tokens of Yandex ≥ {-(-clinics // per_token)}, "
            f"{year:,.0f} GB a year"
        )


if __name__ == "__main__":
    main()
