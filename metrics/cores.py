"""Independent work on all cores: numpy and Arrow let the interpreter's lock go while they count."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

#: Cores that this process may use.
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(works: Sequence[Callable[[], A]]) -> list[A]:
    """What each work gives, in their order, whichever ends first; raises the first one's error."""
    with ThreadPoolExecutor(CORES) as pool:
        return [begun.result() for begun in [pool.submit(work) for work in works]]


def both(one: Callable[[], A], two: Callable[[], B]) -> tuple[A, B]:
    """What two works give, as `each`."""
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(two)
        return one(), begun.result()
