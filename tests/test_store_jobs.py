"""Runs and jobs: what a clinic is owed, one at a time, whatever happens to the workers."""

from __future__ import annotations

import itertools
import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sheets_sync.errors import FileError
from sheets_sync.sources.source import Pulled
from sheets_sync.store import Claim, Run, Store, next_hourly, open_store
from tests.rows import frame
from tests.store_processes import claim_and_hang, work
from tests.store_rows import AT, PROCESSES, SOURCE, start

_MINUTE = timedelta(minutes=1)
_LATER = AT + _MINUTE


def _claim(store: Store, clinic: str = "clinic", at: datetime = AT) -> Claim:
    claim = store.claim(clinic, at)
    assert claim is not None
    return claim


def _run(store: Store, run_id: str) -> Run:
    run = store.run(run_id)
    assert run is not None
    return run


def test_a_run_by_hand_goes_from_running_to_done(store: Store) -> None:
    run_id = store.start_run("clinic", "hand", AT)
    assert _run(store, run_id).status == "running"
    store.progress(run_id, "Читаю leads.csv", 12.5)
    store.finish_run(run_id, _LATER, ok=True, counts={"leads": {"new": 3}})
    store.progress(run_id, "поздно", 1)
    assert store.run(run_id) == Run(
        run_id=run_id,
        clinic="clinic",
        kind="hand",
        created_at=AT,
        started_at=AT,
        finished_at=_LATER,
        stage="Читаю leads.csv",
        percent=100.0,
        ok=True,
        counts={"leads": {"new": 3}},
        error=None,
    )
    assert _run(store, run_id).status == "done"


def test_a_failed_run_keeps_its_error_and_how_far_it_came(store: Store) -> None:
    run_id = store.start_run("clinic", "hand", AT)
    store.progress(run_id, "Читаю", 40)
    error = FileError("файл пуст.").as_dict()
    store.finish_run(run_id, _LATER, ok=False, counts={}, error=error)
    store.finish_run(run_id, _LATER, ok=True, counts={}, error=None)
    run = _run(store, run_id)
    assert (run.status, run.error, run.percent) == ("failed", error, 40)


def test_a_repeated_request_is_the_same_run_for_its_clinic_only(store: Store) -> None:
    first = store.start_run("clinic", "hand", AT, "r1")
    assert store.start_run("clinic", "hand", _LATER, "r1") == first
    assert store.want("clinic", _LATER, "r1") == first
    others = {store.start_run("other", "hand", AT, "r1"), store.start_run("clinic", "hand", AT)}
    assert first not in others
    assert len(others) == 2


def test_the_last_runs_come_first_and_those_of_last_season_are_gone(store: Store) -> None:
    ids = [store.start_run("clinic", "hand", AT + n * _MINUTE, f"r{n}") for n in range(5)]
    store.start_run("other", "hand", AT)
    assert [r.run_id for r in store.runs("clinic", 3)] == ids[:1:-1]
    new = store.start_run("clinic", "hand", AT + timedelta(days=91), "new")
    assert [r.run_id for r in store.runs("clinic")] == [new]
    assert store.run("no such run") is None


def test_clicks_while_a_run_is_queued_are_one_run(store: Store) -> None:
    first = store.want("clinic", AT, "a")
    assert store.want("clinic", _LATER, "b") == first
    assert store.want("clinic", _LATER) == first
    assert _run(store, first).status == "queued"
    assert store.due(AT) == ["clinic"]


def test_a_click_during_a_run_means_exactly_one_more(store: Store) -> None:
    first = store.want("clinic", AT, "a")
    claim = _claim(store)
    assert (claim.run_id, claim.alive()) == (first, True)
    assert _run(store, first).status == "running"
    second = {store.want("clinic", _LATER, r) for r in ("b", "c", "b")}
    assert len(second) == 1
    assert first not in second
    assert store.claim("clinic", _LATER) is None
    assert store.done(claim, _LATER, ok=True) is True
    assert _run(store, first).status == "done"
    claim = _claim(store, at=_LATER)
    assert {claim.run_id} == second
    assert store.done(claim, _LATER, ok=False) is False
    assert _run(store, claim.run_id).status == "failed"
    assert store.claim("clinic", _LATER) is None
    assert store.due(_LATER) == []


def test_a_wake_up_with_nothing_owed_does_nothing(store: Store) -> None:
    assert store.claim("clinic", AT) is None
    store.schedule(["clinic"], AT)
    assert store.claim("clinic", AT) is None
    assert store.runs("clinic") == []


