"""«План» as people fill it, «План-факт» and «Внимание» over runs: from exports to the workbook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sheets_sync.clinic.config import Clinic, ReportConfig
from sheets_sync.line.run import RunReport, new_run
from sheets_sync.line.sync import sync
from sheets_sync.net.clock import clock_from
from sheets_sync.settings import Service
from sheets_sync.sources.file.table import FileTable
from sheets_sync.store import Store
from tests.books.xlsx_files import load

NOW = datetime(2026, 11, 16, 7, tzinfo=UTC)
DAY = date(2026, 11, 15)
HEADER = "Номер лида;Дата обращения;Телефон;utm_source;utm_medium\n"


def exports(folder: Path, last_week: int) -> None:
    """60 leads of Директ in four weeks, then `last_week`; one of them paid 192 000."""
    days = [DAY - timedelta(days=7 + n % 28) for n in range(60)] + [DAY] * last_week
    leads = "".join(
        f"{n};{day:%d.%m.%Y} 10:00;8916{5550000 + n * 13};yandex;cpc\n"
        for n, day in enumerate(days)
    )
    (folder / "leads.csv").write_text(HEADER + leads, encoding="utf-8")
    (folder / "visits.csv").write_text(
        "Номер записи;№ карты;Телефон;Дата записи;Дата приёма;Статус\n"
        "1;7;89165550000;09.11.2026 12:00;09.11.2026 13:00;Пришёл\n",
        encoding="utf-8",
    )
    (folder / "payments.csv").write_text(
        "Номер платежа;№ карты;Дата оплаты;Сумма\n1;7;09.11.2026;192000\n", encoding="utf-8"
    )


@pytest.fixture
def run(tmp_path: Path, sqlite_store: Store) -> Callable[..., RunReport]:
    """Sync the clinic at a moment, after so many leads of the last week."""
    entities = ("leads", "appointments", "payments")
    files = ("leads.csv", "visits.csv", "payments.csv")
    clinic = Clinic(
        id="clinic",
        name="Клиника",
        timezone="Asia/Yekaterinburg",
        folder=tmp_path,
        report=ReportConfig(margin_rate=Decimal(1)),
        source=tuple(
            FileTable(entity=e, path=f, kind="file") for e, f in zip(entities, files, strict=True)
        ),
    )

    def run_at(now: datetime = NOW, last_week: int = 4) -> RunReport:
        exports(tmp_path, last_week)
        return sync(new_run(clinic, sqlite_store, Service(home=tmp_path), clock_from(now)))

    return run_at


def rows(folder: Path, title: str) -> list[dict[str, Any]]:
    header, *under = load(folder / "report.xlsx")[title].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in under]


def test_a_row_is_sent_once_and_stays_as_it_was_sent(
    run: Callable[..., RunReport], sqlite_store: Store, tmp_path: Path
) -> None:
    run(last_week=3)
    first = rows(tmp_path, "Внимание")
    assert [(r["Правило"], r["Канал"], r["Отправлено"]) for r in first] == [
        ("Меньше лидов", "Все", None),
        ("Меньше лидов", "Директ (тип не определён)", None),
    ]
    assert [(r["Было"], r["Стало"]) for r in first] == [(15, 3)] * 2
    assert [r["Эффект"] for r in first] == [pytest.approx(12 * 192_000 / 63)] * 2
    due = sqlite_store.alerts.due("clinic", DAY, NOW)
    assert due is not None
    assert sqlite_store.alerts.mark_sent("clinic", due.rule, due.channel, DAY, NOW)

    run(last_week=4)
    later = {r["Канал"]: r for r in rows(tmp_path, "Внимание")}
    sent = later.pop("Все")
    assert sent["Отправлено"] == datetime(2026, 11, 16, 12, 0)
    assert sent["Стало"] == 3
    assert [(r["Стало"], r["Эффект"]) for r in later.values()] == [(4, 33_000)]

    run(NOW + timedelta(days=1), last_week=30)
    assert [r["Дата"].date() for r in rows(tmp_path, "Внимание")] == [DAY] * 2
    assert len(sqlite_store.alerts.read("clinic")) == 2


def test_a_plan_that_people_type_is_compared(run: Callable[..., RunReport], tmp_path: Path) -> None:
    run()
    book = load(tmp_path / "report.xlsx")
    assert "План-факт" not in book.sheetnames
    for row in (["11.2026", None, "Выручка", 500_000], ["11.2026", None, "Клики", 5]):
        place = next(n for n in range(2, 9) if book["План"].cell(n, 3).value is None)
        for at, cell in enumerate(row, 1):
            book["План"].cell(place, at, cell)
    book.save(tmp_path / "report.xlsx")
    run()
    [row] = rows(tmp_path, "План-факт")
    assert (row["Показатель"], row["План"], row["Факт"]) == ("Выручка", 500_000, 192_000)
    assert row["Выполнение"] == pytest.approx(0.384)
    checks = [r["Проверка"] for r in rows(tmp_path, "План")][:2]
    assert checks[0] == "✓ принято"
    assert checks[1].startswith("✗ Показатель: ожидается одно из")
