"""What a workbook holds that people put there: input tabs, comments, tabs of their own."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum, load_workbook

from metrics.coded import fold
from sheets_sync.books.book import Typed, comments, grid, places_of
from sheets_sync.errors import BookError, because
from templates_sheets import TABS
from templates_sheets.tab import Cell, Tab
from templates_sheets.typed import text

#: The property of a workbook that holds the last run; its file in the archive.
RUN_ID = "romi_sheets_run_id"
_PROPERTIES = "docProps/custom.xml"


@dataclass(frozen=True)
class Foreign:
    """A tab that somebody added: its cells as values."""

    name: str
    rows: list[list[Cell]]
    hidden: bool = False


@dataclass(frozen=True)
class Found:
    """A workbook as people left it.

    typed    input tabs and comments
    names    tab key -> the name people gave our tab
    beside   key of an input tab -> the columns that people added to it, the header first
    foreign  tabs that are not ours, in their order
    """

    typed: Typed = field(default_factory=Typed)
    names: dict[str, str] = field(default_factory=dict)
    beside: dict[str, list[list[Cell]]] = field(default_factory=dict)
    foreign: tuple[Foreign, ...] = ()


def read_workbook(path: Path) -> Found:
    """Read a workbook that this service wrote, or any other.

    Raises BookError where it cannot be read, or has a tab of its own under a name of ours.
    """
    try:
        with load_workbook(path) as workbook:
            return _found(workbook, is_ours=_is_ours(path))
    except OSError as error:
        raise BookError(
            f"не могу прочитать файл ({because(error)}).",
            where=str(path),
            hint="Проверьте права на файл и закройте его в других программах.",
            permanent=False,
        ) from error
    except BookError as error:
        raise BookError(error.message, where=f"{path}, {error.where}", hint=error.hint) from error
    except BaseException as error:  # the reader is Rust: its panics are no Exceptions
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit | MemoryError):
            raise
        raise BookError(
            "файл повреждён, закрыт паролем или это не книга Excel; он не тронут.",
            where=str(path),
            hint="Откройте его в Excel и сохраните заново без пароля. Если там нет ничего вашего, "
            "переименуйте его: сервис сделает новый.",
        ) from error


def _is_ours(path: Path) -> bool:
    """Whether this service wrote the workbook, whoever saved it since."""
    with zipfile.ZipFile(path) as archive:
        return _PROPERTIES in archive.namelist() and RUN_ID.encode() in archive.read(_PROPERTIES)


def _found(workbook: CalamineWorkbook, *, is_ours: bool) -> Found:
    sheets = {m.name: m for m in workbook.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet}
    names = _names(workbook, list(sheets), is_ours=is_ours)
    grids, told, beside = {}, {}, {}
    for tab in TABS:
        if tab.key not in names:
            continue
        if tab.filled_by == "people":
            raw = _cells(workbook, names[tab.key])
            grids[tab.key], beside[tab.key] = grid(tab, raw), _beside(tab, raw)
        elif any(column.comment for column in tab.columns):
            told[tab.key] = comments(tab, _cells(workbook, names[tab.key]))
    ours = set(names.values())
    foreign = tuple(
        Foreign(name, _cells(workbook, name), sheet.visible != SheetVisibleEnum.Visible)
        for name, sheet in sheets.items()
        if name not in ours
    )
    return Found(Typed(grids, told, frozenset(names)), names, beside, foreign)


def _names(workbook: CalamineWorkbook, sheets: list[str], *, is_ours: bool) -> dict[str, str]:
    """Our tabs by key: under their title, else a renamed one, known by its header.

    In a workbook that is not ours a tab of our title must have our header, or it is somebody's.
    """
    by_title = {fold(name): name for name in sheets}
    names = {}
    for tab in TABS:
        name = by_title.get(fold(tab.title))
        if name and not is_ours and _likeness(tab, _header(workbook, name)) == 0:
            raise BookError(
                "такая вкладка уже есть, но заполняет её не этот сервис; файл не тронут.",
                where=f"вкладка «{name}»",
                hint="Переименуйте её или укажите другой файл в [book] path.",
            )
        if name is not None:
            names[tab.key] = name
    for name in sheets:
        if name in names.values():
            continue
        header = _header(workbook, name)
        for tab in TABS:
            if tab.key not in names and header and _likeness(tab, header) == 1:
                names[tab.key] = name
                break
    return names


def _likeness(tab: Tab, header: list[Cell]) -> float:
    """Which share of the tab's titles stands in a header; an empty header is like any."""
    there = {fold(text(cell)) for cell in header if cell is not None}
    if not there:
        return 1
    return sum(fold(c.title) in there for c in tab.columns) / len(tab.columns)


def _header(workbook: CalamineWorkbook, name: str) -> list[Cell]:
    rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=1)
    return [_cell(cell) for cell in rows[0]] if rows else []


def _cells(workbook: CalamineWorkbook, name: str) -> list[list[Cell]]:
    rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return [[_cell(cell) for cell in row] for row in rows]


def _cell(value: object) -> Cell:
    """A cell as calamine gives it: "" is empty, a moment at midnight is a day."""
    if isinstance(value, datetime):
        return value.date() if value.time() == time.min else value
    if isinstance(value, time | timedelta):
        return str(value)
    if isinstance(value, str | bool | int | float | date):
        return None if value == "" else value
    return None


def _beside(tab: Tab, raw: list[list[Cell]]) -> list[list[Cell]]:
    """Columns of an input tab that are people's own."""
    if not raw:
        return []
    ours = set(places_of(tab, raw[0]))
    theirs = [
        place
        for place in range(max(map(len, raw)))
        if place not in ours and any(place < len(row) and row[place] is not None for row in raw)
    ]
    return [[row[place] if place < len(row) else None for place in theirs] for row in raw]
