"""One limiter per token over all processes that share a store."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import pytest

from sheets_sync.errors import SourceError
from sheets_sync.net.clock import Clock
from sheets_sync.net.limiter import Allowance, Limiter, Rate
from sheets_sync.store import open_store
from tests.sources.yandex import Hands

SECOND = Rate("metrica:t", 30, 1.0)
REPORTS = Rate("metrica-reports:t", 200, 300.0)
METRICA = Allowance("Яндекс.Метрика", "metrica:t", 3, (REPORTS, SECOND), 5000)


def _ask(limiter: Limiter, times: int, allowance: Allowance = METRICA) -> None:
    for _ in range(times):
        with limiter.turn(allowance):
            pass


def _most_within(moments: list[float], seconds: float) -> int:
    return max(sum(1 for m in moments if start <= m < start + seconds) for start in moments)


def test_requests_are_spread_over_the_second_and_over_the_five_minutes(store):
    clock = Hands()
    limiter, moments = Limiter(store.limits, clock), []
    rates = (Rate("k-reports", 40, 300.0), Rate("k", 6, 1.0))

    for _ in range(90):
        with limiter.turn(Allowance("С", "k", 3, rates)):
            moments.append(clock.unix())

    assert _most_within(moments, 1.0) == 6
    assert _most_within(moments, 300.0) == 40
    assert 600 < moments[-1] - moments[0] < 620


def test_another_token_does_not_wait(sqlite_store):
    clock = Hands()
    limiter = Limiter(sqlite_store.limits, clock)
    _ask(limiter, 5, Allowance("С", "t", 3, (Rate("t", 5, 300.0),)))

    before = clock.unix()
    _ask(limiter, 5, Allowance("С", "u", 3, (Rate("u", 5, 300.0),)))

    assert clock.unix() - before < 0.1


def test_a_long_wait_holds_no_place(sqlite_store):
    clock = Hands()
    limiter = Limiter(sqlite_store.limits, clock, patience=10.0)
    tight = Allowance("С", "k", 1, (Rate("k", 1, 60.0),))
    _ask(limiter, 1, tight)

    with pytest.raises(SourceError, match="очередь") as caught:
        _ask(limiter, 1, tight)

    assert not caught.value.permanent
    assert sqlite_store.limits.acquire_slot("k", 1, clock.unix(), 60.0)


def test_three_at_once_over_threads(sqlite_store):
    limiter = Limiter(sqlite_store.limits)
    inside, worst, lock = [0], [0], threading.Lock()
    allowance = Allowance("С", "threads", 3, ())

    def work() -> None:
        for _ in range(4):
            with limiter.turn(allowance):
                with lock:
                    inside[0] += 1
                    worst[0] = max(worst[0], inside[0])
                time.sleep(0.01)
                with lock:
                    inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert worst == [3]


_PROCESS = """
import sys, time
from sheets_sync.net.limiter import Allowance, Limiter, Rate
from sheets_sync.store import open_store
limiter = Limiter(open_store(sys.argv[1]).limits)
for _ in range(15):
    with limiter.turn(Allowance("С", "processes", 3, (Rate("processes", 10, 1.0),))):
        print(time.time(), flush=True)
"""


def test_one_limit_holds_over_processes(sqlite_url):
    open_store(sqlite_url).close()
    processes = [
        subprocess.Popen([sys.executable, "-c", _PROCESS, sqlite_url], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    moments = []
    for process in processes:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        moments += [float(line) for line in out.split()]

    assert len(moments) == 30
    assert _most_within(moments, 0.9) <= 10 + 3


def test_a_killed_process_gives_its_places_back_in_time(sqlite_store):
    clock = Hands()
    for _ in range(3):
        assert sqlite_store.limits.acquire_slot("metrica:t", 3, clock.unix(), 20.0)

    before = clock.unix()
    _ask(Limiter(sqlite_store.limits, clock), 1)

    assert 20 <= clock.unix() - before < 21


def test_a_failed_request_gives_its_place_back(sqlite_store):
    limiter = Limiter(sqlite_store.limits, Hands())
    for _ in range(5):
        with pytest.raises(RuntimeError), limiter.turn(METRICA):
            raise RuntimeError


def test_the_day_ends_at_5000_and_begins_anew_at_midnight_gmt(sqlite_store):
    clock = Hands(datetime(2026, 11, 24, 21, 0, tzinfo=UTC))
    limiter = Limiter(sqlite_store.limits, clock)
    small = Allowance("Яндекс.Метрика", "metrica:d", 3, (Rate("metrica:d", 100, 1.0),), 50)
    _ask(limiter, 50, small)

    with pytest.raises(SourceError, match="суточная квота") as caught:
        _ask(limiter, 1, small)
    clock.sleep(3 * 3600)
    _ask(limiter, 1, small)

    assert not caught.value.permanent
    assert "03:00 по Москве" in caught.value.hint


def test_a_day_that_the_service_closed_stays_closed_for_everybody(sqlite_url):
    clock = Hands()
    Limiter(open_store(sqlite_url).limits, clock).close_day(METRICA)

    with pytest.raises(SourceError, match="суточная квота"):
        _ask(Limiter(open_store(sqlite_url).limits, clock), 1)


def test_requests_that_run_ahead_of_the_day_are_seen(sqlite_store):
    clock = Hands(datetime(2026, 11, 24, 0, 30, tzinfo=UTC))
    limiter = Limiter(sqlite_store.limits, clock)
    small = Allowance("С", "ahead", 3, (Rate("ahead", 1000, 1.0),), 50)

    _ask(limiter, 6, small)
    assert not limiter.ahead(small)
    _ask(limiter, 1, small)
    assert limiter.ahead(small)
    clock.sleep(3 * 3600)
    assert not limiter.ahead(small)


def test_the_real_clock_tells_the_time():
    assert abs(Clock().unix() - time.time()) < 1
