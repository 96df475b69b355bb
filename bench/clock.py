"""How everything is timed: one warm run, then turn about, and the median of each."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median


def seconds(work: Callable[[], object]) -> float:
    """How long one run takes on the wall's clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def alternate(repeats: int, *works: Callable[[], object]) -> list[float]:
    """Medians of each work; they take turns, so that a busy machine is unfair to none of them."""
    for work in works:
        work()
    times: list[list[float]] = [[] for _ in works]
    for _ in range(repeats):
        for place, work in enumerate(works):
            times[place].append(seconds(work))
    return [median(t) for t in times]


def line(what: str, ours: str, theirs: str = "", ratio: str = "") -> None:
    """One printed result: what, ours, theirs, ratio."""
    print(f"{what:<58} {ours:>16} {theirs:>30} {ratio:>10}", flush=True)


def thousands(number: int) -> str:
    """1 000 000."""
    return f"{number:,}".replace(",", " ")
