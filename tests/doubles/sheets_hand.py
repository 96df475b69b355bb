"""What a marketer does to a spreadsheet by hand, and what she sees in it."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

from tests.doubles import sheets_lines as lines
from tests.doubles.sheets_model import Book, Tab

_DAY_ZERO = date(1899, 12, 30)


class Hand:
    """Somebody with the spreadsheet open. Rows are counted from 1, columns are letters or titles."""

    def __init__(self, book: Book) -> None:
        self.book = book

    def tab(self, title: str) -> Tab:
        return self.book.titled(title)

    def column(self, title: str, header: str) -> int:
        """The column (from 0) under a header."""
        return self.row(title, 1).index(header)

    def type(self, title: str, row: int, column: int, typed: Any, shows: Any = None) -> None:
        """Type into a cell; a text with «=» is a formula that `shows` something."""
        tab = self.tab(title)
        cell = {k: v for k, v in tab.cell(row - 1, column).items() if k != "effectiveValue"}
        form = cell.get("userEnteredFormat", {})
        plain = form.get("numberFormat", {}).get("type") == "TEXT"
        if typed is None or typed == "":
            cell.pop("userEnteredValue", None)
        elif isinstance(typed, date):
            cell["userEnteredValue"] = {"numberValue": (typed - _DAY_ZERO).days}
            cell["userEnteredFormat"] = {"numberFormat": {"type": "DATE"}} | form
        elif isinstance(typed, str) and typed.startswith("=") and not plain:
            cell["userEnteredValue"] = {"formulaValue": typed}
            cell["effectiveValue"] = shows if isinstance(shows, dict) else {"numberValue": shows}
        elif isinstance(typed, bool):
            cell["userEnteredValue"] = {"boolValue": typed}
        elif isinstance(typed, str) or plain:
            cell["userEnteredValue"] = {"stringValue": str(typed)}
        else:
            cell["userEnteredValue"] = {"numberValue": typed}
        tab.put(row - 1, column, cell)

    def paint(self, title: str, row: int, column: int, colour: dict[str, float]) -> None:
        tab = self.tab(title)
        cell = deepcopy(tab.cell(row - 1, column))
        cell.setdefault("userEnteredFormat", {})["backgroundColorStyle"] = {"rgbColor": colour}
        tab.put(row - 1, column, cell)

    def note(self, title: str, row: int, column: int, text: str) -> None:
        tab = self.tab(title)
        tab.put(row - 1, column, tab.cell(row - 1, column) | {"note": text})

    def rename(self, title: str, new: str) -> None:
        self.tab(title).properties["title"] = new

    def add_tab(self, title: str, rows: list[list[Any]], place: int = 0) -> None:
        size = {"rowCount": 100, "columnCount": 20}
        properties = {"sheetId": self.book.new_id(), "title": title, "gridProperties": size}
        self.book.tabs.insert(place, Tab(properties))
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                self.type(title, number, column, cell)

    def delete_tab(self, title: str) -> None:
        gone = self.tab(title)
        self.book.tabs.remove(gone)
        self.book.metadata = [
            m
            for m in self.book.metadata
            if gone.id not in (m["location"].get("sheetId"), _line(m).get("sheetId"))
        ]

    def duplicate_tab(self, title: str, new: str) -> None:
        """The copy takes the metadata along, under new ids."""
        source = self.tab(title)
        copy = source.copy()
        copy.properties |= {"sheetId": self.book.new_id(), "title": new}
        for chart in copy.charts:
            chart["chartId"] = self.book.new_id()
        for banded in copy.bandings:
            banded["bandedRangeId"] = self.book.new_id()
        self.book.tabs.append(copy)
        for entry in list(self.book.metadata):
            location = deepcopy(entry["location"])
            for holder in (location, location.get("dimensionRange", {})):
                if holder.get("sheetId") == source.id:
                    holder["sheetId"] = copy.id
                    number = self.book.new_id()
                    self.book.metadata.append(entry | {"metadataId": number, "location": location})

    def move_tab(self, title: str, place: int) -> None:
        tab = self.tab(title)
        self.book.tabs.remove(tab)
        self.book.tabs.insert(place, tab)

    def insert_rows(self, title: str, before: int, count: int = 1) -> None:
        self._insert(title, "ROWS", before - 1, count)

    def insert_columns(self, title: str, before: int, count: int = 1) -> None:
        self._insert(title, "COLUMNS", before, count)

    def _insert(self, title: str, dimension: str, start: int, count: int) -> None:
        found = {"dimension": dimension, "startIndex": start, "endIndex": start + count}
        lines.insert(self.book, self.tab(title), found, inherit=start > 0)

    def delete_rows(self, title: str, first: int, count: int = 1) -> None:
        found = {"dimension": "ROWS", "startIndex": first - 1, "endIndex": first - 1 + count}
        lines.delete(self.book, self.tab(title), found)

    def delete_column(self, title: str, column: int) -> None:
        found = {"dimension": "COLUMNS", "startIndex": column, "endIndex": column + 1}
        lines.delete(self.book, self.tab(title), found)

    def move_column(self, title: str, column: int, to: int) -> None:
        tab = self.tab(title)
        order = list(range(tab.size("COLUMNS")))
        order.insert(to if to < column else to - 1, order.pop(column))
        lines.reorder(self.book, tab, "COLUMNS", order)

    def sort(self, title: str, column: int, *, down: bool = False, last: int | None = None) -> None:
        """Sort the rows under the header by a column."""
        tab = self.tab(title)
        lines.sort(tab, 1, last or tab.size("ROWS"), column, down=down)

    def row(self, title: str, number: int) -> list[Any]:
        """What stands in a row, without the blank cells at its end."""
        cells = self.rows(title)
        return cells[number - 1] if number <= len(cells) else []

    def rows(self, title: str) -> list[list[Any]]:
        """What was entered in every row."""
        return shown(self.tab(title))


def _line(entry: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = entry["location"].get("dimensionRange", {})
    return found


def shown(tab: Tab) -> list[list[Any]]:
    """What was entered in every cell of a tab, None where nothing, without blank ends."""
    rows = []
    for row in tab.rows:
        cells = [next(iter((c or {}).get("userEnteredValue", {}).values()), None) for c in row]
        while cells and cells[-1] is None:
            cells.pop()
        rows.append(cells)
    while rows and not rows[-1]:
        rows.pop()
    return rows


def state(book: Book) -> dict[str, Any]:
    """All that a reader of the spreadsheet could tell apart, but for the stamp and hidden tabs."""
    return {
        tab.title: {
            "rows": shown(tab),
            "notes": {
                (r, c): cell["note"]
                for r, row in enumerate(tab.rows)
                for c, cell in enumerate(row)
                if cell and "note" in cell
            },
            "rules": tab.rules,
            "bandings": tab.bandings,
            "charts": tab.charts,
            "protected": tab.protected,
            "filter": tab.filter,
            "size": tab.grid,
        }
        for tab in book.tabs
        if not tab.properties.get("hidden")
    }
