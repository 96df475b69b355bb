"""kill -9 in the middle of a refresh: readers see the old state or the new, and the next one heals."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from itertools import product
from typing import Any

import pytest

from sheets_sync.books.book import Stamp
from sheets_sync.books.google.change import stage as google_stage
from tests.books.google_live import AT, WORDS, Live, leave_words, running, words_left
from tests.books.google_refresher import PART, TABS, variant
from tests.doubles.sheets import NAME
from tests.doubles.sheets_hand import state
from tests.service.job_runs import until

#: Kills at random moments; those aimed at a request come on top.
KILLS = int(os.environ.get("ROMI_SHEETS_TEST_KILLS", "20"))
KILLS_OF_FIRST_FILL = max(1, KILLS // 3)


class Refresher:
    """The process that refreshes; each refresh is a child of its own."""

    def __init__(self, live: Live) -> None:
        self.live = live
        command = [
            sys.executable,
            "-m",
            "tests.books.google_refresher",
            str(live.key),
            live.double.url,
        ]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.run(0)

    def run(self, number: int) -> float:
        """Seconds that the refresh took."""
        began = time.monotonic()
        self._start(number)
        self._end()
        return time.monotonic() - began

    def killed(self, number: int, wait: Callable[[], Any]) -> None:
        """Refresh and die when `wait` returns; all that was sent until then is done."""
        clients = set(self.live.double.clients)
        child = self._start(number)
        wait()
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        self._end()
        self.live.settle(clients)

    def killed_at(self, number: int, place: int, late: str) -> None:
        """Die while the `place`-th request waits, not carried out yet or ("late ") already."""
        fault = self.live.strike(f"{late}hang", place)
        self.killed(number, lambda: until(lambda: fault.seen >= place, pause=0.001))

    def _start(self, number: int) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def _end(self) -> None:
        assert self.process.stdout is not None
        self.process.stdout.readline()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("google")) as found:
        found.double.hang_seconds = 60.0
        yield found


@pytest.fixture(scope="module")
def nursery(served: Live) -> Iterator[Refresher]:
    """Started once: importing everything takes longer than a refresh."""
    found = Refresher(served)
    yield found
    assert found.process.stdin is not None
    found.process.stdin.close()
    found.process.wait(10)
    assert found.process.stdout is not None
    found.process.stdout.close()


@pytest.fixture
def refresher(nursery: Refresher, live: Live) -> Refresher:
    nursery.live = live
    return nursery


@pytest.fixture
def live(served: Live, monkeypatch: pytest.MonkeyPatch) -> Live:
    monkeypatch.setattr(google_stage, "MOST_CELLS", PART)
    found = served.anew()
    found.tabs = TABS
    found.double.quota = None
    return found


def heal(live: Live, number: int) -> list[str]:
    """Refresh unharmed; gives the requests that it took."""
    live.double.calls.clear()
    book = live.book()
    book.read()
    book.write(variant(number), Stamp(f"heal-{number}", AT))
    return live.asked


def seen(live: Live) -> dict[str, Any]:
    """What readers see, as it is this moment."""
    with live.double.lock:
        return deepcopy(state(live.hand.book))


def hidden(live: Live) -> int:
    return sum(bool(tab.properties.get("hidden")) for tab in live.hand.book.tabs)


def places(asked: Sequence[str]) -> Iterator[tuple[int, str, int]]:
    """Before and after each of the requests of a refresh, and how many writes are done then."""
    for place, late in product(range(1, len(asked) + 1), ("", "late ")):
        carried_out = asked[: place if late else place - 1]
        yield place, late, carried_out.count(":batchUpdate")


def test_a_refresh_killed_at_any_request_leaves_the_old_state_or_the_new(
    live: Live, refresher: Refresher
) -> None:
    heal(live, 0)
    leave_words(live.hand)
    for number in (1, 2, 3):
        old, base = seen(live), live.hand.book.copy()
        asked = heal(live, number)
        new, writes = seen(live), asked.count(":batchUpdate")
        for place, late, written in places(asked):
            live.double.books[NAME] = base.copy()
            refresher.killed_at(number, place, late)
            assert seen(live) == (new if written == writes else old)
            heal(live, number)
            assert seen(live) == new
        assert words_left(live.hand, "Карты") == WORDS


def test_a_refresh_killed_at_any_moment_leaves_the_old_state_or_the_new(
    live: Live, refresher: Refresher
) -> None:
    dice = random.Random(1)
    heal(live, 0)
    leave_words(live.hand)
    whole = []
    for number in (1, 2, 3):
        heal(live, number)
        whole.insert(number % 3, seen(live))
    usual = sorted(refresher.run(number) for number in (1, 2, 3))[1]
    before = 0
    for number in range(1, KILLS + 1):
        refresher.killed(number, lambda: time.sleep(dice.uniform(0, usual)))
        now = seen(live)
        assert now in (whole[before % 3], whole[number % 3])
        before = number if now == whole[number % 3] else before
        if number % 10 == 0:
            heal(live, number)
            assert seen(live) == whole[number % 3]
            before = number
    assert words_left(live.hand, "Карты") == WORDS
    stamps = [m for m in live.hand.book.metadata if m["metadataKey"] == "romi-sheets.stamp"]
    assert len(stamps) == 1


def test_a_first_fill_in_parts_killed_at_any_request_goes_on_where_it_stopped(
    live: Live, refresher: Refresher
) -> None:
    live.hand.type("Лист1", 1, 3, "её слово")
    live.hand.note("Лист1", 1, 3, "спросить Олю")
    live.hand.type("Лист1", 4, 0, "План на июль")
    blank, empty = live.hand.book.copy(), seen(live)
    asked = heal(live, 0)
    assert seen(live)["Лист1"] == empty["Лист1"]
    full, parts = seen(live), asked.count(":batchUpdate")
    assert parts > 2
    for place, late, written in places(asked):
        live.double.books[NAME] = blank.copy()
        refresher.killed_at(0, place, late)
        assert seen(live) == (full if written == parts else empty)
        assert hidden(live) == (0 < written < parts)
        # A fill that was whole already gets a new stamp.
        assert heal(live, 0).count(":batchUpdate") == (parts - written or 1)
        assert seen(live) == full
        assert not hidden(live)


def test_a_first_fill_in_parts_killed_at_any_moment_shows_nothing_or_everything(
    live: Live, refresher: Refresher
) -> None:
    dice = random.Random(2)
    blank, empty = live.hand.book.copy(), seen(live)
    heal(live, 0)
    full = seen(live)
    live.double.books[NAME] = blank.copy()
    usual = refresher.run(0)
    for _ in range(KILLS_OF_FIRST_FILL):
        live.double.books[NAME] = blank.copy()
        refresher.killed(0, lambda: time.sleep(dice.uniform(0, usual)))
        assert seen(live) in (empty, full)
        heal(live, 0)
        assert seen(live) == full
        assert not hidden(live)
