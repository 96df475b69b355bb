"""`romi-sheets export`: the sheet's own numbers as typed columns, and nobody's name among them."""

from __future__ import annotations

import json
import re
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from pyarrow import csv, parquet

from sheets_sync.cli import main
from sheets_sync.demo import write_clinic
from sheets_sync.store import open_store
from templates_sheets.data_table import data_table
from templates_sheets.data_tables import data_tables
from templates_sheets.laying import Answers, tables
from templates_sheets.material import Material
from templates_sheets.tab import Column, Tab, Table
from templates_sheets.tabs import TABS
from tests.books.xlsx_files import load
from tests.metrics.clinics import seeded_clinic

NOW = "2026-10-31T16:00:00+05:00"
NAMES = [*(tab.key for tab in TABS if tab.filled_by == "service"), "actions"]
NAME, PHONE, EMAIL = "Скворцова Ульяна Тимофеевна", "+7 (916) 222-33-44", "ulyana.s@example.com"
LEADS = f"""\
ID заявки;Дата обращения;ФИО;Телефон;Почта;Статус;Источник;utm_source;utm_medium;utm_campaign;Направление
1;05.10.2026 10:00;{NAME};{PHONE};{EMAIL};новая;;yandex;cpc;300001;{NAME}
2;06.10.2026 11:00;;8 916 555-66-77;;новая;{EMAIL};;;Акция {PHONE};терапия
"""
CLINIC = """\
name = "Клиника"
[[source]]
kind = "file"
entity = "leads"
path = "leads.csv"
"""


def romi(*words: str | Path, home: Path) -> Result:
    env = {
        "ROMI_SHEETS_HOME": str(home / "home"),
        "DATABASE_URL": "",
        "ROMI_SHEETS_NOW": NOW,
    }
    return CliRunner().invoke(main, [str(word) for word in words], env=env)


