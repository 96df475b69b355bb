"""How everything is measured: one warm run, then turn about, medians; a process's own peak."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Took:
    """Seconds by the wall's clock, and of CPU over all threads."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} s (CPU {self.cpu:.2f})"


def seconds(work: Callable[[], object]) -> float:
    """How long one run takes on the wall's clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def time_of(work: Callable[[], object]) -> Took:
    """What one run takes."""
    cpu = time.process_time()
    wall = seconds(work)
    return Took(wall, time.process_time() - cpu)


def median_of(runs: Sequence[Took]) -> Took:
    """The medians of several runs."""
    return Took(median(run.wall for run in runs), median(run.cpu for run in runs))


def alternate(repeats: int, *works: Callable[[], object]) -> list[Took]:
    """Medians of each work; they take turns, so that a busy machine is unfair to none of them."""
    for work in works:
        work()
    runs = [[time_of(work) for work in works] for _ in range(repeats)]
    return [median_of(times) for times in zip(*runs, strict=True)]


def peak_megabytes() -> float:
    """The high-water mark of this program alone; rusage would count the parent that forked it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(text.split()[1]) / 1024 for text in lines if text.startswith("VmHWM"))


def line(what: str, ours: str, theirs: str = "", ratio: str = "") -> None:
    """One printed result: what, ours, theirs, ratio."""
    print(f"{what:<54} {ours:>20} {theirs:>30} {ratio:>10}", flush=True)


def thousands(number: int) -> str:
    """1 000 000."""
    return f"{number:,}".replace(",", " ")
