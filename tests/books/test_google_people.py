"""What people do to a Google spreadsheet, and what of it survives the next refresh: all of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from templates_sheets.tab import Column
from tests.books.google_live import (
    CHANNELS,
    REPORT,
    STAMP_ONLY,
    Live,
    funnel_table,
    report_table,
    small_tables,
)


def test_a_comment_follows_its_row_whichever_way_rows_move(filled: Live) -> None:
    filled.hand.type("Отчёт", 3, 4, "звонить чаще")
    filled.hand.type("Отчёт", 5, 4, "итог хорош")
    book = filled.book()
    typed = book.read()
    assert typed.comments == {"report": {("SEO",): "звонить чаще", ("Итого",): "итог хорош"}}
    moved = (CHANNELS[2], CHANNELS[1], CHANNELS[0])
    book.write(small_tables(typed, report=report_table(moved, typed)), filled.stamp())
    said = {row[0]: row[4] for row in filled.hand.rows("Отчёт")[1:] if len(row) > 4}
    assert said == {"SEO": "звонить чаще", "Итого": "итог хорош"}


def test_a_comment_typed_while_sources_were_pulled_is_not_lost(filled: Live) -> None:
    filled.hand.type("Отчёт", 2, 4, "старый")
    book = filled.book()
    typed = book.read()
    filled.hand.type("Отчёт", 2, 4, "новый")
    filled.hand.type("Отчёт", 3, 4, "ещё один")
    book.write(small_tables(typed), filled.stamp())
    assert filled.hand.row("Отчёт", 2)[4] == "новый"
    assert filled.hand.row("Отчёт", 3)[4] == "ещё один"


def test_a_comment_whose_row_vanished_meanwhile_keeps_a_row_of_its_own(filled: Live) -> None:
    book = filled.book()
    typed = book.read()
    filled.hand.type("Отчёт", 3, 4, "почему упало?")
    book.write(small_tables(typed, report=report_table(CHANNELS[:1], typed)), filled.stamp())
    assert [row[0] for row in filled.hand.rows("Отчёт")] == [
        "Канал",
        "Директ — поиск",
        "SEO",
        "Итого",
    ]
    assert filled.hand.row("Отчёт", 3) == ["SEO", None, None, None, "почему упало?"]


def test_a_comment_that_looks_like_a_date_stays_the_text_it_is(filled: Live) -> None:
    filled.hand.type("Отчёт", 2, 4, "=1+1")
    filled.refresh()
    assert filled.hand.tab("Отчёт").cell(1, 4)["userEnteredValue"] == {"stringValue": "=1+1"}
    assert filled.book().read().comments == {"report": {("Директ — поиск",): "=1+1"}}


def test_tabs_may_be_renamed_and_moved(filled: Live) -> None:
    filled.hand.rename("Отчёт", "Главное")
    filled.hand.move_tab("Воронка", 4)
    filled.hand.rename("Настройки", "Мои настройки")
    filled.hand.type("Мои настройки", 3, 1, "первый")
    assert filled.book().read().grids["settings"][1] == ["Модель", "первый", "как в файле"]
    filled.refresh(report=report_table(CHANNELS[:1]))
    assert [tab.title for tab in filled.hand.book.tabs] == [
        "Главное", "Журнал", "Мои настройки", "Расходы", "Воронка",
    ]  # fmt: skip
    assert filled.hand.row("Главное", 3)[:2] == ["Итого", 120]
    assert filled.asked.count(":batchUpdate") == 1
    assert ":get" not in filled.asked


def test_a_tab_of_their_own_with_our_title_is_left_alone(live: Live) -> None:
    live.hand.add_tab("Воронка", [["моё", 1]])
    live.refresh()
    assert live.hand.rows("Воронка") == [["моё", 1]]
    assert live.hand.row("Воронка 2", 1) == ["Дата", "Канал", "Лиды", "Маржа"]
    live.refresh()
    assert live.kinds() == STAMP_ONLY


def test_a_duplicated_tab_is_theirs_from_then_on(filled: Live) -> None:
    filled.hand.duplicate_tab("Отчёт", "Отчёт за май")
    filled.refresh(report=report_table(CHANNELS[:1]))
    assert len(filled.hand.rows("Отчёт")) == 3
    assert len(filled.hand.rows("Отчёт за май")) == 5


@pytest.mark.parametrize("name", ["Отчёт за май", "Отчёт"])
def test_a_copy_stays_theirs_where_ours_is_deleted(filled: Live, name: str) -> None:
    filled.hand.duplicate_tab("Отчёт", "Отчёт за май")
    filled.hand.duplicate_tab("Настройки", "Настройки 2")
    filled.hand.type("Настройки 2", 3, 1, "последний")
    copy = filled.hand.rows("Отчёт за май")
    for title in ("Отчёт", "Настройки"):
        filled.hand.delete_tab(title)
    filled.hand.rename("Отчёт за май", name)
    filled.refresh(report=report_table((("SEO", 7, None),)))
    assert filled.hand.rows(name) == copy
    ours = "Отчёт" if name == "Отчёт за май" else "Отчёт 2"
    assert [row[0] for row in filled.hand.rows(ours)] == ["Канал", "SEO", "Итого"]
    # What she typed into the copy of a tab of hers still counts.
    assert [t.title for t in filled.hand.book.tabs if t.title.startswith("Настр")] == [
        "Настройки 2"
    ]
    assert filled.hand.row("Настройки 2", 3)[1] == "последний"


def test_moved_and_renamed_columns_keep_their_numbers(filled: Live) -> None:
    filled.hand.move_column("Отчёт", 1, 4)
    filled.hand.type("Отчёт", 1, filled.hand.column("Отчёт", "ROMI"), "Отдача рекламы")
    filled.refresh(report=report_table((("Директ — поиск", 999, 2.5), *CHANNELS[1:])))
    assert filled.hand.row("Отчёт", 1) == [
        "Канал",
        "Отдача рекламы",
        "Вывод",
        "Лиды",
        "Комментарий",
    ]
    assert filled.hand.row("Отчёт", 2) == ["Директ — поиск", 2.5, "Вывод: Директ", 999]


def test_a_column_inserted_between_ours_is_theirs(filled: Live) -> None:
    filled.hand.insert_columns("Отчёт", 2)
    filled.hand.type("Отчёт", 1, 2, "План")
    filled.hand.type("Отчёт", 2, 2, 150)
    filled.refresh(report=report_table((("Директ — поиск", 130, 1.0), *CHANNELS[1:])))
    assert filled.hand.row("Отчёт", 1)[:4] == ["Канал", "Лиды", "План", "ROMI"]
    assert filled.hand.row("Отчёт", 2)[:4] == ["Директ — поиск", 130, 150, 1.0]
    assert filled.kinds()["insertDimension"] == 0


def test_their_own_tabs_rules_and_stripes_stay(filled: Live) -> None:
    filled.hand.add_tab("План", [["июль", 100], ["август", "=B1*2"]])
    rule = {
        "ranges": [{"sheetId": filled.hand.tab("Отчёт").id, "startColumnIndex": 1, "endColumnIndex": 2}],
        "booleanRule": {
            "condition": {"type": "NUMBER_LESS", "values": [{"userEnteredValue": "10"}]},
            "format": {"backgroundColorStyle": {"rgbColor": {"red": 0.5}}},
        },
    }  # fmt: skip
    filled.hand.tab("Отчёт").rules.insert(0, rule)
    wider = replace(REPORT, columns=(*REPORT.columns, Column("CAC", "cac", "money", 11)))
    table = report_table()
    more = replace(table, tab=wider, columns=wider.columns, rows=[[*r, 1.5] for r in table.rows])
    filled.refresh(report=more)
    assert filled.hand.tab("Отчёт").rules[0] == rule
    assert len(filled.hand.tab("Отчёт").rules) == 6
    assert filled.hand.row("План", 1) == ["июль", 100]
    assert filled.hand.row("Отчёт", 1)[-1] == "CAC"


def test_their_filter_stays_as_the_table_grows(filled: Live) -> None:
    tab = filled.hand.tab("Отчёт")
    assert tab.filter is not None
    chosen = [{"columnIndex": 0, "filterCriteria": {"hiddenValues": ["SEO"]}}]
    tab.filter["filterSpecs"] = chosen
    filled.refresh(report=report_table((*CHANNELS, ("Карты", 9, 3.0))))
    found = filled.hand.tab("Отчёт").filter
    assert found is not None
    assert found["filterSpecs"] == chosen
    assert found["range"]["endRowIndex"] == 5


def test_a_filter_over_their_own_column_too_keeps_it(filled: Live) -> None:
    filled.hand.type("Отчёт", 1, 5, "Моё")
    filled.hand.type("Воронка", 1, 4, "Моё")
    for title, column, end in (("Отчёт", 5, 5), ("Воронка", 4, 11)):
        tab = filled.hand.tab(title)
        assert tab.filter is not None
        tab.filter["range"] |= {"endColumnIndex": column + 1, "endRowIndex": end}
        tab.filter["filterSpecs"] = [{"columnIndex": column, "filterCriteria": {}}]
    filled.refresh()
    assert filled.kinds()["setBasicFilter"] == 1, "«Итого» is out of it again"
    filled.refresh(report=report_table((*CHANNELS, ("Карты", 9, 3.0))), funnel=funnel_table(9))
    report, funnel = filled.hand.tab("Отчёт").filter, filled.hand.tab("Воронка").filter
    assert report is not None
    assert funnel is not None
    assert report["filterSpecs"][0]["columnIndex"] == 5
    assert (report["range"]["endColumnIndex"], report["range"]["endRowIndex"]) == (6, 5)
    assert funnel["filterSpecs"][0]["columnIndex"] == 4
    assert "endRowIndex" not in funnel["range"]
    filled.refresh(report=report_table((*CHANNELS, ("Карты", 9, 3.0))), funnel=funnel_table(9))
    assert filled.kinds() == STAMP_ONLY


def test_a_filter_of_their_own_where_we_lay_none_is_theirs(filled: Live) -> None:
    settings = filled.hand.tab("Настройки")
    mine = {"range": {"sheetId": settings.id, "startRowIndex": 1, "endRowIndex": 3}}
    settings.filter = mine
    filled.init()
    filled.refresh()
    assert filled.hand.tab("Настройки").filter == mine


def test_a_filter_that_they_took_away_stays_away(filled: Live) -> None:
    filled.hand.tab("Отчёт").filter = None
    filled.refresh(report=report_table(CHANNELS[:1]))
    assert filled.hand.tab("Отчёт").filter is None


def test_a_chart_that_they_deleted_stays_deleted(filled: Live) -> None:
    filled.hand.tab("Отчёт").charts.clear()
    filled.refresh(report=report_table(CHANNELS[:2]))
    filled.refresh(report=report_table())
    assert filled.hand.tab("Отчёт").charts == []
    assert "addChart" not in filled.kinds()
