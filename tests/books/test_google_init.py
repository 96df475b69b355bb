"""`init`: the template in an empty spreadsheet, a damaged one repaired, a sound one left alone."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from sheets_sync.books.book import Stamp
from templates_sheets.tabs import TABS
from tests.books import report_book
from tests.books.google_live import AT, CHANNELS, STAMP_ONLY, Live, funnel_table, report_table
from tests.doubles.sheets_hand import Hand, state

Damage = Callable[[Hand], None]


def test_init_lays_the_template_and_run_again_sends_nothing(live: Live) -> None:
    live.init()
    assert [tab.title for tab in live.hand.book.tabs] == [
        "Отчёт", "Воронка", "Журнал", "Настройки", "Расходы",
    ]  # fmt: skip
    written = live.init()
    assert ":batchUpdate" not in live.asked
    assert (written.cells, written.requests) == (0, 4)
    live.refresh()
    live.init()
    assert ":batchUpdate" not in live.asked


def _delete_tab(hand: Hand) -> None:
    hand.delete_tab("Журнал")


def _move_columns(hand: Hand) -> None:
    hand.move_column("Отчёт", 3, 1)
    hand.move_column("Воронка", 0, 3)


def _rename_columns(hand: Hand) -> None:
    hand.type("Отчёт", 1, 1, "Заявки")
    hand.type("Расходы", 1, 0, None)


def _delete_column(hand: Hand) -> None:
    hand.delete_column("Воронка", 2)


def _delete_chart(hand: Hand) -> None:
    hand.tab("Отчёт").charts.clear()


def _delete_rules(hand: Hand) -> None:
    del hand.tab("Отчёт").rules[1:3]


def _delete_stripes(hand: Hand) -> None:
    hand.tab("Воронка").bandings.clear()


def _delete_protection(hand: Hand) -> None:
    hand.tab("Отчёт").protected.clear()
    hand.tab("Настройки").protected.clear()


def _change_formats(hand: Hand) -> None:
    tab, place = hand.tab("Воронка"), hand.column("Воронка", "Маржа")
    cell = tab.cell(3, place)
    form = cell["userEnteredFormat"] | {"numberFormat": {"type": "NUMBER", "pattern": "0.000"}}
    tab.put(3, place, cell | {"userEnteredFormat": form})


def _change_header(hand: Hand) -> None:
    hand.paint("Отчёт", 1, 0, {"green": 1})
    tab = hand.tab("Отчёт")
    tab.put(0, 1, {k: v for k, v in tab.cell(0, 1).items() if k != "note"})


def _clear_check(hand: Hand) -> None:
    tab = hand.tab("Расходы")
    for row in range(1, 20):
        tab.put(row, 1, {k: v for k, v in tab.cell(row, 1).items() if k != "dataValidation"})


def _thaw(hand: Hand) -> None:
    hand.tab("Отчёт").grid["frozenRowCount"] = 0


def _delete_filter(hand: Hand) -> None:
    hand.tab("Отчёт").filter = None


DAMAGES = [
    _delete_tab, _move_columns, _rename_columns, _delete_column, _delete_chart, _delete_rules,
    _delete_stripes, _delete_protection, _change_formats, _change_header, _clear_check, _thaw,
    _delete_filter,
]  # fmt: skip


def sound(live: Live) -> dict[str, Any]:
    """What must be back after a repair; ids of protected ranges are Google's choice."""
    found = deepcopy(state(live.hand.book))
    for tab in found.values():
        tab["protected"] = [{**p, "protectedRangeId": 0} for p in tab["protected"]]
    return found


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda f: f.__name__.strip("_"))
def test_every_kind_of_damage_is_repaired_once(filled: Live, damage: Damage) -> None:
    before = sound(filled)
    damage(filled.hand)
    filled.init()
    assert ":batchUpdate" in filled.asked
    filled.init()
    assert ":batchUpdate" not in filled.asked
    filled.refresh()
    assert sound(filled) == before
    filled.refresh()
    assert filled.kinds() == STAMP_ONLY
    filled.init()
    assert ":batchUpdate" not in filled.asked


def test_all_damage_at_once(filled: Live) -> None:
    before = sound(filled)
    for damage in DAMAGES:
        damage(filled.hand)
    filled.init()
    filled.refresh()
    assert sound(filled) == before


def test_repair_leaves_rows_and_everything_of_theirs_alone(filled: Live) -> None:
    filled.refresh(report=report_table((*CHANNELS, ("Карты", 9, 3.0))), funnel=funnel_table(9))
    filled.hand.type("Отчёт", 2, 4, "мой комментарий")
    filled.hand.type("Настройки", 3, 1, "первый")
    filled.hand.add_tab("План", [["июль", 100]])
    filled.hand.insert_columns("Воронка", 2)
    filled.hand.type("Воронка", 1, 2, "Моё")
    filled.hand.paint("Отчёт", 3, 1, {"red": 1})
    _move_columns(filled.hand)
    rows = {tab.title: filled.hand.rows(tab.title) for tab in filled.hand.book.tabs}
    filled.init()
    assert filled.hand.rows("Журнал") == rows["Журнал"]
    assert filled.hand.rows("План") == rows["План"]
    assert filled.hand.rows("Настройки") == rows["Настройки"]
    assert len(filled.hand.rows("Воронка")) == 19
    assert filled.hand.row("Воронка", 1) == ["Дата", "Канал", "Лиды", "Маржа", "Моё"]
    assert filled.hand.row("Отчёт", 2)[4] == "мой комментарий"
    assert len(filled.hand.rows("Отчёт")) == 6
    place = filled.hand.column("Отчёт", "Лиды")
    painted = filled.hand.tab("Отчёт").cell(2, place)["userEnteredFormat"]["backgroundColorStyle"]
    assert painted == {"rgbColor": {"red": 1}}


def test_a_renamed_tab_is_no_damage(filled: Live) -> None:
    filled.hand.rename("Отчёт", "Главное")
    filled.init()
    assert ":batchUpdate" not in filled.asked


def test_the_whole_template_is_laid_refreshed_and_found_sound(live: Live) -> None:
    live.tabs = TABS
    blank, full = report_book.tables(days=0), report_book.tables(days=20)
    live.book().init(blank, Stamp("init", AT))
    live.double.calls.clear()
    live.book().init(blank, Stamp("init-2", AT))
    assert ":batchUpdate" not in live.asked
    for _ in range(2):
        live.double.calls.clear()
        live.double.asked.clear()
        live.book().write(full, live.stamp())
    assert live.kinds() == STAMP_ONLY
    assert live.asked == [":getByDataFilter", "/values:batchGetByDataFilter", ":batchUpdate"]
    live.double.calls.clear()
    live.book().init(full, Stamp("init-3", AT))
    assert ":batchUpdate" not in live.asked
    assert [tab.title for tab in live.hand.book.tabs] == [tab.title for tab in TABS]
