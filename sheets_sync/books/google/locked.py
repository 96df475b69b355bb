"""Tabs that people closed to the service: which protection, and what the marketer is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sheets_sync.books.google.look import format as form
from sheets_sync.books.google.look.conditional import letters
from sheets_sync.books.google.read.layout import BookTab
from sheets_sync.books.google.read.record import column_id
from sheets_sync.errors import BookError
from templates_sheets.tab import Tab

Protection = Mapping[str, Any]


def locks(protections: Sequence[Protection]) -> list[Protection]:
    """Those that do not let the service in: neither a mere warning, nor with it among the editors."""
    return [
        each
        for each in protections
        if not each.get("warningOnly") and not each.get("requestingUserCanEdit")
    ]


def locks_on_ours(sheet: BookTab, tab: Tab) -> list[Protection]:
    """The locks over a cell that a refresh writes: the service's columns as far as its rows go."""
    theirs = {column_id(c) for c in tab.columns if form.is_theirs(c, tab)}
    columns = [at for name, at in sheet.at.items() if name not in theirs]
    end = sheet.rows if tab.filled_by == "people" else sheet.top + 2 + sheet.record.rows
    return [lock for lock in locks(sheet.protected) if _meets(lock.get("range", {}), end, columns)]


def _meets(where: Mapping[str, int], end: int, columns: Sequence[int]) -> bool:
    first, stop = where.get("startColumnIndex", 0), where.get("endColumnIndex")
    here = any(first <= at and (stop is None or at < stop) for at in columns)
    return here and where.get("startRowIndex", 0) < end


def stayed(title: str, protections: Sequence[Protection], account: str) -> BookError:
    """The error of a tab that stays as it was because people locked it against the service."""
    return _locked(title, protections, account, " и осталась прежней; остальные обновлены.")


def would_stay(title: str, protections: Sequence[Protection], account: str) -> BookError:
    """The error of a tab that the next refresh cannot fill."""
    return _locked(title, protections, account, ": сервис не сможет её заполнить.")


def _locked(title: str, protections: Sequence[Protection], account: str, then: str) -> BookError:
    where = "; ".join(map(_area_in_words, protections))
    return BookError(
        f"вкладка «{title}» защищена от изменений ({where}){then}",
        hint="В меню «Данные» → «Защищённые листы и диапазоны» откройте эту защиту и "
        f"добавьте в «Изменить разрешения» {account}, или снимите её.",
    )


def _area_in_words(protection: Protection) -> str:
    where, about = protection.get("range", {}), protection.get("description", "")
    rows = where.get("startRowIndex", 0) + 1, where.get("endRowIndex", "")
    first = letters(where.get("startColumnIndex", 0))
    last = letters(where["endColumnIndex"] - 1) if "endColumnIndex" in where else ""
    whole = not {"startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex"} & set(where)
    place = "весь лист" if whole else f"диапазон {first}{rows[0]}:{last}{rows[1]}"
    return f"{place}, «{about}»" if about else place
