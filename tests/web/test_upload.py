"""An export from a browser into a report: looked at, changed, accepted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect
from pydantic import SecretStr
from python_calamine import CalamineWorkbook

from app import create_app
from sheets_sync.clinic.config import load_clinic
from sheets_sync.line.run import new_run
from sheets_sync.line.sync import sync
from sheets_sync.net.clock import clock_from
from sheets_sync.settings import Service
from sheets_sync.store import Store
from tests.web.browsing import assert_accessible, assert_fits
from tests.web.conftest import Sit

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)
LEADS = (
    "Отчёт по заявкам;;;;;\n"
    "№ заявки;Когда обратился;Клиент;Телефон;Источник;Состояние\n"
    "А-1;05.01.2026 10:00;Скворцова Ульяна;+7 916 222-33-44;Яндекс Директ;новая\n"
    "А-2;06.01.2026 11:00;Петров Пётр;8 916 555 66 77;2ГИС;новая\n"
    "А-3;вчера;Ким Ан;8 916 555 66 78;2ГИС;новая\n"
)


@pytest.fixture
def app(tmp_path: Path, sqlite_store: Store) -> Flask:
    folder = tmp_path / "clinics"
    folder.mkdir()
    (folder / "one.toml").write_text('# моя клиника\nname = "Клиника"\n', encoding="utf-8")
    service = Service(home=tmp_path / "home", clinics=folder, admin_password=SecretStr("pass"))
    return create_app(service, store=sqlite_store, clock=lambda: NOW)


@pytest.mark.parametrize("width", [1200, 360])
def test_a_messy_export_becomes_a_right_report(
    app: Flask, tmp_path: Path, sqlite_store: Store, sit: Sit, width: int
) -> None:
    export = tmp_path / "выгрузка leads.csv"
    export.write_bytes(LEADS.encode("cp1251"))
    page = sit(app, width=width, password="pass").open("/clinics/one")
    page.get_by_label("Перетащите сюда файлы").set_input_files(export)
    page.wait_for_url("**/uploads/*")
    expect(page.locator("#entity")).to_have_value("leads")
    page.get_by_label("Значение столбца «Когда обратился»").select_option("created_at")
    with page.expect_navigation():
        page.get_by_role("button", name="Понять заново").click()
    expect(page.get_by_role("heading", name="Что изменится")).to_be_visible()
    text = page.locator("main").inner_text()
    assert "отказано 1" in text
    assert "Скворцова" not in text
    assert "222-33-44" not in text
    assert_fits(page, width)
    assert_accessible(page)
    uploads = tmp_path / "home" / "uploads" / "one"
    assert len(list(uploads.iterdir())) == 1
    assert sqlite_store.rows.read("one", "leads").empty
    page.get_by_role("button", name="Принять", exact=True).click()
    page.wait_for_url("**/clinics/one")
    assert list(uploads.iterdir()) == []
    assert len(sqlite_store.rows.read("one", "leads")) == 2
    path = tmp_path / "clinics" / "one.toml"
    assert path.read_text(encoding="utf-8").startswith("# моя клиника\n")
    clinic = load_clinic(path)
    assert [s.name for s in clinic.source] == ["upload:лиды"]
    service = Service(home=tmp_path / "home", clinics=tmp_path / "clinics")
    synced = sync(new_run(clinic, sqlite_store, service, clock_from(NOW)))
    assert synced.ok
    book = CalamineWorkbook.from_path(str(tmp_path / "clinics" / "report.xlsx"))
    rows = book.get_sheet_by_name("Отчёт по каналам").to_python()
    assert next(r for r in rows if r[0] == "Итого")[1] == 2


def test_a_file_is_only_kept_until_it_is_dropped(app: Flask, tmp_path: Path, sit: Sit) -> None:
    export = tmp_path / "text.csv"
    export.write_text("привет\n", encoding="utf-8")
    page = sit(app, password="pass").open("/clinics/one")
    page.get_by_label("Перетащите сюда файлы").set_input_files(export)
    page.wait_for_url("**/uploads/*")
    assert page.get_by_role("heading", name="Файл не понят").is_visible()
    page.get_by_role("button", name="Не принимать").click()
    page.wait_for_url("**/clinics/one#upload")
    assert list((tmp_path / "home" / "uploads" / "one").iterdir()) == []
