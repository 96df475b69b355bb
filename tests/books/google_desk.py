"""A person at a Google spreadsheet, for the promises that every kind of book keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sheets_sync.books.book import Book
from templates_sheets.tab import Cell
from templates_sheets.tabs import TABS
from tests.books.google_live import Live, running


class GoogleDesk:
    """A person with the spreadsheet open in a browser. Rows and columns are counted from 1."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def open(self) -> Book:
        return self.live.book()

    def titles(self) -> list[str]:
        return [tab.title for tab in self.live.hand.book.tabs]

    def rows(self, title: str) -> list[list[Cell]]:
        rows = self.live.hand.rows(title)
        width = max(map(len, rows), default=0)
        return [[*row, *([None] * (width - len(row)))] for row in rows]

    def type(self, title: str, cells: dict[tuple[int, int], Cell]) -> None:
        for (row, column), cell in cells.items():
            self.live.hand.type(title, row, column - 1, cell)

    def insert_column(self, title: str, column: int) -> None:
        self.live.hand.insert_columns(title, column - 1)

    def add_tab(self, title: str, rows: list[list[Cell]]) -> None:
        self.live.hand.add_tab(title, rows, len(self.live.hand.book.tabs))


@contextmanager
def google_desk(folder: Path) -> Iterator[GoogleDesk]:
    with running(folder) as live:
        live.tabs = TABS
        yield GoogleDesk(live)
