"""What a workbook holds that people put there: input tabs, comments, tabs of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from metrics.coded import fold
from metrics.cores import both
from sheets_sync.books.book import Typed, comments, grid, places_of
from sheets_sync.books.xlsx.child import ChildCells, marks, opened
from sheets_sync.books.xlsx.kept import TabAsFound, laid_titles
from sheets_sync.errors import BookError
from templates_sheets.tab import Cell, Tab
from templates_sheets.tabs import TABS
from templates_sheets.typed import text

#: Properties of a workbook: the last run, and the clinic whose book it is.
RUN_ID, CLINIC = "romi_sheets_run_id", "romi_sheets_clinic"


@dataclass(frozen=True)
class Foreign:
    """A tab that somebody added: its cells as values."""

    name: str
    rows: list[list[Cell]]
    hidden: bool = False


@dataclass(frozen=True)
class WorkbookContent:
    """A workbook as people left it.

    typed    input tabs and comments
    names    tab key -> the name people gave our tab
    beside   key of an input tab -> the columns that people added to it, the header first
    foreign  tabs that are not ours, in their order
    clinic   whose book it is; "" where it does not say
    tabs     tab key -> all that stands in our tab, where that was looked at
    """

    typed: Typed = field(default_factory=Typed)
    names: dict[str, str] = field(default_factory=dict)
    beside: dict[str, list[list[Cell]]] = field(default_factory=dict)
    foreign: tuple[Foreign, ...] = ()
    clinic: str = ""
    tabs: dict[str, TabAsFound] = field(default_factory=dict)


def read_workbook(path: Path, *, whole: bool = True) -> WorkbookContent:
    """Read a workbook that this service wrote, or any other.

    whole  whether people may have added something to our tabs, so that all of them are read

    Raises BookError where it cannot be read, or has a tab of its own under a name of ours.
    """
    with _read(path) as workbook:
        content = _content(workbook)
        return replace(content, tabs=_tabs(path, workbook, content.names)) if whole else content


def _tabs(path: Path, workbook: ChildCells, names: dict[str, str]) -> dict[str, TabAsFound]:
    """Our tabs as they are now."""
    laid = {key: laid_titles(workbook.properties, key) for key in names}
    ours = {key: name for key, name in names.items() if laid[key]}
    if not ours:
        return {}
    painted, rows = both(
        lambda: marks(path, ours.values()), lambda: workbook.rows_of(ours.values())
    )
    return {
        key: TabAsFound(
            rows[name],
            {(row, at): (author, note) for row, at, author, note in painted[name]["notes"]},
            {(row, at): colour for row, at, colour in painted[name]["fills"]},
            laid[key],
        )
        for key, name in ours.items()
    }


def read_cells(path: Path) -> dict[str, list[list[Cell]]]:
    """The cells of our tabs by our titles. Raises BookError as `read_workbook`."""
    titles = {tab.key: tab.title for tab in TABS}
    with _read(path) as workbook:
        return {titles[key]: workbook.rows(name) for key, name in _names(workbook).items()}


@contextmanager
def _read(path: Path) -> Iterator[ChildCells]:
    """The workbook; an error names its file."""
    try:
        with opened(path) as workbook:
            yield workbook
    except BookError as error:
        place = f"{path}, {error.where}" if error.where else str(path)
        raise BookError(
            error.message, where=place, hint=error.hint, permanent=error.permanent
        ) from error


def _content(workbook: ChildCells) -> WorkbookContent:
    names = _names(workbook)
    grids, remarks, beside = {}, {}, {}
    for tab in TABS:
        if tab.key not in names:
            continue
        if tab.filled_by == "people":
            raw = workbook.rows(names[tab.key])
            grids[tab.key], beside[tab.key] = grid(tab, raw), _beside(tab, raw)
        elif any(column.comment for column in tab.columns):
            remarks[tab.key] = comments(tab, workbook.rows(names[tab.key]))
    ours = set(names.values())
    foreign = tuple(
        Foreign(name, workbook.rows(name), not visible)
        for name, visible in workbook.sheets.items()
        if name not in ours
    )
    typed = Typed(grids, remarks, frozenset(names))
    return WorkbookContent(typed, names, beside, foreign, workbook.properties.get(CLINIC, ""))


def _names(workbook: ChildCells) -> dict[str, str]:
    """Our tabs by key: under their title, else a renamed one, known by its header.

    In a workbook that is not ours a tab of our title must have our header, or it is somebody's.
    """
    sheets, is_ours = list(workbook.sheets), RUN_ID in workbook.properties
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


def _header(workbook: ChildCells, name: str) -> list[Cell]:
    rows = workbook.rows(name, 1)
    return rows[0] if rows else []


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
