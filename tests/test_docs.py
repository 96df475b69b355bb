"""Docs and code say the same: what exists is documented, what is documented exists."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from pydantic import BaseModel

from sheets_sync.cli import main
from sheets_sync.clinic.config import Clinic, ReportConfig
from sheets_sync.delivery.registry import CHANNELS
from sheets_sync.settings import Service, variable
from sheets_sync.sources import SOURCES
from templates_sheets.settings import SETTINGS
from templates_sheets.tabs import TABS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "README.ru.md", ROOT / "CONTRIBUTING.md"]
PAGES += sorted((ROOT / "docs").glob("*.md"))
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
#: What documents name though it is no option, variable or setting of ours.
_OTHERS = {"--force-exclude", "--help"}


def test_every_command_is_documented_and_every_documented_one_exists() -> None:
    documented = set(re.findall(r"`romi-sheets ([a-z]+)\b", TEXT))
    assert documented == set(main.commands)


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_option_is_documented_and_every_documented_one_exists(name: str) -> None:
    options = {
        option
        for parameter in main.commands[name].params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
        if option.startswith("--")
    }
    calls = re.findall(rf"romi-sheets {name}\b([^\n`|]*)", TEXT)
    documented = {option for call in calls for option in re.findall(r"--[a-z][a-z-]+", call)}
    assert documented - _OTHERS == options


def test_every_variable_is_documented_and_every_documented_one_exists() -> None:
    exist = set(_variables())
    named = set(re.findall(r"ROMI_SHEETS_[A-Z0-9_]*[A-Z0-9]", TEXT))
    for first, more in re.findall(r"`(ROMI_SHEETS_[A-Z0-9_]+)`((?:, `…_[A-Z_]+`)+)", TEXT):
        named |= {_alike(first, ending) for ending in re.findall(r"…(_[A-Z_]+)", more)}
    assert named - {f"ROMI_SHEETS_{kind.upper()}_ENDPOINT" for kind in SOURCES} <= exist
    assert {name for name in exist if name not in named and name not in TEXT} == set()


def _variables() -> Iterator[str]:
    yield from (variable(setting) for setting in Service.model_fields if setting != "endpoints")
    yield "ROMI_SHEETS_<KIND>_ENDPOINT"
    for path in (ROOT / "tests").rglob("*.py"):
        yield from re.findall(r'"(ROMI_SHEETS_TEST_[A-Z]+)"', path.read_text(encoding="utf-8"))


def _alike(first: str, ending: str) -> str:
    """`ROMI_SHEETS_GOOGLE_ENDPOINT`, `…_METRICA_ENDPOINT`: the same beginning."""
    return "ROMI_SHEETS" + ending if ending.count("_") else first


def test_every_tab_is_documented_and_every_documented_one_exists() -> None:
    page = (ROOT / "README.ru.md").read_text(encoding="utf-8")
    table = page.partition("| Вкладка | Что в ней |")[2].partition("\n\n")[0]
    named = {
        title
        for row in re.findall(r"^\| ([А-Я][^|]*) \|", table, re.MULTILINE)
        for title in row.split(", ")
    }
    assert named == {tab.title for tab in TABS if tab.filled_by == "service"}
    assert {tab.title for tab in TABS if f"«{tab.title}»" not in TEXT} - named == set()


def _sources() -> list[dict[str, Any]]:
    """Every [[source]] of the documents; a [source.columns] shown alone is none."""
    shown = [table.get("source", ()) for table in _tables()]
    return [source for sources in shown if isinstance(sources, list) for source in sources]


def test_every_kind_of_source_is_documented_and_every_documented_one_exists() -> None:
    documented = {source["kind"] for source in _sources()}
    assert documented == set(SOURCES)


def test_every_field_of_a_source_is_documented_and_every_documented_one_exists() -> None:
    for source in _sources():
        assert set(source) <= _fields(SOURCES[source["kind"]].table), source["kind"]
    missing = {
        f"{kind}.{field}"
        for kind, source in SOURCES.items()
        for field in _fields(source.table)
        if not re.search(rf"\b{field}\b", TEXT)
    }
    assert missing == set()


def test_every_channel_is_documented_and_every_documented_one_exists() -> None:
    shown = [channel for table in _tables() for channel in table.get("notify", ())]
    assert {channel["kind"] for channel in shown} == set(CHANNELS)
    for channel in shown:
        assert set(channel) <= _fields(CHANNELS[channel["kind"]].table), channel["kind"]
    page = (ROOT / "docs" / "clinic.md").read_text(encoding="utf-8")
    fields = {field for channel in CHANNELS.values() for field in _fields(channel.table)}
    assert {field for field in fields if not re.search(rf"\b{field}\b", page)} == set()


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    exist = _fields(ReportConfig)
    assert {name for name in exist if not re.search(rf"\b{name}\b", TEXT)} == set()
    documented = {key for table in _tables() for key in table.get("report", ())}
    assert documented <= exist


def test_every_row_of_the_settings_tab_is_documented() -> None:
    assert {s.title for s in SETTINGS if f"«{s.title}»" not in TEXT} == set()


def test_every_section_of_a_clinics_file_exists() -> None:
    assert {key for table in _tables() for key in table} <= _fields(Clinic)


def _fields(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def _tables() -> Iterator[dict[str, Any]]:
    """Every example of a clinic's file in the documents."""
    for block in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL):
        yield tomllib.loads(block)


def test_links_between_documents_lead_somewhere() -> None:
    lost = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert lost == []


def test_every_path_that_the_map_names_is_there() -> None:
    map_of_code = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:sheets_sync|metrics|templates_sheets)/[\w/.]*)`", map_of_code)
    recipe = {"metrics/reports/doctors.py", "templates_sheets/doctors.py"}  # yet to be written
    assert {path for path in named if not (ROOT / path).exists()} == recipe


def test_every_test_that_a_page_says_to_run_is_there() -> None:
    lost = [
        f"{page.name}: {name}"
        for page in (*PAGES, ROOT / "CONTRIBUTING.md")
        for name in re.findall(r"tests/[\w/]+\.py", page.read_text(encoding="utf-8"))
        if not (ROOT / name).exists()
    ]
    assert lost == []


def test_the_words_of_choices_are_documented() -> None:
    words = {
        str(word)
        for field in ReportConfig.model_fields.values()
        for word in get_args(field.annotation)
        if isinstance(word, str)
    }
    assert {word for word in words if not re.search(rf"\b{word}\b", TEXT)} == set()


def test_every_picture_is_shown_and_every_shown_one_exists() -> None:
    shown = set(re.findall(r"!\[[^\]]+\]\((docs/pictures/[^)]+)\)", TEXT))
    there = {p.relative_to(ROOT).as_posix() for p in (ROOT / "docs" / "pictures").glob("*.png")}
    assert shown == there != set()
    assert [name for name in there if (ROOT / name).stat().st_size > 150_000] == []
