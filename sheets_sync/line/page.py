"""What the clinic's page shows of the book: cells of some tabs as plain values, equal to the book's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sheets_sync.clinic.config import Clinic
from sheets_sync.store import Store
from templates_sheets.tab import Cell, Table

#: The name under which the store remembers it.
PAGE = "page"
#: And the setting that pages obey: «Настройки» may stand above the clinic's file.
KEEP_UPLOADS = "keep_uploads"
#: Tabs and the columns taken of them; () for all.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "weekly": (),
    "channel_report": (
        "Канал",
        "Лиды",
        "Новые пациенты",
        "Маржа",
        "Расходы",
        "ROMI новых",
        "Вывод",
    ),
    "journal": (),
}


def page(
    tables: Sequence[Table], columns: Mapping[str, tuple[str, ...]] = _COLUMNS
) -> dict[str, Any]:
    """Tab -> {"titles", "rows", "formats", "notes"}: cells as JSON has them, a date as ISO text."""
    return {t.tab.key: _plain(t, columns[t.tab.key]) for t in tables if t.tab.key in columns}


def keep_days(clinic: Clinic, store: Store) -> int:
    """For how many days an accepted file is kept, as the last run knew it. Raises StoreError."""
    days = store.memory.read(clinic.id, KEEP_UPLOADS).get(KEEP_UPLOADS)
    return clinic.report.keep_uploads if days is None else int(days)


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
