"""Limits that hold over processes, nonces, and the ledgers of pushes and orders."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sheets_sync.store import Order, Sent, Store, Upload
from tests.forks import PROCESSES, start
from tests.store.processes import spend_quickly
from tests.store.rows import AT


def test_a_request_waits_for_the_fullest_window(store: Store) -> None:
    rules = [(2, 1.0), (3, 10.0)]
    assert store.limits.take("token", 100.0, rules) == 0.0
    assert store.limits.take("token", 100.5, rules) == 0.0
    assert store.limits.take("token", 100.75, rules) == 0.25
    assert store.limits.take("other", 100.75, rules) == 0.0
    assert store.limits.take("token", 101.0, rules) == 0.0
    assert store.limits.take("token", 102.0, rules) == 8.0
    assert store.limits.take("token", 109.75, rules) == 0.25
    assert store.limits.take("token", 110.0, rules) == 0.0


def test_only_taken_requests_count_for_the_day(store: Store) -> None:
    midnight = 20_000 * 86_400.0
    for at in (midnight - 1, midnight, midnight + 0.5, midnight + 2):
        store.limits.take("token", at, [(1, 1.0)])
    assert store.limits.day_count("token", date(2024, 10, 3)) == 1
    assert store.limits.day_count("token", date(2024, 10, 4)) == 2
    assert store.limits.day_count("token", date(2024, 10, 5)) == 0
    assert store.limits.day_count("other", date(2024, 10, 4)) == 0


_clinics = iter(range(10**9))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=st.lists(st.integers(0, 8), min_size=1, max_size=25))
def test_no_window_ever_holds_more_than_its_limit(sqlite_store: Store, gaps: list[int]) -> None:
    key, now, taken = f"token {next(_clinics)}", 1000.0, []
    for gap in gaps:
        now += gap / 4
        wait = sqlite_store.limits.take(key, now, [(3, 1.0), (5, 4.0)])
        if wait == 0.0:
            taken.append(now)
        else:
            # Waiting exactly so long is enough, if nobody else came.
            now += wait
            assert sqlite_store.limits.take(key, now, [(3, 1.0), (5, 4.0)]) == 0.0
            taken.append(now)
    for limit, window in ((3, 1.0), (5, 4.0)):
        for end in taken:
            assert sum(end - window < at <= end for at in taken) <= limit


def test_two_processes_share_one_limit(store: Store, store_url: str) -> None:
    del store
    ours, theirs = PROCESSES.Pipe()
    others = [start(spend_quickly, store_url, theirs, 25) for _ in range(3)]
    for other in others:
        other.join(60)
    assert sum(ours.recv() for _ in others) == 30


def test_places_are_few_and_come_back(store: Store) -> None:
    slots = [store.limits.acquire_slot("token", 3, 100.0, 60.0) for _ in range(4)]
    assert slots[3] is None
    assert len({*slots}) == 4
    assert store.limits.acquire_slot("other", 3, 100.0, 60.0)
    store.limits.release_slot(slots[0] or "")
    assert store.limits.acquire_slot("token", 3, 101.0, 60.0)
    assert store.limits.acquire_slot("token", 3, 159.0, 60.0) is None
    # The two that were never released are over.
    assert store.limits.acquire_slot("token", 3, 160.0, 60.0)
    store.limits.release_slot("no such place")


def test_a_nonce_is_good_once_for_a_clinic(store: Store) -> None:
    soon = AT + timedelta(seconds=300)
    assert store.limits.use_nonce("clinic", "n", AT, soon)
    assert not store.limits.use_nonce("clinic", "n", AT + timedelta(seconds=299), soon)
    assert store.limits.use_nonce("other", "n", AT, soon)
    assert store.limits.use_nonce("clinic", "m", AT, soon)


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(days=2), timedelta(days=400)])
def test_a_clock_that_jumps_ahead_and_back_makes_no_spent_nonce_good(
    store: Store, jump: timedelta
) -> None:
    use = store.limits.use_nonce
    second = timedelta(seconds=1)
    assert use("clinic", "spent", AT, AT + 300 * second)
    assert use("clinic", "ahead", AT + jump, AT + jump + 300 * second)
    assert not use("clinic", "spent", AT + 2 * second, AT + 300 * second)
    assert use("clinic", "new", AT + 2 * second, AT + 302 * second)
    assert not use("clinic", "new", AT + 3 * second, AT + 302 * second)


def test_nonces_are_forgotten_a_day_after_they_have_expired(store: Store) -> None:
    for hour in range(100):
        at = AT + timedelta(hours=hour)
        assert store.limits.use_nonce("clinic", str(hour), at, at)
    with store.db.read() as conn:
        assert conn.scalar(sa.text("SELECT count(*) FROM nonces")) == 25


def test_the_ledger_knows_what_went(store: Store) -> None:
    later = AT + timedelta(hours=1)
    store.pushes.record("clinic", "visit", [Sent("1", "17", "t", 5), Sent("2")], "u1", AT)
    store.pushes.record("clinic", "visit", [Sent("2", "18"), Sent("3")], "u2", later)
    store.pushes.record("clinic", "booking", [Sent("1")], "u3", AT)
    store.pushes.record("clinic", "visit", [], "u4", AT)
    went = [Sent("1", "17", "t", 5), Sent("2"), Sent("3")]
    assert store.pushes.sent("clinic", "visit") == went
    assert store.pushes.sent("clinic", "payment") == []
    assert store.pushes.sent("other", "visit") == []
    store.pushes.set_status("clinic", "u2", "PROCESSED", later)
    assert store.pushes.uploads("clinic") == [
        Upload("u2", "visit", later, 2, "PROCESSED", later),
        Upload("u1", "visit", AT, 2, "", None),
        Upload("u3", "booking", AT, 1, "", None),
        Upload("u4", "visit", AT, 0, "", None),
    ]


def test_a_refused_upload_may_go_again(store: Store) -> None:
    store.pushes.record("clinic", "visit", [Sent("1"), Sent("2")], "u1", AT)
    store.pushes.record("clinic", "visit", [Sent("2"), Sent("3")], "u2", AT)
    assert store.pushes.withdraw("clinic", "u1") == 2
    assert store.pushes.sent("clinic", "visit") == [Sent("3")]
    assert [u.upload_id for u in store.pushes.uploads("clinic")] == ["u2"]


def test_an_order_is_in_doubt_until_its_upload_is_written_down(store: Store) -> None:
    booked = Order("o1", "17", AT, "IN_PROGRESS", 0)
    paid = Order("o1", "18", AT, "PAID", 450000)
    store.orders.doubt("clinic", [booked], AT)
    assert store.orders.sent("clinic") == {"o1": replace(booked, status="")}
    store.orders.record("clinic", [booked, Order("o2", "17", AT, "PAID", 7)], "cdp-1", "", AT)
    assert store.orders.sent("clinic")["o1"] == booked
    store.orders.doubt("clinic", [paid], AT)
    assert store.orders.sent("clinic")["o1"] == replace(booked, status="")
    store.orders.record("clinic", [paid], "cdp-2", "PASSED", AT)
    assert store.orders.doubt_upload("clinic", "cdp-1") == 1
    assert store.orders.sent("clinic") == {"o1": paid, "o2": Order("o2", "17", AT, "", 7)}
    assert store.orders.sent("other") == {}
    assert store.pushes.uploads("clinic") == [
        Upload("cdp-1", "order", AT, 2, "", AT),
        Upload("cdp-2", "order", AT, 1, "PASSED", AT),
    ]
