"""Several processes and threads at one store: nothing is lost, nothing is seen by half."""

from __future__ import annotations

import threading

from sheets_sync.store import Store
from tests.forks import PROCESSES, start
from tests.store.processes import fork_and_use, merge_rows
from tests.store.rows import AT, SOURCE, pulls_of


def test_two_processes_at_once_lose_nothing(store: Store, store_url: str) -> None:
    parts = {"file:one": range(150), "file:two": range(100, 300)}
    others = [start(merge_rows, store_url, s, list(ids), 2) for s, ids in parts.items()]
    for other in others:
        other.join(60)
        assert other.exitcode == 0
    leads = store.rows.read("clinic", "leads")
    assert sorted(leads["lead_id"].astype(int)) == list(range(300))
    owners = leads.set_index("lead_id")["source"].to_dict()
    assert {owners[str(i)] for i in range(100)} == {"file:one"}
    assert {owners[str(i)] for i in range(150, 300)} == {"file:two"}
    counts = {s.source: s.rows for s in store.sources.states("clinic")}
    assert counts == leads["source"].value_counts().to_dict()


def test_a_reader_never_sees_half_of_a_merge(store: Store) -> None:
    versions = [pulls_of(name, 300) for name in ("A", "B")]
    store.rows.merge("clinic", SOURCE, versions[0], AT)
    over = threading.Event()

    def merge() -> None:
        for number in range(8):
            store.rows.merge("clinic", SOURCE, versions[number % 2], AT)
        over.set()

    writer = threading.Thread(target=merge)
    writer.start()
    while not over.is_set():
        assert set(store.rows.read("clinic", "leads")["status"].value_counts()) == {300}
        assert set(store.rows.read("clinic", "costs")["platform"].value_counts()) == {300}
    writer.join()


def test_a_forked_process_makes_connections_of_its_own(store: Store, store_url: str) -> None:
    ours, theirs = PROCESSES.Pipe()
    process = start(fork_and_use, store_url, theirs)
    process.join(60)
    assert process.exitcode == 0
    assert [ours.recv(), ours.recv()] == [["A"] * 20] * 2
    assert ours.recv() == ["False", "False"]
    assert len(store.rows.read("clinic", "leads")) == 3
