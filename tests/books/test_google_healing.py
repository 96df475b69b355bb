"""What people broke in the service's part of a Google spreadsheet, put right by the next refresh."""

from __future__ import annotations

import pytest

from tests.books.google_live import (
    CHANNELS,
    STAMP_ONLY,
    Live,
    report_table,
    small_tables,
)
from tests.doubles.sheets_hand import state


@pytest.mark.parametrize("down", [True, False])
def test_a_sorted_report_is_put_back_with_its_look(filled: Live, down: bool) -> None:
    before = state(filled.hand.book)
    filled.hand.sort("Отчёт", 1, down=down)
    assert state(filled.hand.book) != before
    filled.refresh()
    after = state(filled.hand.book)
    assert after["Отчёт"]["rows"] == before["Отчёт"]["rows"]
    assert after["Отчёт"]["notes"] == before["Отчёт"]["notes"]
    bold = [
        filled.hand.tab("Отчёт").cell(row, 0).get("userEnteredFormat", {}).get("textFormat", {}).get("bold")
        for row in range(5)
    ]  # fmt: skip
    assert bold == [True, None, None, None, True]


def test_rows_inserted_and_deleted_by_hand_are_put_right(filled: Live) -> None:
    filled.hand.insert_rows("Отчёт", 3, 2)
    filled.hand.delete_rows("Воронка", 4, 3)
    filled.refresh()
    assert [row[0] for row in filled.hand.rows("Отчёт")] == [
        "Канал",
        *(c[0] for c in CHANNELS),
        "Итого",
    ]
    assert len(filled.hand.rows("Воронка")) == 11
    filled.refresh()
    assert filled.kinds() == STAMP_ONLY


def test_a_cell_of_ours_edited_by_hand_is_put_right(filled: Live) -> None:
    filled.hand.type("Отчёт", 2, 1, 5)
    filled.hand.type("Отчёт", 3, 1, "=60", 60)
    filled.refresh()
    assert filled.hand.row("Отчёт", 2)[1] == 120
    assert filled.hand.tab("Отчёт").cell(2, 1)["userEnteredValue"] == {"numberValue": 60}


def test_a_key_of_ours_edited_by_hand_is_put_right_where_it_stands(filled: Live) -> None:
    filled.hand.type("Отчёт", 3, 0, "Поиск в интернете")
    filled.hand.type("Отчёт", 3, 6, "моё")
    filled.hand.type("Воронка", 4, 0, None)
    filled.refresh()
    assert filled.hand.row("Отчёт", 3) == ["SEO", 60, None, "Вывод: SEO", None, None, "моё"]
    assert len(filled.hand.rows("Отчёт")) == 5
    assert filled.hand.row("Воронка", 4)[:2] == [46144, "Директ — поиск"]
    assert len(filled.hand.rows("Воронка")) == 11


def test_a_header_sorted_into_the_rows_is_nobodys(filled: Live) -> None:
    tab = filled.hand.tab("Отчёт")
    tab.rows.insert(2, tab.rows.pop(0))
    filled.refresh()
    assert [row[0] for row in filled.hand.rows("Отчёт")] == [
        "Канал", *(c[0] for c in CHANNELS), "Итого",
    ]  # fmt: skip


def test_a_row_put_above_the_header_moves_the_table_down(filled: Live) -> None:
    filled.hand.insert_rows("Отчёт", 1)
    filled.hand.type("Отчёт", 1, 0, "Это главный отчёт")
    filled.refresh(report=report_table(CHANNELS[:1]))
    assert [row[0] for row in filled.hand.rows("Отчёт")] == [
        "Это главный отчёт", "Канал", "Директ — поиск", "Итого",
    ]  # fmt: skip


