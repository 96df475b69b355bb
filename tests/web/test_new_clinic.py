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
from sheets_sync.web.new_clinic import KINDS, form_fields, source_of_form, table_of
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
    page.get_by_label("site_id").fill("42")
    page.get_by_label("email").fill("a@b.example")
    page.get_by_label("token").fill("secret-token")
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
def test_every_kind_has_a_form_that_gives_its_table(kind: str) -> None:
    values = {"text": "1", "secret": "word", "flag": "1"}
    form = {f.name: f.choices[0] if f.choices else values[f.form] for f in form_fields(kind)}
    if "host" in form or "domain" in form:
        form |= {n: "clinic.example" for n in ("host", "domain") if n in form and kind != "uis"}
    source, kept = source_of_form(kind, form)
    assert table_of(source).kind == kind
    assert set(kept.values()) == {"word"}
