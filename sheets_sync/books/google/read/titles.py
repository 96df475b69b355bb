"""Columns by the titles over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sheets_sync.books.google.read.layout import BookTab, Layout, adopted, stored
from sheets_sync.books.google.read.record import column_id
from sheets_sync.books.google.wire import Row
from templates_sheets.tab import Tab, Table


def is_read(tab: Tab) -> bool:
    """Whether people type anything into a tab that is read."""
    return tab.filled_by == "people" or any(column.comment for column in tab.columns)


def titled(tab: Tab, sheet: BookTab, raw: Sequence[Row]) -> list[list[Any]]:
    """The rows of a tab with our titles over our columns, whatever people call them."""
    rows: list[list[Any]] = [list(row) for row in raw]
    titles = {column_id(column): column.title for column in tab.columns}
    if 0 <= sheet.top < len(rows):
        head = rows[sheet.top]
        for name, place in sheet.at.items():
            if name in titles and place < len(head):
                head[place] = titles[name]
    return rows


def by_titles(sheet: BookTab, tab: Tab) -> BookTab:
    """A tab without metadata, read with SEEN: its columns are found by their titles."""
    last = max((column for row, column in sheet.typed if row == 0), default=-1)
    header = [stored(sheet.typed.get((0, column), {})) for column in range(last + 1)]
    return adopted(sheet, tab, header)


def headers_stand(
    layout: Layout, values: Mapping[int, Sequence[Row]], tables: Sequence[Table]
) -> bool:
    """Whether columns are still where the first read saw them."""
    sheets = [layout.sheets[t.tab.key] for t in tables if t.tab.key in layout.sheets]
    return all(sheet.header_is(values.get(sheet.id, [])) for sheet in sheets)
