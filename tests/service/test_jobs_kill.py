"""A worker killed in the middle of a refresh of a Google spreadsheet: another makes it good.

`ROMI_SHEETS_TEST_KILLS=100 pytest tests/service/test_jobs_kill.py -s` kills so many on each database.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import psutil
import pytest
from pydantic import SecretStr

from sheets_sync.books.google.read.record import STAMP
from sheets_sync.clinic.folder import Clinics
from sheets_sync.service.jobs import JobQueue, open_queue
from sheets_sync.settings import Service
from sheets_sync.store import Store
from sheets_sync.store.jobs import next_hourly
from templates_sheets.tabs import TABS
from tests.books.google_live import Live
from tests.books.google_live import running as double_running
from tests.doubles.sheets import NAME
from tests.doubles.sheets_hand import shown, state
from tests.doubles.sheets_model import Book
from tests.service.job_runs import assert_alone, until

KILLS = int(os.environ.get("ROMI_SHEETS_TEST_KILLS", "3"))
ROOT = Path(__file__).parents[2]
#: The clinic whose hourly turn comes last: no run is to come in between.
CLINIC = max((f"c{n}" for n in range(100)), key=lambda c: next_hourly(c, datetime.now(UTC)))
#: Requests of a refresh of a spreadsheet that is there: two reads, a third of notes alone where lines
#: of the journal go, and the write.
STEADY = (3, 4)
#: The place of the write of such a refresh among its writes.
WRITE = 1


@pytest.fixture(scope="module")
def nursery() -> Iterator[Popen[str]]:
    """Where workers are forked: importing everything takes longer than a refresh."""
    command = [sys.executable, "-m", "tests.service.warm_workers"]
    with Popen(command, cwd=ROOT, text=True, stdin=PIPE, stdout=PIPE) as found:
        yield found


@dataclass
class Crew:
    """Workers of one service, each a process of its own."""

    nursery: Popen[str]
    service: Service
    staff: list[int] = field(default_factory=list)

    def hire(self) -> int:
        service, url = self.service, self.service.database_url
        environment = {
            "ROMI_SHEETS_HOME": str(service.home),
            "ROMI_SHEETS_CLINICS": str(service.clinics),
            "ROMI_SHEETS_SECRET": "x" * 32,
            "ROMI_SHEETS_GOOGLE_ENDPOINT": service.google_endpoint,
            "GOOGLE_APPLICATION_CREDENTIALS": str(service.google_credentials),
            "DATABASE_URL": url.get_secret_value() if url else "",
        }
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(json.dumps(environment) + "\n")
        self.nursery.stdin.flush()
        self.staff.append(int(self.nursery.stdout.readline()))
        return self.staff[-1]

    def stop(self, worker: int) -> None:
        os.kill(worker, signal.SIGSTOP)
        until(lambda: psutil.Process(worker).status() == psutil.STATUS_STOPPED, pause=0.001)

    def go_on(self, worker: int) -> None:
        os.kill(worker, signal.SIGCONT)

    def kill(self, worker: int) -> None:
        os.kill(worker, signal.SIGKILL)
        until(lambda: not psutil.pid_exists(worker), pause=0.001)
        self.staff.remove(worker)


@dataclass
class Ward:
    """A clinic with a spreadsheet and an export, its workers, and the page that clicks."""

    live: Live
    store: Store
    jobs: JobQueue
    crew: Crew
    export: Path
    worker: int
    leads: int = 10

    def click(self) -> str:
        """Ask for a refresh over one more lead; gives the run's id once a worker has it."""
        self.leads += 1
        day = date.today() - timedelta(days=20)
        lines = [
            f"{day + timedelta(days=n % 10)};{n};{('Яндекс Директ', 'SEO')[n % 2]}"
            for n in range(self.leads)
        ]
        text = "\n".join(["Дата обращения;Номер заявки;Источник", *lines, ""])
        new = self.export.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(self.export)
        clinic = self.jobs.clinics.get(CLINIC)
        assert clinic is not None
        self.live.double.calls.clear()
        run_id = self.jobs.want(clinic)
        until(lambda: (run := self.store.runs.get(run_id)) and run.started_at, pause=0.005)
        return run_id

    def end(self, run_id: str) -> None:
        """Wait until the clinic is owed nothing: a worker may die when its run is done already,
        but not its claim; that run is done once more.
        """
        until(lambda: not self.store.jobs.due(datetime.now(UTC)), 120.0, pause=0.01)
        run = self.store.runs.get(run_id)
        assert run is not None
        assert (run.status, run.error) == ("done", None)

    def refresh(self) -> float:
        """Seconds that an undisturbed refresh takes."""
        run_id, began = self.click(), time.monotonic()
        self.end(run_id)
        return time.monotonic() - began

    @property
    def sheet(self) -> Book:
        """The spreadsheet as it is this moment."""
        with self.live.double.lock:
            return self.live.hand.book.copy()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with double_running(tmp_path_factory.mktemp("google")) as found:
        found.double.hang_seconds = 300.0
        yield found


