"""Workers that are killed or lose their lock: one at a time, and every click is answered."""

from __future__ import annotations

import itertools
import os
import random
import signal
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sheets_sync.store import Store, open_store
from tests.forks import PROCESSES, start
from tests.store.claims import LATER, MINUTE, claimed, claimed_soon, run_of
from tests.store.processes import claim_and_hang, work
from tests.store.rows import AT


def test_a_run_handed_over_goes_on_under_its_id_as_often_as_needed(store: Store) -> None:
    run_id = store.jobs.want("clinic", AT)
    for _ in range(10):
        claim = claimed(store)
        assert claim.run_id == run_id
        store.jobs.hand_over(claim)
    store.jobs.done(claimed(store), AT, ok=True)
    assert run_of(store, run_id).status == "done"


def test_a_killed_workers_run_comes_back_at_once(store: Store, store_url: str) -> None:
    run_id = store.jobs.want("clinic", AT)
    ours, theirs = PROCESSES.Pipe()
    worker = start(claim_and_hang, store_url, "clinic", theirs)
    assert ours.recv() == run_id
    click = store.jobs.want("clinic", AT)
    assert store.jobs.claim("clinic", AT) is None
    os.kill(worker.pid or 0, signal.SIGKILL)
    worker.join()
    claim = claimed_soon(store)
    assert claim.run_id == run_id
    assert store.jobs.done(claim, AT, ok=True) is True
    claim = claimed(store)
    assert claim.run_id == click
    claim.lock.release()


def test_a_run_by_hand_that_was_killed_is_ended_by_the_next(store: Store) -> None:
    run_id = store.runs.start("clinic", "hand", AT)
    others = store.runs.start("other", "hand", AT)
    waits: list[str] = []
    with store.jobs.by_hand("clinic", LATER, lambda: waits.append("waits")):
        run = run_of(store, run_id)
        assert (run.status, run.finished_at) == ("failed", LATER)
        assert "оборвался" in (run.error or {})["message"]
        second = store.runs.start("clinic", "hand", LATER)
    assert run_of(store, second).status == "running"
    store.jobs.want("clinic", LATER)
    claimed(store, at=LATER + MINUTE).lock.release()
    assert run_of(store, second).status == "failed"
    assert run_of(store, others).status == "running"
    assert waits == []


def test_a_run_by_hand_waits_for_the_worker_and_leaves_a_killed_workers_run_to_it(
    store: Store, store_url: str
) -> None:
    run_id = store.jobs.want("clinic", AT)
    ours, theirs = PROCESSES.Pipe()
    worker = start(claim_and_hang, store_url, "clinic", theirs)
    assert ours.recv() == run_id
    with store.jobs.by_hand("clinic", LATER, worker.kill):
        assert run_of(store, run_id).status == "running"
        assert store.jobs.claim("clinic", LATER) is None
    claim = claimed_soon(store)
    assert (claim.run_id, claim.again) == (run_id, True)
    store.jobs.done(claim, LATER, ok=True)


def test_a_run_that_kills_every_worker_is_given_up(store: Store) -> None:
    store.jobs.schedule(["clinic"], AT)
    run_id = store.jobs.want("clinic", AT)
    for _ in range(3):
        claim = claimed(store)
        assert claim.run_id == run_id
        claim.lock.release()  # as the death of its holder does
    assert store.jobs.claim("clinic", AT) is None
    run = run_of(store, run_id)
    assert run.status == "failed"
    assert "3 раза" in str((run.error or {})["message"])
    assert store.jobs.due(AT) == []
    assert store.jobs.due(AT + timedelta(hours=1)) == ["clinic"]
    assert run_of(store, store.jobs.want("clinic", AT)).status == "queued"


def test_a_worker_that_lost_its_lock_knows_it_and_cannot_end_anothers_run(store: Store) -> None:
    run_id = store.jobs.want("clinic", AT)
    lost = claimed(store)
    assert lost.alive()
    lost.lock.release()
    assert not lost.alive()
    claim = claimed(store)
    assert claim.run_id == run_id
    store.jobs.hand_over(lost)
    store.jobs.done(lost, LATER, ok=False)
    assert run_of(store, run_id).status == "running"
    assert store.jobs.claim("clinic", LATER) is None
    store.jobs.done(claim, LATER, ok=True)
    assert run_of(store, run_id).status == "done"


