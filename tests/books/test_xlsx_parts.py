"""Parts of a workbook that are drawn past the library: the same cells and notes as it would draw."""

from __future__ import annotations

import io
import re
import signal
import threading
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from multiprocessing import active_children
from typing import Any

import numpy as np
import openpyxl
import pytest
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from metrics.cores import CORES
from sheets_sync.books.xlsx.archive import _WORTH, PackedWorkbook
from sheets_sync.books.xlsx.notes import Note
from sheets_sync.books.xlsx.rows import _PIECE, RowSheet

NOTES = ["Пусто: нет данных.", " с краю ", "a < b & c > d\nещё", "знак \x07 вслух", "«ёлка» 😀"]


def contents(archive: io.BytesIO) -> dict[str, bytes]:
    book = zipfile.ZipFile(archive)
    assert len(book.namelist()) == len(set(book.namelist()))
    return {name: book.read(name) for name in book.namelist()}  # by its CRC


LAST = 1_048_575
#: Notes of a sheet each: row, column, height; at its edges they hang otherwise.
HUNG = {
    "Лист": [(row, row * 3, 27 + 15 * row) for row in range(len(NOTES))],
    "Без заметок": [],
    "Много": [(row // 9, row % 9, 27 + row % 4 * 15) for row in range(2_047)],
    "Края": [(0, 16_383, 57), *((LAST - up, 16_380 + up % 3, 57) for up in (4, 3, 2, 1, 0))],
}


def noted(
    workbook: Workbook, kind: type[Worksheet], hang: Callable[[Any, list[Note]], None]
) -> None:
    for name, places in HUNG.items():
        sheet = workbook.add_worksheet(name, worksheet_class=kind)
        sheet.set_column(1, 1, 40)
        sheet.set_column(3, 4, 12, None, {"hidden": True})
        authors = ("…", "romi-sheets")
        hang(
            sheet,
            [
                Note(row, column, authors[at % 2], NOTES[at % len(NOTES)], 250, height)
                for at, (row, column, height) in enumerate(places)
            ],
        )
    workbook.close()


def on_empty(sheet: RowSheet, notes: list[Note]) -> None:
    sheet.fill([[None]], np.zeros((1, 1), np.int64), [None])
    sheet.put_notes(notes)


def by_library(sheet: Worksheet, notes: list[Note]) -> None:
    sheet.write_number(0, 0, 0)
    for row, column, author, text, width, height in notes:
        sheet.write_comment(row, column, text, {"width": width, "height": height, "author": author})


def bare(archive: io.BytesIO) -> dict[str, bytes]:
    """Parts without rows, of which the library has an empty one under each note."""
    rows = re.compile(rb"<sheetData(?:/>|>.*</sheetData>)")
    return {name: rows.sub(b"", part) for name, part in contents(archive).items()}


def test_notes_are_the_library_s_own_byte_for_byte() -> None:
    archive, usual = io.BytesIO(), io.BytesIO()
    created = {"created": datetime(2026, 11, 1)}
    ours, theirs = PackedWorkbook(archive, {}), Workbook(usual)
    ours.set_properties(created)
    theirs.set_properties(created)
    noted(ours, RowSheet, on_empty)
    noted(theirs, Worksheet, by_library)
    own, other = bare(archive), bare(usual)
    assert sorted(own) == sorted(other)
    assert [name for name in own if own[name] != other[name]] == []


def drawn(lane: list[Any], forms: list[int]) -> list[list[Any]]:
    archive = io.BytesIO()
    workbook = PackedWorkbook(archive, {})
    day = workbook.add_format({"num_format": "dd.mm.yyyy"})._get_xf_index()
    sheet = workbook.add_worksheet("Лист", worksheet_class=RowSheet)
    filled = sheet.fill([lane], day * np.array(forms).reshape(-1, 1), [None] * len(lane))
    workbook.close()
    cells = [list(row) for row in openpyxl.load_workbook(archive)["Лист"].values]
    assert filled == sum(cell is not None for row in cells for cell in row)
    return cells


COLUMNS: list[list[Any]] = [
    [1, 2.5, None, -3],
    [2**53 + 1, 0.1, None, 1],  # Arrow keeps no such whole number among fractions
    [2**70, 1, 2, None],
    [1e-05, 1e16, 1 / 3, 123456789.12],
    ["да", None, "нет", "да"],
    ["да", 1, None, 2.5],
    [True, 1, 1.0, False],
    [date(2026, 11, 1), None, date(1900, 3, 1), datetime(2026, 11, 1, 9, 30)],
]


@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_a_column_of_any_cells_comes_back(column: list[Any]) -> None:
    with_days = [int(isinstance(cell, date)) for cell in column]
    cells = drawn(["Заголовок", *column], [0, *with_days])
    back = [row[0] for row in cells[1:]]
    days = [
        cell.date() if type(one) is date else cell for one, cell in zip(column, back, strict=False)
    ]
    whole = [*days, *[None] * (len(column) - len(days))]  # the last empty rows have no cell
    assert [pytest.approx(c, rel=1e-15) if isinstance(c, float) else c for c in column] == whole


def test_a_column_longer_than_what_is_drawn_at_once_comes_back() -> None:
    lane = ["Заголовок", *(str(row) if row % 2 else row for row in range(_PIECE + 2))]
    cells = drawn(lane, [0] * len(lane))
    assert [row[0] for row in cells] == lane


def several(*, alone: bool, meanwhile: Callable[[], None] = lambda: None) -> io.BytesIO:
    """A book of a short sheet, a long one whose empty columns have forms of their own, a short one."""
    archive = io.BytesIO()
    workbook = PackedWorkbook(archive, {}, alone=alone)
    workbook.set_properties({"created": datetime(2026, 11, 1)})
    for name, rows in (("До", 3), ("Длинный", _WORTH // 4), ("После", 3)):
        sheet = workbook.add_worksheet(name, worksheet_class=RowSheet)
        sheet.set_column(6, 6, 12, workbook.add_format({"num_format": f'"{name}" 0'}))
        lanes = [[f"{name} {row % 9}" for row in range(rows)], *[[*range(rows)]] * 3]
        sheet.fill(lanes, np.zeros((rows, 4), np.int64), [None] * rows)
        sheet.put_notes([Note(0, 0, "…", "Заметка.", 250, 27)])
    meanwhile()
    workbook.close()
    return archive


def caught(meet: Callable[[Any], None]) -> tuple[list[Any], Callable[[], None]]:
    """Children that are about to draw, as soon as they are there, and what begins to look for them."""
    met: list[Any] = []

    def watch() -> None:
        while not met and threading.main_thread().is_alive():
            for child in active_children():
                meet(child)
                met.append(child)

    return met, threading.Thread(target=watch, daemon=True).start


@pytest.mark.skipif(CORES < 2, reason="one core draws alone")
def test_two_processes_draw_the_book_that_one_draws() -> None:
    helpers, begin = caught(lambda _: None)
    drawn_by_two = contents(several(alone=True, meanwhile=begin))
    assert drawn_by_two == contents(several(alone=False))
    (helper,) = helpers
    helper.join(10)
    assert helper.exitcode == 0


@pytest.mark.skipif(CORES < 2, reason="one core draws alone")
def test_what_a_killed_child_left_is_drawn_here() -> None:
    killed, begin = caught(lambda child: child.kill())
    assert contents(several(alone=True, meanwhile=begin)) == contents(several(alone=False))
    assert [child.exitcode for child in killed] == [-signal.SIGKILL]
