"""CPU seconds by test file, children's with them: `.venv/bin/python -m pytest -p tests.cpu [FILES]`.

Of one process, without `-n`: what a test takes by the wall's clock is mostly what the others leave it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from contextlib import suppress

import psutil
import pytest

SECONDS: Counter[str] = Counter()
_before = 0.0


def _cpu() -> float:
    """Of this process, of all below it, and of those below it that have ended."""
    here, seconds = psutil.Process(), 0.0
    for process in (here, *here.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            seconds += sum(process.cpu_times()[:4])
    return seconds


def pytest_collection_finish() -> None:
    global _before  # noqa: PLW0603
    _before = SECONDS["imports, collection"] = _cpu()


def _note(item: pytest.Item) -> None:
    global _before  # noqa: PLW0603
    now = _cpu()
    SECONDS[item.nodeid.partition("::")[0]] += now - _before
    _before = now


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    # The browser goes with the last test, and nobody tells what its children took.
    if nextitem is None:
        _note(item)
    done = yield
    if nextitem is not None and nextitem.path != item.path:
        _note(item)
    return done


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section(f"CPU seconds: {SECONDS.total():.1f}")
    for name, seconds in SECONDS.most_common():
        terminalreporter.write_line(f"{seconds:7.1f}  {name}")
