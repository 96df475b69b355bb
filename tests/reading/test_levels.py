"""Groups that a sheet shows by depth only: outline levels, indents, spaces before words; and columns
that nobody sees."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from sheets_sync.errors import FileError
from tests.reading.exports import pulled, rows, write

Cells = list[list[object]]


def _book(folder: Path, cells: Cells, look: Callable[[Any, Any], None]) -> None:
    book = xlsxwriter.Workbook(folder / "расходы февраль 2026.xlsx")
    sheet = book.add_worksheet("Лист1")
    for number, row in enumerate(cells):
        sheet.write_row(number, 0, row)
    look(book, sheet)
    book.close()


def _levels(*levels: int) -> Callable[[Any, Any], None]:
    def look(_: Any, sheet: Any) -> None:
        for row, level in enumerate(levels, 1):
            sheet.set_row(row, None, None, {"level": level})

    return look


TWO_DEEP: Cells = [
    ["Площадка", "Расход"],
    ["VK", 300],
    ["Импланты", 100],
    ["Терапия", 200],
    ["Листовки", 50],
    ["Гигиена", 50],
]
WANT = [("VK", "Импланты", 10000), ("VK", "Терапия", 20000), ("Листовки", "Гигиена", 5000)]


def test_outline_levels_show_platforms_over_campaigns(tmp_path: Path) -> None:
    _book(tmp_path, TWO_DEEP, _levels(0, 1, 1, 0, 1))
    found = pulled(tmp_path, "costs", "*.xlsx")
    assert rows(found, "platform", "campaign", "cost") == WANT
    assert "подытоги не учтены" in " ".join(found.notes)


def test_indents_of_cells_show_the_same(tmp_path: Path) -> None:
    def look(book: Any, sheet: Any) -> None:
        deeper = book.add_format({"indent": 2})
        for row in (2, 3, 5):
            sheet.write(row, 0, TWO_DEEP[row][0], deeper)

    _book(tmp_path, TWO_DEEP, look)
    assert rows(pulled(tmp_path, "costs", "*.xlsx"), "platform", "campaign", "cost") == WANT


def test_spaces_before_words_show_the_same_in_a_text_file(tmp_path: Path) -> None:
    deep = {2, 3, 5}
    text = "".join(f"{'    ' * (n in deep)}{a};{b}\n" for n, (a, b) in enumerate(TWO_DEEP))
    write(tmp_path, text, "расходы февраль 2026.csv")
    assert rows(pulled(tmp_path, "costs"), "platform", "campaign", "cost") == WANT


def test_sums_that_stand_under_their_rows(tmp_path: Path) -> None:
    cells: Cells = [TWO_DEEP[0], *TWO_DEEP[2:4], TWO_DEEP[1], TWO_DEEP[5], TWO_DEEP[4]]
    _book(tmp_path, cells, _levels(1, 1, 0, 1, 0))
    assert rows(pulled(tmp_path, "costs", "*.xlsx"), "platform", "campaign", "cost") == WANT


def test_three_depths_in_one_column(tmp_path: Path) -> None:
    cells: Cells = [
        ["Площадка / Кампания / Дата", "Расход"],
        ["VK", 300], ["Импланты", 300], ["01.02.2026", 100], ["02.02.2026", 200],
        ["Листовки", 50], ["Гигиена", 50], ["01.02.2026", 50], ["Итого", 350],
    ]  # fmt: skip
    _book(tmp_path, cells, _levels(0, 1, 2, 2, 0, 1, 2, 0))
    found = pulled(tmp_path, "costs", "*.xlsx")
    assert rows(found, "platform", "campaign", "cost") == [
        ("VK", "Импланты", 10000), ("VK", "Импланты", 20000), ("Листовки", "Гигиена", 5000),
    ]  # fmt: skip
    assert [str(d.date()) for (d,) in rows(found, "date_from")] == [  # type: ignore[attr-defined]
        "2026-02-01", "2026-02-02", "2026-02-01",
    ]  # fmt: skip


def test_headers_of_groups_stand_under_one_another(tmp_path: Path) -> None:
    cells: Cells = [
        ["Врач", "", "Сумма"], ["Карта пациента"], ["Дата"], ["Петров П.", "", 1500], ["17", "", 1500],
        ["03.02.2026", "", 1000], ["04.02.2026", "", 500], ["Итого", "", 1500],
    ]  # fmt: skip
    _book(tmp_path, cells, _levels(0, 0, 0, 1, 2, 2, 0))
    found = pulled(tmp_path, "payments", "*.xlsx")
    assert rows(found, "doctor", "amount") == [("Петров П.", 100000), ("Петров П.", 50000)]
    assert found.refused_count == 0


def test_a_pivot_of_platforms_over_days(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Названия строк;Сумма по полю Расход\nVK;300\n   01.02.2026;100\n   02.02.2026;200\nАвито;50\n"
        "   01.02.2026;50\nОбщий итог;350\n",
    )
    found = rows(pulled(tmp_path, "costs"), "platform", "cost")
    assert found == [("VK", 10000), ("VK", 20000), ("Авито", 5000)]


def test_a_platform_is_named_in_any_case_by_its_sheet(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "отчёт.xlsx")
    sheet = book.add_worksheet("Статистика VK Рекламы")
    for number, row in enumerate([["Дата", "Потрачено"], ["01.02.2026", 28]]):
        sheet.write_row(number, 0, row)
    book.close()
    assert rows(pulled(tmp_path, "costs", "*.xlsx"), "platform") == [("VK Реклама",)]


def test_groups_whose_sums_are_not_those_of_their_rows_are_asked_about(tmp_path: Path) -> None:
    cells = [[a, 900 if a in {"VK", "Листовки"} else b] for a, b in TWO_DEEP]
    _book(tmp_path, cells, _levels(0, 1, 1, 0, 1))
    with pytest.raises(FileError, match="суммы групп не сходятся"):
        pulled(tmp_path, "costs", "*.xlsx")


def test_a_space_that_somebody_left_is_no_group(tmp_path: Path) -> None:
    write(tmp_path, "Площадка;Расход\nVK;100\n Авито;50\nЯндекс;70\n", "расходы февраль 2026.csv")
    assert rows(pulled(tmp_path, "costs"), "cost") == [(10000,), (5000,), (7000,)]


def test_days_over_their_patients(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Период;Карта пациента;Сумма\n03.02.2026;;1500\n;17;1000\n;18;500\n04.02.2026;;200\n;19;200\nИтого;;1700\n",
    )
    found = pulled(tmp_path, "payments")
    assert rows(found, "amount") == [(100000,), (50000,), (20000,)]
    assert found.refused_count == 0


def test_a_hidden_column_gives_way_to_one_that_is_seen(tmp_path: Path) -> None:
    cells: Cells = [
        ["Дата", "№ карты", "Телефон", "Итого", "Сумма"],
        ["03.02.2026", "17", "+79001112231", 5000, 1000],
        ["04.02.2026", "18", "+79001112232", 7000, 2000],
    ]

    def look(_: Any, sheet: Any) -> None:
        sheet.set_column(2, 3, None, None, {"hidden": True})

    _book(tmp_path, cells, look)
    found = pulled(tmp_path, "payments", "*.xlsx")
    assert rows(found, "amount") == [(100000,), (200000,)]
    said = " ".join(found.notes)
    assert "Скрытые столбцы «Итого» не взяты" in said
    assert "Скрытые столбцы «Телефон» взяты" in said


def test_a_hidden_column_alone_is_read_and_told(tmp_path: Path) -> None:
    cells: Cells = [["Дата", "№ карты", "Сумма"], ["03.02.2026", "17", 1000]]
    _book(tmp_path, cells, lambda _, sheet: sheet.set_column(2, 2, None, None, {"hidden": True}))
    found = pulled(tmp_path, "payments", "*.xlsx")
    assert rows(found, "amount") == [(100000,)]
    assert "Скрытые столбцы «Сумма» взяты" in " ".join(found.notes)
