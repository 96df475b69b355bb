"""Runs: how far each came, how it ended, and the page of all clinics."""

from __future__ import annotations

from datetime import timedelta

from sheets_sync.errors import FileError
from sheets_sync.sources.source import Pulled
from sheets_sync.store import RunRecord, Store, next_hourly
from tests.rows import frame
from tests.store.claims import LATER, MINUTE, claimed, run_of
from tests.store.rows import AT, SOURCE


def test_a_run_by_hand_goes_from_running_to_done(store: Store) -> None:
    run_id = store.runs.start("clinic", "hand", AT)
    assert run_of(store, run_id).status == "running"
    store.runs.progress(run_id, "Читаю leads.csv", 12.5)
    store.runs.finish(run_id, LATER, ok=True, counts={"leads": {"new": 3}})
    store.runs.progress(run_id, "поздно", 1)
    assert store.runs.get(run_id) == RunRecord(
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
    run_id = store.runs.start("clinic", "hand", AT)
    store.runs.progress(run_id, "Читаю", 40)
    error = FileError("файл пуст.").as_dict()
    store.runs.finish(run_id, LATER, ok=False, counts={}, error=error)
    store.runs.finish(run_id, LATER, ok=True, counts={}, error=None)
    run = run_of(store, run_id)
    assert (run.status, run.error, run.percent) == ("failed", error, 40)


def test_a_repeated_request_is_the_same_run_for_its_clinic_only(store: Store) -> None:
    first = store.runs.start("clinic", "hand", AT, "r1")
    assert store.runs.start("clinic", "hand", LATER, "r1") == first
    assert store.jobs.want("clinic", LATER, "r1") == first
    others = {store.runs.start("other", "hand", AT, "r1"), store.runs.start("clinic", "hand", AT)}
    assert first not in others
    assert len(others) == 2


def test_the_last_runs_come_first_and_those_of_last_season_are_gone(store: Store) -> None:
    ids = [store.runs.start("clinic", "hand", AT + n * MINUTE, f"r{n}") for n in range(5)]
    store.runs.start("other", "hand", AT)
    assert [r.run_id for r in store.runs.last("clinic", 3)] == ids[:1:-1]
    new = store.runs.start("clinic", "hand", AT + timedelta(days=91), "new")
    assert [r.run_id for r in store.runs.last("clinic")] == [new]
    assert store.runs.get("no such run") is None


def test_the_page_of_all_clinics(store: Store) -> None:
    lead = {"lead_id": "1", "created_at": "2026-03-01T00:00:00Z"}
    pulls = [Pulled("leads", frame("leads", lead)), Pulled("costs", None)]
    store.rows.merge("busy", SOURCE, pulls, AT)
    store.rows.merge("busy", "file:b", [Pulled("costs", None)], LATER)
    store.sources.fail("busy", "file:c", FileError("нет файла."), AT)
    store.sources.fail("busy", SOURCE, FileError("нет файла."), AT)
    store.jobs.schedule(["idle"], AT)
    old = store.jobs.want("busy", AT)
    store.jobs.done(claimed(store, "busy"), AT, ok=True)
    store.jobs.want("busy", LATER)
    idle, busy = sorted(store.jobs.overview(), key=lambda o: o.clinic, reverse=True)
    assert (idle.clinic, idle.next_at) == ("idle", next_hourly("idle", AT))
    assert (idle.queued, idle.running, idle.last_run, idle.last_good_at) == (
        *(False, False, None, None),
    )
    assert (busy.queued, busy.running, busy.last_run) == (True, False, store.runs.get(old))
    assert (busy.last_good_at, busy.failing, busy.next_at) == (AT, 2, None)
