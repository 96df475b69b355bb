"""Groups that are laid closed, cells that lead to other tabs, tabs that people chose not to see."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from templates_sheets.tab import Cell, Column, Tab, Table
from tests.books.google_live import CHANNELS, REPORT, STAMP_ONLY, Live, log_table, report_table

COHORTS = Tab(
    "cohorts",
    "Когорты",
    (
        Column("Месяц", "month", "date", 12),
        Column("Канал", "channel", "text", 20),
        Column("ROMI", "romi", "percent", 10),
        Column("от", "low", "percent", 10, group="bounds"),
        Column("до", "high", "percent", 10, group="bounds"),
    ),
    row_key=("Месяц", "Канал"),
)


def cohorts(months: int, channels: int = 2) -> Table:
    """A row a month, its channels folded under it."""
    rows: list[list[Cell]] = []
    folded = []
    for month in range(months, 0, -1):
        rows.append([date(2026, month, 1), "Все", 1.0, 0.5, 1.5])
        folded.append((len(rows), len(rows) + channels - 1))
        rows += [[date(2026, month, 1), f"канал {n}", 1.0, 0.5, 1.5] for n in range(channels)]
    return Table(COHORTS, COHORTS.columns, rows, folded=tuple(folded))


def show(live: Live, *tables: Table) -> None:
    live.tabs = tuple(table.tab for table in tables)
    live.double.calls.clear()
    live.double.asked.clear()
    book = live.book()
    book.read()
    book.write(tables, live.stamp())


def groups(live: Live, dimension: str) -> list[tuple[int, int]]:
    found = live.hand.tab("Когорты").groups
    assert all(group["collapsed"] for group in found)
    ranges = [group["range"] for group in found if group["range"]["dimension"] == dimension]
    return sorted((where["startIndex"], where["endIndex"]) for where in ranges)


def test_groups_are_laid_closed_and_follow_the_table(live: Live) -> None:
    show(live, cohorts(2), log_table())
    assert groups(live, "COLUMNS") == [(3, 5)]
    assert groups(live, "ROWS") == [(2, 4), (5, 7)]
    show(live, cohorts(2), log_table())
    assert live.kinds() == STAMP_ONLY
    show(live, cohorts(3, 3), log_table())
    assert groups(live, "ROWS") == [(2, 5), (6, 9), (10, 13)]
    assert groups(live, "COLUMNS") == [(3, 5)]
    live.hand.insert_rows("Когорты", 3)
    live.hand.type("Когорты", 3, 0, "моё")
    show(live, cohorts(1, 3), log_table())
    assert groups(live, "ROWS") == [(3, 6)]
    show(live, cohorts(1, 3), log_table())
    assert live.kinds() == STAMP_ONLY


def test_rows_over_their_sum_are_opened_by_the_row_below(live: Live) -> None:
    above = cohorts(2)
    rows = [row for at in (1, 4) for row in (*above.rows[at : at + 2], above.rows[at - 1])]
    tab = replace(COHORTS, sum_below=True)
    below = replace(above, tab=tab, rows=rows, folded=((0, 1), (3, 4)))
    show(live, below, log_table())
    assert groups(live, "ROWS") == [(1, 3), (4, 6)]
    assert live.hand.tab("Когорты").grid["rowGroupControlAfter"] is True
    show(live, below, log_table())
    assert live.kinds() == STAMP_ONLY


def test_groups_that_people_opened_or_made_are_theirs(live: Live) -> None:
    show(live, cohorts(2), log_table())
    live.hand.tab("Когорты").groups.pop()
    live.hand.insert_columns("Когорты", 1)
    show(live, cohorts(2), log_table())
    assert groups(live, "ROWS") == [(2, 4)]
    live.hand.tab("Когорты").groups.clear()
    show(live, cohorts(3), log_table())
    assert groups(live, "ROWS") == [(2, 4), (5, 7), (8, 10)]
    assert groups(live, "COLUMNS") == [(4, 6)]


def leading(table: Table) -> Table:
    return replace(table, links={(1, 0): "log", (2, 0): "nowhere"})


def link(live: Live, row: int) -> Any:
    form = live.hand.tab("Отчёт").cell(row, 0).get("userEnteredFormat", {})
    return form.get("textFormat", {}).get("link")


def test_cells_lead_to_the_tabs_that_they_name(live: Live) -> None:
    show(live, leading(report_table()), log_table())
    log = live.hand.tab("Журнал").id
    assert link(live, 2) == {"uri": f"#gid={log}"}
    assert [link(live, row) for row in (1, 3)] == [None, None]
    show(live, leading(report_table()), log_table())
    assert live.kinds() == STAMP_ONLY
    show(live, leading(report_table((CHANNELS[1], CHANNELS[0], CHANNELS[2]))), log_table())
    assert [bool(link(live, row)) for row in (1, 2, 3)] == [False, True, False]


def test_a_tab_that_people_chose_not_to_see_is_out_of_sight_until_they_choose_again(
    live: Live,
) -> None:
    def is_hidden() -> bool:
        return bool(live.hand.tab("Отчёт").properties.get("hidden"))

    show(live, replace(report_table(), hidden=True), log_table())
    assert is_hidden()
    live.hand.tab("Отчёт").properties["hidden"] = False
    show(live, replace(report_table(), hidden=True), log_table())
    assert not is_hidden(), "opened by hand"
    show(live, report_table(), log_table())
    show(live, replace(report_table(), hidden=True), log_table())
    assert is_hidden()
    show(live, report_table(), log_table())
    assert not is_hidden()
    assert live.hand.row("Отчёт", 1)[0] == REPORT.columns[0].title
