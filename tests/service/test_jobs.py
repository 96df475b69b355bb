"""Doing it: real workers on both databases, killed, stopped, clicked at."""

from __future__ import annotations

import json
import os
import pickle
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from huey import Huey
from pydantic import SecretStr
from python_calamine import CalamineWorkbook

from sheets_sync.clinic.folder import Clinics
from sheets_sync.errors import SourceError
from sheets_sync.line.run import LiveRun as Line
from sheets_sync.line.run import RunReport
from sheets_sync.line.sync import sync
from sheets_sync.service.jobs import JobQueue, open_queue
from sheets_sync.settings import Service
from sheets_sync.store import Store
from templates_sheets import journal
from tests.examples import examples
from tests.forks import start
from tests.service import job_worker
from tests.service.job_runs import assert_alone, done, running, until
from tests.service.job_worker import GRACE, READY, SLOW

JOURNAL = [column.title for column in journal.TAB.columns]
LEADS = "Дата обращения;Номер заявки;Источник\n2026-03-01;{n};Яндекс Директ\n"


def add_clinic(folder: Path, clinic: str, *, leads: int = 1) -> None:
    """A clinic with a workbook and one tiny export."""
    (folder / f"{clinic}.csv").write_text(LEADS.format(n=leads), encoding="utf-8")
    (folder / f"{clinic}.toml").write_text(
        f'name = "Клиника {clinic}"\n[book]\npath = "{clinic}.xlsx"\n'
        f'[[source]]\nkind = "file"\nentity = "leads"\npath = "{clinic}.csv"\n',
        encoding="utf-8",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    clinics = tmp_path / "clinics"
    clinics.mkdir()
    return clinics


@pytest.fixture
def service(tmp_path: Path, store_url: str, folder: Path) -> Service:
    url = None if store_url.startswith("sqlite") else SecretStr(store_url)
    return Service(
        home=tmp_path / "home", clinics=folder, database_url=url, secret=SecretStr("x" * 32)
    )


QUEUES: list[Huey] = []


def jobs_of(service: Service, store: Store, **changes: Any) -> JobQueue:
    QUEUES.append(open_queue(service, store))
    # One connection for all threads, and none that a thread leaves open when it ends.
    QUEUES[-1].storage.blocking = False
    return JobQueue(service, store, Clinics(service.clinics), QUEUES[-1], **changes)


@pytest.fixture(autouse=True)
def queues() -> Iterator[None]:
    """Close the queues that a test opened."""
    yield
    while QUEUES:
        QUEUES.pop().storage.close()


@pytest.fixture
def jobs(service: Service, store: Store) -> JobQueue:
    return jobs_of(service, store)


Hire = Callable[..., BaseProcess]


@pytest.fixture
def hire(service: Service, tmp_path: Path) -> Iterator[Hire]:
    """Start workers as processes; each is killed at the end. `slow` makes each run so long,
    `grace` is what one stopped by SIGTERM has left.
    """
    staff: list[BaseProcess] = []

    def one_more(slow: float = 0.0, grace: int = 20) -> BaseProcess:
        environment = os.environ | {
            "ROMI_SHEETS_HOME": str(service.home),
            "ROMI_SHEETS_CLINICS": str(service.clinics),
            "ROMI_SHEETS_SECRET": "x" * 32,
            SLOW: str(slow),
            GRACE: str(grace),
        }
        if service.database_url:
            environment["DATABASE_URL"] = service.database_url.get_secret_value()
        log = tmp_path / f"worker-{len(staff)}.log"
        staff.append(start(job_worker.work, environment, log))
        return staff[-1]

    yield one_more
    for worker in staff:
        worker.kill()
        worker.join()


def test_what_the_clock_owes_is_done_and_a_broken_file_stops_nobody(
    jobs: JobQueue, store: Store, folder: Path
) -> None:
    for clinic in ("north", "south"):
        add_clinic(folder, clinic)
    (folder / "broken.toml").write_text("name = ", encoding="utf-8")
    begin = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
    jobs.clock = lambda: begin
    jobs.sweep()
    assert store.jobs.due(begin) == []
    jobs.clock = lambda: begin + timedelta(hours=1)
    jobs.sweep()
    jobs.sweep()
    assert jobs.queue.pending_count() == 2  # a second sweep wakes nobody twice
    while task := jobs.queue.dequeue():
        jobs.queue.execute(task)
    for clinic in ("north", "south"):
        (run,) = store.runs.last(clinic)
        assert (run.kind, run.status, run.counts["new"]) == ("hourly", "done", 1)
        assert (folder / f"{clinic}.xlsx").exists()
    assert store.jobs.due(jobs.clock()) == []


def test_a_file_that_became_wrong_fails_its_own_run_only(
    jobs: JobQueue, store: Store, folder: Path
) -> None:
    add_clinic(folder, "north")
    clinic = jobs.clinics.get("north")
    assert clinic is not None
    run_id = jobs.want(clinic)
    (folder / "north.toml").write_text("name = ", encoding="utf-8")
    jobs.attempt("north")
    run = done(store, run_id)
    assert run is not None
    assert run.error is not None
    assert (run.status, run.error["hint"]) == ("failed", "Проверьте файл.")


def test_a_run_that_breaks_says_its_number_and_the_next_one_is_tried(
    service: Service, store: Store, folder: Path
) -> None:
    add_clinic(folder, "north")

    def stumble(line: Line) -> RunReport:
        raise ZeroDivisionError(line.run_id)

    jobs = jobs_of(service, store, line=stumble)
    clinic = jobs.clinics.get("north")
    assert clinic is not None
    run_id = jobs.want(clinic)
    jobs.attempt("north")
    run = done(store, run_id)
    assert run is not None
    assert run.error is not None
    assert run_id in run.error["hint"]
    assert store.counters.read()["runs", "failed", ""] == 1
    assert jobs.want(clinic) != run_id


def test_what_passes_by_itself_is_tried_again_in_ten_minutes(
    service: Service, store: Store, folder: Path
) -> None:
    add_clinic(folder, "north")

    def refuse(line: Line) -> RunReport:
        error = SourceError("Яндекс занят.", permanent=False)
        line.store.runs.finish(line.run_id, line.ended, ok=False, counts={}, error=error.as_dict())
        raise error

    at = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
    jobs = jobs_of(service, store, line=refuse, clock=lambda: at)
    jobs.sweep()
    clinic = jobs.clinics.get("north")
    assert clinic is not None
    jobs.want(clinic)
    jobs.attempt("north")
    assert store.jobs.overview()[0].next_at == at + timedelta(minutes=10)


def test_stages_rows_and_requests_are_counted(jobs: JobQueue, store: Store, folder: Path) -> None:
    add_clinic(folder, "north")
    clinic = jobs.clinics.get("north")
    assert clinic is not None
    jobs.want(clinic)
    jobs.attempt("north")
    totals = store.counters.read()
    assert totals["runs", "done", ""] == 1
    assert totals["rows_read", "", ""] == 1
    stages = {label for name, label, _ in totals if name == "stage_seconds_count"}
    assert stages == {"book", "sources", "join", "write"}


def test_a_click_during_a_run_means_exactly_one_more(
    jobs: JobQueue, store: Store, folder: Path, hire: Hire
) -> None:
    add_clinic(folder, "north")
    clinic = jobs.clinics.get("north")
    assert clinic is not None
    hire(slow=1.5)
    first = jobs.want(clinic)
    until(lambda: running(store, "north"))
    during = {jobs.want(clinic, f"click-{n}") for n in range(5)}
    assert len(during) == 1
    assert first not in during
    until(lambda: done(store, *during))
    time.sleep(0.5)
    assert len(store.runs.last("north")) == 2
    assert_alone(store, "north")


def test_a_killed_workers_run_is_made_good_by_another(
    jobs: JobQueue, store: Store, folder: Path, hire: Hire
) -> None:
    add_clinic(folder, "north")
    clinic = jobs.clinics.get("north")
    assert clinic is not None
    victim = hire(slow=60.0)
    run_id = jobs.want(clinic)
    until(lambda: running(store, "north"))
    hire()
    victim.kill()
    killed = time.monotonic()
    run = until(lambda: done(store, run_id))
    assert run.status == "done"
    assert time.monotonic() - killed < 120
    assert (folder / "north.xlsx").exists()
    # What the victim had stored already is not told as 0 new rows.
    assert run.counts == {"read": 1, "begun_again": 1, "refused": 0, "stale": 0}
    later = jobs.want(clinic)
    until(lambda: done(store, later))
    (row,) = [
        dict(zip(JOURNAL, row, strict=True))
        for row in CalamineWorkbook.from_path(folder / "north.xlsx")
        .get_sheet_by_name("Журнал")
        .to_python()
        if "прервался" in str(row)
    ]
    assert (row["Прочитано"], row["Новых"], row["Изменено"]) == (1, "", "")


def test_sigterm_lets_a_short_run_finish(
    jobs: JobQueue, store: Store, folder: Path, hire: Hire
) -> None:
    add_clinic(folder, "north")
    clinic = jobs.clinics.get("north")
    assert clinic is not None
    worker = hire(slow=2.0, grace=60)
    run_id = jobs.want(clinic)
    until(lambda: running(store, "north"))
    worker.terminate()
    worker.join(70)
    assert worker.exitcode == 0
    run = store.runs.get(run_id)
    assert run is not None
    assert run.status == "done"


def test_sigterm_hands_a_long_run_over(
    jobs: JobQueue, store: Store, folder: Path, hire: Hire
) -> None:
    add_clinic(folder, "north")
    clinic = jobs.clinics.get("north")
    assert clinic is not None
    run_id = jobs.want(clinic)
    worker = hire(slow=60.0, grace=1)
    until(lambda: running(store, "north"))
    worker.terminate()
    worker.join(25)
    assert worker.exitcode == 0
    hire()
    assert until(lambda: done(store, run_id)).status == "done"


def test_workers_and_web_processes_start_at_once(
    hire: Hire, jobs: JobQueue, store: Store, tmp_path: Path
) -> None:
    del jobs
    staff = [hire() for _ in range(4)]
    logs = [tmp_path / f"worker-{n}.log" for n in range(4)]
    until(lambda: all(log.exists() and READY in log.read_text() for log in logs))
    time.sleep(0.2)
    assert all(worker.is_alive() for worker in staff)
    assert store.jobs.overview() == []


def test_the_queue_may_be_made_by_many_at_once(service: Service, store: Store) -> None:
    together = threading.Barrier(12)

    def make(_: int) -> Huey:
        together.wait()
        return open_queue(service, store)

    with ThreadPoolExecutor(12) as pool:
        QUEUES.extend(pool.map(make, range(12)))
    assert QUEUES[0].pending_count() == 0


def test_every_click_is_answered_by_a_run_that_began_after_it(
    service: Service, store: Store, folder: Path
) -> None:
    """20 clinics, 400 clicks, two workers of four threads; a run here only takes its time."""
    each = examples(100)
    for n in range(20):
        add_clinic(folder, f"c{n:02}")
    luck = random.Random(7)
    example = _example(service, store, folder)

    def line(run: Line) -> RunReport:
        time.sleep(random.uniform(0, 0.05))
        assert run.alive()
        run.store.runs.finish(run.run_id, run.ended, ok=True, counts={}, error=None)
        return replace(example, run=run)

    web = jobs_of(service, store, line=line)
    stop = threading.Event()

    def work(jobs: JobQueue) -> None:
        while not stop.is_set():
            if task := jobs.queue.dequeue():
                jobs.queue.execute(task)
            else:
                time.sleep(0.02)

    def click(places: list[int]) -> list[tuple[str, datetime, str]]:
        answers = []
        for place in places:
            clinic = web.clinics.get(f"c{place:02}")
            assert clinic is not None
            at = datetime.now(UTC)
            answers.append((clinic.id, at, web.want(clinic)))
        return answers

    with ThreadPoolExecutor(12) as pool:
        workers = [jobs_of(service, store, line=line) for _ in range(2)]
        working = [pool.submit(work, jobs) for jobs in workers for _ in range(4)]
        people = [[luck.randrange(20) for _ in range(each)] for _ in range(4)]
        answers = [answer for part in pool.map(click, people) for answer in part]
        until(lambda: not store.jobs.due(datetime.now(UTC)))
        stop.set()
        for worker in working:
            worker.result()
    assert len(answers) == 4 * each
    for clinic_id, at, run_id in answers:
        run = store.runs.get(run_id)
        assert run is not None
        assert run.started_at is not None
        assert (run.clinic, run.status) == (clinic_id, "done")
        assert at <= run.started_at
    for n in range(20):
        assert_alone(store, f"c{n:02}")


def _example(service: Service, store: Store, folder: Path) -> RunReport:
    """What a run gives, to be given again."""
    given: list[RunReport] = []
    add_clinic(folder, "example")
    jobs = jobs_of(service, store, line=lambda run: given.append(sync(run)) or given[-1])
    clinic = jobs.clinics.get("example")
    assert clinic is not None
    jobs.want(clinic)
    jobs.attempt("example")
    (folder / "example.toml").unlink()
    return given[0]


def test_a_runs_log_lines_are_json_with_its_id(
    jobs: JobQueue, store: Store, folder: Path, hire: Hire, tmp_path: Path
) -> None:
    add_clinic(folder, "north")
    (folder / "north.csv").unlink()
    clinic = jobs.clinics.get("north")
    assert clinic is not None
    run_id = jobs.want(clinic)
    hire()
    until(lambda: done(store, run_id))

    def lines() -> list[dict[str, Any]]:
        text = (tmp_path / "worker-0.log").read_text(encoding="utf-8")
        return [line for line in map(json.loads, text.splitlines()) if "run_id" in line]

    (line,) = until(lines)
    assert (line["run_id"], line["clinic"]) == (run_id, "north")
    assert (line["message"], line["ok"]) == ("run ended", False)


class Planted:
    """What a pickle may do to who opens it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_a_message_that_somebody_else_put_into_the_queue_is_not_opened(
    service: Service,
    store: Store,
    folder: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    add_clinic(folder, "implant")
    jobs = jobs_of(service, store)
    message = pickle.dumps(Planted(tmp_path / "run"))
    for planted in (message, message + b":" + b"0" * 40):
        jobs.queue.storage.enqueue(planted)
        assert jobs.queue.pending() == []
        assert jobs.queue.dequeue() is None
    assert [r.exc_info for r in caplog.records] == [None] * 4
    assert not (tmp_path / "run").exists()
    jobs.want(jobs.clinics.all()[0])
    assert jobs.queue.dequeue().args == ("implant",)
