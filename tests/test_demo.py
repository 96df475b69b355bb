"""The invented clinic: the same for the same seed, believable, and nobody's."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from sheets_sync.config import load_clinic
from sheets_sync.demo import LAST_DAY, write_clinic

FILES = (
    "clinic.toml",
    "exports/direct.csv",
    "exports/leads_crm.csv",
    "exports/metrika.csv",
    "exports/oplaty.csv",
    "exports/rashody.xlsx",
    "exports/zapisi.xlsx",
)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clinic(tmp_path_factory.mktemp("demo")).parent


def rows(demo: Path, name: str, encoding: str, delimiter: str = ";") -> list[list[str]]:
    text = (demo / "exports" / name).read_bytes().decode(encoding)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def test_the_same_seed_writes_the_same_bytes(demo, tmp_path):
    write_clinic(tmp_path)
    assert contents(tmp_path) == contents(demo)


def test_another_seed_writes_another_clinic_of_the_same_files(demo, tmp_path):
    write_clinic(tmp_path, seed=2)
    one, two = contents(demo), contents(tmp_path)
    assert tuple(one) == tuple(two) == FILES
    assert [name for name in one if one[name] == two[name]] == ["clinic.toml"]


def test_the_last_day_is_a_day_of_the_calendar_and_not_today():
    assert date(2026, 10, 31) == LAST_DAY


def test_its_file_is_a_clinics_file_that_names_every_export(demo):
    clinic = load_clinic(demo / "clinic.toml")
    assert [source.entity for source in clinic.source] == [
        "leads",
        "appointments",
        "payments",
        "costs",
        "costs",
        "traffic",
    ]
    assert all(clinic.path(source.path).exists() for source in clinic.source)


def test_leads_are_a_cp1251_export_under_two_title_rows(demo):
    found = rows(demo, "leads_crm.csv", "cp1251")
    assert [row[0] for row in found[:3]] == [
        "Выгрузка обращений из CRM",
        "Период: 01.09.2025 - 31.10.2026",
        "ID заявки",
    ]
    assert 2950 <= len(found) - 3 <= 3050
    statuses = {row[5] for row in found[3:]}
    assert {"Новая", "Записан", "Успешно реализовано", "Дубль", "Спам"} <= statuses


def test_payments_are_roubles_as_people_write_them_and_end_in_a_total(demo):
    _, *found, last = rows(demo, "oplaty.csv", "utf-8-sig")
    written = re.compile("−?\\d{1,3}(\u00a0\\d{3})*,\\d{2}\u00a0₽")
    sums = [row[9] for row in found if written.fullmatch(row[9])]
    assert len(found) - len(sums) == 2
    kopecks = [int(re.sub(r"\D", "", s)) * (-1 if s.startswith("−") else 1) for s in sums]
    spoilt = int(re.sub(r"\D", "", next(row[9] for row in found if row[1] == "00.00.2026")))
    assert last[0] == "Итого"
    assert int(re.sub(r"\D", "", last[9])) == sum(kopecks) - spoilt
    kinds = {row[5] for row in found}
    assert kinds == {
        "Оплата", "Аванс", "ДМС", "Возврат", "Списание бонусов", "Списание с баланса",
    }  # fmt: skip
    refunds = [row[9].startswith("−") for row in found if row[5] == "Возврат"]
    assert set(refunds) == {True, False}


def test_appointments_stand_under_a_title_and_a_merged_header_with_a_total_per_doctor(demo):
    sheet = openpyxl.load_workbook(demo / "exports" / "zapisi.xlsx").active
    merged = {str(cells) for cells in sheet.merged_cells.ranges}
    assert merged == {"A1:L1", "C4:E4", "F4:H4", "I4:L4"}
    first = [str(cells[0].value) for cells in sheet.iter_rows(max_col=1)]
    assert first[4] == "Номер записи"
    assert sum(text.startswith("Итого по врачу") for text in first) == 8
    assert first[-1].startswith("Итого: ")


def test_nobody_has_these_phones(demo):
    text = "\n".join(
        (demo / "exports" / name).read_bytes().decode(encoding)
        for name, encoding in (("leads_crm.csv", "cp1251"), ("oplaty.csv", "utf-8-sig"))
    )
    phones = re.findall(
        r"(?<![\d ₽])(?:\+?7|8)[ (-]*(\d{3})[ )-]*\d{3}[ -]?\d{2}[ -]?\d{2}\b", text
    )
    assert len(phones) > 3000
    assert set(phones) == {"975"}
    assert set(re.findall(r"@([\w.]+)", text)) == {"example.com"}


@pytest.mark.parametrize(("leads", "months"), [(1, 1), (40, 2), (300, 36)])
def test_a_clinic_of_any_size_is_written(tmp_path, leads, months):
    write_clinic(tmp_path, leads=leads, months=months)
    found = rows(tmp_path, "leads_crm.csv", "cp1251")
    assert len(found) - 3 >= min(leads, 10)
    assert tuple(contents(tmp_path)) == FILES
