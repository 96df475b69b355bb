"""Parts of a workbook that are drawn past the library: the same cells and notes as it would draw."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import numpy as np
import openpyxl
import pytest
from xlsxwriter import Workbook

from sheets_sync.books.xlsx.archive import PackedWorkbook
from sheets_sync.books.xlsx.rows import _PIECE, RowSheet

NOTES = ["Пусто: нет данных.", " с краю ", "a < b & c > d\nещё", "знак \x07 вслух", "«ёлка» 😀"]


def noted(workbook: Workbook) -> None:
    sheet = workbook.add_worksheet("Лист")
    for row, note in enumerate(NOTES):
        size = {"width": 250, "height": 27 + 15 * row, "author": "romi-sheets" if row else "…"}
        sheet.write_comment(row, row * 3, note, size)
    workbook.add_worksheet("Без заметок")
    workbook.add_worksheet("Второй").write_comment(0, 0, "Ещё.")
    workbook.close()


def test_notes_are_the_library_s_own_byte_for_byte() -> None:
    archive, usual = io.BytesIO(), io.BytesIO()
    created = {"created": datetime(2026, 11, 1)}
    for workbook in (PackedWorkbook(archive, {}), Workbook(usual)):
        workbook.set_properties(created)
        noted(workbook)
    ours, theirs = (zipfile.ZipFile(each) for each in (archive, usual))
    assert ours.namelist() == theirs.namelist()
    assert [n for n in ours.namelist() if ours.read(n) != theirs.read(n)] == []


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
