"""A clinic from nothing to its first workbook, without a text editor."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect
from pydantic import SecretStr

from app import create_app
from sheets_sync.clinic.config import load_clinic
from sheets_sync.clinic.secrets import Secrets
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
from tests.web.browsing import assert_accessible, assert_fits
from tests.web.conftest import Sit


@pytest.fixture
def app(tmp_path: Path, sqlite_store: Store) -> Flask:
    folder = tmp_path / "clinics"
    folder.mkdir()
    service = Service(home=tmp_path / "home", clinics=folder, admin_password=SecretStr("pass"))
    return create_app(service, store=sqlite_store)


@pytest.mark.parametrize("width", [1200, 360])
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


def test_a_source_is_connected_with_its_secret_beside_the_file(
    app: Flask, tmp_path: Path, sit: Sit
) -> None:
    path = tmp_path / "clinics" / "one.toml"
    path.write_text('# моя\nname = "К"  # имя\n', encoding="utf-8")
    page = sit(app, password="pass").open("/clinics/one/sources/callibri")
    assert_accessible(page)
    page.get_by_label("Номер сайта").fill("42")
    page.get_by_label("E-mail").fill("a@b.example")
    page.get_by_label("Токен").fill("secret-token")
    page.get_by_role("button", name="Подключить").click()
    page.wait_for_url("**/clinics/one")
    text = path.read_text(encoding="utf-8")
    assert text.startswith('# моя\nname = "К"  # имя\n')
    assert "secret-token" not in text
    (source,) = load_clinic(path).source
    assert source.name == "callibri:42"
    assert Secrets(tmp_path / "home", "one").find("CALLIBRI_TOKEN") == "secret-token"
    assert (tmp_path / "home" / "secrets" / "one.env").stat().st_mode & 0o777 == 0o600


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
