"""Twelve services at once through the real command: numbers by hand, one dead, two syncs, a kill in each."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event
from typing import Any
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from metrics.measures.tokens import token_ends
from metrics.schema import ENTITIES
from metrics.sources import SourceFreshness
from sheets_sync.cli import main
from sheets_sync.net.clock import clock_from
from sheets_sync.settings import Service
from sheets_sync.store import open_store
from tests.books.xlsx_files import load
from tests.doubles.amocrm import AmocrmDouble
from tests.doubles.service import NOW
from tests.sources.all_at_once import CHANNELS, KINDS, environment, services, write_clinic
from tests.sources.clinic_processes import pull_clinic, pull_in_a_process, sync_in_a_process
from tests.sources.live import Line

#: Of «Отчёт по каналам», in the order of CHANNELS' numbers.
_COLUMNS = ("Лиды", "Записи", "Визиты", "Новые пациенты", "Выручка", "Расходы")


@pytest.fixture
def doubles() -> Iterator[dict[str, Any]]:
    with services() as found:
        yield found


@pytest.fixture
def clinic(tmp_path: Path, doubles: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in environment(tmp_path / "home", doubles).items():
        monkeypatch.setenv(name, value)
    return write_clinic(tmp_path, doubles)


def synced(clinic: Path, status: int = 0, *options: str) -> dict[str, Any]:
    ran = CliRunner().invoke(main, ["sync", str(clinic), "--json", *options])
    assert ran.exit_code == status, ran.output
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def channels(clinic: Path) -> dict[str, tuple[float, ...]]:
    """The book's channels with their numbers; an empty cell is 0."""
    header, *rows = load(clinic.parent / "report.xlsx")["Отчёт по каналам"].iter_rows(
        values_only=True
    )
    places = [header.index(name) for name in _COLUMNS]
    return {str(row[0]): tuple(row[n] or 0 for n in places) for row in rows if row[0]}


def quality(clinic: Path) -> dict[str, tuple[str, str]]:
    """«Качество данных»: what it says of each check, and what to do."""
    header, *rows = load(clinic.parent / "report.xlsx")["Качество данных"].iter_rows(
        values_only=True
    )
    said, todo = (header.index(name) for name in ("Значение", "Что делать"))
    cells = ([str(cell or "").replace("\xa0", " ") for cell in row] for row in rows)
    return {row[0]: (row[said], row[todo]) for row in cells if row[0]}


def test_a_won_deal_and_the_desks_payment_are_told_where_the_clinic_wants_both(
    clinic: Path, doubles: dict[str, Any]
) -> None:
    clinic = write_clinic(clinic.parent, {k: doubles[k] for k in ("bitrix24", "yclients")})
    text = clinic.read_text(encoding="utf-8")
    clinic.write_text(text.replace("phones = true", "phones = true\npayments = true", 1))
    synced(clinic)
    told = quality(clinic)["Оплаты, похожие на одни деньги из двух источников"]
    assert told[0].startswith("1 оплата на 12 000 ₽")
    assert "payments = false" in told[1]
    checked = CliRunner().invoke(main, ["check", str(clinic)])
    assert checked.exit_code == 1
    assert "Одни деньги посчитаются дважды" in checked.output


