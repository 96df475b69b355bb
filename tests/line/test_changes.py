"""«Что изменилось» from exports to the workbook: the page's example over two days of syncs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sheets_sync.cli import main
from sheets_sync.clinic.config import load_clinic
from sheets_sync.line.fill import lay_template
from sheets_sync.line.run import new_run
from sheets_sync.line.sync import sync
from sheets_sync.net.clock import clock_from
from sheets_sync.settings import Service
from sheets_sync.store import Store
from tests.books.xlsx_files import load

CLINIC = """
name = "Клиника"
timezone = "Europe/Moscow"
[book]
path = "report.xlsx"
[report]
margin_rate = 1
[[source]]
kind = "file"
entity = "leads"
path = "leads.csv"
[[source]]
kind = "file"
entity = "appointments"
path = "visits.csv"
[[source]]
kind = "file"
entity = "payments"
path = "payments.csv"
[[source]]
kind = "file"
entity = "costs"
path = "costs.csv"
"""
YESTERDAY, TODAY = datetime(2026, 11, 5, 9, tzinfo=UTC), datetime(2026, 11, 6, 9, tzinfo=UTC)
CHANNEL = "Директ — поиск"


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """October of Директ: 63 patients of 12 000 each, cost 200 000 (definitions §11)."""
    monkeypatch.setenv("ROMI_SHEETS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    people = range(1, 64)
    tables = {
        "leads": "Номер лида;Дата обращения;Телефон;utm_source;utm_medium;utm_campaign\n"
        + "".join(
            f"{n};02.10.2026 10:00;8916{5550000 + n * 13};yandex;cpc;poisk\n" for n in people
        ),
        "visits": "Номер записи;Номер лида;№ карты;Телефон;Дата записи;Дата приёма;Статус\n"
        + "".join(
            f"{n};{n};{n};8916{5550000 + n * 13};02.10.2026 11:00;09.10.2026 13:00;Пришёл\n"
            for n in people
        ),
        "payments": "Номер платежа;№ карты;Дата оплаты;Сумма;Тип операции\n"
        + "".join(f"{n};{n};09.10.2026;12000;оплата\n" for n in people),
        "costs": "Дата;Площадка;Кампания;utm_source;utm_medium;utm_campaign;Расход\n"
        "01.10.2026;Директ;poisk;yandex;cpc;poisk;200000\n",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    path = tmp_path / "clinic.toml"
    path.write_text(CLINIC, encoding="utf-8")
    return path


def append(clinic: Path, name: str, lines: str) -> None:
    file = clinic.with_name(f"{name}.csv")
    file.write_text(file.read_text(encoding="utf-8") + lines, encoding="utf-8")


def page(clinic: Path) -> None:
    """What comes on the second day: a late payment, a refund, a cost."""
    append(clinic, "payments", "64;5;28.10.2026;10000;оплата\n65;6;29.10.2026;25000;возврат\n")
    append(clinic, "costs", "20.10.2026;Директ;poisk;yandex;cpc;poisk;3000\n")


def synced(clinic: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, *more: str) -> None:
    monkeypatch.setenv("ROMI_SHEETS_NOW", now.isoformat())
    result = CliRunner().invoke(main, ["sync", str(clinic), "--json", *more])
    assert result.exit_code == 0, result.output


def shown(clinic: Path) -> list[dict[str, Any]] | None:
    book = load(clinic.with_name("report.xlsx"))
    if "Что изменилось" not in book.sheetnames:
        return None
    header, *rows = book["Что изменилось"].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_the_page_s_example_by_the_whole_road(
    clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced(clinic, YESTERDAY, monkeypatch)
    assert shown(clinic) is None
    page(clinic)
    synced(clinic, TODAY, monkeypatch)
    table = shown(clinic)
    assert table is not None
    assert list(table[0]) == [
        *("Месяц", "Канал", "Показатель", "Показано", "Было", "Стало", "Изменение"),
        *("Программа", "Дата отчёта", "Новые расходы", "Новые лиды", "Новые записи"),
        *("Новые оплаты", "Новые возвраты", "Исправлено", "Исчезло", "Правила и настройки"),
    ]
    assert [
        (r["Канал"], r["Показатель"], r["Было"], r["Стало"], r["Изменение"]) for r in table
    ] == [
        ("Все", "Выручка", 756_000, 741_000, -15_000),
        ("Все", "Маржа", 756_000, 741_000, -15_000),
        (CHANNEL, "Выручка", 756_000, 741_000, -15_000),
        (CHANNEL, "Маржа", 756_000, 741_000, -15_000),
        ("Все", "Расходы", 200_000, 203_000, 3_000),
        (CHANNEL, "Расходы", 200_000, 203_000, 3_000),
    ]
    causes = [{k: v for k, v in list(r.items())[7:] if v} for r in table]
    assert (
        causes
        == [{"Новые оплаты": 10_000, "Новые возвраты": -25_000}] * 4
        + [{"Новые расходы": 3_000}] * 2
    )
    assert {r["Показано"].date() for r in table} == {date(2026, 11, 5)}
    assert {r["Месяц"].date() for r in table} == {date(2026, 10, 1)}
    # A tab that came stays; a day later the same numbers are nothing new.
    synced(clinic, TODAY + timedelta(days=1), monkeypatch)
    assert shown(clinic) == []
    text = clinic.read_text(encoding="utf-8").replace(
        "[report]\n", "[report]\nchanged_since = 2026-11-05\n"
    )
    clinic.write_text(text, encoding="utf-8")
    synced(clinic, TODAY + timedelta(days=1), monkeypatch)
    since = shown(clinic)
    assert since is not None
    assert [r["Изменение"] for r in since] == [r["Изменение"] for r in table]


def test_a_report_of_another_day_leaves_no_snapshot(
    clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced(clinic, YESTERDAY, monkeypatch, "--as-of", "2026-11-04")
    page(clinic)
    synced(clinic, TODAY, monkeypatch)
    assert shown(clinic) is None


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_day_has_many_syncs_and_costs_are_corrected(clinic: Path, store: Store) -> None:
    """On PostgreSQL; the page's example above is on SQLite."""
    ours = load_clinic(clinic)
    home = Service(home=clinic.with_name("home"))
    lay_template(new_run(ours, store, home, clock_from(YESTERDAY - timedelta(days=1))))
    assert store.history.last(ours.id, date(2026, 12, 1)) is None
    for hours in (0, 1):  # of a day's syncs the last one is compared with
        sync(new_run(ours, store, home, clock_from(YESTERDAY + timedelta(hours=hours))))
        append(clinic, "payments", f"{90 + hours};7;20.10.2026;500;оплата\n")
    page(clinic)
    text = clinic.with_name("costs.csv").read_text(encoding="utf-8")
    clinic.with_name("costs.csv").write_text(text.replace("200000", "190000"), encoding="utf-8")
    sync(new_run(ours, store, home, clock_from(TODAY)))
    table = shown(clinic)
    assert table is not None
    told = {
        r["Показатель"]: {k: v for k, v in list(r.items())[4:] if v}
        for r in table
        if r["Канал"] == "Все"
    }
    assert told["Маржа"] == {
        "Было": 756_500,
        "Стало": 742_000,
        "Изменение": -14_500,
        "Новые оплаты": 10_500,
        "Новые возвраты": -25_000,
    }
    assert told["Расходы"] == {
        "Было": 200_000,
        "Стало": 193_000,
        "Изменение": -7_000,
        "Новые расходы": 3_000,
        "Исправлено": -10_000,
    }


def test_a_snapshot_of_settings_that_are_none_any_more_is_no_past(
    clinic: Path, sqlite_store: Store
) -> None:
    ours, home = load_clinic(clinic), Service(home=clinic.with_name("home"))
    sync(new_run(ours, sqlite_store, home, clock_from(YESTERDAY)))
    kept = sqlite_store.history.last(ours.id, YESTERDAY.date())
    assert kept is not None
    kept.body["settings"]["rules"][0] |= {"scope": "moon"}
    assert sqlite_store.history.keep(ours.id, kept, YESTERDAY)
    page(clinic)
    sync(new_run(ours, sqlite_store, home, clock_from(TODAY)))
    assert shown(clinic) is None
