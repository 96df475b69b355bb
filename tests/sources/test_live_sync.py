"""The command before a live source: what comes, what fails, what waits for whom."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sheets_sync.cli import main
from sheets_sync.clinic.config import load_clinic
from sheets_sync.line.live_pulls import LivePulls
from sheets_sync.line.pull import Pulls
from sheets_sync.line.pull_desk import PullDesk
from sheets_sync.line.run import SourceRead, new_run
from sheets_sync.net.clock import clock_from
from sheets_sync.settings import Service
from sheets_sync.store import open_store
from tests.doubles.callibri import Appeal, CallibriDouble
from tests.doubles.service import NOW

CLINIC = """
name = "Клиника"
timezone = "Asia/Vladivostok"
[[source]]
kind = "callibri"
from = 2026-11-01
site_id = 12
email_env = "CALLIBRI_EMAIL"
token_env = "CALLIBRI_TOKEN"
[[source]]
kind = "file"
entity = "leads"
path = "leads.csv"
"""


@pytest.fixture
def callibri() -> Iterator[CallibriDouble]:
    with CallibriDouble() as double:
        double.pace = 0.0
        yield double


@pytest.fixture
def clinic(tmp_path: Path, callibri: CallibriDouble, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in callibri.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ROMI_SHEETS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ROMI_SHEETS_NOW", NOW.isoformat())
    (tmp_path / "leads.csv").write_text("lead_id,created_at,phone\n304,2026-11-10,89000000009\n")
    path = tmp_path / "clinic.toml"
    path.write_text(CLINIC, encoding="utf-8")
    return path


def synced(clinic: Path, status: int, *options: str) -> dict[str, Any]:
    ran = CliRunner().invoke(main, ["sync", str(clinic), "--json", *options])
    assert ran.exit_code == status, ran.output
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def pulled(clinic: Path, **more: Any) -> list[SourceRead]:
    """What becomes of each source in a run, without the book that a sync then makes."""
    service = Service()
    store = open_store(service.store_url)
    run = new_run(load_clinic(clinic), store, service, clock_from(service.now), **more)
    with closing(Pulls(run)) as pulls:
        reads = pulls.merged()
    store.close()
    return reads


def leads(tmp_path: Path) -> list[str]:
    store = open_store(Service(home=tmp_path / "home").store_url)
    found = store.rows.read("clinic", "leads")["lead_id"].tolist()
    store.close()
    return found


def count_of_calls(tmp_path: Path) -> int:
    store = open_store(Service(home=tmp_path / "home").store_url)
    found = len(store.rows.read("clinic", "calls"))
    store.close()
    return found


def test_a_leads_number_in_a_crm_and_in_call_tracking_are_two_leads(
    clinic: Path, tmp_path: Path
) -> None:
    answer = synced(clinic, 0)
    assert [(s["source"], s["entity"], s["new"], s["stale"]) for s in answer["sources"]] == [
        ("callibri:12", "calls", 4, False),
        ("callibri:12", "leads", 3, False),
        ("file:leads.csv", "leads", 1, False),
    ]
    assert leads(tmp_path) == ["304", "callibri:304", "callibri:305", "callibri:306"]
    again = synced(clinic, 0)
    assert [s["new"] + s["changed"] for s in again["sources"]] == [0, 0, 0]


def test_a_missing_variable_is_that_sources_fault_alone(
    clinic: Path, callibri: CallibriDouble, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CALLIBRI_TOKEN")
    answer = synced(clinic, 1)
    failed, read = answer["sources"]
    assert failed["source"].startswith("callibri")
    assert failed["stale"]
    assert "CALLIBRI_TOKEN" in failed["error"]["message"]
    assert "romi-sheets secret" in failed["error"]["hint"]
    assert (read["source"], read["new"], read["stale"]) == ("file:leads.csv", 1, False)
    assert callibri.asked == []
    secret = callibri.secrets["CALLIBRI_TOKEN"]
    kept = CliRunner().invoke(main, ["secret", str(clinic), "CALLIBRI_TOKEN"], input=f"{secret}\n")
    assert kept.exit_code == 0
    assert secret not in kept.output
    assert not synced(clinic, 0)["sources"][0]["stale"]


def test_a_dead_source_keeps_its_rows_and_the_others_go_on(
    clinic: Path, callibri: CallibriDouble, tmp_path: Path
) -> None:
    synced(clinic, 0)
    callibri.fail("auth", times=100)
    answer = synced(clinic, 1)
    assert [s["stale"] for s in answer["sources"]] == [True, False]
    assert "callibri:304" in leads(tmp_path)


def test_a_slow_source_makes_nobody_wait_longer_than_its_time(
    clinic: Path, callibri: CallibriDouble, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ROMI_SHEETS_SOURCE_DEADLINE", "2")
    callibri.hang_seconds = 60.0
    callibri.fail("hang", first=2, times=100)
    began = time.monotonic()
    reads = pulled(clinic)
    assert time.monotonic() - began < 25
    callibri.let_go.set()
    assert {read.source for read in reads if not read.error} == {"file:leads.csv"}
    # The first window was whole before the service fell silent: it is kept, and the rest goes on.
    callibri.faults.clear()
    monkeypatch.delenv("ROMI_SHEETS_SOURCE_DEADLINE")
    assert not [read.error for read in pulled(clinic) if read.error]
    assert leads(tmp_path) == ["304", "callibri:304", "callibri:305", "callibri:306"]


def test_nobody_forks_while_a_source_hangs(clinic: Path, callibri: CallibriDouble) -> None:
    callibri.hang_seconds = 60.0
    callibri.fail("hang", times=1)
    service = Service()
    store = open_store(service.store_url)
    run = new_run(load_clinic(clinic), store, service, clock_from(service.now))
    live = LivePulls(PullDesk(run, 1))
    assert live.is_over
    live.begin(0, run.clinic.source[0])
    assert not live.is_over
    callibri.let_go.set()
    assert {number for number, _ in live.arriving()} == {0}
    assert live.is_over
    store.close()


@pytest.fixture
def shrunken(clinic: Path, callibri: CallibriDouble) -> CallibriDouble:
    """A service that gave thirty calls of one window, and now gives five."""
    clinic.write_text(CLINIC.replace("from = 2026-11-01", "from = 2026-11-20"), encoding="utf-8")
    many = [Appeal(1000 + n, NOW.replace(day=21, hour=1, minute=n)) for n in range(30)]
    callibri.put("appeals", many)
    assert pulled(clinic)[0].merged.new == 30
    callibri.put("appeals", many[:5])
    return callibri


def test_a_suspiciously_empty_window_is_asked_twice_and_believed_on_the_third_day(
    clinic: Path, shrunken: CallibriDouble, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = len(shrunken.asked)
    assert "подозрительно мало" in str(pulled(clinic)[0].error)
    assert len(shrunken.asked) - before == 2
    for day, is_stale in ((24, True), (25, True), (26, False)):
        monkeypatch.setenv("ROMI_SHEETS_NOW", NOW.replace(day=day).isoformat())
        assert bool(pulled(clinic)[0].error) is is_stale
    assert count_of_calls(tmp_path) == 5


def test_full_believes_an_empty_window_at_once(
    clinic: Path, shrunken: CallibriDouble, tmp_path: Path
) -> None:
    shrunken.put("appeals", [])
    assert "подозрительно мало" in str(pulled(clinic)[0].error)
    assert count_of_calls(tmp_path) == 30
    assert pulled(clinic, full=True)[0].error is None
    assert count_of_calls(tmp_path) == 0


def test_files_whose_reader_is_killed_keep_what_they_gave(clinic: Path, tmp_path: Path) -> None:
    synced(clinic, 0)
    rows = "".join(f"{n},2026-11-10,\n" for n in range(1, 100_000))
    (tmp_path / "leads.csv").write_text(f"lead_id,created_at,phone\n{rows}")

    def kill_reader(stage: str, share: float) -> None:
        del share
        if "leads.csv" in stage:
            for reader in active_children():
                reader.kill()

    file = next(r for r in pulled(clinic, progress=kill_reader) if r.source == "file:leads.csv")
    assert file.error is not None
    assert "прервалось" in file.error.message
    assert not file.error.permanent
    assert "304" in leads(tmp_path)
    assert len(leads(tmp_path)) == 4