def test_twelve_services_make_the_numbers_counted_by_hand_in_two_syncs_at_once_and_one_dies_alone(
    clinic: Path, doubles: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = environment(clinic.parent / "home", doubles)
    both = [sync_in_a_process(clinic, given) for _ in range(2)]
    for process in both:
        process.join(120)
    assert [p.exitcode for p in both] == [0, 0]
    assert channels(clinic) == CHANNELS
    # Tokens that services issue: one of each, whoever asked first.
    assert len(doubles["sqns"].logins) == 1
    assert doubles["vk_ads"].issued == len(doubles["avito"].tokens) == 1

    doubles["yclients"].fail("temporary", times=10_000)
    paid = doubles["sqns"].rows("visits")[0]
    doubles["sqns"].change("visits", paid.id, services=(("Осмотр", 5000), ("Снимок", "1600.50")))
    tomorrow = NOW.replace(day=25)
    monkeypatch.setenv("ROMI_SHEETS_NOW", tomorrow.isoformat())
    for double in doubles.values():
        double.clock = clock_from(tomorrow)
    answer = synced(clinic, 1)
    stale = {s["source"] for s in answer["sources"] if s["stale"]}
    assert stale == {"yclients:5"}
    told = quality(clinic)
    dead = next(text for name, text in told.items() if "YCLIENTS" in name and "оплаты" in name)
    assert "24.11.2026" in dead[0]
    found = channels(clinic)
    assert found["Директ — поиск"] == CHANNELS["Директ — поиск"]
    assert found["VK Реклама"][4] == 6_600.5
    assert not secrets_left(clinic, doubles)


def secrets_left(clinic: Path, doubles: dict[str, Any]) -> list[str]:
    """Secrets that stand in any file of the service or in the book, «Журнал» with it."""
    with ZipFile(clinic.parent / "report.xlsx") as book:
        parts = [book.read(name) for name in book.namelist()]
    files = [p.read_bytes() for p in (clinic.parent / "home").rglob("*") if p.is_file()]
    left = b"\0".join([*parts, *files])
    secrets = [s for double in doubles.values() for s in double.secrets.values()]
    issued = [doubles["sqns"].token, *doubles["vk_ads"].tokens, *doubles["avito"].tokens]
    return [secret for secret in (*secrets, *issued) if secret.encode() in left]


@pytest.mark.parametrize(
    ("left", "word"), [(31, ""), (30, "заранее"), (7, "неделе"), (1, "завтра")]
)
def test_a_keys_end_is_told_thirty_days_before_seven_and_one(left: int, word: str) -> None:
    end = (NOW + timedelta(days=left)).isoformat()
    source = SourceFreshness("amoCRM", "leads", None, source="amocrm:x", state={"token_ends": end})
    (check,) = token_ends([source], NOW.date())
    assert check.ok is (word == "")
    assert word in check.action
    assert f"осталось {left}" in check.text


def test_a_pull_leaves_the_end_of_its_key_for_everybody(tmp_path: Path) -> None:
    end = NOW + timedelta(days=7)
    with AmocrmDouble(clock=clock_from(NOW), ends=end) as account:
        line = Line(account, tmp_path, account.clock)
        line.pull()
        assert line.state["token_ends"] == end.isoformat()
        seen = {f.what: f for f in line.probe()}["ключ"]
    assert not seen.ok
    assert "Осталось" in seen.hint


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_killed_in_the_middle_of_a_pull_and_run_again_is_as_never_killed(
    kind: str, clinic: Path, doubles: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    double, folder = doubles[kind], clinic.parent
    clinic = write_clinic(folder, {kind: double})
    pull_clinic(clinic)
    expected, asked = everything(clinic), len(double.asked)
    assert any(expected.values())

    home = folder / "again"
    shutil.copytree(folder / "home", home, ignore=lambda *_: ["store.sqlite3"])
    killed: list[BaseProcess] = []
    started = Event()

    def kill() -> None:
        started.wait(30)
        os.kill(killed[0].pid or 0, signal.SIGKILL)

    double.before(asked // 2 + 1, kill)
    killed.append(pull_in_a_process(clinic, environment(home, doubles)))
    started.set()
    killed[0].join(60)
    assert killed[0].exitcode == -signal.SIGKILL
    monkeypatch.setenv("ROMI_SHEETS_HOME", str(home))
    # The place that the killed one held among the askers of its account is free again after a while.
    later = NOW + timedelta(minutes=5)
    double.clock = clock_from(later)
    pull_clinic(clinic, later)
    assert everything(clinic) == expected


def everything(clinic: Path) -> dict[str, list[dict[str, Any]]]:
    """All rows of the store."""
    store = open_store(Service().store_url)
    rows = {name: store.rows.read(clinic.stem, name) for name in ENTITIES}
    store.close()
    return {
        name: frame.sort_values(list(frame), ignore_index=True).astype(str).to_dict("records")
        for name, frame in rows.items()
    }
