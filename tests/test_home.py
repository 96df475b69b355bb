"""HOME: which folder it is, and that it is for its owner alone; the clock that a variable sets."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sheets_sync.cli import main

CLINIC = 'name = "К"\n[[source]]\nkind = "file"\nentity = "leads"\npath = "leads.csv"\n'
LEADS = "Дата обращения;Номер заявки;Источник\n2026-03-01;1;Яндекс Директ\n"


@pytest.fixture(autouse=True)
def open_handed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The rights that most systems give to new files; no HOME is named."""
    for name in ("ROMI_SHEETS_HOME", "ROMI_SHEETS_NOW", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    folder = tmp_path / "all" / "one"
    folder.mkdir(parents=True)
    (folder / "leads.csv").write_text(LEADS, encoding="utf-8")
    (folder / "clinic.toml").write_text(CLINIC, encoding="utf-8")
    return folder / "clinic.toml"


def romi(*words: str | Path) -> Result:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert "Traceback" not in done.output
    return done


def open_to_others(home: Path) -> list[str]:
    found = [home, *home.rglob("*")]
    return [f"{stat.filemode(p.stat().st_mode)} {p}" for p in found if p.stat().st_mode & 0o077]


def test_a_home_is_made_beside_the_clinics_file_from_wherever_it_is_called(
    clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clinic.parents[2])
    assert romi("check", clinic.relative_to(clinic.parents[2])).exit_code == 0
    assert (clinic.parent / ".romi-sheets" / "store.sqlite3").exists()
    assert not (clinic.parents[2] / ".romi-sheets").exists()


def test_the_nearest_home_above_is_taken(clinic: Path) -> None:
    for above in (clinic.parents[1], clinic.parents[2]):
        (above / ".romi-sheets").mkdir()
    romi("check", clinic)
    assert (clinic.parents[1] / ".romi-sheets" / "store.sqlite3").exists()
    assert not (clinic.parent / ".romi-sheets").exists()
    assert not (clinic.parents[2] / ".romi-sheets" / "store.sqlite3").exists()


def test_a_clinic_within_a_home_belongs_to_it(tmp_path: Path) -> None:
    clinics = tmp_path / ".romi-sheets" / "clinics"
    clinics.mkdir(parents=True)
    (clinics / "one.toml").write_text('name = "К"\n', encoding="utf-8")
    romi("init", clinics / "one.toml")
    assert (tmp_path / ".romi-sheets" / "store.sqlite3").exists()


def test_a_named_home_stands_above_all(clinic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clinic.parent / ".romi-sheets").mkdir()
    monkeypatch.setenv("ROMI_SHEETS_HOME", str(clinic.parents[2] / "named"))
    romi("check", clinic)
    assert (clinic.parents[2] / "named" / "store.sqlite3").exists()


def test_what_the_demo_stored_is_seen_by_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert romi("demo", "--leads", "60", "--months", "2").exit_code == 0
    assert "✓ 4." in romi("check", "demo/clinic.toml").stdout
    assert open_to_others(tmp_path / "demo" / ".romi-sheets") == []


@pytest.mark.parametrize("command", ["sync", "init", "check", "push"])
def test_whichever_command_is_first_nobody_else_may_look(clinic: Path, command: str) -> None:
    romi(command, clinic)
    home = clinic.parent / ".romi-sheets"
    assert (home / "store.sqlite3").exists()
    assert open_to_others(home) == []


def test_a_home_that_was_left_open_is_closed(clinic: Path) -> None:
    romi("check", clinic)
    home = clinic.parent / ".romi-sheets"
    for path in (home, *home.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (home / "secret").chmod(0o600)
    romi("check", clinic)
    assert open_to_others(home) == []


def test_a_home_that_is_a_folder_of_other_things_leaves_them_alone(
    clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROMI_SHEETS_HOME", str(clinic.parent))
    romi("check", clinic)
    assert (clinic.parent / "leads.csv").stat().st_mode & 0o777 == 0o644


def plain(*words: str | Path) -> tuple[int, dict[str, Any]]:
    done = romi(*words)
    return done.exit_code, json.loads(done.stdout)


def test_a_set_clock_is_todays_and_says_so(clinic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROMI_SHEETS_NOW", "2026-03-10T01:00:00+03:00")
    status, told = plain("sync", clinic, "--json")
    assert (status, told["as_of"], told["clock"]) == (0, "2026-03-10", "2026-03-10T01:00:00+03:00")
    assert told["sources"][0]["last_good_at"].startswith("2026-03-09T22:00:0")
    for command in ("sync", "check", "init", "push"):
        assert "Часы переставлены (ROMI_SHEETS_NOW)" in romi(command, clinic).stderr


def test_a_clock_without_a_zone_is_refused(clinic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROMI_SHEETS_NOW", "2026-03-10T01:00:00")
    done = romi("sync", clinic)
    assert done.exit_code == 2
    assert "2026-06-30T12:00:00+03:00" in done.stderr


def test_json_is_an_object_in_every_case(clinic: Path) -> None:
    keys = {"ok", "error", "book", "sources", "refused", "complaints", "channels"}
    status, told = plain("sync", clinic, "--json")
    assert (status, told["ok"], told["error"]) == (0, True, None)
    assert keys <= told.keys()
    status, told = plain("check", clinic, "--json")
    assert (status, told["ok"]) == (0, True)
    (clinic.parent / "report.xlsx").write_bytes(b"not a workbook")
    status, told = plain("sync", clinic, "--json")
    assert (status, told["ok"], told["error"]["code"]) == (1, False, "book")
    assert keys == told.keys()
    for words in (("--json",), ("--fly", "sync", clinic, "--json")):
        status, told = plain(*words)
        assert (status, told["error"]["code"], keys) == (2, "config", told.keys())
    for wrong in (("--as-of", "31.01.2026"), ("--fly",)):
        status, told = plain("sync", clinic, "--json", *wrong)
        assert (status, told["ok"], told["error"]["code"]) == (2, False, "config")
    clinic.write_text("name = ", encoding="utf-8")
    for command in ("sync", "check"):
        status, told = plain(command, clinic, "--json")
        assert (status, told["ok"], told["error"]["code"]) == (2, False, "config")


def test_a_name_that_cannot_be_looked_at_is_a_sentence(clinic: Path) -> None:
    romi("sync", clinic)
    mark = clinic.parent / ".romi-sheets" / "names" / "clinic"
    mark.write_text(str(clinic.parent / ("x" * 300)), encoding="utf-8")
    words = " ".join(romi("sync", clinic).stderr.split())  # it is laid in lines of the screen
    assert "так же называется файл другой клиники" in words
    mark.unlink()
    mark.mkdir()
    words = " ".join(romi("sync", clinic).stderr.split())
    assert "не могу прочитать папку данных (это папка)" in words


def test_a_wrong_variable_is_called_by_its_name(
    clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROMI_SHEETS_NOW", "вчера")
    assert "ROMI_SHEETS_NOW: нужно время с поясом" in romi("check", clinic).stderr
