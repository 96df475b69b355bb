"""`romi-sheets segment` from outside: the file, what is printed, the exit status."""

from __future__ import annotations

import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sheets_sync.cli import main

CLINIC = """\
name = "Клиника на Лесной"
[[source]]
kind = "file"
entity = "touches"
path = "touches.csv"
[[source]]
kind = "file"
entity = "leads"
path = "leads.csv"
"""
NOW = "2026-06-30T12:00:00+03:00"
FIRST = 1_700_000_000_000_000_000

Romi = Callable[..., Result]


def command(folder: Path, name: str, *words: str) -> Result:
    env = {"ROMI_SHEETS_HOME": str(folder / "home"), "DATABASE_URL": "", "ROMI_SHEETS_NOW": NOW}
    return CliRunner().invoke(main, [name, str(folder / "clinic.toml"), *words], env=env)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of a clinic of 120 visitors who saw prices, 5 of whom left a lead, after a sync."""
    folder = tmp_path_factory.mktemp("segment")
    touches = ["touch_id;at;ym_client_id;landing_path"]
    touches += [f"T{n};20.06.2026 10:00;{FIRST + n};/price" for n in range(120)]
    touches += [f"U{n};20.04.2026 10:00;{FIRST + 500 + n};/price" for n in range(30)]
    leads = ["lead_id;created_at;ym_client_id"]
    leads += [f"L{n};21.06.2026 10:00;{FIRST + n}" for n in range(5)]
    (folder / "touches.csv").write_text("\n".join(touches), encoding="utf-8")
    (folder / "leads.csv").write_text("\n".join(leads), encoding="utf-8")
    (folder / "clinic.toml").write_text(CLINIC, encoding="utf-8")
    assert command(folder, "sync").exit_code == 0
    return folder


@pytest.fixture
def romi(folder: Path) -> Romi:
    """The command in it; nothing that is tried here changes it."""
    return partial(command, folder)


def test_clientids_are_written_a_line_each_sorted_as_text(romi: Romi, tmp_path: Path) -> None:
    out = tmp_path / "prices.csv"
    done = romi("segment", "--segment", "просмотрщики цен", "--out", str(out))
    assert done.exit_code == 0, done.output
    lines = out.read_text(encoding="ascii").splitlines()
    wanted = [FIRST + n for n in (*range(5, 120), *range(500, 530))]
    assert lines == sorted(map(str, wanted))
    assert out.read_bytes().endswith(b"\n")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "145\N{NO-BREAK SPACE}посетителей" in done.output
    assert "деликатные темы" in done.output


def test_days_and_leads_are_asked_for(romi: Romi, tmp_path: Path) -> None:
    out = tmp_path / "prices.csv"
    words = ("--segment", "Просмотрщики цен", "--out", str(out))
    assert romi("segment", *words, "--days", "30", "--with-leads").exit_code == 0
    assert len(out.read_text().splitlines()) == 120
    again = romi("segment", *words)
    assert again.exit_code == 2
    assert "--force" in again.output
    assert len(out.read_text().splitlines()) == 120
    assert romi("segment", *words, "--force").exit_code == 0
    assert len(out.read_text().splitlines()) == 145


def test_fewer_than_a_hundred_are_refused(romi: Romi, tmp_path: Path) -> None:
    out = tmp_path / "few.csv"
    done = romi("segment", "--segment", "Читатели FAQ", "--out", str(out))
    assert done.exit_code == 2
    assert "от 100" in done.output
    assert not out.exists()


def test_a_segment_that_is_not_there_names_those_that_are(romi: Romi, tmp_path: Path) -> None:
    done = romi("segment", "--segment", "Никто", "--out", str(tmp_path / "x.csv"))
    assert done.exit_code == 2
    assert "«Брошенные формы»" in done.output


def test_nothing_of_it_stays_in_the_home_of_the_service(
    romi: Romi, folder: Path, tmp_path: Path
) -> None:
    before = {p: p.stat().st_size for p in (folder / "home").rglob("*") if p.is_file()}
    words = ("--segment", "Все посетители", "--out", str(tmp_path / "x.csv"))
    assert romi("segment", *words).exit_code == 0
    after = {p: p.stat().st_size for p in (folder / "home").rglob("*") if p.is_file()}
    assert after == before
