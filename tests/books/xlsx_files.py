"""Workbooks written for the tests of the xlsx book, and what is in their files."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.styles.colors import Color

from sheets_sync.books.book import Stamp
from sheets_sync.books.xlsx.book import XlsxBook
from templates_sheets import channel_report, costs, funnel
from templates_sheets.tab import Tab
from tests.books import report_book

REPORT = "Отчёт по каналам"
#: A report, a long tab and one that people fill: what is true of a kind of tab shows in them.
FEW = (channel_report.TAB, funnel.TAB, costs.TAB)
YELLOW = "FFFFFF00"
STAMP = Stamp("run-1", datetime(2026, 6, 30, 4, 5))


def load(path: Path) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl drops what it does not know
        return openpyxl.load_workbook(path)


def write(path: Path, stamp: Stamp = STAMP, tabs: Sequence[Tab] = FEW) -> None:
    book = XlsxBook(path, "Улыбка & Ко")
    book.write(report_book.tables(book.read(), tabs=tabs), stamp)


def write_for_ever(path: Path, ready: Any) -> None:
    """Read and write it again until killed."""
    tables = report_book.tables(days=60, tabs=FEW)
    ready.set()
    while True:
        book = XlsxBook(path)
        book.read()
        book.write(tables, Stamp("run-2", datetime(2026, 6, 30)))


def edit(path: Path) -> tuple[str, int]:
    """She adds a column, a note, a colour and a line to the report; gives its channel and width."""
    book = load(path)
    sheet = book[REPORT]
    width, channel = sheet.max_column, sheet["A2"].value
    sheet.cell(1, width + 1).value = "Ответственный"
    sheet.cell(2, width + 1).value = "Света"
    sheet.cell(3, width + 1).value = "Оля"
    sheet["B2"].comment = Comment("перезвонить", "Света")
    sheet["C2"].fill = PatternFill("solid", fgColor=YELLOW)
    sheet["D2"].fill = PatternFill("solid", fgColor=Color(theme=4, tint=0.4))
    sheet.cell(sheet.max_row + 2, 1).value = "План на июль: 120 лидов"
    book.save(path)
    return str(channel), width


def row_of(sheet: Any, name: str) -> int:
    return next(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == name)


def parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def is_filled(path: Path) -> bool:
    """Whether a clinic's sync wrote this workbook: it says whose it is."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        own = "docProps/custom.xml" in archive.namelist() and archive.read("docProps/custom.xml")
    return (
        bool(own)
        and re.search(rb'name="romi_sheets_clinic"[^>]*>\s*<vt:lpwstr>[^<]', own) is not None
    )
