"""Runs: how far each came, how it ended, and the page of all clinics."""

from __future__ import annotations

from datetime import timedelta

from sheets_sync.errors import FileError
from sheets_sync.sources.source import Pulled
from sheets_sync.store import Run, Store, next_hourly
from tests.rows import frame
from tests.store.claims import LATER, MINUTE, claimed, run_of
from tests.store.rows import AT, SOURCE


def test_a_run_by_hand_goes_from_running_to_done(store: Store) -> None:
    run_id = store.start_run("clinic", "hand", AT)
    assert run_of(store, run_id).status == "running"
    store.progress(run_id, "Читаю leads.csv", 12.5)
    store.finish_run(run_id, LATER, ok=True, counts={"leads": {"new": 3}})
    store.progress(run_id, "поздно", 1)
    assert store.run(run_id) == Run(
        run_id=run_id,
        clinic="clinic",
        kind="hand",
        created_at=AT,
        started_at=AT,
        finished_at=LATER,
        stage="Читаю leads.csv",
        percent=100.0,
        ok=True,
        counts={"leads": {"new": 3}},
        error=None,
    )
    assert run_of(store, run_id).status == "done"


def test_a_failed_run_keeps_its_error_and_how_far_it_came(store: Store) -> None:
    run_id = store.start_run("clinic", "hand", AT)
    store.progress(run_id, "Читаю", 40)
    error = FileError("файл пуст.").as_dict()
    store.finish_run(run_id, LATER, ok=False, counts={}, error=error)
    store.finish_run(run_id, LATER, ok=True, counts={}, error=None)
    run = run_of(store, run_id)
    assert (run.status, run.error, run.percent) == ("failed", error, 40)


def test_a_repeated_request_is_the_same_run_for_its_clinic_only(store: Store) -> None:
    first = store.start_run("clinic", "hand", AT, "r1")
    assert store.start_run("clinic", "hand", LATER, "r1") == first
    assert store.want("clinic", LATER, "r1") == first
    others = {store.start_run("other", "hand", AT, "r1"), store.start_run("clinic", "hand", AT)}
    assert first not in others
    assert len(others) == 2


def test_the_last_runs_come_first_and_those_of_last_season_are_gone(store: Store) -> None:
    ids = [store.start_run("clinic", "hand", AT + n * MINUTE, f"r{n}") for n in range(5)]
    store.start_run("other", "hand", AT)
    assert [r.run_id for r in store.runs("clinic", 3)] == ids[:1:-1]
    new = store.start_run("clinic", "hand", AT + timedelta(days=91), "new")
    assert [r.run_id for r in store.runs("clinic")] == [new]
    assert store.run("no such run") is None


def test_the_page_of_all_clinics(store: Store) -> None:
    lead = {"lead_id": "1", "created_at": "2026-03-01T00:00:00Z"}
    pulls = [Pulled("leads", frame("leads", lead)), Pulled("costs", None)]
    store.merge("busy", SOURCE, pulls, AT)
    store.merge("busy", "file:b", [Pulled("costs", None)], LATER)
    store.fail("busy", "file:c", FileError("нет файла."), AT)
    store.fail("busy", SOURCE, FileError("нет файла."), AT)
    store.schedule(["idle"], AT)
    old = store.want("busy", AT)
    store.done(claimed(store, "busy"), AT, ok=True)
    store.want("busy", LATER)
    idle, busy = sorted(store.overview(), key=lambda o: o.clinic, reverse=True)
    assert (idle.clinic, idle.next_at) == ("idle", next_hourly("idle", AT))
    assert (idle.queued, idle.running, idle.last_run, idle.last_good_at) == (
        *(False, False, None, None),
    )
    assert (busy.queued, busy.running, busy.last_run) == (True, False, store.run(old))
    assert (busy.last_good_at, busy.failing, busy.next_at) == (AT, 2, None)
