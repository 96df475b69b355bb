"""The workbook: what is in the file, and that no accident leaves half of one."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from sheets_sync.books.book import Stamp
from sheets_sync.books.xlsx import XlsxBook
from sheets_sync.errors import BookError
from templates_sheets import TABS, look
from templates_sheets.tab import Table
from tests import report_book

ROOT = Path(__file__).parents[1]
STAMP = Stamp("run-1", datetime(2026, 6, 30, 4, 5))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented clinic's workbook."""
    path = tmp_path_factory.mktemp("book") / "report.xlsx"
    write(path)
    return path


@pytest.fixture(scope="module")
def opened(report: Path) -> Iterator[openpyxl.Workbook]:
    book = load(report)
    yield book
    book.close()


def load(path: Path) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl drops what it does not know
        return openpyxl.load_workbook(path)


def write(path: Path, stamp: Stamp = STAMP) -> None:
    book = XlsxBook(path, "Улыбка & Ко")
    book.write(report_book.tables(book.read()), stamp)


def parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def changed(tables: list[Table], key: str, **fields: object) -> list[Table]:
    return [replace(t, **fields) if t.tab.key == key else t for t in tables]


def test_no_cell_of_any_tab_is_a_formula(report: Path) -> None:
    sheets = {n: xml for n, xml in parts(report).items() if n.startswith("xl/worksheets/sheet")}
    assert len(sheets) == len(TABS)
    assert not any("<f>" in xml or "<f " in xml for xml in sheets.values())
    assert not any("<hyperlink" in xml for xml in sheets.values())


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, report: Path) -> None:
    again = tmp_path / "again.xlsx"
    write(again)
    assert again.read_bytes() == report.read_bytes()


def test_numbers_are_numbers_with_a_russian_look(opened: openpyxl.Workbook) -> None:
    sheet = opened["Отчёт по каналам"]
    cells = {sheet.cell(1, c).value: sheet.cell(2, c) for c in range(1, sheet.max_column + 1)}
    assert cells["Маржа"].value == 2104300
    assert cells["Маржа"].number_format == '#,##0"\u00a0₽";[Red]\\-#,##0"\u00a0₽"'
    assert cells["ROMI"].number_format == '0.0"\u00a0"%'
    assert cells["Лиды"].number_format == "#,##0"
    assert isinstance(cells["Лиды"].value, int)
    assert cells["LTV / CAC"].number_format == "0.00"
    day = opened["Воронка"]["A2"]
    assert (day.value, day.number_format) == (datetime(2026, 5, 1), "dd.mm.yyyy")
    linear = [c.value for c in opened["Модели"][1]].index("Лиды: линейная")
    assert opened["Модели"].cell(2, linear + 1).number_format == "#,##0.0"
    payback = opened["Когорты"].cell(2, 8)
    assert payback.number_format in ('"T+"0', "General")


