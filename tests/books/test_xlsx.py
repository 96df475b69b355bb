"""The workbook: what is in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from sheets_sync.books.xlsx.book import XlsxBook
from templates_sheets import funnel, look, models, services
from templates_sheets.tab import Column, Tab, Table
from templates_sheets.tabs import TABS
from tests.books import report_book
from tests.books.xlsx_files import STAMP, load, parts, write


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented clinic's workbook."""
    path = tmp_path_factory.mktemp("book") / "report.xlsx"
    write(path, tabs=TABS)
    return path


@pytest.fixture(scope="module")
def opened(report: Path) -> Iterator[openpyxl.Workbook]:
    book = load(report)
    yield book
    book.close()


def test_no_cell_of_any_tab_is_a_formula(report: Path) -> None:
    sheets = {n: xml for n, xml in parts(report).items() if n.startswith("xl/worksheets/sheet")}
    assert len(sheets) == len(TABS)
    assert not any("<f>" in xml or "<f " in xml for xml in sheets.values())
    links = [link for xml in sheets.values() for link in re.findall("<hyperlink [^>]*>", xml)]
    assert links
    assert not any("r:id" in link for link in links), "a link leads out of the book"


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, report: Path) -> None:
    again = tmp_path / "again.xlsx"
    write(again, tabs=TABS)
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
    assert sheet.auto_filter.ref == f"A1:{get_column_letter(sheet.max_column)}11"
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
    # Closed columns take no paper: what is seen is printed as large as it fits.
    assert opened["Отчёт по каналам"].page_setup.scale > 45
    assert [b.id for b in opened["Когорты"].col_breaks.brk] == [8, 21, 34, 47]


def test_charts_are_native(report: Path, opened: openpyxl.Workbook) -> None:
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
    first = [cell.value for cell in opened["Сводка"]["A"]].index("Лиды") + 1
    assert re.findall(r"<c:f>(.*?)</c:f>", funnel) == [
        "Сводка!$B$1",
        f"Сводка!$A${first}:$A${first + 4}",
        f"Сводка!$B${first}:$B${first + 4}",
    ]


def test_colours_say_what_numbers_mean(opened: openpyxl.Workbook) -> None:
    cohorts = opened["Когорты"].conditional_formatting
    scales = [rule for ranges in cohorts for rule in ranges.rules if rule.type == "colorScale"]
    assert len(scales) == 4
    report = opened["Отчёт по каналам"].conditional_formatting
    bands = [rule for ranges in report for rule in ranges.rules if rule.type == "expression"]
    titles = [cell.value for cell in opened["Отчёт по каналам"][1]]
    low, high = (
        f"${get_column_letter(titles.index(f'ROMI новых {end}') + 1)}2" for end in ("от", "до")
    )
    assert [rule.formula for rule in bands] == [
        *([f"AND(ISNUMBER({low}),{low}>={edge})"] for edge in (4, 2, 1, 0)),
        [f"AND(ISNUMBER({high}),{high}<0)"],
    ]
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


def test_a_text_that_excel_cannot_hold_is_cut_and_its_note_says_so(tmp_path: Path) -> None:
    (table,) = report_book.tables(tabs=[services.TAB])
    book = XlsxBook(tmp_path / "report.xlsx")
    rows = [["я" * 32_768, *table.rows[0][1:]]]
    book.write([replace(table, rows=rows, notes={})], STAMP)
    cell = load(tmp_path / "report.xlsx")["Услуги и врачи"]["A2"]
    assert cell.value == "я" * 32_766 + "…"
    assert cell.comment.text.startswith("Текст обрезан: в ячейке помещается 32\u00a0767")


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
    (table,) = report_book.tables(tabs=[services.TAB])
    path = tmp_path / "report.xlsx"
    rows = [[word, *table.rows[0][1:]] for word in words]
    XlsxBook(path).write([replace(table, rows=rows, notes={})], STAMP)
    shown = [cell.value for cell in load(path)["Услуги и врачи"]["A"][1:]]
    assert shown[1:4] == words[1:4]
    assert shown[4].replace("\u200b", "") == "<r>x</r>"
    assert shown[5] == "😀"
    assert shown[6] == "?"
    assert shown[7] == '&<>"'


def test_months_of_cohorts_are_open_and_the_rest_is_one_click_away(
    opened: openpyxl.Workbook,
) -> None:
    rows = opened["Когорты"].row_dimensions
    assert [rows[n].hidden for n in range(2, 11)] == [False, *[True] * 6, False, True]
    assert [rows[n].collapsed for n in (2, 3, 9)] == [True, False, True]
    assert opened["Когорты"].sheet_properties.outlinePr.summaryBelow is False


def test_numbers_of_the_summary_lead_to_the_tab_behind_them(opened: openpyxl.Workbook) -> None:
    page = opened["Сводка"]
    targets = {row[0].value: row[0].hyperlink for row in page.iter_rows(min_row=2)}
    assert targets["Лиды"].location == "'Отчёт по каналам'!A1"
    assert targets["Выручка"].location == "'Услуги и врачи'!A1"
    assert page["A2"].value == "Что сделать"


def test_rows_over_their_sum_are_opened_by_the_row_below(tmp_path: Path) -> None:
    tab = Tab("t", "Месяцы", (Column("Число", "n", "count"),), sum_below=True)
    path = tmp_path / "m.xlsx"
    body = [[1], [1], [2], [3], [3]]
    XlsxBook(path).write([Table(tab, tab.columns, body, folded=((3, 3),))], STAMP)
    sheet = load(path)["Месяцы"]
    assert [sheet.row_dimensions[n].hidden for n in range(2, 7)] == [False] * 3 + [True, False]
    assert [sheet.row_dimensions[n].collapsed for n in (4, 6)] == [False, True]
    assert sheet.sheet_properties.outlinePr.summaryBelow is not False


def test_a_group_of_columns_is_laid_closed(tmp_path: Path) -> None:
    tab = Tab(
        "t", "Группа",
        (Column("Число", "n", "count"), Column("от", "low", "count", group="bounds"),
         Column("до", "high", "count", group="bounds")),
    )  # fmt: skip
    path = tmp_path / "g.xlsx"
    XlsxBook(path).write([Table(tab, tab.columns, [[2, 1, 3]])], STAMP)
    opened = load(path)
    sides = opened["Группа"].column_dimensions
    assert (sides["B"].hidden, sides["B"].outlineLevel) == (True, 1)
    assert sides["A"].collapsed


def test_a_hidden_tab_is_in_the_file_out_of_sight(tmp_path: Path) -> None:
    tables = report_book.tables(tabs=[funnel.TAB, models.TAB])
    tables = [replace(t, hidden=t.tab is models.TAB) for t in tables]
    XlsxBook(tmp_path / "h.xlsx").write(tables, STAMP)
    opened = load(tmp_path / "h.xlsx")
    assert [s.title for s in opened if s.sheet_state == "hidden"] == ["Модели"]
    assert opened["Модели"].max_row > 2
