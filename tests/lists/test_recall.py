"""`romi-sheets recall` from outside: whose numbers stand in the file, and who is only counted."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook

from sheets_sync.cli import main

CLINIC = """\
name = "Клиника на Лесной"
[[source]]
kind = "file"
entity = "appointments"
path = "visits.csv"
[[source]]
kind = "file"
entity = "payments"
path = "till.csv"
"""
NAME = "Скворцова Ульяна Тимофеевна"
VISITS = f"""\
Номер записи;№ карты;Телефон;ФИО;Дата приёма;Статус;Услуга;Направление;Врач;Филиал
1;000123;;{NAME};10.01.2026 10:00;Пришёл;Имплант под ключ;имплантация;Орлов Пётр Ильич;Центр
2;000123;;{NAME};20.01.2026 10:00;Пришёл;Чистка;гигиена;Зайцева Анна Львовна;Север
3;77-А;;;01.10.2025 10:00;Пришёл;Чистка;гигиена;;Центр
4;;8 916 222-33-44;;10.01.2026 10:00;Пришёл;Чистка;гигиена;;Центр
5;Петров Иван Сергеевич;;;10.01.2026 10:00;Пришёл;Чистка;гигиена;;Центр
6;600;;;01.07.2026 10:00;Пришёл;Чистка;гигиена;;Центр
"""
TILL = """\
Номер платежа;№ карты;Дата оплаты;Сумма;Себестоимость
1;000123;10.01.2026;50 000;10 000
"""
NOW = "2026-07-15T12:00:00+03:00"

Romi = Callable[..., Result]


def command(folder: Path, name: str, *words: str) -> Result:
    env = {"ROMI_SHEETS_HOME": str(folder / "home"), "DATABASE_URL": "", "ROMI_SHEETS_NOW": NOW}
    return CliRunner().invoke(main, [name, str(folder / "clinic.toml"), *words], env=env)


def write_exports(folder: Path) -> None:
    (folder / "visits.csv").write_text(VISITS, encoding="utf-8")
    (folder / "till.csv").write_text(TILL, encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clinic's, after a sync."""
    folder = tmp_path_factory.mktemp("recall")
    write_exports(folder)
    (folder / "clinic.toml").write_text(CLINIC, encoding="utf-8")
    assert command(folder, "sync").exit_code == 0
    return folder


@pytest.fixture
def romi(folder: Path) -> Romi:
    """The command in it; its exports are as they were."""
    write_exports(folder)
    return partial(command, folder)


def rows(path: Path) -> list[list[object]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def test_the_list_holds_cards_as_the_exports_print_them(romi: Romi, tmp_path: Path) -> None:
    out = tmp_path / "recall.xlsx"
    done = romi("recall", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert rows(out) == [
        ["Карта", "Группа", "Последний визит", "Срок", "Состояние", "Врач", "Филиал", "Прогноз маржи"],
        ["77-А", "гигиена", date(2025, 10, 1), date(2026, 4, 1), "Просрочено", "", "Центр", ""],
        ["000123", "имплантация", date(2026, 1, 20), date(2026, 7, 10), "Пора",
         "Зайцева Анна Львовна", "Север", ""],
    ]  # fmt: skip
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    inside = b"".join(zipfile.ZipFile(out).read(n) for n in zipfile.ZipFile(out).namelist())
    for hidden in (NAME, "Чистка", "Имплант под ключ", "222-33-44", "Петров"):
        assert hidden.encode() not in inside
    assert "2\N{NO-BREAK SPACE}пациента" in done.output
    assert "только по телефону, номера карты нет: 1" in done.output
    assert "ни в одной выгрузке: 0" in done.output
    assert "похожа на имя, телефон или e-mail: 1" in done.output


def test_an_existing_file_is_an_error(romi: Romi, tmp_path: Path) -> None:
    out = tmp_path / "recall.xlsx"
    out.write_text("mine")
    done = romi("recall", "--out", str(out))
    assert (done.exit_code, out.read_text()) == (2, "mine")
    assert "--force" in done.output
    assert romi("recall", "--out", str(out), "--force").exit_code == 0
    assert len(rows(out)) == 3


def test_a_card_that_stands_in_no_export_any_more_is_counted(
    romi: Romi, folder: Path, tmp_path: Path
) -> None:
    kept = [line for line in VISITS.splitlines() if not line.startswith("3;")]
    (folder / "visits.csv").write_text("\n".join(kept), encoding="utf-8")
    done = romi("recall", "--out", str(tmp_path / "recall.xlsx"))
    assert "ни в одной выгрузке: 1" in done.output
    assert len(rows(tmp_path / "recall.xlsx")) == 2


def test_an_export_that_cannot_be_read_is_named(romi: Romi, folder: Path, tmp_path: Path) -> None:
    (folder / "till.csv").unlink()
    done = romi("recall", "--out", str(tmp_path / "recall.xlsx"))
    assert done.exit_code == 0
    assert "Не прочитано: till.csv" in done.output
    (folder / "visits.csv").unlink()
    done = romi("recall", "--out", str(tmp_path / "again.xlsx"))
    assert done.exit_code == 2
    assert not (tmp_path / "again.xlsx").exists()


def test_no_number_of_a_card_stays_behind(romi: Romi, folder: Path, tmp_path: Path) -> None:
    assert romi("recall", "--out", str(tmp_path / "recall.xlsx")).exit_code == 0
    for path in (folder / "home").rglob("*"):
        if path.is_file():
            assert "77-А".encode() not in path.read_bytes(), path
            assert b"000123" not in path.read_bytes(), path
