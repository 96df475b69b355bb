"""Jobs: what a clinic is owed, when, and that clicks and turns of the clock are one run."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sheets_sync.store import Store, next_hourly
from tests.store.claims import LATER, MINUTE, claimed, run_of
from tests.store.rows import AT


def test_clicks_while_a_run_is_queued_are_one_run(store: Store) -> None:
    first = store.jobs.want("clinic", AT, "a")
    assert store.jobs.want("clinic", LATER, "b") == first
    assert store.jobs.want("clinic", LATER) == first
    assert run_of(store, first).status == "queued"
    assert store.jobs.due(AT) == ["clinic"]


def test_a_click_during_a_run_means_exactly_one_more(store: Store) -> None:
    first = store.jobs.want("clinic", AT, "a")
    claim = claimed(store)
    assert (claim.run_id, claim.alive()) == (first, True)
    assert run_of(store, first).status == "running"
    second = {store.jobs.want("clinic", LATER, r) for r in ("b", "c", "b")}
    assert len(second) == 1
    assert first not in second
    assert store.jobs.claim("clinic", LATER) is None
    assert store.jobs.done(claim, LATER, ok=True) is True
    assert run_of(store, first).status == "done"
    claim = claimed(store, at=LATER)
    assert {claim.run_id} == second
    assert store.jobs.done(claim, LATER, ok=False) is False
    assert run_of(store, claim.run_id).status == "failed"
    assert store.jobs.claim("clinic", LATER) is None
    assert store.jobs.due(LATER) == []


def test_a_wake_up_with_nothing_owed_does_nothing(store: Store) -> None:
    assert store.jobs.claim("clinic", AT) is None
    store.jobs.schedule(["clinic"], AT)
    assert store.jobs.claim("clinic", AT) is None
    assert store.runs.last("clinic") == []


def test_the_hourly_turn_is_spread_and_always_the_same(store: Store) -> None:
    turns = [next_hourly(f"clinic {n}", AT) for n in range(500)]
    assert all(AT < turn <= AT + timedelta(hours=1) for turn in turns)
    by_tenth = Counter((turn - AT) // timedelta(minutes=6) for turn in turns)
    assert min(by_tenth[n] for n in range(10)) > 25
    assert next_hourly("clinic", AT) == datetime(2026, 6, 1, 12, 13, 19, tzinfo=AT.tzinfo)
    turn = next_hourly("clinic", AT)
    assert next_hourly("clinic", turn) == turn + timedelta(hours=1)

    store.jobs.schedule(["clinic", "other"], AT)
    store.jobs.schedule(["clinic"], AT + 2 * MINUTE)
    hour = AT + timedelta(hours=1)
    assert store.jobs.due(turn - timedelta(seconds=1)) == []
    assert store.jobs.due(hour) == ["clinic"]
    claim = claimed(store, at=hour)
    assert run_of(store, claim.run_id).kind == "hourly"
    store.jobs.done(claim, hour, ok=True)
    assert store.jobs.due(hour) == []
    assert store.jobs.due(hour + timedelta(hours=1)) == ["clinic"]


def test_who_is_due_first(store: Store) -> None:
    store.jobs.schedule(["by the clock"], AT)
    hour = AT + timedelta(hours=1)
    store.jobs.want("killed", AT)
    store.jobs.hand_over(claimed(store, "killed"))
    store.jobs.want("clicked late", LATER)
    store.jobs.want("clicked", AT)
    assert store.jobs.due(hour) == ["clicked", "clicked late", "killed", "by the clock"]
    assert store.jobs.due(hour, 2) == ["clicked", "clicked late"]


def test_a_failed_run_may_ask_to_be_tried_sooner(store: Store) -> None:
    store.jobs.want("clinic", AT)
    store.jobs.done(claimed(store), AT, False, AT + 5 * MINUTE)
    assert store.jobs.due(AT + 4 * MINUTE) == []
    assert store.jobs.due(AT + 5 * MINUTE) == ["clinic"]
