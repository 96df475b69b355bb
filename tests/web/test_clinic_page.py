"""A clinic's page: the numbers of its book, its sources and runs, in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect
from pydantic import SecretStr
from python_calamine import CalamineWorkbook

from app import create_app
from sheets_sync.demo.demo import run_demo
from sheets_sync.errors import SourceError
from sheets_sync.settings import Service
from sheets_sync.store import Store, open_store
from sheets_sync.web.cell_text import cell_text
from sheets_sync.web.charts import channel_bars, line, weeks
from tests.web.browsing import assert_accessible, assert_fits
from tests.web.conftest import Sit

NOW = datetime(2026, 10, 31, 17, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    run_demo(folder, seed=2, leads=300, months=4)
    return folder


@pytest.fixture
def demo(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "demo"))


@pytest.fixture
def store(demo: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{demo / '.romi-sheets' / 'store.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture
def app(demo: Path, store: Store) -> Flask:
    service = Service(home=demo / ".romi-sheets", clinics=demo, admin_password=SecretStr("pass"))
    return create_app(service, store=store, clock=lambda: NOW)


def book(demo: Path, title: str) -> list[list[object]]:
    return (
        CalamineWorkbook.from_path(str(demo / "report.xlsx")).get_sheet_by_name(title).to_python()
    )


@pytest.mark.parametrize(("width", "dark"), [(1200, False), (360, False), (1200, True)])
def test_the_page_shows_the_week_of_the_book_and_fits(
    app: Flask, demo: Path, sit: Sit, width: int, dark: bool
) -> None:
    page = sit(app, width=width, password="pass", dark=dark).open("/clinics/clinic")
    assert page.title() == "Стоматология «Пример»"
    header, *rows = book(demo, "Неделя")
    for place, row in enumerate(rows[:8]):
        shown = page.locator("table.week tbody tr").nth(place)
        assert shown.locator("th").inner_text().startswith(str(row[0]))
        cells = shown.locator("td")
        last = cells.nth(cells.count() - 2)  # the week that is not over
        form = {"ROMI": "percent", "Доходимость": "percent"}.get(str(row[0]), "money")
        form = "count" if row[0] in ("Лиды", "Записи", "Визиты") else form
        assert last.inner_text() == cell_text(row[header.index("Изменение") - 1], form).text
    assert page.get_by_role("heading", name="Расходы и ROMI новых по каналам").is_visible()
    assert page.locator("table.bars tbody tr").count() >= 4
    assert page.locator(".columns rect").count() == len(header) - 2
    assert_fits(page, width)
    assert_accessible(page)


def test_the_workbook_is_there_to_be_taken(app: Flask, demo: Path, sit: Sit) -> None:
    page = sit(app, password="pass").open("/clinics/clinic")
    with page.expect_download() as download:
        page.get_by_role("link", name="Скачать отчёт").click()
    assert download.value.suggested_filename == "clinic.xlsx"
    assert Path(download.value.path()).read_bytes() == (demo / "report.xlsx").read_bytes()


def test_a_click_is_followed_to_its_end(app: Flask, store: Store, sit: Sit) -> None:
    page = sit(app, password="pass").open("/clinics/clinic")
    page.get_by_role("button", name="Обновить").click()
    page.wait_for_selector("#progress:visible")
    assert page.get_by_role("button", name="Обновить").is_disabled()
    claim = store.jobs.claim("clinic", NOW + timedelta(seconds=1))
    assert claim is not None
    store.runs.progress(claim.run_id, "Читаю лиды", 42)
    expect(page.locator("#bar")).to_have_js_property("value", 42)
    assert page.locator("#stage").inner_text() == "Читаю лиды"
    page.evaluate("document.getElementById('upload').dataset.busy = 'yes'")
    store.runs.finish(claim.run_id, NOW + timedelta(seconds=5), ok=True, counts={"new": 3})
    store.jobs.done(claim, NOW + timedelta(seconds=5), ok=True)
    page.wait_for_timeout(2500)
    assert page.locator("#progress").is_visible()  # a reload would lose the file on its way
    page.evaluate("document.getElementById('upload').dataset.busy = ''")
    page.wait_for_selector("#progress", state="hidden")
    assert "3\u00a0новые строки" in page.locator("section", has_text="Запуски").inner_text()
    assert page.get_by_role("button", name="Обновить").is_enabled()


def test_a_source_that_failed_stands_first_with_the_one_thing_to_do(
    app: Flask, store: Store, sit: Sit
) -> None:
    error = SourceError("нет такого файла.", hint="Положите выгрузку в папку.")
    store.sources.fail("clinic", "file:exports/oplaty.csv", error, NOW, "payments")
    page = sit(app, password="pass").open("/clinics/clinic")
    assert page.get_by_text("не всё свежее").is_visible()
    step = page.locator("section.next").inner_text()
    assert "exports/oplaty.csv: Положите выгрузку в папку." in step
    first = page.locator("section", has=page.get_by_role("heading", name="Источники"))
    assert "нет такого файла." in first.locator("tbody tr").first.inner_text()
    assert_accessible(page)


def test_a_clinic_that_never_ran_says_what_to_do(
    tmp_path: Path, sqlite_store: Store, sit: Sit
) -> None:
    (tmp_path / "new-one.toml").write_text('name = "Новая <b>клиника</b>"\n', encoding="utf-8")
    service = Service(home=tmp_path / "home", clinics=tmp_path, admin_password=SecretStr("pass"))
    app = create_app(service, store=sqlite_store)
    page = sit(app, width=360, password="pass").open("/clinics/new-one")
    assert page.get_by_role("heading", level=1).inner_text() == "Новая <b>клиника</b>"
    assert "Загрузите первую выгрузку" in page.locator("section.next").inner_text()
    assert page.get_by_text("ещё не обновляли").is_visible()
    assert_accessible(page)
    assert (
        app.test_client()
        .get("/clinics/new-one/report", headers={"Authorization": "Bearer pass"})
        .status_code
        == 404
    )


def test_charts_are_drawn_from_the_tables_of_the_book() -> None:
    report = {
        "titles": ["Канал", "Расходы", "ROMI новых"],
        "rows": [
            ["SEO", 0, None],
            ["Директ", 500.0, 0.5],
            ["VK", 1000.0, -0.25],
            ["Итого", 1500.0, 0],
        ],
    }
    bars = [(b.name, b.share, b.cost, b.romi, b.tone) for b in channel_bars(report)]
    assert bars == [
        ("VK", 100.0, "1\u00a0000\u00a0₽", "−25,0\u00a0%", "bad"),
        ("Директ", 50.0, "500\u00a0₽", "50,0\u00a0%", "good"),
    ]
    weekly = {
        "titles": ["Показатель", "05.10.2026", "12.10.2026", "19.10.2026 (идёт)", "Изменение"],
        "rows": [["Лиды", 10, 20, None, 1.0], ["Маржа", -45000.0, None, 45000.0, None]],
    }
    shown = weeks(weekly)
    assert [(w.top, w.leads, w.margin) for w in shown] == [
        (55.0, "10", "−45"),
        (10.0, "20", "—"),
        (100.0, "—", "45"),
    ]
    assert line(shown) == "5,95.0 25,5.0"
    assert channel_bars(None) == weeks(None) == []
