"""docs/exports.md and what it promises: every system is known, every column it names is understood."""

from __future__ import annotations

from pathlib import Path

from sheets_sync.reading.aliases import NEEDED
from sheets_sync.reading.systems import Place, systems, systems_of
from sheets_sync.reading.words import meaning, plain

PAGE = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")


def test_the_page_speaks_of_every_entity_and_of_the_systems_that_are_known() -> None:
    assert [e for e in NEEDED if f"`{e}`" not in PAGE] == ["touches", "traffic"]
    for name in (
        "IDENT",
        "YCLIENTS",
        "MEDODS",
        "SQNS",
        "Инфоклиника",
        "Medesk",
        "Mango",
        "Calltouch",
    ):
        assert name in PAGE
        assert any(name in system.name for system in systems())


def test_idents_export_is_known_by_its_columns() -> None:
    headers = (
        "Дата приема",
        "Начало",
        "Окончание",
        "Кабинет",
        "№ карты",
        "Телефон",
        "План лечения",
    )
    known = systems_of(Place("export.xlsx"), map(plain, headers))
    assert [(system.name, why) for system, why in known] == [
        ("IDENT", "столбцы, какие бывают только у неё")
    ]


def test_words_that_the_page_promises_are_known() -> None:
    assert [meaning(w, "appointment_status") for w in ("FTA", "DNA", "Checked out", "Seated")] == [
        "no_show",
        "no_show",
        "completed",
        "arrived",
    ]
