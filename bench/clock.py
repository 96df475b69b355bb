"""How everything is measured: one warm run, then turn about, medians; a process's own peak."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Self

import psutil


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


class Memory:
    """The most memory that a process and its children held at one time, each page once."""

    def __init__(self, process: int) -> None:
        self.most = 0.0
        self._process = psutil.Process(process)
        self._over = Event()
        self._thread = Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            with suppress(psutil.Error, OSError):
                tree = [self._process, *self._process.children(recursive=True)]
                held = [_held(one.pid) for one in tree]
                own, files = zip(*held, strict=True)
                self.most = max(self.most, sum(own) + max(files))


def _held(process: int) -> tuple[float, float]:
    """MB of a process: of its own, a page that its parent has too by halves; of files that it maps,
    which are the same for all."""
    folder = Path(f"/proc/{process}")
    text = (folder / "smaps_rollup").read_text(encoding="ascii")
    own = re.findall(r"^Pss_(?:Anon|Shmem): +(\d+)", text, re.MULTILINE)
    status = (folder / "status").read_text(encoding="ascii")
    files = re.findall(r"^RssFile:\s+(\d+)", status, re.MULTILINE)
    return sum(map(int, own)) / 1024, sum(map(int, files)) / 1024


def line(what: str, ours: str, theirs: str = "", ratio: str = "") -> None:
    """One printed result: what, ours, theirs, ratio."""
    print(f"{what:<54} {ours:>20} {theirs:>30} {ratio:>10}", flush=True)


def thousands(number: int) -> str:
    """1 000 000."""
    return f"{number:,}".replace(",", " ")
