"""The page of all clinics, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr

from app import create_app
from sheets_sync.settings import Service
from sheets_sync.store import Store
from sheets_sync.web.overview import ClinicRow, State, summary
from tests.web.conftest import Sit


@pytest.fixture
def app(tmp_path: Path, sqlite_store: Store) -> Flask:
    folder = tmp_path / "clinics"
    folder.mkdir()
    for n in range(12):
        name = f"Стоматология «Улыбка» № {n}, филиал на Ленинском проспекте"
        (folder / f"c{n:02}.toml").write_text(
            f'name = "{name}"\n[book]\npath = "{n}.xlsx"\n', encoding="utf-8"
        )
    (folder / "broken.toml").write_text("name = ", encoding="utf-8")
    service = Service(home=tmp_path / "home", clinics=folder, admin_password=SecretStr("pass"))
    return create_app(service, store=sqlite_store)


@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_fits_a_phone_and_a_desk_and_finds_a_clinic(
    app: Flask, sit: Sit, width: int
) -> None:
    page = sit(app, width=width, password="pass").open("/")
    rows = page.locator("tbody tr:visible")
    assert rows.count() == 13
    assert rows.first.get_attribute("class") == "broken"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    button = page.get_by_role("button", name="Обновить: Стоматология «Улыбка» № 7,")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= (44 if width == 360 else 32)
    page.get_by_role("searchbox").fill("№ 7,")
    assert rows.all_inner_texts()[0].startswith("Стоматология «Улыбка» № 7,")
    assert rows.count() == 1
    button.click()
    page.wait_for_load_state()
    assert page.get_by_text("в очереди").count() == 1


@pytest.mark.parametrize(
    ("states", "line"),
    [
        ([], "Пока ни одной."),
        ([("свежо", "28.11 09:00")], "1\N{NO-BREAK SPACE}клиника, все данные свежие."),
        (
            [("свежо", "28.11 09:00"), ("ещё не было", "—")],
            "2\N{NO-BREAK SPACE}клиники, ещё не обновлялись: 1.",
        ),
        (
            [("ошибка", "—"), ("ещё не было", "—")],
            "2\N{NO-BREAK SPACE}клиники, требуют внимания: 1.",
        ),
    ],
)
def test_the_summary_calls_no_clinic_fresh_that_has_no_data(
    states: list[tuple[State, str]], line: str
) -> None:
    rows = [
        ClinicRow("c", "c", s, "—", fresh, "—", "", "", can_refresh=True) for s, fresh in states
    ]
    assert summary(rows) == line
