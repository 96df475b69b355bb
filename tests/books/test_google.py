"""The Google book on the double: what it lays and what it sends."""

from __future__ import annotations

from datetime import date

from sheets_sync.books.google.look.notes import SIGN
from tests.books.google_live import (
    CHANNELS,
    FIRST_DAY,
    STAMP_ONLY,
    Live,
    funnel_table,
    log_table,
    report_table,
)
from tests.doubles.sheets_hand import state


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
        return {place: text.removesuffix(SIGN) for place, text in found.items() if place[0] > 0}

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


def test_the_funnel_drops_its_first_day_and_gains_one_without_sending_the_rest(live: Live) -> None:
    live.refresh(funnel=funnel_table(200))
    live.refresh(funnel=funnel_table(200, date(2026, 5, 2), seed=0))
    assert live.hand.row("Воронка", 2)[0] == (FIRST_DAY - date(1899, 12, 30)).days + 1
    assert len(live.hand.rows("Воронка")) == 401
    assert live.kinds()["deleteDimension"] == 1
    assert live.kinds()["insertDimension"] == 1
