"""The invented clinic: the same for the same seed, believable, and nobody's."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from metrics.facts import Facts
from metrics.join.join import join
from metrics.measures.unit import units
from metrics.reports.campaigns import campaigns
from metrics.reports.channel_report import channel_report
from metrics.reports.cohorts import cohorts
from metrics.schema import ENTITIES
from metrics.settings import NO_CHANNEL, TOTAL
from sheets_sync.clinic.config import load_clinic
from sheets_sync.demo import LAST_DAY, write_clinic
from sheets_sync.demo.demo import run_demo
from sheets_sync.demo.economy import BRANCHES
from sheets_sync.privacy.keys import Keyring
from sheets_sync.sources import SOURCES
from sheets_sync.sources.source import Context, Pulled
from templates_sheets.tabs import INPUT_TABS, TABS

FILES = (
    "clinic.toml",
    "exports/direct.csv",
    "exports/direct_frazy.csv",
    "exports/leads_crm.csv",
    "exports/metrika.csv",
    "exports/oplaty.csv",
    "exports/otzyvy.csv",
    "exports/rashody.xlsx",
    "exports/vizity.csv",
    "exports/zapisi.xlsx",
    "exports/zvonki.csv",
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


def test_the_same_seed_writes_the_same_bytes(demo, book):
    again = contents(book.parent)
    assert {name: again[name] for name in FILES} == contents(demo)


def test_another_seed_writes_another_clinic_of_the_same_files(tmp_path):
    one, two = (
        contents(write_clinic(tmp_path / str(seed), seed=seed, leads=300, months=6).parent)
        for seed in (1, 2)
    )
    assert tuple(one) == tuple(two) == FILES
    assert [name for name in one if one[name] == two[name]] == ["clinic.toml"]


def test_the_last_day_is_a_day_of_the_calendar_and_not_today():
    assert date(2026, 10, 31) == LAST_DAY


def test_its_file_is_a_clinics_file_that_names_every_export(demo):
    clinic = load_clinic(demo / "clinic.toml")
    assert [source.entity or source.kind for source in clinic.source] == [
        "leads",
        "appointments",
        "payments",
        "costs",
        "costs",
        "traffic",
        "touches",
        "phrases",
        "calls",
        "reviews",
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
    assert merged == {"A1:M1", "C4:E4", "F4:H4", "I4:M4"}
    first = [str(cells[0].value) for cells in sheet.iter_rows(max_col=1)]
    assert first[4] == "Номер записи"
    assert sum(text.startswith("Итого по врачу") for text in first) == 8
    assert first[-1].startswith("Итого: ")


def test_nobody_has_these_phones(demo):
    text = "\n".join(
        (demo / "exports" / name).read_bytes().decode(encoding)
        for name, encoding in (
            ("leads_crm.csv", "cp1251"),
            ("oplaty.csv", "utf-8-sig"),
            ("zvonki.csv", "utf-8-sig"),
        )
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


def pulled(folder: Path) -> list[Pulled]:
    """What the ordinary sources read of a demo."""
    clinic = load_clinic(folder / "clinic.toml")
    key, day = Keyring(b"demo" * 8), LAST_DAY
    context = Context(clinic.id, clinic.zone, key, day, day, clinic.folder)
    return [p for table in clinic.source for p in SOURCES[table.kind].pull(table, context)]


@pytest.fixture(scope="module")
def parts(demo: Path) -> list[Pulled]:
    return pulled(demo)


def joined(folder: Path, parts: list[Pulled]) -> Facts:
    clinic = load_clinic(folder / "clinic.toml")
    found: dict[str, list[pd.DataFrame]] = {}
    for part in parts:
        found.setdefault(part.entity, []).append(part.frame)
    frames = {name: pd.concat(rows, ignore_index=True) for name, rows in found.items()}
    return join(frames, clinic.report.settings(LAST_DAY, clinic.timezone))


def test_the_ordinary_reader_refuses_the_spoilt_rows_and_nothing_else(parts):
    assert [(p.entity, p.refused_count, p.totals) for p in parts] == [
        ("leads", 3, 0),
        ("appointments", 2, 9),
        ("payments", 3, 1),
        ("costs", 1, 1),
        ("costs", 0, 1),
        ("traffic", 0, 0),
        ("touches", 0, 0),
        ("phrases", 0, 0),
        ("calls", 0, 0),
        ("reviews", 0, 0),
    ]
    assert {(r.column, r.value) for p in parts for r in p.refused} >= {
        ("Дата обращения", "вчера вечером"),
        ("Дата обращения", "31.02.2026 10:00"),
        ("Дата оплаты", "00.00.2026"),
        ("Сумма", "уточнить"),
        ("Расход", "по договору"),
    }
    assert {p.entity for p in parts} <= set(ENTITIES)


def test_its_economy_is_that_of_a_real_clinic(demo, parts):
    facts = joined(demo, parts)
    report = channel_report(facts).set_index("channel")
    total = report.loc[TOTAL]
    assert 0.45 < total["cr_lead_booking"] < 0.65
    assert 0.65 < total["cr_booking_visit"] < 0.85
    assert 0.3 < total["romi_new"] < 2
    assert 900_00 < total["cpl"] < 2500_00
    assert total["ltv_12m"] > 3 * total["cac"]

    paid = report[(report["cost"] > 0) & (report.index != TOTAL)]
    assert {"Директ — поиск", "Директ — РСЯ", "SEO", "Карты и справочники", "Агрегаторы"} <= {
        *paid.index
    }
    assert len(paid) >= 6
    assert len(report.drop(TOTAL)) >= 8
    assert paid["romi"].between(-0.7, 7).all()
    assert (paid["romi_new"] < 0).any()
    assert (paid["romi_new"] > 1).any()
    # What is surely good is told apart from what cannot be judged yet.
    assert paid["verdict"].str.contains("не ниже").any()
    assert paid["verdict"].str.contains("мало данных").any()

    worst = campaigns(facts).query("cost > 0 and new_patients >= 1")
    assert (worst["romi"] < -0.3).any()
    directions = units(facts, "direction")
    assert {"имплантация", "ортодонтия", "терапия", "гигиена", "протезирование"} <= {
        *directions["direction"]
    }
    months = cohorts(facts).query("channel == 'Все'").set_index("month")
    assert (months["margin_12"] > 1.5 * months["margin_0"])[:2].all()


def test_it_holds_everything_that_spoils_real_data(demo, parts):
    facts = joined(demo, parts)
    counts, leads, patients = facts.counts, facts.leads, facts.patients
    assert counts["spam"] > 50
    assert counts["duplicates"] > 70
    assert counts["lead_id_unknown"] > 5
    assert leads["repeat"].sum() > 20
    assert (patients["lead"] < 0).sum() > 50
    assert (~leads["has_source"]).sum() > 200
    kinds = facts.payments["kind"].value_counts()
    assert {"payment", "prepayment", "refund", "insurance", "bonus", "balance_spend"} == {
        *kinds.index
    }
    assert kinds.min() > 20
    assert (facts.payments.loc[facts.payments["kind"] == "refund", "amount"] < 0).all()
    channels = facts.groups["channel"].to_numpy()[facts.leads["group"].to_numpy()]
    assert (channels == NO_CHANNEL).sum() > 5


def test_phrases_cost_what_their_campaigns_cost(demo):
    def kopecks(cell: str) -> int:
        return int(re.sub(r"\D", "", cell))

    _, header, *costs, _ = rows(demo, "direct.csv", "utf-8-sig")
    phrase_header, *phrases = rows(demo, "direct_frazy.csv", "utf-8-sig")
    place, cost = header.index("Тип площадки"), header.index("Расход (руб.)")
    search = sum(kopecks(row[cost]) for row in costs if row[place] == "Поиск")
    cost = phrase_header.index("Расход (руб.)")
    assert sum(kopecks(row[cost]) for row in phrases) == search


def test_the_new_site_takes_no_form_and_the_desk_notices_nothing(demo):
    _, _, header, *leads = rows(demo, "leads_crm.csv", "cp1251")
    at, contact = header.index("Дата обращения"), header.index("Тип обращения")
    last_days = {f"{day:02}.10.2026" for day in range(25, 32)}
    written = [row[contact] for row in leads if row[at][:10] in last_days]
    assert "Форма" not in written
    assert "Звонок" in written


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo as it stands by default."""
    folder = tmp_path_factory.mktemp("book") / "demo"
    run_demo(folder, seed=1, leads=3000, months=14)
    return folder / "report.xlsx"


