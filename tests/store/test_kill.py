"""Killed in the middle of a merge, the store holds all of the old or all of the new."""

from __future__ import annotations

import os
import random
import signal
import time

from metrics.entity_rows import alone
from metrics.measures.revised import Course
from sheets_sync.store import Snapshot, Store
from sheets_sync.store.locks import turn
from tests.forks import PROCESSES, start
from tests.store.processes import merge_for_ever
from tests.store.rows import AT, SOURCE, pulls_of

_KILLS = int(os.environ.get("ROMI_SHEETS_TEST_KILLS", "6"))


def test_kill_9_leaves_all_of_the_old_or_all_of_the_new(store: Store, store_url: str) -> None:
    store.rows.merge("clinic", SOURCE, pulls_of("A"), AT)
    moments = random.Random(1)
    seen = set()
    for _ in range(_KILLS):
        ready = PROCESSES.Event()
        worker = start(merge_for_ever, store_url, ready)
        assert ready.wait(60)
        time.sleep(moments.uniform(0.0, 0.3))
        os.kill(worker.pid or 0, signal.SIGKILL)
        worker.join()
        seen.add(_version(store))
    assert seen <= {"A", "B"}
    # The next merge goes through, and nothing is doubled.
    store.rows.merge("clinic", SOURCE, pulls_of("B"), AT)
    assert _version(store) == "B"


def test_kill_9_leaves_rows_and_their_history_of_one_moment(store: Store, store_url: str) -> None:
    store.rows.merge("clinic", SOURCE, pulls_of("A"), AT)
    assert store.history.keep("clinic", Snapshot(AT.date(), 0, "1", {}), AT)
    moments = random.Random(2)
    for _ in range(max(1, _KILLS // 2)):
        shown, letter = store.history.position("clinic"), _version(store)
        ready = PROCESSES.Event()
        worker = start(merge_for_ever, store_url, ready)
        assert ready.wait(60)
        time.sleep(moments.uniform(0.0, 0.5))
        os.kill(worker.pid or 0, signal.SIGKILL)
        worker.join()
        _version(store)
        revisions = store.history.since("clinic", shown)
        assert set(revisions) in (set(), {"leads", "payments", "costs"})
        for entity, column in (("leads", "status"), ("costs", "platform")):
            rows = store.rows.read("clinic", entity)
            rows = alone(Course.of({entity: rows}, revisions).at(None)[entity])
            assert (len(rows), *rows[column].unique()) == (1500, letter)


def _version(store: Store) -> str:
    """The one letter that every row and every state of the clinic says."""
    # PostgreSQL may still be ending what its killed client began.
    with turn(store.db, "merge clinic"):
        leads = store.rows.read("clinic", "leads")
        payments = store.rows.read("clinic", "payments")
        costs = store.rows.read("clinic", "costs")
        states = store.sources.states("clinic")
    assert len(leads) == len(payments) == len(costs) == 1500
    assert [s.rows for s in states] == [1500, 1500, 1500]
    letters = {
        *leads["status"].unique(),
        *(chr(a) for a in payments["amount"].unique()),
        *costs["platform"].unique(),
        *(s.state["version"] for s in states),
        *(s.fingerprint for s in states),
    }
    assert len(letters) == 1
    return letters.pop()
