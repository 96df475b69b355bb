"""kill -9 in the middle of a refresh: readers see the old state or the new, and the next one heals."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from typing import Any

import pytest

from sheets_sync.books import google_stage
from sheets_sync.books.book import Stamp
from tests.doubles.sheets import NAME
from tests.doubles.sheets_hand import state
from tests.google_live import AT, Live, running
from tests.google_refresher import PART, TABS, variant

KILLS, KILLS_OF_FIRST_FILL = 150, 50


class Refresher:
    """The process that refreshes; `run` starts one refresh and may kill it."""

    def __init__(self, live: Live) -> None:
        command = [sys.executable, "-m", "tests.google_refresher", str(live.key), live.double.url]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.run(0)

    def run(self, number: int, kill_after: float | None = None) -> float:
        """Seconds that the refresh took, or lived."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        child = int(self.process.stdout.readline())
        began = time.monotonic()
        if kill_after is not None:
            time.sleep(kill_after)
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.process.stdout.readline()
        return time.monotonic() - began


@contextmanager
def refresher(live: Live) -> Iterator[Refresher]:
    found = Refresher(live)
    try:
        yield found
    finally:
        assert found.process.stdin is not None
        found.process.stdin.close()
        found.process.wait(10)
        assert found.process.stdout is not None
        found.process.stdout.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("google")) as found:
        yield found


@pytest.fixture
def live(served: Live, monkeypatch: pytest.MonkeyPatch) -> Live:
    monkeypatch.setattr(google_stage, "MOST_CELLS", PART)
    found = served.anew()
    found.tabs = TABS
    found.double.quota = None
    return found


def heal(live: Live, number: int) -> None:
    book = live.book()
    book.read()
    book.write(variant(number), Stamp(f"heal-{number}", AT))


def seen(live: Live) -> dict[str, Any]:
    """What readers see, as it is this moment."""
    with live.double.lock:
        return deepcopy(state(live.hand.book))


def test_a_refresh_killed_at_any_moment_leaves_the_old_state_or_the_new(live: Live) -> None:
    dice = random.Random(1)
    whole = []
    for number in range(3):
        heal(live, number)
        whole.append(seen(live))
    counts = [0, 0]
    with refresher(live) as running_one:
        usual = sorted(running_one.run(number) for number in (1, 2, 3))[1]
        before = 0
        for number in range(1, KILLS + 1):
            running_one.run(number, dice.uniform(0, usual))
            now = seen(live)
            assert now in (whole[before % 3], whole[number % 3])
            changed = now == whole[number % 3]
            counts[changed] += 1
            before = number if changed else before
            if number % 10 == 0:
                heal(live, number)
                assert seen(live) == whole[number % 3]
                before = number
    assert min(counts) > 5, "kills must fall before and after the write"
    stamps = [m for m in live.hand.book.metadata if m["metadataKey"] == "romi-sheets.stamp"]
    assert len(stamps) == 1


def test_a_first_fill_in_parts_killed_at_any_moment_shows_nothing_or_everything(live: Live) -> None:
    dice = random.Random(2)
    blank = deepcopy(live.hand.book)
    empty = seen(live)
    heal(live, 0)
    full = seen(live)
    went_on = 0
    with refresher(live) as running_one:

        def run(kill_after: float | None = None) -> float:
            live.double.books[NAME] = deepcopy(blank)
            return running_one.run(0, kill_after)

        usual = sorted(run() for _ in range(3))[1]
        for _ in range(KILLS_OF_FIRST_FILL):
            run(dice.uniform(0, usual))
            assert seen(live) in (empty, full)
            if any(tab.properties.get("hidden") for tab in live.hand.book.tabs):
                went_on += 1
            heal(live, 0)
            assert seen(live) == full
            assert not any(tab.properties.get("hidden") for tab in live.hand.book.tabs)
    assert went_on, "kills must fall between parts"