def shown(book: Path, tab: str) -> list[dict[str, Any]]:
    sheet = CalamineWorkbook.from_path(str(book)).get_sheet_by_name(tab)
    header, *table = sheet.to_python()
    return [dict(zip(map(str, header), row, strict=True)) for row in table]


def test_every_tab_of_the_book_has_something_to_show(book):
    titles = {tab.title for tab in TABS}
    assert titles == {*CalamineWorkbook.from_path(str(book)).sheet_names}
    assert [title for title in titles if not shown(book, title)] == []
    checks = [
        row["Проверка"] for tab in INPUT_TABS for row in shown(book, tab.title) if "Проверка" in row
    ]
    assert set(checks) == {"✓ принято"}


def test_the_broken_form_is_what_attention_is_called_to(book):
    fallen = [row for row in shown(book, "Внимание") if row["Правило"] == "Меньше лидов"]
    everything = next(row for row in fallen if row["Канал"] == "Все")
    assert everything["Дата"] == date(2026, 10, 30)
    assert "лиды на визит ▼" in everything["Причины"]


def test_calls_reviews_and_branches_are_in_the_service(book):
    clinic, *others = shown(book, "Сервис")
    assert 0.05 < clinic["Доля пропущенных"] < 0.35
    assert 0 < clinic["Перезвонили"] < clinic["Пропущено"]
    assert 5 < clinic["Реакция (мин)"] < 60
    assert 3 < clinic["Оценка"] < 5
    assert {row["Название"] for row in others if row["Разрез"] == "Филиал"} == {*BRANCHES}
    total = next(row for row in shown(book, "Сверка") if row["Канал"] == "Итого")
    for column in ("Есть в CRM", "Исходящие", "Без номера", "Повторные", "Пропущенные"):
        assert total[column] > 0, column


def test_segments_tell_who_comes_from_who_does_not(book):
    rows = {row["Сегмент"]: row for row in shown(book, "Сегменты")}
    assert {"Просмотрщики цен", "Читатели FAQ", "Посетители страницы врача", "Брошенные формы"} < {
        *rows
    }
    left = rows["Брошенные формы"]
    assert 100 < left["Посетители 90 дней"] < rows["Все посетители"]["Посетители 90 дней"]
    assert left["Без лида"] > left["Лиды"]


def test_a_demo_has_a_yesterday_a_late_payment_and_a_refund(book):
    changed = shown(book, "Что изменилось")
    margin = next(r for r in changed if (r["Канал"], r["Показатель"]) == ("Все", "Маржа"))
    assert (margin["Месяц"], margin["Показано"]) == (date(2026, 9, 1), date(2026, 10, 30))
    assert margin["Новые оплаты"] > 0 > margin["Новые возвраты"]
    assert margin["Новые оплаты"] + margin["Новые возвраты"] == margin["Изменение"]
