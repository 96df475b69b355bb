"""What people add to our tabs of a workbook stays with its row over every refresh."""

from __future__ import annotations

import re
import subprocess
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from sheets_sync.books.xlsx import marks
from sheets_sync.books.xlsx.book import XlsxBook
from sheets_sync.errors import BookError
from templates_sheets.tab import Table
from tests.books import report_book
from tests.books.xlsx_files import FEW, REPORT, STAMP, YELLOW, edit, load, row_of

INPUT = "Расходы"


def write(path: Path, kept: dict[str, Any] | None = None, *, turned: bool = False) -> XlsxBook:
    """A refresh; `turned`: the report's rows come the other way round, the second one is gone."""
    book = XlsxBook(path)
    book.kept = kept or {}
    tables = report_book.tables(book.read(), tabs=FEW)
    if turned:
        tables = [_turned(t) if t.tab.title == REPORT else t for t in tables]
    book.write(tables, STAMP)
    return book


def _turned(table: Table) -> Table:
    *rows, total = table.rows
    place = {len(rows) - 1 - n: n for n in range(len(rows))}
    notes = {
        (len(rows) - 1 - r if r in place else r, c): text
        for (r, c), text in table.notes.items()
        if r != 1
    }
    return replace(
        table, rows=[*rows[:0:-1][:-1], rows[0], total], notes=notes, formats={}, links={}
    )


def test_words_notes_colours_and_lines_stay_with_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    channel, width = edit(path)
    second = load(path)[REPORT]["A3"].value
    for turned in (True, True, False):
        write(path, turned=turned)
        sheet = load(path)[REPORT]
        row = row_of(sheet, channel)
        assert (row == 2) is not turned
        assert sheet.cell(1, width + 1).value == "Ответственный"
        assert sheet.cell(row, width + 1).value == "Света"
        assert (sheet.cell(row, 2).comment.text, sheet.cell(row, 2).comment.author) == (
            "перезвонить",
            "Света",
        )
        assert sheet.cell(row, 3).fill.fgColor.rgb == YELLOW
        assert sheet.cell(row, 3).number_format == sheet.cell(row, 2).number_format
        assert sheet.cell(row, 4).fill.fgColor.rgb not in (None, "00000000")
        assert row_of(sheet, "План на июль: 120 лидов") > row_of(sheet, "Итого")
        assert sheet.cell(row_of(sheet, second), width + 1).value == "Оля"
        painted = [c.coordinate for line in sheet for c in line if c.fill.fgColor.rgb == YELLOW]
        assert len(painted) == 1
        names = [sheet.cell(r, 1).value for r in range(1, sheet.max_row + 1)]
        assert len([n for n in names if n]) == len({n for n in names if n})


def test_a_row_that_goes_stays_under_the_table_only_with_words_of_hers(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    write(path, turned=True)
    sheet = load(path)[REPORT]
    assert row_of(sheet, "Итого") == sheet.max_row


def test_a_column_put_in_between_and_a_renamed_header_are_known(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    book = load(path)
    sheet = book[REPORT]
    width = sheet.max_column
    sheet.cell(1, 2).value = "Заявки"
    sheet.insert_cols(4)
    sheet.cell(1, 4).value, sheet.cell(2, 4).value = "Моё", 17
    copy = [sheet.cell(row, 3).value for row in (1, 2)]
    sheet.cell(1, width + 2).value, sheet.cell(2, width + 2).value = copy
    sheet.cell(sheet.max_row + 1, 1).value = sheet.cell(2, 1).value
    book.save(path)
    write(path)
    sheet = load(path)[REPORT]
    assert (sheet.cell(1, width + 1).value, sheet.cell(2, width + 1).value) == ("Моё", 17)
    assert [sheet.cell(row, width + 2).value for row in (1, 2)] == copy, "what she copied is hers"
    assert sheet.max_column == width + 2
    assert sheet.cell(sheet.max_row, 1).value == sheet.cell(2, 1).value, "a line called as a row"


def test_notes_and_colours_in_a_tab_that_people_fill_stay_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    book = load(path)
    sheet = book[INPUT]
    sheet["C2"] = "2ГИС"
    sheet["C2"].comment = Comment("из счёта", "Света")
    sheet["E4"].fill = PatternFill("solid", fgColor=YELLOW)
    sheet["O1"], sheet["O3"] = "Договор", "№ 5"
    book.save(path)
    for _ in range(2):
        write(path)
        sheet = load(path)[INPUT]
        assert sheet["C2"].comment.text == "из счёта"
        assert sheet["E4"].fill.fgColor.rgb == YELLOW
        assert (sheet["N1"].value, sheet["N3"].value) == ("Договор", "№ 5")


def test_a_file_as_it_was_left_is_not_looked_through(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    kept = write(path).kept
    again = XlsxBook(path)
    again.kept = kept
    again.read()
    assert again._content.tabs == {}
    edit(path)
    hers = write(path, kept).kept
    assert (kept["theirs"], hers["theirs"]) == (False, True)
    again.kept = hers
    again.read()
    assert again._content.tabs


@pytest.mark.skipif(which("soffice") is None, reason="no LibreOffice")
def test_notes_of_ours_are_known_where_libreoffice_forgot_who_wrote_them(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    before = {c.coordinate for row in load(path)[REPORT] for c in row if c.comment}
    edit(path)
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/lo", "--headless", "--convert-to",
         "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out"), str(path)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    (tmp_path / "out/report.xlsx").replace(path)
    write(path)
    sheet = load(path)[REPORT]
    assert {c.coordinate for row in sheet for c in row if c.comment} == before | {"B2"}
    assert sheet["B2"].comment.text == "перезвонить"
    assert sheet["B1"].comment.author == "romi-sheets"


def test_a_theme_colour_is_lighter_and_darker_by_its_tint() -> None:
    assert marks._tinted("4472C4", 0.4) == "8faadc"
    assert marks._tinted("4472C4", -0.25) == "2f5597"
    assert marks._tinted("FFFFFF", -0.5) == "808080"


def test_hostile_notes_cost_little_and_break_nothing(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    whole = path.read_bytes()
    laughs = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><comments>&b;</comments>'
    for change in (lambda _: laughs, lambda d: re.sub(rb'ref="[A-Z]+', b'ref="XFD104857', d)):
        path.write_bytes(whole)
        _rewrite(path, change)
        began = time.process_time()
        write(path)
        assert time.process_time() - began < 10
    path.write_bytes(whole)
    _rewrite(path, lambda data: data[: len(data) // 2])
    before = path.read_bytes()
    with pytest.raises(BookError, match="заметки"):
        write(path)
    assert path.read_bytes() == before


def _rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Put other notes into a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, change(data) if "comments" in name else data)
