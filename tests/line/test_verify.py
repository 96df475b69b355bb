"""`romi-sheets verify`: a book recounted by itself, and a cell that a person has changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from sheets_sync.cli import main
from sheets_sync.demo import write_clinic
from tests.books.xlsx_files import is_filled, load

EDITS_BOOKS = True


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small invented clinic after a sync: the path of its file."""
    clinic = write_clinic(tmp_path_factory.mktemp("verified"), leads=120, months=4)
    assert romi("sync", clinic, "--as-of", "2026-10-31", home=clinic.parent).exit_code == 0
    return clinic


@pytest.fixture
def clinic(filled: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    for name in ("clinic.toml", "report.xlsx"):
        (tmp_path / name).write_bytes((filled.parent / name).read_bytes())
    return tmp_path / "clinic.toml"


def romi(*words: str | Path, home: Path) -> Result:
    env = {"ROMI_SHEETS_HOME": str(home / "home"), "DATABASE_URL": ""}
    return CliRunner().invoke(main, [str(word) for word in words], env=env)


def verified(clinic: Path) -> tuple[int, dict[str, Any]]:
    done = romi("verify", clinic, "--json", home=clinic.parent)
    return done.exit_code, json.loads(done.stdout)


def change(clinic: Path, title: str, address: str, value: object) -> None:
    path = clinic.parent / "report.xlsx"
    book: openpyxl.Workbook = load(path)
    book[title][address] = value
    book.save(path)


def test_a_book_that_a_sync_wrote_agrees_with_itself(clinic: Path) -> None:
    status, told = verified(clinic)
    assert (status, told["ok"], told["differ"], told["error"]) == (0, True, 0, None)
    assert is_filled(clinic.parent / "report.xlsx")
    assert told["checked"] > 500
    assert told["checked"] == sum(row["checked"] for row in told["rows"])
    assert told["book"] == str(clinic.parent / "report.xlsx")
    assert verified(clinic.parent / "report.xlsx")[1]["rows"] == told["rows"]


def test_the_tab_says_what_the_command_says(clinic: Path) -> None:
    rows = load(clinic.parent / "report.xlsx")["Проверка"].iter_rows(values_only=True)
    header, *shown = rows
    assert header[:7] == (
        "Лист", "Показатель", "Сверено", "Сошлось", "Расходится", "Наибольшая разница", "Где",
    )  # fmt: skip
    told = verified(clinic)[1]["rows"]
    keys = ("sheet", "measure", "checked", "agreed", "differ", "largest")
    assert [row[:6] for row in shown] == [tuple(row[key] for key in keys) for row in told]
    assert {row[6] for row in shown} == {None}


def test_a_cell_that_a_person_changed_is_a_difference_with_its_place(clinic: Path) -> None:
    sheet = load(clinic.parent / "report.xlsx")["Отчёт по каналам"]
    was = sheet["E2"].value
    change(clinic, "Отчёт по каналам", "E2", was + 500)
    status, told = verified(clinic)
    assert (status, told["ok"], told["differ"]) == (1, False, 1)
    (row,) = [row for row in told["rows"] if row["differ"]]
    assert (row["sheet"], row["measure"], row["largest"]) == ("Отчёт по каналам", "Маржа", 500)
    assert row["where"].startswith(f"E2 ({sheet['A2'].value}): стоит ")
    said = romi("verify", clinic, home=clinic.parent)
    assert said.exit_code == 1
    assert row["where"] in said.stdout
    assert "расходится 1" in said.stdout


def test_a_text_over_a_number_is_one(clinic: Path) -> None:
    change(clinic, "Воронка", "S2", "сколько-то")
    status, told = verified(clinic)
    assert status == 1
    assert {"Отчёт по каналам", "Кампании"} <= {
        r["sheet"] for r in told["rows"] if r["differ"]
    } or ("Когорты" in {r["sheet"] for r in told["rows"] if r["differ"]})


@pytest.mark.parametrize("name", ["nothing.xlsx", "text.xlsx", "nothing.toml"])
def test_what_cannot_be_read_is_status_2_with_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.xlsx").write_text("не книга", encoding="utf-8")
    done = romi("verify", tmp_path / name, "--json", home=tmp_path)
    assert done.exit_code == 2
    told = json.loads(done.stdout)
    assert told["ok"] is False
    assert name in told["error"]["where"] + told["error"]["message"]
    assert "Traceback" not in done.output


def test_a_book_of_somebody_else_is_unreadable(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "own.xlsx")
    done = romi("verify", tmp_path / "own.xlsx", home=tmp_path)
    assert done.exit_code == 2
    assert "Настройки" in done.stderr