def test_a_deleted_header_comes_back(filled: Live) -> None:
    filled.hand.delete_rows("Отчёт", 1)
    filled.hand.delete_rows("Настройки", 1)
    filled.refresh()
    assert filled.hand.row("Отчёт", 1) == ["Канал", "Лиды", "ROMI", "Вывод", "Комментарий"]
    assert filled.hand.row("Отчёт", 2)[0] == "Директ — поиск"
    assert filled.hand.row("Настройки", 1) == ["Настройка", "Значение", "Действует"]
    assert filled.hand.row("Настройки", 2)[0] == "Период с"
    filled.refresh()
    assert filled.kinds() == STAMP_ONLY


def test_a_spreadsheet_copied_without_its_metadata_is_known_again(filled: Live) -> None:
    filled.hand.type("Настройки", 3, 1, "последний")
    filled.hand.type("Отчёт", 2, 4, "мой комментарий")
    filled.hand.book.metadata.clear()
    typed = filled.book().read()
    assert typed.grids["settings"][1] == ["Модель", "последний", "как в файле"]
    assert typed.comments == {"report": {("Директ — поиск",): "мой комментарий"}}
    before = [tab.title for tab in filled.hand.book.tabs]
    filled.refresh(report=report_table(CHANNELS[:2], typed))
    assert [tab.title for tab in filled.hand.book.tabs] == before
    assert [row[0] for row in filled.hand.rows("Отчёт")] == [
        "Канал",
        "Директ — поиск",
        "SEO",
        "Итого",
    ]
    assert filled.hand.row("Отчёт", 2)[4] == "мой комментарий"
    assert filled.hand.row("Настройки", 3)[1] == "последний"
    assert len(filled.hand.rows("Воронка")) == 11
    filled.refresh(report=report_table(CHANNELS[:2], typed))
    assert filled.asked == [":getByDataFilter", "/values:batchGetByDataFilter", ":batchUpdate"]


def test_a_deleted_tab_comes_back(filled: Live) -> None:
    filled.hand.delete_tab("Журнал")
    filled.refresh()
    assert filled.hand.rows("Журнал") == [["Что", "Пояснение"], ["Запуск", "готово"]]
    filled.refresh()
    assert filled.kinds() == STAMP_ONLY


def test_a_deleted_column_comes_back(filled: Live) -> None:
    filled.hand.delete_column("Отчёт", 1)
    filled.refresh()
    assert filled.hand.row("Отчёт", 1) == ["Канал", "Лиды", "ROMI", "Вывод", "Комментарий"]
    assert filled.hand.row("Отчёт", 2)[:3] == ["Директ — поиск", 120, 1.75]
    filled.refresh()
    assert filled.kinds() == STAMP_ONLY


def test_a_column_moved_while_sources_were_pulled_is_noticed(filled: Live) -> None:
    book = filled.book()
    typed = book.read()
    filled.hand.insert_columns("Отчёт", 1)
    filled.hand.type("Отчёт", 2, 1, "моё")
    book.write(
        small_tables(typed, report=report_table((("Директ — поиск", 5, 1.0), *CHANNELS[1:]))),
        filled.stamp(),
    )
    assert filled.hand.row("Отчёт", 2)[:4] == ["Директ — поиск", "моё", 5, 1.0]


def test_a_header_cell_that_was_emptied_is_written_again_and_a_renamed_one_is_hers(
    live: Live,
) -> None:
    live.refresh()
    live.hand.type("Отчёт", 1, 0, "Откуда")
    live.hand.type("Отчёт", 1, 1, "")
    live.refresh()
    assert live.hand.row("Отчёт", 1)[:3] == ["Откуда", "Лиды", "ROMI"]
    live.refresh()
    assert live.kinds() == STAMP_ONLY


def test_init_makes_room_where_all_rows_were_deleted(live: Live) -> None:
    live.refresh()
    rows = live.hand.rows("Отчёт")
    live.hand.delete_rows("Отчёт", 2, live.hand.tab("Отчёт").size("ROWS") - 2)
    live.init()
    live.refresh()
    assert live.hand.rows("Отчёт") == rows
