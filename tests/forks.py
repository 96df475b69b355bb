"""Other processes of the tests, forked from one that has imported everything: 20 ms each, not 2 s.

Their environment is that of the moment when the first one was started: what they need they are told.
"""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["tests.store.processes", "tests.service.job_worker", "tests.books.xlsx_files"]
)


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Another process that does `target`."""
    process = PROCESSES.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process