def exported(clinic: Path, *more: str) -> Result:
    return romi("export", clinic, "--dir", clinic.parent / "out", *more, home=clinic.parent)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small invented clinic after a sync and an export."""
    file = write_clinic(tmp_path_factory.mktemp("exported"), leads=150, months=4)
    assert romi("sync", file, home=file.parent).exit_code == 0
    assert exported(file).exit_code == 0
    return file


def schema(folder: Path) -> dict[str, Any]:
    told = json.loads((folder / "schema.json").read_text(encoding="utf-8"))
    return {table["name"]: table for table in told["tables"]}


def test_every_computed_table_is_a_file_and_a_line_of_the_schema(clinic: Path) -> None:
    folder = clinic.parent / "out"
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        [*(f"{name}.parquet" for name in NAMES), "schema.json"]
    )
    assert list(schema(folder)) == NAMES
    for name, told in schema(folder).items():
        file = parquet.read_table(folder / f"{name}.parquet")
        assert file.column_names == [column["name"] for column in told["columns"]]
        assert [str(kind) for kind in file.schema.types] == [c["type"] for c in told["columns"]]
        assert all(re.fullmatch("[a-z][a-z0-9_]*", column) for column in file.column_names)
        assert all(column["title"] and column["meaning"] for column in told["columns"])
        assert told["rows"] == len(file)


def test_the_numbers_are_the_sheets_in_roubles(clinic: Path) -> None:
    header, *rows = load(clinic.parent / "report.xlsx")["Отчёт по каналам"].iter_rows(
        values_only=True
    )
    told = schema(clinic.parent / "out")["channel_report"]["columns"]
    frame = parquet.read_table(clinic.parent / "out" / "channel_report.parquet").to_pylist()
    assert len(frame) == len(rows)
    for column in told:
        place = header.index(column["title"])
        for line, row in zip(frame, rows, strict=True):
            assert line[column["name"]] == pytest.approx(row[place]), column["name"]
    units = {column["name"]: column["unit"] for column in told}
    assert (units["cost"], units["romi"], units["leads"]) == ("RUB", "share", "count")
    assert "Комментарий" not in [column["title"] for column in told]


def test_tabs_that_are_laid_by_hand_are_typed_all_the_same(clinic: Path) -> None:
    read = {n: parquet.read_table(clinic.parent / "out" / f"{n}.parquet") for n in NAMES}
    assert read["weekly"].column_names[:5] == [
        "week",
        "leads",
        "bookings",
        "visits",
        "margin",
    ]
    assert read["weekly"].schema.field("week").type == pa.date32()
    assert len(read["weekly"]) == 8
    assert read["cohorts"].schema.field("month").type == pa.date32()
    assert read["cohorts"].schema.field("payback").type == pa.int32()
    assert read["funnel"].schema.field("retarget").type == pa.bool_()
    summary = {row["measure"]: row for row in read["summary"].to_pylist()}
    total = read["channel_report"].to_pylist()[-1]
    assert summary["cost"]["now"] == pytest.approx(total["cost"])
    assert summary["romi"]["unit"] == "percent"


def test_csv_says_the_same(clinic: Path) -> None:
    folder = clinic.parent / "texts"
    done = romi("export", clinic, "--dir", folder, "--format", "csv", home=clinic.parent)
    assert done.exit_code == 0
    for name in ("channel_report", "funnel", "cohorts", "weekly"):
        whole = parquet.read_table(clinic.parent / "out" / f"{name}.parquet")
        options = csv.ConvertOptions(
            column_types=whole.schema, strings_can_be_null=True, quoted_strings_can_be_null=False
        )
        assert csv.read_csv(folder / f"{name}.csv", convert_options=options).equals(whole)


def test_nothing_is_written_but_the_files(clinic: Path) -> None:
    book = (clinic.parent / "report.xlsx").read_bytes()
    store = open_store(f"sqlite:///{clinic.parent / 'home' / 'store.sqlite3'}")
    before = store.runs.last(clinic.stem, 10), store.memory.read(clinic.stem)
    assert exported(clinic).exit_code == 0
    assert (store.runs.last(clinic.stem, 10), store.memory.read(clinic.stem)) == before
    store.close()
    assert (clinic.parent / "report.xlsx").read_bytes() == book
    assert not [p for p in (clinic.parent / "out").iterdir() if p.name.startswith(".")]


def test_a_clinic_that_was_never_synced_is_read_first(tmp_path: Path) -> None:
    clinic = write_clinic(tmp_path, leads=40, months=2)
    assert exported(clinic).exit_code == 0
    assert (
        parquet.read_table(tmp_path / "out" / "channel_report.parquet").to_pylist()[-1]["leads"] > 0
    )
    assert not (tmp_path / "report.xlsx").exists()


def test_statuses(tmp_path: Path) -> None:
    clinic = tmp_path / "clinic.toml"
    clinic.write_text(CLINIC, encoding="utf-8")
    done = exported(clinic)
    assert (done.exit_code, "leads" in done.stdout) == (1, True)
    assert (tmp_path / "out" / "schema.json").exists()
    (tmp_path / "leads.csv").write_text(LEADS, encoding="utf-8")
    assert romi("sync", clinic, home=tmp_path).exit_code == 0
    assert exported(clinic).exit_code == 0
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert romi("export", clinic, "--dir", tmp_path / "file", home=tmp_path).exit_code == 2
    assert romi("export", tmp_path / "no.toml", "--dir", tmp_path, home=tmp_path).exit_code == 2
    (tmp_path / "report.xlsx").write_text("сломано", encoding="utf-8")
    assert exported(clinic).exit_code == 1


def test_no_personal_data_gets_into_a_file(tmp_path: Path) -> None:
    clinic = tmp_path / "clinic.toml"
    clinic.write_text(CLINIC, encoding="utf-8")
    (tmp_path / "leads.csv").write_text(LEADS, encoding="utf-8")
    assert romi("sync", clinic, home=tmp_path).exit_code == 0
    for form in ("parquet", "csv"):
        assert exported(clinic, "--format", form).exit_code == 0
    files = [p for p in (tmp_path / "out").iterdir() if p.name != "schema.json"]
    assert {p.suffix for p in files} == {".parquet", ".csv"}
    texts = [
        p.read_text("utf-8") if p.suffix == ".csv" else parquet.read_table(p).to_pandas().to_csv()
        for p in files
    ]
    digits = re.sub(r"\D", "", "".join(texts))
    assert "9162223344" not in digits
    for secret in ("Скворцова", "Ульяна", "ulyana", "example.com"):
        assert secret not in "".join(texts)


@pytest.mark.parametrize("seed", [2, 5])
def test_no_cell_is_lost_for_not_being_of_its_columns_type(seed: int) -> None:
    rows = seeded_clinic(seed, 120)
    at = datetime.combine(rows.settings.as_of, time(12), rows.settings.zone)
    answers = Answers(Material(rows.settings, rows.frames, at))
    tables(answers)
    for table in data_tables(answers):
        typed = data_table(table)
        nulls = [lane.null_count for lane in typed.rows.columns]
        assert nulls == [
            sum(row[at] is None for row in table.rows) for at in range(len(table.columns))
        ]


def test_a_cell_that_is_not_of_its_columns_type_is_null() -> None:
    columns = (Column("Деньги", "money", "money"), Column("День", "day", "date"))
    told = data_table(
        Table(Tab("x", "Х", columns), columns, [["много", 5], [1.5, pd.Timestamp("2026-01-02")]])
    )
    assert told.rows.to_pydict()["money"] == [None, 1.5]
    assert [str(d) for d in told.rows.to_pydict()["day"]] == ["None", "2026-01-02"]