@pytest.fixture
def ward(
    served: Live, nursery: Popen[str], store: Store, store_url: str, tmp_path: Path
) -> Iterator[Ward]:
    live = served.anew()
    live.double.quota = None
    folder = tmp_path / "clinics"
    folder.mkdir()
    (folder / f"{CLINIC}.toml").write_text(
        f'name = "Клиника"\n[book]\nkind = "google"\nspreadsheet_id = "{NAME}"\n'
        f'[[source]]\nkind = "file"\nentity = "leads"\npath = "leads.csv"\n',
        encoding="utf-8",
    )
    url = None if store_url.startswith("sqlite") else SecretStr(store_url)
    places = {
        "home": tmp_path / "home",
        "clinics": folder,
        "database_url": url,
        "secret": SecretStr("x" * 32),
    }
    service = live.service.model_copy(update=places)
    queue = open_queue(service, store)
    crew = Crew(nursery, service)
    jobs = JobQueue(service, store, Clinics(folder), queue)
    yield Ward(live, store, jobs, crew, folder / "leads.csv", crew.hire())
    for worker in list(crew.staff):
        crew.kill(worker)
    queue.storage.close()


def seen(book: Book) -> tuple[int, int, str]:
    """What tells the version of a sheet: leads of the report, leads of the funnel, the stamp."""
    if len(book.tabs) < sum(tab.always or tab.filled_by == "people" for tab in TABS):
        return 0, 0, ""
    report, funnel = (shown(book.titled(title)) for title in ("Отчёт по каналам", "Воронка"))
    total, column = report[-1][report[0].index("Лиды")], funnel[0].index("Лиды")
    (stamp,) = (m for m in book.metadata if m["metadataKey"] == STAMP)
    return total, sum(row[column] for row in funnel[1:]), json.loads(stamp["metadataValue"])["run"]


def laid(book: Book) -> Any:
    """How many of everything that the service lays are in each tab, and of its metadata."""
    parts = ("charts", "rules", "bandings", "protected")
    tabs = {tab.title: [len(getattr(tab, part)) for part in parts] for tab in book.tabs}
    return tabs, Counter(entry["metadataKey"] for entry in book.metadata)


def content(book: Book) -> dict[str, Any]:
    """All that readers see but tabs that tell the time; protections have ids of their own."""
    return {
        title: {what: found for what, found in tab.items() if what != "protected"}
        for title, tab in state(book).items()
        if title not in ("Сводка", "Журнал")
    }


def hidden(book: Book) -> bool:
    return any(tab.properties.get("hidden") for tab in book.tabs)


@dataclass
class Moment:
    """When a worker dies: so many seconds after its run began, or while a request waits.

    anew   the spreadsheet is blank before it
    place  the request's number, late: "late " if it is carried out by then
    """

    anew: bool
    seconds: float = 0.0
    place: int = 0
    late: str = ""


def moments(dice: random.Random, fill: int, usual: tuple[float, float]) -> Iterator[Moment]:
    """Four of a steady refresh and two of a first fill of `fill` requests, again and again.

    usual  seconds that a steady refresh and a first fill take
    """
    while True:
        yield Moment(anew=False, place=WRITE)
        yield Moment(anew=True, place=dice.randint(1, fill), late=dice.choice(("", "late ")))
        yield Moment(anew=False, place=WRITE, late="late ")
        yield Moment(anew=False, seconds=dice.uniform(0, usual[0]))
        yield Moment(anew=True, seconds=dice.uniform(0, usual[1]))
        yield Moment(anew=False, seconds=dice.uniform(0, usual[0]))


def killed_and_made_good(ward: Ward, moment: Moment) -> tuple[str, float]:
    """What readers saw between the two workers: "old" or "new"; seconds until the run was done."""
    live, crew = ward.live, ward.crew
    before, clients = ward.sheet, set(live.double.clients)
    fault = live.strike(f"{moment.late}hang", moment.place) if moment.place else None
    if fault and not moment.anew:
        fault.only = lambda asked: asked.path.endswith(":batchUpdate")
    run_id = ward.click()
    other = crew.hire()
    if fault:
        until(lambda: fault.seen >= moment.place, pause=0.001)
    else:
        time.sleep(moment.seconds)
    # Stopped, so that the sheet can be looked at before the run is taken over.
    crew.stop(other)
    crew.kill(ward.worker)
    killed = time.monotonic()
    live.settle(clients)
    between = ward.sheet
    old, new = seen(before), (ward.leads, ward.leads, run_id)
    assert seen(between) in (old, new)
    if seen(between) == old:
        assert state(between) == state(before)
    crew.go_on(other)
    ward.end(run_id)
    took = time.monotonic() - killed
    assert seen(ward.sheet) == new
    assert not hidden(ward.sheet)
    ward.worker = other
    return ("new" if seen(between) == new else "old") + " in parts" * hidden(between), took


def test_a_worker_killed_in_the_middle_is_made_good_by_another(ward: Ward) -> None:
    live, blank = ward.live, ward.sheet
    filling, fill = ward.refresh(), len(live.asked)
    whole = laid(ward.sheet)
    assert live.asked.count(":batchUpdate") > 2, "the fill came at once"
    steady = ward.refresh()
    assert len(live.asked) in STEADY
    outcomes, slowest = Counter[str](), 0.0
    for moment in islice(moments(random.Random(3), fill, (steady, filling)), KILLS):
        if moment.anew:
            live.double.books[NAME] = blank.copy()
        outcome, took = killed_and_made_good(ward, moment)
        if moment.place and not moment.anew:
            assert outcome == ("new" if moment.late else "old")
        assert laid(ward.sheet) == whole
        outcomes[f"{'fill' if moment.anew else 'steady'}: {outcome}"] += 1
        slowest = max(slowest, took)
    assert slowest < 120
    assert_alone(ward.store, CLINIC)
    sys.stdout.write(f"{dict(outcomes)}; made good within {slowest:.1f} s\n")
    lived = ward.sheet
    live.double.books[NAME] = blank.copy()
    ward.leads -= 1
    ward.refresh()
    assert content(lived) == content(ward.sheet)
