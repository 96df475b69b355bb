"""What every kind of book promises: people's words survive, cells are values, order is kept.

A kind is a `Desk` in DESKS: the book, and the hands of a person who reads and types in it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import openpyxl
import pytest
from python_calamine import load_workbook

from sheets_sync.books.book import Book, Stamp, Typed
from sheets_sync.books.xlsx.book import XlsxBook
from templates_sheets import channel_report, costs, funnel, journal, services, settings
from templates_sheets.tab import Cell, Tab, Table
from templates_sheets.tabs import TABS
from tests.books import report_book
from tests.books.google_desk import google_desk

STAMP = Stamp("run-1", datetime(2026, 6, 30, 4, 5))


class Desk(Protocol):
    """One clinic's book and a person at it. Rows and columns are counted from 1."""

    def open(self) -> Book:
        """The book as a new process would open it."""
        ...

    def titles(self) -> list[str]:
        """Titles of its tabs, in order."""
        ...

    def rows(self, title: str) -> list[list[Cell]]:
        """What stands in a tab, the header first; None where empty, every row equally long."""
        ...

    def type(self, title: str, cells: dict[tuple[int, int], Cell]) -> None:
        """A person types values into cells, (row, column) each, and leaves."""
        ...

    def insert_column(self, title: str, column: int) -> None:
        """A person inserts an empty column."""
        ...

    def add_tab(self, title: str, rows: list[list[Cell]]) -> None:
        """A person adds a tab of their own at the end."""
        ...


