"""Cells of some tabs as plain values that JSON has, equal to the book's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from templates_sheets.tab import Cell, Table


def json_cells(tables: Sequence[Table], columns: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Tab -> {"titles", "rows", "formats", "notes"}; a date is ISO text.

    `columns` are the titles to take, by key of the tab; () for all.
    """
    return {t.tab.key: _plain(t, columns[t.tab.key]) for t in tables if t.tab.key in columns}


def _plain(table: Table, titles: tuple[str, ...]) -> dict[str, Any]:
    places = [n for n, c in enumerate(table.columns) if not titles or c.title in titles]
    formats = [
        [table.formats.get((row, n), table.columns[n].format) for n in places]
        for row in range(len(table.rows))
    ]
    return {
        "titles": [table.columns[n].title for n in places],
        "rows": [[_value(row[n]) for n in places] for row in table.rows],
        "formats": formats,
        "notes": [
            [table.notes.get((row, n), "") for n in places] for row in range(len(table.rows))
        ],
    }


def _value(cell: Cell) -> Cell:
    return cell.isoformat() if isinstance(cell, date | datetime) else cell