def test_the_hourly_turn_is_spread_and_always_the_same(store: Store) -> None:
    turns = [next_hourly(f"clinic {n}", AT) for n in range(500)]
    assert all(AT < turn <= AT + timedelta(hours=1) for turn in turns)
    by_tenth = Counter((turn - AT) // timedelta(minutes=6) for turn in turns)
    assert min(by_tenth[n] for n in range(10)) > 25
    assert next_hourly("clinic", AT) == datetime(2026, 6, 1, 12, 13, 19, tzinfo=AT.tzinfo)
    turn = next_hourly("clinic", AT)
    assert next_hourly("clinic", turn) == turn + timedelta(hours=1)

    store.schedule(["clinic", "other"], AT)
    store.schedule(["clinic"], AT + 2 * _MINUTE)
    hour = AT + timedelta(hours=1)
    assert store.due(turn - timedelta(seconds=1)) == []
    assert store.due(hour) == ["clinic"]
    claim = _claim(store, at=hour)
    assert _run(store, claim.run_id).kind == "hourly"
    store.done(claim, hour, ok=True)
    assert store.due(hour) == []
    assert store.due(hour + timedelta(hours=1)) == ["clinic"]


def test_who_is_due_first(store: Store) -> None:
    store.schedule(["by the clock"], AT)
    hour = AT + timedelta(hours=1)
    store.want("killed", AT)
    store.hand_over(_claim(store, "killed"))
    store.want("clicked late", _LATER)
    store.want("clicked", AT)
    assert store.due(hour) == ["clicked", "clicked late", "killed", "by the clock"]
    assert store.due(hour, 2) == ["clicked", "clicked late"]


def test_a_failed_run_may_ask_to_be_tried_sooner(store: Store) -> None:
    store.want("clinic", AT)
    store.done(_claim(store), AT, False, AT + 5 * _MINUTE)
    assert store.due(AT + 4 * _MINUTE) == []
    assert store.due(AT + 5 * _MINUTE) == ["clinic"]


def test_a_run_handed_over_goes_on_under_its_id_as_often_as_needed(store: Store) -> None:
    run_id = store.want("clinic", AT)
    for _ in range(10):
        claim = _claim(store)
        assert claim.run_id == run_id
        store.hand_over(claim)
    store.done(_claim(store), AT, ok=True)
    assert _run(store, run_id).status == "done"


def test_a_killed_workers_run_comes_back_at_once(store: Store, store_url: str) -> None:
    run_id = store.want("clinic", AT)
    ours, theirs = PROCESSES.Pipe()
    worker = start(claim_and_hang, store_url, "clinic", theirs)
    assert ours.recv() == run_id
    click = store.want("clinic", AT)
    assert store.claim("clinic", AT) is None
    os.kill(worker.pid or 0, signal.SIGKILL)
    worker.join()
    claim = _claimed_soon(store)
    assert claim.run_id == run_id
    assert store.done(claim, AT, ok=True) is True
    claim = _claim(store)
    assert claim.run_id == click
    claim.lock.release()


def test_a_run_that_kills_every_worker_is_given_up(store: Store) -> None:
    store.schedule(["clinic"], AT)
    run_id = store.want("clinic", AT)
    for _ in range(3):
        claim = _claim(store)
        assert claim.run_id == run_id
        claim.lock.release()  # as the death of its holder does
    assert store.claim("clinic", AT) is None
    run = _run(store, run_id)
    assert run.status == "failed"
    assert "3 раза" in str((run.error or {})["message"])
    assert store.due(AT) == []
    assert store.due(AT + timedelta(hours=1)) == ["clinic"]
    assert _run(store, store.want("clinic", AT)).status == "queued"


def test_a_worker_that_lost_its_lock_knows_it_and_cannot_end_anothers_run(store: Store) -> None:
    run_id = store.want("clinic", AT)
    lost = _claim(store)
    assert lost.alive()
    lost.lock.release()
    assert not lost.alive()
    claim = _claim(store)
    assert claim.run_id == run_id
    store.hand_over(lost)
    store.done(lost, _LATER, ok=False)
    assert _run(store, run_id).status == "running"
    assert store.claim("clinic", _LATER) is None
    store.done(claim, _LATER, ok=True)
    assert _run(store, run_id).status == "done"


def test_a_session_that_the_server_ended_is_a_lock_lost(postgres_url: str) -> None:
    store = open_store(postgres_url)
    store.want("clinic", AT)
    claim = _claim(store)
    with store.db.read() as conn:
        others = sa.text(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND ((classid::bigint << 32) | objid::bigint) = :n"
        )
        assert conn.scalars(others, {"n": store.db.number("claim clinic")}).all() == [True]
    assert [claim.alive(), claim.alive()] == [False, False]
    store.done(_claimed_soon(store), AT, ok=True)
    assert store.done(claim, AT, ok=True) is False
    store.close()


def test_the_page_of_all_clinics(store: Store) -> None:
    lead = {"lead_id": "1", "created_at": "2026-03-01T00:00:00Z"}
    pulls = [Pulled("leads", frame("leads", lead)), Pulled("costs", None)]
    store.merge("busy", SOURCE, pulls, AT)
    store.merge("busy", "file:b", [Pulled("costs", None)], _LATER)
    store.fail("busy", "file:c", FileError("нет файла."), AT)
    store.fail("busy", SOURCE, FileError("нет файла."), AT)
    store.schedule(["idle"], AT)
    old = store.want("busy", AT)
    store.done(_claim(store, "busy"), AT, ok=True)
    store.want("busy", _LATER)
    idle, busy = sorted(store.overview(), key=lambda o: o.clinic, reverse=True)
    assert (idle.clinic, idle.next_at) == ("idle", next_hourly("idle", AT))
    assert (idle.queued, idle.running, idle.last_run, idle.last_good_at) == (
        *(False, False, None, None),
    )
    assert (busy.queued, busy.running, busy.last_run) == (True, False, store.run(old))
    assert (busy.last_good_at, busy.failing, busy.next_at) == (AT, 2, None)


def _claimed_soon(store: Store) -> Claim:
    """PostgreSQL needs a moment to notice that a client is gone."""
    for _ in range(100):
        claim = store.claim("clinic", AT)
        if claim:
            return claim
        time.sleep(0.05)
    pytest.fail("the lock did not die with its holder")


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
            clicks.append((clinic, before, store.want(clinic, AT)))
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
    while store.due(AT):
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
        assert _run(store, run_id).status == "done"
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
