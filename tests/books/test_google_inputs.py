"""Tabs that people fill: read as values, never written, answered beside."""

from __future__ import annotations

import re
from datetime import date

from sheets_sync.books.book import Typed
from tests.books.google_live import (
    STAMP_ONLY,
    Live,
    small_tables,
)
from tests.doubles.sheets_hand import state


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
        present=frozenset({"costs", "funnel", "log", "report", "settings"}),
    )


def test_the_language_and_zone_of_a_spreadsheet_change_no_date_and_no_number(filled: Live) -> None:
    def type_in() -> None:
        filled.hand.type("Настройки", 2, 1, date(2026, 1, 31))
        filled.hand.type("Настройки", 4, 1, 0.45)
        filled.hand.type("Расходы", 2, 0, date(2026, 6, 12))
        filled.hand.type("Расходы", 2, 2, 1200.5)
        # Where nothing says how to show it, a date is shown as the language has it.
        cell = filled.hand.tab("Расходы").cell(1, 0)
        cell["userEnteredFormat"]["numberFormat"].pop("pattern", None)

    type_in()
    filled.refresh()
    russian, shown = filled.book().read(), state(filled.hand.book)
    filled.hand.book.locale, filled.hand.book.zone = "en_US", "America/Los_Angeles"
    type_in()
    filled.refresh()
    assert filled.kinds() == STAMP_ONLY
    assert filled.book().read() == russian
    assert russian.grids["costs"][0][:3] == [date(2026, 6, 12), None, 1200.5]
    assert state(filled.hand.book) == shown
    new = filled.anew()
    new.hand.book.locale = "en_US"
    new.refresh()
    rules = [str(r) for r in new.sent() if "addConditionalFormatRule" in r]
    values = [v for r in rules for v in re.findall(r"'userEnteredValue': '(.*?)'", r)]
    assert values
    # Separators and decimal marks are the language's.
    assert not [v for v in values if re.search("[,;.]", v)]


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
    assert costs.cell(50, 1)["dataValidation"]["condition"]["values"] == [
        {"userEnteredValue": "2ГИС"}, {"userEnteredValue": "Авито"},
    ]  # fmt: skip
    assert costs.cell(50, 0)["dataValidation"]["condition"] == {"type": "DATE_IS_VALID"}
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
