"""A clinic's file: every fault is named, in Russian, with its key; what is contradictory is refused."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from sheets_sync.clinic.config import Clinic, ReportConfig, load_clinic
from sheets_sync.errors import ConfigError

FILE = '[[source]]\nkind = "file"\nentity = "costs"\npath = "costs.csv"\n'
TOKEN = "y0_AgAAAABexample"


def load(folder: Path, text: str) -> Clinic:
    path = folder / "clinic.toml"
    path.write_text(text, encoding="utf-8")
    return load_clinic(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FILE, "name: не задано"),
        ('name = ""', "name: не может быть пустым"),
        ('name = "К"\ncolour = 1', "colour: такого ключа нет"),
        ('name = "К"\n[report]\nmargin_rate = 45', "report.margin_rate: нужно не больше 1"),
        ('name = "К"\n[report]\nmargin_rate = "45 %"', "report.margin_rate: нужно число"),
        ('name = "К"\n[report]\nfrom = "01.01.2026"', "report.from: нужна дата"),
        ('name = "К"\n[report]\nlookback_days = 0', "report.lookback_days: нужно не меньше 1"),
        ('name = "К"\n[report]\nltv = "x"', "report.ltv: нужно одно из: 'ltv_12m', 'ltv_s0'"),
        ('name = "К"\n[source]\nkind = "file"', "нужны двойные скобки: [[source]]"),
        ('name = "К"\n[[source]]\nkind = "amo"', "[[source]] № 1.kind: нужно одно из"),
        ('name = "К"\n[report]\ncost_order = ["file", "file"]', "cost_order"),
        ('name = "К"\n[report.directions]\n"имплант(" = "имплантация"', "«имплант(»"),
        ('name = "К"\n[book]\naccount = "../key"', "нужно имя файла ключа без папки"),
        (
            'name = "К"\n[book]\nspreadsheet_id = "https://docs.google.com/spreadsheets/d/e/2PACX/pubhtml"',
            "адрес опубликованной копии",
        ),
        ('name = "К"\n[report\n', "это не TOML: ошибка в строке 2"),
    ],
)
def test_a_fault_is_named_in_russian_with_its_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, text)
    assert said in refused.value.message
    assert "nput" not in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    "found",
    [
        "https://docs.google.com/spreadsheets/d/1AbC-_9/edit?gid=0#gid=0",
        "docs.google.com/spreadsheets/u/1/d/1AbC-_9",
        "https://drive.google.com/open?usp=x&id=1AbC-_9",
        "https://drive.google.com/file/d/1AbC-_9/view",
        " «1AbC-_9» ",
        "1AbC-_9/edit#gid=0",
    ],
)
def test_an_id_is_found_in_whatever_address_of_a_spreadsheet(tmp_path: Path, found: str) -> None:
    text = f'name = "К"\n[book]\nkind = "google"\nspreadsheet_id = "{found}"\n'
    assert load(tmp_path, text).book.spreadsheet_id == "1AbC-_9"


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, 'timezone = "X"\n[report]\nmargin_rate = 9\n')
    for key in ("name", "timezone", "report.margin_rate"):
        assert f"{key}: " in refused.value.message


def test_a_token_where_its_name_belongs_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="имя переменной") as refused:
        load(tmp_path, f'name = "К"\n[[source]]\nkind = "direct"\ntoken_env = "{TOKEN}"\n')
    assert TOKEN not in str(refused.value)


def test_two_sources_of_one_name_are_refused_for_they_would_take_each_others_rows(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigError, match=r"№ 2.*то же, что и № 1"):
        load(tmp_path, f'name = "К"\n{FILE}{FILE}')
    other = FILE.replace("costs", "leads", 1)
    assert len(load(tmp_path, f'name = "К"\n{FILE}{other}').source) == 2


def test_one_end_of_a_period_that_leaves_no_day_is_refused() -> None:
    report = ReportConfig.model_validate({"to": date(2020, 1, 1)})
    with pytest.raises(ConfigError, match=r"01\.04\.2026 – 01.01.2020"):
        report.settings(date(2026, 6, 30), "Europe/Moscow")


WHOLE = [
    name
    for name, field in ReportConfig.model_fields.items()
    if type(field.default) is int  # a bool is none
]


@pytest.mark.parametrize("key", WHOLE)
@pytest.mark.parametrize("value", ["true", "1.5", "1.0", "nan", "99999999999999999999999"])
def test_a_whole_number_is_nothing_else(tmp_path: Path, key: str, value: str) -> None:
    """`true` would silently be one; a number beyond a frame's would break the report."""
    with pytest.raises(ConfigError, match=f"report.{key}: нужно "):
        load(tmp_path, f'name = "К"\n[report]\n{key} = {value}\n')


@pytest.mark.parametrize("key", ["from", "to", "compare_from", "compare_to", "changed_since"])
@pytest.mark.parametrize("value", ["0", "86400", "true"])
def test_a_day_is_no_number(tmp_path: Path, key: str, value: str) -> None:
    """Zero would silently be the first of January 1970."""
    with pytest.raises(ConfigError, match=f"report.{key}: нужна дата"):
        load(tmp_path, f'name = "К"\n[report]\n{key} = {value}\n')


def test_a_compared_period_ends_after_it_begins(tmp_path: Path) -> None:
    days = "compare_from = 2026-03-01\ncompare_to = 2026-02-01\n"
    with pytest.raises(ConfigError, match="compare_from 2026-03-01 позже, чем compare_to"):
        load(tmp_path, f'name = "К"\n[report]\n{days}')


def test_defaults_of_the_later_settings(tmp_path: Path) -> None:
    report = load(tmp_path, 'name = "К"\n').report
    assert (report.keep_uploads, report.call_lead_minutes, report.call_minutes) == (0, 30, 30)


@pytest.mark.parametrize("day", ["0001-01-01", "1989-12-31", "2100-01-01", "9999-12-31"])
def test_a_day_where_calendars_end_is_refused(tmp_path: Path, day: str) -> None:
    for place in (f"[report]\nfrom = {day}\n", f"{FILE}from = {day}\n"):
        with pytest.raises(ConfigError, match=r"from: нужна дата с 01\.01\.1990 по 31\.12\.2099"):
            load(tmp_path, f'name = "К"\n{place}')


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    for name, make in (("folder", Path.mkdir), ("pipe", os.mkfifo)):
        path = tmp_path / f"{name}.toml"
        make(path)
        with pytest.raises(ConfigError, match="не файл"):
            load_clinic(path)
