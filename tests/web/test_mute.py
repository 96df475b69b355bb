"""«Замолчать»: a signed link, whoever opens it; looking at it changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from app import create_app
from sheets_sync.clinic.config import load_clinic
from sheets_sync.home import page_key
from sheets_sync.notify.mute import mute_link, mute_path
from sheets_sync.settings import Service
from sheets_sync.store import Letter, Store
from tests.web.browsing import assert_accessible, assert_fits
from tests.web.conftest import Sit

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
CLINIC = 'name = "Клиника"\n[[notify]]\nkind = "max"\nchat_id = 1\ntoken_env = "MAX_TOKEN"\n'


@dataclass
class Office:
    service: Service
    store: Store
    now: datetime = NOW

    @property
    def app(self) -> Flask:
        return create_app(self.service, store=self.store, clock=lambda: self.now)

    @property
    def link(self) -> str:
        return mute_path(page_key(self.service), "one", NOW)


@pytest.fixture
def office(tmp_path: Path, sqlite_store: Store) -> Office:
    folder = tmp_path / "clinics"
    folder.mkdir()
    (folder / "one.toml").write_text(CLINIC, encoding="utf-8")
    service = Service(
        home=tmp_path / "home",
        clinics=folder,
        admin_password=SecretStr("pass"),
        url="https://sync.example.org/",
    )
    return Office(service, sqlite_store)


def press(client: FlaskClient, path: str, do: str = "off") -> int:
    page = client.get(path)
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert token is not None, page.text
    return client.post(path, data={"csrf": token[1], "do": do}).status_code


def test_looking_changes_nothing_and_the_button_mutes_for_a_week(office: Office) -> None:
    client = office.app.test_client()
    assert client.get(office.link).status_code == 200
    assert office.store.outbox.muted("one") is None
    assert press(client, office.link) == 303
    assert office.store.outbox.muted("one") == NOW + timedelta(days=7)
    assert "молчит до 17.03.2026 15:00" in client.get(office.link).text
    assert press(client, office.link, "on") == 303
    assert office.store.outbox.muted("one") == NOW


@pytest.mark.parametrize(
    "spoil",
    [lambda path: path + "x", lambda path: path.replace("/mute/", "/mute/W"), lambda _: "/mute/x"],
)
def test_an_altered_link_is_none(office: Office, spoil: Callable[[str], str]) -> None:
    assert office.app.test_client().get(spoil(office.link)).status_code == 403


def test_a_late_link_is_none(office: Office) -> None:
    link = office.link
    office.now = NOW + timedelta(days=7, seconds=1)
    assert office.app.test_client().get(link).status_code == 403


def test_without_the_pages_token_nothing_is_muted(office: Office) -> None:
    assert office.app.test_client().post(office.link, data={"do": "off"}).status_code == 400
    assert office.store.outbox.muted("one") is None


def test_a_link_to_the_spreadsheets_page_is_no_link_to_mute(office: Office) -> None:
    path = office.link.replace("/mute/", "/enter/")
    assert office.app.test_client().get(path).status_code == 403


def test_a_message_has_the_whole_address(office: Office) -> None:
    assert office.service.clinics is not None
    clinic = load_clinic(office.service.clinics / "one.toml")
    assert mute_link(office.service, clinic, NOW) == f"https://sync.example.org{office.link}"
    silent = office.service.model_copy(update={"url": ""})
    assert mute_link(silent, clinic, NOW) == ""


def test_the_clinics_page_shows_messages_and_leads_there(office: Office, sit: Sit) -> None:
    letter = Letter("max:6b86b273", "digest:2026-W11", ("Голова",), NOW)
    office.store.outbox.put("one", [letter])
    office.store.outbox.begin("one", letter, NOW)
    office.store.outbox.end("one", letter, "failed", error={"message": "MAX: токен не подошёл."})
    page = sit(office.app, width=360, password="pass").open("/clinics/one")
    section = page.locator("section", has_text="Сообщения")
    assert "MAX: сводка за неделю" in section.inner_text()
    assert "токен не подошёл" in section.inner_text()
    section.get_by_role("link", name="Замолчать на неделю").click()
    page.get_by_role("button", name="Замолчать на неделю").click()
    page.get_by_text("молчит до 17.03.2026").wait_for()
    assert_fits(page, 360)
    assert_accessible(page)
    assert office.store.outbox.muted("one") == NOW + timedelta(days=7)
