"""What people keep in a report of ours: it stays with its row, and ranges over the table go on."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from templates_sheets.tab import Table
from tests.books.google_live import (
    CHANNELS,
    FIRST_DAY,
    FUNNEL,
    STAMP_ONLY,
    Live,
    funnel_table,
    report_table,
)
from tests.doubles.sheets_hand import state

RED = {"red": 1.0}


def keep(live: Live, title: str, row: int, column: int) -> None:
    """Put a word, a colour and a note of hers into a row of a tab."""
    live.hand.type(title, row, column, "моё")
    live.hand.paint(title, row, 0, RED)
    live.hand.note(title, row, 1, "спросить")


def kept(live: Live, title: str, column: int) -> list[Any]:
    """Of every row with her word: its first cell, and whether colour and note are there, too."""
    tab = live.hand.tab(title)
    rows = [n for n, row in enumerate(live.hand.rows(title)) if row[column : column + 1] == ["моё"]]
    coloured = [n for n in range(len(tab.rows)) if _fill(tab.cell(n, 0)) == {"rgbColor": RED}]
    noted = [n for n in range(len(tab.rows)) if tab.cell(n, 1).get("note") == "спросить"]
    assert coloured == noted == rows
    return [live.hand.rows(title)[n][:2] for n in rows]


def _fill(cell: dict[str, Any]) -> Any:
    return cell.get("userEnteredFormat", {}).get("backgroundColorStyle")


def funnel(rows: list[int]) -> Table:
    """A day a row, by its number."""
    days = [date.fromordinal(FIRST_DAY.toordinal() + n) for n in rows]
    return Table(
        FUNNEL,
        FUNNEL.columns,
        [[day, "SEO", n, 1.5 * n] for day, n in zip(days, rows, strict=True)],
    )


def test_words_colours_and_notes_stay_with_their_row_in_a_small_table(filled: Live) -> None:
    keep(filled, "Отчёт", 3, 6)
    channels = [*CHANNELS]
    for step in range(6):
        channels = [("Сбер Ads", 90 - step, 1.0), *channels[::-1]][: 4 + step % 2]
        if not any(c[0] == "SEO" for c in channels):
            channels.append(CHANNELS[1])
        filled.refresh(report=report_table(channels))
        assert kept(filled, "Отчёт", 6) == [["SEO", 60]]
        assert [row[0] for row in filled.hand.rows("Отчёт")] == [
            "Канал", *(c[0] for c in channels), "Итого",
        ]  # fmt: skip


@pytest.mark.parametrize("count", [20, 199, 201, 700])
def test_they_stay_in_tables_of_any_size(live: Live, count: int) -> None:
    rows = list(range(count))
    live.refresh(funnel=funnel(rows))
    keep(live, "Воронка", 12, 5)
    dice = random.Random(count)
    for _ in range(3):
        dice.shuffle(rows)
        rows = [*rows[:5], 2000 + len(rows), *(n for n in rows[5:] if n == 10 or n % 7)]
        if 10 not in rows:
            rows.append(10)
        live.refresh(funnel=funnel(rows))
        assert kept(live, "Воронка", 5) == [[46153, "SEO"]]
        assert [row[2] for row in live.hand.rows("Воронка")[1:]] == rows


@pytest.mark.parametrize("down", [True, False])
def test_they_stay_where_somebody_sorted(live: Live, down: bool) -> None:
    live.refresh(funnel=funnel(list(range(450))))
    keep(live, "Воронка", 12, 5)
    keep(live, "Отчёт", 3, 6)
    before = state(live.hand.book)
    live.hand.sort("Воронка", 2, down=down)
    live.hand.sort("Отчёт", 1, down=down)
    live.refresh(funnel=funnel(list(range(450))))
    assert kept(live, "Воронка", 5) == [[46153, "SEO"]]
    assert kept(live, "Отчёт", 6) == [["SEO", 60]]
    after = state(live.hand.book)
    assert {t: s["rows"] for t, s in after.items()} == {t: s["rows"] for t, s in before.items()}
    assert {t: s["notes"] for t, s in after.items()} == {t: s["notes"] for t, s in before.items()}
    live.refresh(funnel=funnel(list(range(450))))
    assert live.kinds() == STAMP_ONLY


def test_a_new_row_takes_no_colour_from_its_neighbour(filled: Live) -> None:
    for row in (2, 3, 4):
        filled.hand.paint("Отчёт", row, 0, RED)
        filled.hand.paint("Отчёт", row, 6, RED)
    filled.refresh(report=report_table((CHANNELS[0], ("Карты", 9, 3.0), *CHANNELS[1:])))
    tab = filled.hand.tab("Отчёт")
    assert tab.cell(2, 0)["userEnteredValue"] == {"stringValue": "Карты"}
    assert [_fill(tab.cell(n, 0)) == {"rgbColor": RED} for n in range(1, 5)] == [
        True,
        False,
        True,
        True,
    ]
    assert _fill(tab.cell(2, 6)) is None
    comment = tab.cell(2, 4)
    assert _fill(comment) == _fill(tab.cell(1, 4)) is not None


def test_a_line_typed_under_a_table_stays_under_it(filled: Live) -> None:
    filled.hand.type("Отчёт", 6, 0, "Радио (договор)")
    filled.hand.type("Отчёт", 6, 1, 15)
    filled.hand.tab("Воронка").grid["rowCount"] = 40
    filled.hand.type("Воронка", 14, 1, "Всего за май")
    filled.hand.type("Воронка", 14, 2, "=SUM(C2:C11)", 20)
    filled.refresh()
    assert filled.kinds() == STAMP_ONLY
    assert filled.hand.row("Отчёт", 6) == ["Радио (договор)", 15]
    filled.refresh(report=report_table((*CHANNELS, ("Карты", 9, 3.0))), funnel=funnel_table(8))
    assert [row[0] for row in filled.hand.rows("Отчёт")][-2:] == ["Итого", "Радио (договор)"]
    assert filled.hand.rows("Воронка")[-1][1] == "Всего за май"
    assert len(filled.hand.rows("Воронка")) == 20
    cell = filled.hand.tab("Воронка").cell(19, 2)["userEnteredValue"]
    assert cell == {"formulaValue": "=SUM(C2:C11)"}
    filled.refresh(report=report_table(CHANNELS[:1]), funnel=funnel_table(2))
    assert filled.hand.row("Отчёт", 4) == ["Радио (договор)", 15]
    assert filled.hand.rows("Воронка")[-1][1] == "Всего за май"


def test_a_line_typed_inside_a_table_stays_behind_its_row(filled: Live) -> None:
    filled.hand.insert_rows("Отчёт", 4)
    filled.hand.type("Отчёт", 4, 0, "— ниже платное —")
    filled.hand.type("Отчёт", 4, 4, "не путать")
    filled.refresh()
    assert "updateCells" not in filled.kinds()
    assert not any(filled.book().read().comments.values())
    more = (("Карты", 9, 3.0), *CHANNELS[:2], ("Авито", 3, 1.0), CHANNELS[2])
    filled.refresh(report=report_table(more))
    names = [row[0] for row in filled.hand.rows("Отчёт")]
    assert names == [
        "Канал", "Карты", "Директ — поиск", "SEO", "— ниже платное —", "Авито", CHANNELS[2][0], "Итого",
    ]  # fmt: skip
    assert filled.hand.row("Отчёт", 5)[4] == "не путать"
    assert filled.hand.row("Отчёт", 8)[1] == 199
    bold = filled.hand.tab("Отчёт").cell(7, 0)["userEnteredFormat"]["textFormat"]
    assert bold == {"bold": True}
    source = filled.hand.tab("Отчёт").charts[0]["spec"]["basicChart"]["series"][0]["series"]
    assert source["sourceRange"]["sources"][0]["endRowIndex"] == 7
    found = filled.hand.tab("Отчёт").filter
    assert found is not None
    assert found["range"]["endRowIndex"] == 7
    filled.refresh(report=report_table(more))
    assert filled.kinds() == STAMP_ONLY


def test_lines_that_were_sorted_into_a_table_come_under_it(filled: Live) -> None:
    filled.hand.type("Отчёт", 6, 0, "Радио")
    filled.hand.type("Отчёт", 6, 1, 100)
    filled.hand.sort("Отчёт", 1, down=True, last=6)
    assert [row[0] for row in filled.hand.rows("Отчёт")].index("Радио") == 3
    filled.refresh()
    assert [row[0] for row in filled.hand.rows("Отчёт")] == [
        "Канал", *(c[0] for c in CHANNELS), "Итого", "Радио",
    ]  # fmt: skip
    assert filled.hand.row("Отчёт", 6) == ["Радио", 100]


def test_a_row_that_goes_with_her_words_beside_it_keeps_its_name(filled: Live) -> None:
    filled.hand.type("Отчёт", 3, 6, "не потерять")
    filled.hand.note("Отчёт", 4, 1, "и это")
    filled.hand.type("Воронка", 4, 5, "запомнить этот день")
    first = date(2026, 5, 4)
    for _ in range(2):
        filled.refresh(report=report_table(CHANNELS[:1]), funnel=funnel_table(5, first))
        rows = filled.hand.rows("Отчёт")
        assert [row[0] for row in rows] == [
            "Канал", "Директ — поиск", "SEO", CHANNELS[2][0], "Итого",
        ]  # fmt: skip
        assert rows[2] == ["SEO", *[None] * 5, "не потерять"]
        assert filled.hand.tab("Отчёт").cell(3, 1)["note"] == "и это"
        last = filled.hand.rows("Воронка")[-1]
        assert last == [46144, "Директ — поиск", None, None, None, "запомнить этот день"]
    filled.hand.type("Отчёт", 3, 6, None)
    filled.refresh(report=report_table(CHANNELS[:1]))
    assert [row[0] for row in filled.hand.rows("Отчёт")][1:3] == ["Директ — поиск", CHANNELS[2][0]]


def test_her_notes_on_cells_and_headers_are_never_written_over(filled: Live) -> None:
    filled.hand.note("Отчёт", 1, 1, "мои лиды")
    filled.hand.note("Отчёт", 3, 2, "почему пусто?")
    filled.hand.note("Отчёт", 2, 2, "сверить")
    filled.init()
    filled.refresh(
        report=report_table((("Директ — поиск", 9, None), *CHANNELS[1:], ("Авито", 1, None)))
    )
    tab = filled.hand.tab("Отчёт")
    assert [tab.cell(0, 1)["note"], tab.cell(2, 2)["note"], tab.cell(1, 2)["note"]] == [
        "мои лиды", "почему пусто?", "сверить",
    ]  # fmt: skip
    assert tab.cell(4, 2)["note"] == "Расходов нет.\u2063"


def ranges_over(live: Live, title: str, last: int) -> None:
    """A named range, a filter view, a slicer and a pivot in a tab of hers over the whole table,
    closed as Google makes them."""
    tab = live.hand.tab(title)
    where = {"sheetId": tab.id, "startColumnIndex": 0, "endColumnIndex": 4, "endRowIndex": last}
    live.hand.book.named.append(
        {"namedRangeId": "n1", "name": "воронка", "range": where | {"startRowIndex": 1}}
    )
    tab.views.append({"filterViewId": 5, "range": where | {"startRowIndex": 0}})
    tab.slicers.append({"slicerId": 6, "spec": {"dataRange": where | {"startRowIndex": 0}}})
    live.hand.add_tab("Сводная", [["Канал", "Лиды"]], len(live.hand.book.tabs))
    live.hand.tab("Сводная").pivots.append({"source": where | {"startRowIndex": 0}})


def edges(live: Live, title: str) -> list[tuple[int, int]]:
    tab = live.hand.tab(title)
    found = [
        live.hand.book.named[0]["range"],
        tab.views[0]["range"],
        tab.slicers[0]["spec"]["dataRange"],
        live.hand.tab("Сводная").pivots[0]["source"],
    ]
    return [(where["startRowIndex"], where["endRowIndex"]) for where in found]


@pytest.mark.parametrize("days", [30, 200])
def test_closed_ranges_over_a_whole_table_go_on_covering_it(live: Live, days: int) -> None:
    live.refresh(funnel=funnel_table(days))
    ranges_over(live, "Воронка", days * 2 + 1)
    for weeks in (2, 6, 7):
        first = date.fromordinal(FIRST_DAY.toordinal() + weeks * 3)
        live.refresh(funnel=funnel_table(days + weeks * 4, first, seed=weeks))
        end = len(live.hand.rows("Воронка"))
        assert end == (days + weeks * 4) * 2 + 1
        assert edges(live, "Воронка") == [(1, end), *[(0, end)] * 3]
    live.hand.sort("Воронка", 2, down=True)
    live.refresh(funnel=funnel_table(days + 28, first, seed=7))
    assert edges(live, "Воронка") == [(1, end), *[(0, end)] * 3]


def test_a_named_range_over_a_report_without_its_total_goes_on_covering_it(filled: Live) -> None:
    ranges_over(filled, "Отчёт", 4)
    for channels in (
        (*CHANNELS, ("Карты", 9, 3.0)),
        (("Авито", 500, 1.0), ("Карты", 9, 3.0), *CHANNELS[::-1], ("Сбер", 1, 1.0)),
        (("Сбер", 1, 1.0), CHANNELS[2], ("Карты", 9, 3.0)),
    ):
        filled.refresh(report=report_table(channels))
        end = len(channels) + 1
        assert edges(filled, "Отчёт") == [(1, end), *[(0, end)] * 3]


def test_rows_move_past_frozen_lines_and_merged_cells(filled: Live) -> None:
    tab = filled.hand.tab("Отчёт")
    tab.grid["frozenRowCount"] = 4
    tab.merges.append(
        {
            "sheetId": tab.id,
            "startRowIndex": 2,
            "endRowIndex": 4,
            "startColumnIndex": 0,
            "endColumnIndex": 1,
        }
    )
    filled.refresh(report=report_table((("Карты", 9, 3.0), *CHANNELS[::-1])))
    assert [row[0] for row in filled.hand.rows("Отчёт")] == [
        "Канал", "Карты", *(c[0] for c in CHANNELS[::-1]), "Итого",
    ]  # fmt: skip
    assert tab.grid["frozenRowCount"] == 4
    assert filled.hand.tab("Отчёт").merges == []


def test_more_lines_frozen_than_are_left_stay_frozen_but_for_the_last(live: Live) -> None:
    live.refresh(funnel=funnel(list(range(30))))
    tab = live.hand.tab("Воронка")
    tab.grid.update(rowCount=32, frozenRowCount=31)
    for rows, frozen in ((28, 29), (2, 3), (40, 3)):
        live.refresh(funnel=funnel(list(range(rows))))
        assert [row[2] for row in live.hand.rows("Воронка")[1:]] == list(range(rows))
        assert live.hand.tab("Воронка").grid["frozenRowCount"] == frozen


def test_merged_cells_in_a_long_table_that_was_sorted_keep_nothing_from_its_order(
    live: Live,
) -> None:
    live.refresh(funnel=funnel(list(range(450))))
    live.hand.sort("Воронка", 2, down=True)
    tab = live.hand.tab("Воронка")
    tab.merges.append(
        {
            "sheetId": tab.id,
            "startRowIndex": 2,
            "endRowIndex": 3,
            "startColumnIndex": 0,
            "endColumnIndex": 2,
        }
    )
    live.refresh(funnel=funnel(list(range(450))))
    assert [row[2] for row in live.hand.rows("Воронка")[1:]] == list(range(450))


def test_a_tab_made_a_table_is_refreshed_and_repaired(filled: Live) -> None:
    tab = filled.hand.tab("Отчёт")
    area = {
        "sheetId": tab.id,
        "startRowIndex": 0,
        "endRowIndex": 5,
        "startColumnIndex": 0,
        "endColumnIndex": 5,
    }
    tab.filter, tab.bandings = None, []
    tab.tables.append({"tableId": "t1", "name": "Отчёт", "range": area})
    for _ in range(2):
        filled.refresh(report=report_table((*CHANNELS, ("Карты", 9, 3.0))))
        filled.init()
    assert tab.filter is None
    assert filled.hand.tab("Отчёт").tables[0]["range"]["endRowIndex"] == 6
    assert ":batchUpdate" not in filled.asked


def test_what_was_doubled_before_is_taken_away(filled: Live) -> None:
    tab = filled.hand.tab("Отчёт")
    theirs = {
        "ranges": [{"sheetId": tab.id, "startColumnIndex": 1, "endColumnIndex": 2}],
        "booleanRule": {
            "condition": {"type": "NUMBER_LESS", "values": [{"userEnteredValue": "10"}]},
            "format": {"backgroundColorStyle": {"rgbColor": {"red": 0.5}}},
        },
    }  # fmt: skip
    ours = list(tab.rules)
    tab.rules[:] = [*ours, theirs, *ours, *ours]
    filled.init()
    assert filled.hand.tab("Отчёт").rules == [theirs, *ours]
    filled.init()
    assert ":batchUpdate" not in filled.asked
