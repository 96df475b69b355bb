"""The Google book on the double: what it lays, what it leaves alone, what it sends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from sheets_sync.books.book import Typed
from templates_sheets.tab import Column
from tests.doubles.sheets_hand import state
from tests.google_live import (
    CHANNELS,
    FIRST_DAY,
    REPORT,
    STAMP_ONLY,
    Live,
    funnel_table,
    log_table,
    report_table,
    running,
    small_tables,
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("google")) as found:
        yield found


@pytest.fixture
def live(served: Live) -> Live:
    return served.anew()


@pytest.fixture
def filled(live: Live) -> Live:
    live.refresh()
    return live


def test_a_new_spreadsheet_gets_every_tab_in_order_and_loses_its_blank_one(live: Live) -> None:
    live.refresh()
    assert [tab.title for tab in live.hand.book.tabs] == [
        "Отчёт", "Воронка", "Журнал", "Настройки", "Расходы",
    ]  # fmt: skip
    assert live.hand.rows("Отчёт") == [
        ["Канал", "Лиды", "ROMI", "Вывод", "Комментарий"],
        ["Директ — поиск", 120, 1.75, "Вывод: Директ"],
        ["SEO", 60, None, "Вывод: SEO"],
        ['=HYPERLINK("http://x";"жми")', 7, -0.4, "Вывод: =HYPER"],
        ["Итого", 187, 0.5],
    ]
    assert live.hand.row("Воронка", 2) == [46143, "Директ — поиск", 0, 0.0]


def test_a_blank_tab_with_something_in_it_stays(live: Live) -> None:
    live.hand.type("Лист1", 3, 2, "черновик")
    live.refresh()
    assert live.hand.rows("Лист1") == [[], [], [None, None, "черновик"]]


def test_no_cell_is_a_formula_and_text_is_kept_as_plain_text(filled: Live) -> None:
    values = [
        cell["userEnteredValue"]
        for tab in filled.hand.book.tabs
        for row in tab.rows
        for cell in row
        if cell and "userEnteredValue" in cell
    ]
    assert not [value for value in values if "formulaValue" in value]
    channel = filled.hand.tab("Отчёт").cell(3, 0)
    assert channel["userEnteredValue"] == {"stringValue": '=HYPERLINK("http://x";"жми")'}
    assert channel["userEnteredFormat"]["numberFormat"] == {"type": "TEXT", "pattern": "@"}


def test_numbers_have_formats_and_dates_are_serial_numbers(filled: Live) -> None:
    funnel = filled.hand.tab("Воронка")
    assert funnel.cell(1, 0)["userEnteredValue"] == {"numberValue": 46143}
    assert funnel.cell(1, 0)["userEnteredFormat"]["numberFormat"] == {
        "type": "DATE", "pattern": "dd.mm.yyyy",
    }  # fmt: skip
    assert funnel.cell(1, 3)["userEnteredFormat"]["numberFormat"]["type"] == "CURRENCY"


def test_an_unchanged_clinic_sends_only_its_stamp(filled: Live) -> None:
    filled.refresh()
    assert filled.asked == [":getByDataFilter", "/values:batchGetByDataFilter", ":batchUpdate"]
    assert filled.kinds() == STAMP_ONLY
    created, deleted = filled.sent()
    entry = created["createDeveloperMetadata"]["developerMetadata"]
    assert entry["metadataKey"] == "romi-sheets.stamp"
    assert '"run": "run-2"' in entry["metadataValue"]
    assert deleted["deleteDeveloperMetadata"]["dataFilter"] == {
        "developerMetadataLookup": {"metadataId": 1}
    }
    assert filled.size() < 500


def test_changed_numbers_and_more_rows_cost_two_reads_and_one_write(filled: Live) -> None:
    more = (*CHANNELS, ("Карты", 9, 3.0))
    filled.refresh(
        report=report_table(more), funnel=funnel_table(6, seed=1), log=log_table("а", "б")
    )
    assert filled.asked == [":getByDataFilter", "/values:batchGetByDataFilter", ":batchUpdate"]
    assert filled.hand.row("Отчёт", 5) == ["Карты", 9, 3.0, "Вывод: Карты"]
    assert filled.hand.row("Отчёт", 6) == ["Итого", 196, 0.5]
    assert filled.hand.rows("Журнал") == [["Что", "Пояснение"], ["Запуск", "а"], ["Запуск", "б"]]


def test_only_cells_that_differ_are_sent(filled: Live) -> None:
    changed = (("Директ — поиск", 121, 1.75), *CHANNELS[1:])
    filled.refresh(report=report_table(changed))
    cells = [r["updateCells"] for r in filled.sent() if "updateCells" in r]
    assert [c["rows"] for c in cells] == [
        [{"values": [{"userEnteredValue": {"numberValue": 121}}]}],
        [{"values": [{"userEnteredValue": {"numberValue": 188}}]}],
    ]


def test_a_shorter_table_leaves_no_old_row_behind(filled: Live) -> None:
    filled.refresh(report=report_table(CHANNELS[:1]), funnel=funnel_table(2), log=log_table("а"))
    assert [row[0] for row in filled.hand.rows("Отчёт")] == ["Канал", "Директ — поиск", "Итого"]
    assert len(filled.hand.rows("Воронка")) == 5


def test_the_total_is_bold_wherever_it_is(filled: Live) -> None:
    def bold() -> list[int]:
        cells = [filled.hand.tab("Отчёт").cell(row, 0) for row in range(8)]
        return [
            row
            for row, cell in enumerate(cells)
            if cell.get("userEnteredFormat", {}).get("textFormat", {}).get("bold")
        ]

    assert bold() == [0, 4]
    filled.refresh(report=report_table((*CHANNELS, ("Карты", 9, 3.0))))
    assert bold() == [0, 5]
    filled.refresh(report=report_table(CHANNELS[:1]))
    assert bold() == [0, 2]


def test_notes_follow_the_rows_that_they_explain(filled: Live) -> None:
    def notes() -> dict[tuple[int, int], str]:
        found: dict[tuple[int, int], str] = state(filled.hand.book)["Отчёт"]["notes"]
        return {place: text for place, text in found.items() if place[0] > 0}

    assert notes() == {(2, 2): "Расходов нет."}
    filled.refresh(report=report_table((CHANNELS[1], CHANNELS[0])))
    assert notes() == {(1, 2): "Расходов нет."}
    filled.refresh(report=report_table((CHANNELS[0],)))
    assert notes() == {}


def test_nothing_piles_up_over_many_refreshes(filled: Live) -> None:
    def counts() -> dict[str, tuple[int, ...]]:
        return {
            tab.title: (len(tab.rules), len(tab.bandings), len(tab.charts), len(tab.protected))
            for tab in filled.hand.book.tabs
        }

    before = counts()
    assert before["Отчёт"] == (5, 1, 1, 1)
    for step in range(4):
        filled.refresh(report=report_table(CHANNELS[: step % 3 + 1]), funnel=funnel_table(step + 1))
    assert counts() == before
    stamps = [m for m in filled.hand.book.metadata if m["metadataKey"] == "romi-sheets.stamp"]
    assert [m["metadataId"] for m in stamps] == [5]


def test_a_chart_under_the_table_goes_down_with_it(filled: Live) -> None:
    def anchor_and_end() -> tuple[int, int]:
        chart = filled.hand.tab("Отчёт").charts[0]
        source = chart["spec"]["basicChart"]["series"][0]["series"]["sourceRange"]["sources"][0]
        row: int = chart["position"]["overlayPosition"]["anchorCell"]["rowIndex"]
        return row, source["endRowIndex"]

    assert anchor_and_end() == (6, 4)
    filled.refresh(report=report_table((*CHANNELS, ("Карты", 9, 3.0), ("Авито", 1, None))))
    assert anchor_and_end() == (8, 6)
    filled.refresh(report=report_table(CHANNELS[:1]))
    assert anchor_and_end() == (4, 2)


# What people do to it


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
    assert filled.asked == [":getByDataFilter", "/values:batchGetByDataFilter", ":batchUpdate"]


def test_a_tab_of_their_own_with_our_title_is_left_alone(live: Live) -> None:
    live.hand.add_tab("Воронка", [["моё", 1]])
    live.refresh()
    assert live.hand.rows("Воронка") == [["моё", 1]]
    assert live.hand.row("Воронка 2", 1) == ["Дата", "Канал", "Лиды", "Маржа"]
    live.refresh()
    assert live.kinds() == STAMP_ONLY


def test_a_deleted_tab_comes_back(filled: Live) -> None:
    filled.hand.delete_tab("Журнал")
    filled.refresh()
    assert filled.hand.rows("Журнал") == [["Что", "Пояснение"], ["Запуск", "готово"]]
    filled.refresh()
    assert filled.kinds() == STAMP_ONLY


def test_a_duplicated_tab_is_theirs_from_then_on(filled: Live) -> None:
    filled.hand.duplicate_tab("Отчёт", "Отчёт за май")
    filled.refresh(report=report_table(CHANNELS[:1]))
    assert len(filled.hand.rows("Отчёт")) == 3
    assert len(filled.hand.rows("Отчёт за май")) == 5


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


def test_columns_right_of_the_table_and_colours_stay(filled: Live) -> None:
    filled.hand.type("Отчёт", 2, 6, "моя заметка")
    filled.hand.type("Отчёт", 4, 6, "=B4*2", 14)
    filled.hand.paint("Отчёт", 2, 1, {"red": 1})
    filled.refresh(report=report_table(CHANNELS[:2]))
    filled.refresh(report=report_table((*CHANNELS, ("Карты", 9, 3.0))))
    assert filled.hand.row("Отчёт", 2)[6] == "моя заметка"
    assert filled.hand.tab("Отчёт").cell(3, 6)["userEnteredValue"] == {"formulaValue": "=B4*2"}
    painted = filled.hand.tab("Отчёт").cell(1, 1)["userEnteredFormat"]["backgroundColorStyle"]
    assert painted == {"rgbColor": {"red": 1}}


def test_words_beside_a_row_that_goes_are_kept(filled: Live) -> None:
    filled.hand.type("Отчёт", 5, 6, "не потерять")
    filled.refresh(report=report_table(CHANNELS[:1]))
    assert filled.hand.rows("Отчёт")[4] == [None] * 6 + ["не потерять"]
    assert [row[0] for row in filled.hand.rows("Отчёт")[:3]] == ["Канал", "Директ — поиск", "Итого"]


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
    assert filled.asked == [":getByDataFilter", "/values:batchGetByDataFilter", ":batchUpdate"]


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
    filled.hand.type("Отчёт", 3, 0, "что-то своё")
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


# Tabs that people fill


def test_typed_cells_are_read_as_values(filled: Live) -> None:
    filled.hand.type("Настройки", 2, 1, date(2026, 1, 1))
    filled.hand.type("Настройки", 4, 1, 0.45)
    filled.hand.type("Расходы", 3, 0, date(2026, 6, 1))
    filled.hand.type("Расходы", 3, 1, "2ГИС")
    filled.hand.type("Расходы", 3, 2, "=1000*1.2", 1200)
    filled.hand.type("Расходы", 4, 2, "=1/0", {"errorValue": {"type": "DIVIDE_BY_ZERO"}})
    typed = filled.book().read()
    assert typed == Typed(
        {
            "settings": [
                ["Период с", date(2026, 1, 1), "как в файле"],
                ["Модель", None, "как в файле"],
                ["Доля маржи", 0.45, "как в файле"],
            ],
            "costs": [
                [None, None, None, None],
                [date(2026, 6, 1), "2ГИС", 1200, None],
                [None, None, "#DIVIDE_BY_ZERO!", None],
            ],
        },
        {"report": {}},
    )


def test_typed_cells_are_never_written_and_the_service_answers_beside_them(filled: Live) -> None:
    filled.hand.type("Расходы", 2, 0, date(2026, 6, 1))
    filled.hand.type("Расходы", 2, 2, "=1000*1.2", 1200)
    filled.hand.type("Расходы", 4, 1, "Авито")
    filled.refresh()
    assert filled.hand.row("Расходы", 2) == [46174, None, "=1000*1.2", "принято"]
    assert filled.hand.row("Расходы", 4) == [None, "Авито", None, "нет суммы"]
    filled.refresh()
    assert filled.kinds() == STAMP_ONLY
    filled.hand.type("Расходы", 4, 1, None)
    filled.refresh()
    assert filled.hand.row("Расходы", 4) == []


def test_a_wrong_cell_gets_a_note_that_goes_when_it_is_right(filled: Live) -> None:
    def notes() -> dict[tuple[int, int], str]:
        found: dict[tuple[int, int], str] = state(filled.hand.book)["Настройки"]["notes"]
        return {place: text for place, text in found.items() if place[0] > 0}

    filled.hand.type("Настройки", 3, 1, "перввый")
    filled.hand.note("Настройки", 2, 1, "спросить у Ольги")
    filled.refresh()
    assert notes() == {
        (1, 1): "спросить у Ольги",
        (2, 1): "Ожидается одно из: «первый», «последний».\u2063",
    }
    filled.refresh()
    assert filled.kinds() == STAMP_ONLY
    filled.hand.type("Настройки", 3, 1, "первый")
    filled.refresh()
    assert notes() == {(1, 1): "спросить у Ольги"}


def test_a_row_that_changed_after_it_was_read_gets_no_answer_yet(filled: Live) -> None:
    filled.hand.type("Расходы", 2, 2, 100)
    book = filled.book()
    typed = book.read()
    filled.hand.insert_rows("Расходы", 2)
    filled.hand.type("Расходы", 2, 1, "Авито")
    book.write(small_tables(typed), filled.stamp())
    assert filled.hand.rows("Расходы")[1:] == [[None, "Авито"], [None, None, 100]]
    filled.refresh()
    assert filled.hand.rows("Расходы")[1:] == [
        [None, "Авито", None, "нет суммы"], [None, None, 100, "принято"],
    ]  # fmt: skip


def test_moved_columns_of_an_input_tab_are_read_in_their_order(filled: Live) -> None:
    filled.hand.type("Расходы", 2, 1, "2ГИС")
    filled.hand.move_column("Расходы", 1, 0)
    filled.hand.type("Расходы", 1, 0, "Где потратили")
    assert filled.book().read().grids["costs"] == [[None, "2ГИС", None, None]]
    filled.refresh()
    assert filled.hand.rows("Расходы") == [
        ["Где потратили", "Дата с", "Расход", "Проверка"],
        ["2ГИС", None, None, "нет суммы"],
    ]


def test_drop_downs_and_checks_are_laid(filled: Live) -> None:
    costs, settings = filled.hand.tab("Расходы"), filled.hand.tab("Настройки")
    assert costs.cell(500, 1)["dataValidation"]["condition"]["values"] == [
        {"userEnteredValue": "2ГИС"}, {"userEnteredValue": "Авито"},
    ]  # fmt: skip
    assert costs.cell(500, 0)["dataValidation"]["condition"] == {"type": "DATE_IS_VALID"}
    assert settings.cell(2, 1)["dataValidation"]["condition"]["type"] == "ONE_OF_LIST"
    assert "dataValidation" not in settings.cell(1, 1)


def test_service_cells_are_protected_with_a_warning_and_people_may_write_in_theirs(
    filled: Live,
) -> None:
    (report,) = filled.hand.tab("Отчёт").protected
    assert report["warningOnly"] is True
    assert report["range"] == {"sheetId": filled.hand.tab("Отчёт").id}
    free = report["unprotectedRanges"]
    assert [(f.get("startColumnIndex"), f.get("endColumnIndex")) for f in free] == [
        (4, 5),
        (5, None),
    ]
    parts = filled.hand.tab("Настройки").protected
    assert [(p["range"]["startColumnIndex"], p["range"]["endColumnIndex"]) for p in parts] == [
        (0, 1),
        (2, 3),
    ]


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


def test_the_funnel_drops_its_first_day_and_gains_one_without_sending_the_rest(live: Live) -> None:
    live.refresh(funnel=funnel_table(200))
    live.refresh(funnel=funnel_table(200, date(2026, 5, 2), seed=0))
    assert live.hand.row("Воронка", 2)[0] == (FIRST_DAY - date(1899, 12, 30)).days + 1
    assert len(live.hand.rows("Воронка")) == 401
    assert live.kinds()["deleteDimension"] == 1
    assert live.kinds()["insertDimension"] == 1


def test_long_rows_beside_which_somebody_wrote_do_not_go(live: Live) -> None:
    live.refresh(funnel=funnel_table(150))
    live.hand.type("Воронка", 3, 5, "запомнить этот день")
    live.hand.type("Воронка", 5, 5, "=D5*2", 8)
    live.refresh(funnel=funnel_table(148, date(2026, 5, 3)))
    rows = live.hand.rows("Воронка")
    assert rows[2][5] == "запомнить этот день"
    assert rows[1][0] == 46145
    assert len([row for row in rows[1:] if row and row[0] is not None]) == 296
    assert live.kinds()["deleteDimension"] == 1, "only blank rows at the end"