def test_a_session_that_the_server_ended_is_a_lock_lost(postgres_url: str) -> None:
    store = open_store(postgres_url)
    store.jobs.want("clinic", AT)
    claim = claimed(store)
    with store.db.read() as conn:
        others = sa.text(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND ((classid::bigint << 32) | objid::bigint) = :n"
        )
        assert conn.scalars(others, {"n": store.db.number("claim clinic")}).all() == [True]
    assert [claim.alive(), claim.alive()] == [False, False]
    store.jobs.done(claimed_soon(store), AT, ok=True)
    assert store.jobs.done(claim, AT, ok=True) is False
    store.close()


def test_the_server_gives_up_a_machine_that_vanished(postgres_url: str) -> None:
    store = open_store(postgres_url)
    with store.db.read() as conn:
        names = ("keepalives_idle", "keepalives_interval", "keepalives_count", "user_timeout")
        waits = [conn.scalar(sa.text(f"SHOW tcp_{name}")) for name in names]
    # an answer on its way is sent again for a quarter of an hour, unless the last of these ends it
    assert waits == ["30", "10", "3", "60000"]
    store.close()


@dataclass
class _Done:
    clinic: str
    run_id: str
    begun: float
    ended: float


def test_every_click_is_answered_by_a_run_that_began_after_it(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    clinics = [f"clinic {n}" for n in range(6)]
    clicks: list[tuple[str, float, str]] = []
    stop = PROCESSES.Event()
    workers: dict[str, Any] = {}

    def hire() -> str:
        journal = str(tmp_path / f"worker {len(list(tmp_path.iterdir()))}")
        Path(journal).touch()
        workers[journal] = start(work, store_url, journal, stop)
        return journal

    def click(seed: int) -> None:
        luck = random.Random(seed)
        for _ in range(60):
            clinic, before = luck.choice(clinics), time.monotonic()
            clicks.append((clinic, before, store.jobs.want(clinic, AT)))
            time.sleep(luck.uniform(0, 0.03))

    people = [threading.Thread(target=click, args=(seed,)) for seed in range(2)]
    staff = [hire(), hire()]
    for person in people:
        person.start()
    killed = {}
    for _ in range(3):
        time.sleep(0.4)
        victim = staff.pop(0)
        killed[victim] = time.monotonic()
        os.kill(workers[victim].pid, signal.SIGKILL)
        workers[victim].join()
        staff.append(hire())
    for person in people:
        person.join()
    deadline = time.monotonic() + 60
    while store.jobs.due(AT):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    stop.set()
    for journal in staff:
        workers[journal].join(30)
        assert workers[journal].exitcode == 0

    runs = [run for journal in workers for run in _runs(journal, killed.get(journal))]
    begun = {run.run_id: run.begun for run in sorted(runs, key=lambda r: r.begun)}
    for clinic, clicked, run_id in clicks:
        assert begun[run_id] >= clicked, clinic
        assert run_of(store, run_id).status == "done"
    for clinic in clinics:
        mine = sorted((r for r in runs if r.clinic == clinic), key=lambda r: r.begun)
        for one, following in itertools.pairwise(mine):
            assert one.ended <= following.begun
    # Many clicks are one run, and no run is done again but those of the killed.
    assert len(runs) - len(killed) <= len(begun) < len(clicks)


def _runs(journal: str, killed_at: float | None) -> list[_Done]:
    open_: dict[str, _Done] = {}
    runs = []
    for line in Path(journal).read_text().splitlines():
        word, *clinic, run_id, at = line.split()
        if word == "begin":
            open_[run_id] = _Done(" ".join(clinic), run_id, float(at), float("nan"))
        else:
            run = open_.pop(run_id)
            runs.append(_Done(run.clinic, run_id, run.begun, float(at)))
    assert killed_at or not open_
    cut = [_Done(r.clinic, r.run_id, r.begun, killed_at or 0.0) for r in open_.values()]
    return runs + cut