def test_headers_are_frozen_filtered_and_wide_enough(opened: openpyxl.Workbook) -> None:
    sheet = opened["Отчёт по каналам"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:AC11"
    assert sheet.column_dimensions["A"].width == pytest.approx(27.7, abs=0.5)
    assert sheet.column_dimensions["J"].width == pytest.approx(58.7, abs=0.5)
    assert sheet["A12"].font.bold
    assert sheet["A12"].value == "Итого"
    assert opened["Определения"].auto_filter.ref is None


def test_pages_are_ready_to_print(opened: openpyxl.Workbook) -> None:
    for tab in TABS:
        sheet = opened[tab.title]
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.orientation == ("landscape" if tab.landscape else "portrait")
        assert sheet.oddFooter.left.text == "Улыбка && Ко"
        assert "&P" in sheet.oddFooter.right.text
    assert opened["Сводка"].sheet_properties.pageSetUpPr.fitToPage
    assert [b.id for b in opened["Когорты"].col_breaks.brk] == [8, 21, 34, 47]


def test_charts_are_native(report: Path) -> None:
    charts = [xml for name, xml in parts(report).items() if name.startswith("xl/charts/chart")]
    titles = {re.search(r"<a:t>(.*?)</a:t>", xml)[1] for xml in charts}
    assert len(charts) == 8
    assert titles >= {
        "Воронка: от лида до пациента",
        "Расходы и ROMI новых по каналам",
        "Лиды и маржа по неделям",
    }
    funnel = next(xml for xml in charts if "Воронка: от лида" in xml)
    assert "<c:v>Новые пациенты</c:v>" in funnel
    assert "<c:v>1471</c:v>" in funnel
    assert re.findall(r"<c:f>(.*?)</c:f>", funnel) == [
        "Сводка!$B$1",
        "Сводка!$A$3:$A$7",
        "Сводка!$B$3:$B$7",
    ]


def test_colours_say_what_numbers_mean(opened: openpyxl.Workbook) -> None:
    cohorts = opened["Когорты"].conditional_formatting
    scales = [rule for ranges in cohorts for rule in ranges.rules if rule.type == "colorScale"]
    assert len(scales) == 4
    report = opened["Отчёт по каналам"].conditional_formatting
    bands = [rule for ranges in report for rule in ranges.rules if rule.type == "cellIs"]
    assert [rule.formula for rule in bands] == [["4.0"], ["2.0"], ["1.0"], ["0.0"], ["0.0"]]
    shares = opened["Услуги и врачи"].conditional_formatting
    assert any(rule.type == "dataBar" for ranges in shares for rule in ranges.rules)


def test_notes_explain_headers_and_empty_cells(opened: openpyxl.Workbook) -> None:
    sheet = opened["Отчёт по каналам"]
    assert sheet["H1"].comment.text.startswith("Маржа с одного пациента за первый год.")
    assert "Рано: нужно" in sheet["H5"].comment.text


def test_choices_are_drop_downs(opened: openpyxl.Workbook) -> None:
    lists = {
        str(v.sqref): v.formula1
        for v in opened["Настройки"].data_validations.dataValidation
        if v.type == "list"
    }
    assert '"margin' not in "".join(lists.values())
    assert any("последний значимый" in words for words in lists.values())
    rules = {str(v.sqref) for v in opened["Каналы"].data_validations.dataValidation}
    assert rules == {f"B2:B{look.INPUT_ROWS + 1}", f"D2:D{look.INPUT_ROWS + 1}"}


def test_ticks_are_shown_as_marks(opened: openpyxl.Workbook) -> None:
    assert [cell.value for cell in opened["Внедрение"]["C"]] == ["Готово", *"✓✓✓✓✗✗✗"]


def test_a_renamed_tab_keeps_its_name_and_is_not_made_again(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    book = load(path)
    book["Расходы"].title = "Расходы 2026"
    book["Расходы 2026"]["C2"] = "2ГИС"
    book.save(path)
    again = XlsxBook(path)
    typed = again.read()
    assert typed.grids["costs"][0][2] == "2ГИС"
    again.write(report_book.tables(typed), STAMP)
    assert "Расходы" not in load(path).sheetnames
    assert load(path)["Расходы 2026"]["C2"].value == "2ГИС"


def test_columns_added_to_an_input_tab_stay(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    book = load(path)
    book["Расходы"]["C2"] = "2ГИС"
    book["Расходы"]["O1"], book["Расходы"]["O3"] = "Договор", date(2026, 5, 1)
    book.save(path)
    for _ in range(2):
        write(path)
        sheet = load(path)["Расходы"]
        assert next(c.value for c in sheet["N"]) == "Договор"
        assert sheet["N3"].value == datetime(2026, 5, 1)
        assert sheet["C2"].value == "2ГИС"


def test_a_workbook_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "theirs.xlsx"
    theirs = openpyxl.Workbook()
    theirs.active.title = "Расходы"
    theirs.active["A1"] = "аренда"
    theirs.save(path)
    before = path.read_bytes()
    with pytest.raises(BookError, match=r"вкладка «Расходы».*заполняет её не этот сервис"):
        XlsxBook(path).read()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 broken", b"not a workbook", b"\xd0\xcf\x11\xe0" * 300]
)
def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "report.xlsx"
    path.write_bytes(content)
    book = XlsxBook(path)
    with pytest.raises(BookError, match="переименуйте его"):
        book.read()
    with pytest.raises(BookError):
        book.write(report_book.tables(), STAMP)
    assert path.read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == ["report.xlsx"]


@pytest.mark.parametrize("mark", ["~$report.xlsx", ".~lock.report.xlsx#"])
def test_a_file_that_is_open_in_a_program_waits(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    before = path.read_bytes()
    (tmp_path / mark).touch()
    book = XlsxBook(path)
    with pytest.raises(BookError, match="Закройте его") as refused:
        book.read()
    assert not refused.value.permanent
    (tmp_path / mark).unlink()
    typed = book.read()
    (tmp_path / mark).touch()
    with pytest.raises(BookError, match="открыт"):
        book.write(report_book.tables(typed), STAMP)
    assert path.read_bytes() == before


def test_a_file_saved_during_the_run_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    book = XlsxBook(path)
    typed = book.read()
    edited = load(path)
    edited["Расходы"]["C2"] = "2ГИС"
    edited.save(path)
    before = path.read_bytes()
    with pytest.raises(BookError, match="сохранили, пока шло обновление"):
        book.write(report_book.tables(typed), STAMP)
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file, not a folder")
    book = XlsxBook(tmp_path / "folder" / "report.xlsx")
    with pytest.raises(BookError, match="не могу записать файл"):
        book.write(report_book.tables(), STAMP)


def test_drafts_of_killed_writers_are_swept_after_a_day(tmp_path: Path) -> None:
    old, young = tmp_path / ".report.xlsx.0a.tmp", tmp_path / ".report.xlsx.0b.tmp"
    for draft in (old, young):
        draft.touch()
    os.utime(old, (1_700_000_000, 1_700_000_000))
    write(tmp_path / "report.xlsx")
    assert {file.name for file in tmp_path.iterdir()} == {"report.xlsx", young.name}


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    write(tmp_path / "new" / "report.xlsx")
    assert (tmp_path / "new" / "report.xlsx").stat().st_mode & 0o600 == 0o600


def test_what_excel_cannot_hold_is_said(tmp_path: Path) -> None:
    tables = list(report_book.tables())
    row = next(t for t in tables if t.tab.key == "services").rows[0]
    book = XlsxBook(tmp_path / "report.xlsx")
    with pytest.raises(BookError, match=r"вкладка «Услуги и врачи».*длиннее 32767 знаков"):
        book.write(changed(tables, "services", rows=[["я" * 32_768, *row[1:]]], notes={}), STAMP)
    assert list(tmp_path.iterdir()) == []


def test_any_text_comes_back_as_it_was(tmp_path: Path) -> None:
    words = [
        "\x00\x1fконтроль",
        "_x0041_",
        " пробелы ",
        "две\nстроки",
        "<r>x</r>",
        "😀",
        "\ud800",
        '&<>"',
    ]
    tables = list(report_book.tables())
    row = next(t for t in tables if t.tab.key == "services").rows[0]
    path = tmp_path / "report.xlsx"
    rows = [[word, *row[1:]] for word in words]
    XlsxBook(path).write(changed(tables, "services", rows=rows, notes={}), STAMP)
    shown = [cell.value for cell in load(path)["Услуги и врачи"]["A"][1:]]
    assert shown[1:4] == words[1:4]
    assert shown[4].replace("\u200b", "") == "<r>x</r>"
    assert shown[5] == "😀"
    assert shown[6] == "?"
    assert shown[7] == '&<>"'


WRITER = """
import sys
from pathlib import Path
from datetime import datetime
from sheets_sync.books.book import Stamp
from sheets_sync.books.xlsx import XlsxBook
from tests import report_book
path = Path(sys.argv[1])
tables = report_book.tables(days=60)
print("ready", flush=True)
for turn in range(1000):
    book = XlsxBook(path)
    book.read()
    book.write(tables, Stamp("run-2", datetime(2026, 6, 30)))
    print(turn, flush=True)
"""


@pytest.mark.parametrize("delay", [0.05, 0.3, 0.5])
def test_a_writer_killed_at_any_moment_leaves_a_whole_file(tmp_path: Path, delay: float) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert writer.stdout.readline() == "ready\n"
    time.sleep(delay)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    is_old = hashlib.sha256(path.read_bytes()).hexdigest() == old
    assert is_old or "run-2" in parts(path)["docProps/custom.xml"]
    write(path, Stamp("run-3", datetime(2026, 7, 1)))
    assert "run-3" in parts(path)["docProps/custom.xml"]