class XlsxDesk:
    """A person with the file open in a program of their own."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "report.xlsx"

    def open(self) -> Book:
        return XlsxBook(self.path, "Имплант-центр")

    def titles(self) -> list[str]:
        with load_workbook(self.path) as book:
            return book.sheet_names

    def rows(self, title: str) -> list[list[Cell]]:
        with load_workbook(self.path) as book:
            rows = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
        return [[None if cell == "" else cell for cell in row] for row in rows]

    def type(self, title: str, cells: dict[tuple[int, int], Cell]) -> None:
        with self._program() as book:
            for (row, at), cell in cells.items():
                book[title].cell(row, at).value = cell
            book.save(self.path)

    def insert_column(self, title: str, column: int) -> None:
        with self._program() as book:
            book[title].insert_cols(column)
            book.save(self.path)

    def add_tab(self, title: str, rows: list[list[Cell]]) -> None:
        with self._program() as book:
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
            book.save(self.path)

    @contextmanager
    def _program(self) -> Iterator[openpyxl.Workbook]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl drops what it does not know
            book = openpyxl.load_workbook(self.path)
            yield book
            book.close()


@contextmanager
def xlsx_desk(folder: Path) -> Iterator[Desk]:
    yield XlsxDesk(folder)


#: Each kind of book by its name in a clinic's file.
DESKS: dict[str, Callable[[Path], AbstractContextManager[Desk]]] = {
    "google": google_desk,
    "xlsx": xlsx_desk,
}


@pytest.fixture(params=sorted(DESKS))
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    with DESKS[request.param](tmp_path) as ready:
        yield ready


#: Reports, a tab of days, tabs that people fill, lines: a whole book costs four times as much.
SOME = (channel_report.TAB, services.TAB, funnel.TAB, journal.TAB, settings.TAB, costs.TAB)


def refresh(
    desk: Desk, change: Callable[[Table], Table] = lambda table: table, tabs: Sequence[Tab] = SOME
) -> Typed:
    """What a run does with a book: read, compute, write."""
    book = desk.open()
    typed = book.read()
    book.write([change(table) for table in report_book.tables(typed, tabs=tabs)], STAMP)
    return typed


def column(title: str, name: str) -> int:
    """The number of a column, from 1."""
    tab = next(tab for tab in TABS if tab.title == title)
    return [c.title for c in tab.columns].index(name) + 1


def of(desk: Desk, title: str, name: str) -> list[Cell]:
    """The cells of a column, without its header."""
    header, *rows = desk.rows(title)
    return [row[header.index(name)] for row in rows]


def test_a_new_book_has_nothing_typed(desk: Desk) -> None:
    typed = refresh(desk)
    assert not any(typed.grids.values())
    assert not any(typed.comments.values())


def test_tabs_stand_in_the_order_given_and_begin_with_their_header(desk: Desk) -> None:
    refresh(desk, tabs=TABS)
    assert desk.titles() == [tab.title for tab in TABS]
    for tab in TABS:
        header = desk.rows(tab.title)[0]
        assert header[0] == tab.columns[0].title


def test_cells_hold_values_of_their_own_kind(desk: Desk) -> None:
    refresh(desk)
    header, first, *_ = desk.rows("Отчёт по каналам")
    row = dict(zip(header, first, strict=True))
    assert row["Канал"] == "Директ — поиск"
    assert row["Лиды"] == 412
    assert row["Расходы"] == 612400
    assert row["CAC"] == pytest.approx(612400 / 148, abs=1e-9)
    assert row["ROMI"] == pytest.approx((2104300 - 612400) / 612400, abs=1e-12)
    assert of(desk, "Отчёт по каналам", "CAC")[7] is None
    day = of(desk, "Воронка", "Дата")[0]
    assert day in (datetime(2026, 5, 1), date(2026, 5, 1), 46143)


def test_text_that_looks_like_a_formula_stays_text(desk: Desk) -> None:
    words = [
        "=1+1",
        "+7",
        "-5",
        "@x",
        '=HYPERLINK("http://x")',
        "0012",
        "http://x.ru",
        "1e5",
        "<r>b</r>",
    ]

    def change(table: Table) -> Table:
        if table.tab.key != "services":
            return table
        return replace(table, rows=[[word, *table.rows[0][1:]] for word in words], notes={})

    refresh(desk, change)
    shown = of(desk, "Услуги и врачи", "Услуга")
    assert [str(cell).replace("\u200b", "") for cell in shown] == words


def test_what_people_type_is_read_and_stays(desk: Desk) -> None:
    refresh(desk)
    words = {
        "Площадка": "2ГИС",
        "Расход": 45000.5,
        "Дата с": "01.05.2026",
        "Комментарий": "договор",
    }
    desk.type("Расходы", {(4, column("Расходы", name)): cell for name, cell in words.items()})
    margin = of(desk, "Настройки", "Настройка").index("Доля маржи")
    desk.type("Настройки", {(margin + 2, column("Настройки", "Значение")): 0.38})

    typed = refresh(desk)
    rows = typed.grids["costs"]
    assert len(rows) == 3
    assert not any(rows[0])
    at = [c.title for c in costs.TAB.columns].index
    assert rows[2][at("Площадка")] == "2ГИС"
    assert rows[2][at("Расход")] == 45000.5
    assert typed.grids["settings"][margin][1] == 0.38
    assert all(len(row) == 13 for row in rows)

    again = refresh(desk).grids
    assert again["costs"][2][: at("Проверка")] == rows[2][: at("Проверка")]
    assert again["costs"][2][at("Проверка")] == "✓ принято"
    assert again["settings"][margin][1] == 0.38


def test_a_wrong_cell_stays_and_its_row_says_why(desk: Desk) -> None:
    refresh(desk)
    desk.type("Расходы", {(2, column("Расходы", "Расход")): "сто"})
    refresh(desk)
    assert of(desk, "Расходы", "Расход")[0] == "сто"
    assert "ожидается сумма" in str(of(desk, "Расходы", "Проверка")[0])
    assert "Ячейка" in of(desk, "Журнал", "Что")


def test_comments_follow_their_rows_whichever_way_they_move(desk: Desk) -> None:
    refresh(desk)
    title = "Отчёт по каналам"
    channels = of(desk, title, "Канал")
    at = column(title, "Комментарий")
    desk.type(title, {(channels.index(c) + 2, at): f"про {c}" for c in ("SEO", "Авито")})

    def upside_down(table: Table) -> Table:
        if table.tab.key != "channel_report":
            return table
        return replace(table, rows=[*table.rows[-2::-1], table.rows[-1]], notes={})

    typed = refresh(desk, upside_down)
    assert typed.comments["channel_report"] == {("SEO",): "про SEO", ("Авито",): "про Авито"}
    for _ in range(2):
        told = dict(zip(of(desk, title, "Канал"), of(desk, title, "Комментарий"), strict=True))
        assert {k: v for k, v in told.items() if v} == {"SEO": "про SEO", "Авито": "про Авито"}
        refresh(desk)


def test_a_column_that_somebody_moved_is_found_by_its_title(desk: Desk) -> None:
    refresh(desk)
    desk.type("Расходы", {(2, column("Расходы", "Площадка")): "2ГИС"})
    desk.insert_column("Расходы", 1)
    typed = refresh(desk)
    assert typed.grids["costs"][0][column("Расходы", "Площадка") - 1] == "2ГИС"


def test_a_tab_of_ones_own_survives(desk: Desk) -> None:
    refresh(desk)
    desk.add_tab("Мои заметки", [["План", 2026], ["лиды", 500.5], [None, "да"]])
    for _ in range(2):
        refresh(desk)
        assert desk.rows("Мои заметки") == [["План", 2026], ["лиды", 500.5], [None, "да"]]


def test_a_shorter_report_leaves_no_old_rows(desk: Desk) -> None:
    refresh(desk)

    def short(table: Table) -> Table:
        if table.tab.key != "funnel":
            return table
        return replace(table, rows=table.rows[:2], notes={})

    refresh(desk, short)
    assert len([cell for cell in of(desk, "Воронка", "Канал") if cell is not None]) == 2


def test_tables_without_rows_are_written(desk: Desk) -> None:
    def bare(table: Table) -> Table:
        if table.tab.filled_by == "people":
            return table
        return Table(table.tab, table.columns, [])

    refresh(desk, bare, TABS)
    assert [cell for row in desk.rows("Воронка")[1:] for cell in row if cell is not None] == []
