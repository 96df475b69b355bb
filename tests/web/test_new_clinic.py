"""A clinic from nothing to its first workbook, without a text editor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect
from pydantic import SecretStr
from python_calamine import CalamineWorkbook

from app import create_app
from sheets_sync.clinic.config import load_clinic
from sheets_sync.clinic.folder import Clinics
from sheets_sync.clinic.secrets import Secrets
from sheets_sync.service.jobs import JobQueue, open_queue
from sheets_sync.settings import Service
from sheets_sync.store import Store
from sheets_sync.web.field_words import FIELDS
from sheets_sync.web.source_form import (
    KINDS,
    form_fields,
    form_of_source,
    source_of_form,
    table_of,
)
from tests.doubles.callibri import CallibriDouble
from tests.web.browsing import assert_accessible, assert_fits
from tests.web.conftest import Sit

#: Two leads of the last days: the report's period ends yesterday.
_DAY = datetime.now(UTC) - timedelta(days=3)
_LEADS = (
    "№ заявки;Дата обращения;Телефон;Источник;Статус\n"
    f"1;{_DAY:%d.%m.%Y} 10:00;+7 916 222-33-44;2ГИС;новая\n"
    f"2;{_DAY:%d.%m.%Y} 11:00;+7 916 222-33-55;2ГИС;новая\n"
)


@pytest.fixture
def app(tmp_path: Path, sqlite_store: Store) -> Flask:
    folder = tmp_path / "clinics"
    folder.mkdir()
    service = Service(home=tmp_path / "home", clinics=folder, admin_password=SecretStr("pass"))
    return create_app(service, store=sqlite_store)


@pytest.mark.parametrize("width", [360])
def test_a_new_clinic_is_made_by_keyboard_alone(
    app: Flask, tmp_path: Path, sit: Sit, width: int
) -> None:
    page = sit(app, width=width, password="pass").open("/clinics/new")
    assert_accessible(page)
    assert_fits(page, width)
    page.get_by_label("Название").focus()
    page.keyboard.type("Имплант-центр «Север»")
    page.keyboard.press("Tab")
    page.keyboard.type("sever")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Готово: Имплант-центр «Север»")
    assert_accessible(page)
    assert_fits(page, width)
    clinic = load_clinic(tmp_path / "clinics" / "sever.toml")
    assert (clinic.name, clinic.book.kind) == ("Имплант-центр «Север»", "xlsx")
    assert clinic.webhook is not None
    secret = Secrets(tmp_path / "home", "sever").find(clinic.webhook.secret_env)
    assert page.locator("code").first.inner_text() == secret
    assert page.locator("ol li").count() == 7
    page.get_by_role("link", name="Страница клиники").click()
    page.wait_for_url("**/clinics/sever")
    assert secret not in page.content()


def test_a_new_clinic_comes_from_nothing_to_its_first_workbook(
    tmp_path: Path, sqlite_store: Store, sit: Sit
) -> None:
    """Made, connected, given an export and refreshed: by the keyboard alone, but for the file."""
    folder = tmp_path / "clinics"
    folder.mkdir()
    with CallibriDouble() as callibri:
        endpoints = {"callibri": callibri.url}
        service = Service(
            home=tmp_path / "home",
            clinics=folder,
            admin_password=SecretStr("pass"),
            endpoints=endpoints,
        )
        page = sit(create_app(service, store=sqlite_store), password="pass").open("/clinics/new")
        page.get_by_label("Название").press_sequentially("Север")
        page.get_by_label("Короткое имя").press_sequentially("sever")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Callibri").press("Enter")
        page.get_by_label("Номер сайта").fill("12")
        page.get_by_label("E-mail").fill(callibri.secrets["CALLIBRI_EMAIL"])
        page.get_by_label("Токен").fill("wrong")
        page.get_by_role("button", name="Проверить").press("Enter")
        expect(page.locator("#answers .bad, #answers .next").first).to_be_visible()
        page.get_by_label("Токен").fill(callibri.secrets["CALLIBRI_TOKEN"])
        page.get_by_role("button", name="Проверить").press("Enter")
        expect(page.locator("#answers .good").first).to_be_visible()
        assert_accessible(page)
        # What was typed is still there: a secret is asked for once.
        page.get_by_text("Ещё настройки").press("Enter")
        page.get_by_label("С какого дня").fill(f"{_DAY:%Y-%m-%d}")
        page.get_by_role("button", name="Подключить").press("Enter")
        page.wait_for_url("**/clinics/sever")
        secrets = tmp_path / "home" / "secrets" / "sever.env"
        assert secrets.stat().st_mode & 0o777 == 0o600
        assert f"CALLIBRI_TOKEN={callibri.secrets['CALLIBRI_TOKEN']}" in secrets.read_text()
        assert "TOKEN=" not in (folder / "sever.toml").read_text(encoding="utf-8")
        export = tmp_path / "лиды.csv"
        export.write_text(_LEADS, encoding="utf-8")
        with page.expect_file_chooser() as chooser:
            page.get_by_label("Перетащите сюда файлы").press("Enter")
        chooser.value.set_files(export)
        page.wait_for_url("**/uploads/*")
        page.get_by_role("button", name="Принять", exact=True).press("Enter")
        page.wait_for_url("**/clinics/sever")
        clinics = Clinics(folder)
        JobQueue(service, sqlite_store, clinics, open_queue(service, sqlite_store)).attempt("sever")
        page.reload()
        with page.expect_download() as download:
            page.get_by_role("link", name="Скачать отчёт").press("Enter")
        assert_accessible(page)
    book = CalamineWorkbook.from_path(str(download.value.path()))
    journal = book.get_sheet_by_name("Журнал").to_python()
    assert any("Callibri" in str(cell) for row in journal for cell in row)
    funnel = book.get_sheet_by_name("Отчёт по каналам").to_python()
    assert next(row for row in funnel if row[0] == "Итого")[1] == 2


def test_a_wrong_form_says_what_is_wrong_and_writes_nothing(app: Flask, tmp_path: Path) -> None:
    client = app.test_client()
    bearer = {"Authorization": "Bearer pass"}
    for form, words in (
        ({"name": "К", "id": "new"}, "new занято"),
        ({"name": "К", "id": "../x"}, "короткое имя"),
        ({"name": "", "id": "one"}, "name"),
        ({"name": "К", "id": "one", "timezone": "Mars/Base"}, "Mars/Base"),
        ({"name": "К", "id": "one", "book": "google", "address": "x"}, "не адрес таблицы"),
    ):
        answer = client.post("/clinics/new", data=form, headers=bearer)
        assert answer.status_code == 400
        assert words in answer.get_data(as_text=True)
        assert list((tmp_path / "clinics").glob("**/*.toml")) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_form_that_gives_its_table_and_takes_it_back(kind: str) -> None:
    fields = form_fields(kind)
    values = {"text": "1", "secret": "word", "flag": "1", "list": "3, 4", "date": "2026-01-01"}
    pairs = {
        "statuses": "draft = записан",
        "stages": "31:142 = пришёл\n7 = отказ",
        "fields": "направление = 12",
        "links": "номер лида = crm",
    }
    form = {
        f.name: f.choices[0] if f.choices else pairs.get(f.name) or values[f.form] for f in fields
    }
    form |= {n: "clinic.example" for n in ("host", "domain") if n in form and kind != "uis"}
    source, kept = source_of_form(kind, form)
    table = table_of(source)
    assert set(kept.values()) == {"word"}
    again, secrets = source_of_form(kind, form_of_source(table), before=table)
    assert table_of(again) == table
    assert secrets == {}
    assert {f.name for f in fields} <= {name.partition(".")[2] or name for name in FIELDS}
    assert all(f.title for f in fields)


def test_a_source_that_a_person_wrote_is_read_back_and_keeps_its_comments(
    app: Flask, tmp_path: Path
) -> None:
    path = tmp_path / "clinics" / "one.toml"
    written = (
        'name = "К"\n\n# наш CRM\n[[source]]\nkind = "amocrm"  # новый кабинет\n'
        'domain = "clinic.amocrm.ru"\ntoken_env = "OUR_TOKEN"  # до декабря\n'
        '[source.stages]\n"31:142" = "visited"  # пришёл\n"7" = "lost"\n'
    )
    path.write_text(written, encoding="utf-8")
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer pass"
    page = client.get("/clinics/one/sources/amocrm").get_data(as_text=True)
    assert "31:142 = пришёл\n7 = отказ" in page
    assert "OUR_TOKEN" not in page
    form = {"domain": "clinic.amocrm.ru", "stages": "31:142 = пришёл\n8 = записан", "phones": "1"}
    saved = client.post("/clinics/one/sources/amocrm", data=form | {"do": "save"})
    assert saved.status_code == 303
    text = path.read_text(encoding="utf-8")
    for comment in ("# наш CRM", "# новый кабинет", "# до декабря", "# пришёл"):
        assert comment in text
    (source,) = load_clinic(path).source
    assert dict(getattr(source, "stages")) == {"31:142": "visited", "8": "booked"}  # noqa: B009
    second = form | {"domain": "other.amocrm.ru", "token_env": "secret-2", "system": "filial-2"}
    answer = client.post("/clinics/one/sources/amocrm?source=new", data=second | {"do": "save"})
    assert answer.status_code == 400  # the first needs a system of its own, too
    assert "system" in answer.get_data(as_text=True)
    wrong = client.post("/clinics/one/sources/amocrm", data=form | {"stages": "31", "do": "save"})
    assert "«Стадии», строка 1: нет знака «=»" in wrong.get_data(as_text=True)
