"""An export opened: every table of a file that is one with its first, under one header each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask_title, redact_title
from sheets_sync.reading.amounts import payment_amounts
from sheets_sync.reading.container import kind, load, open_archive
from sheets_sync.reading.delimited import open_text
from sheets_sync.reading.grid import Grid, read_grid
from sheets_sync.reading.periods import period
from sheets_sync.reading.questions import LackingError
from sheets_sync.reading.sheet import Sheet
from sheets_sync.reading.systems import INSIDE, platform_names
from sheets_sync.reading.words import letters, plain
from sheets_sync.reading.workbook import open_workbook

_MOST_SHEETS = 40
#: A sheet called so beside others holds what was not paid or did not take place.
_NO_FACTS = re.compile(
    r"^(?:долг|должник|задолж|остат|план|прогноз|смет|не ?оплач|начислен|счета|выставлен|зарплат"
    r"|удален|черновик|шаблон|образец|пример|тест)"
)
#: Stands for a year that a month's name lacks.
_ANY_YEAR = 2024
#: A sheet called so repeats the others.
_SUMMARY = re.compile(r"^(?:итог|свод|всего|общ|все\b|за год|год\b|total|summary)")
#: And one called so is a plan, or no last word.
_NO_FACT = re.compile(
    r"(?<![а-яa-z])(?:план|медиаплан|прогноз|копия|черновик|plan|forecast|copy|draft)(?![а-яa-z])"
)


class Export(Protocol):
    """How a clinic's file wants an export read."""

    @property
    def entity(self) -> str: ...
    @property
    def columns(self) -> Mapping[str, str]: ...
    @property
    def sheet(self) -> str | int | None: ...
    @property
    def encoding(self) -> str: ...


def grids(path: Path, export: Export) -> tuple[list[Grid], list[str]]:
    """The tables of one file, and what to say of how they were understood.

    Of a workbook the first visible sheet that has the columns needed, and every other with the same
    header: a sheet a month is one table. Raises FileError where none has them.
    """
    with open_archive(path) as real:
        name = _named(path, real)
        content = load(real)
        what = kind(content, real)
        if what == "text":
            grid = _read(open_text(content, export.encoding, path.name), name, export)
            return [grid], _notes(grid)
        del content
        if export.sheet is not None:
            with open_workbook(real, export.sheet, what) as sheet:
                grid = _read(sheet, name, export)
                return [grid], _notes(grid)
        return _alike(real, name, export, what)


def _named(path: Path, real: Path) -> str:
    """How a file is called, and in an archive the one inside it, whose name may say a platform or a month."""
    name = redact_title(path.name)
    return name if real == path else f"{name}{INSIDE}{redact_title(real.name)}"


def _alike(real: Path, file: str, export: Export, what: str) -> tuple[list[Grid], list[str]]:
    tables: list[Grid] = []
    aside: list[Grid] = []
    first: FileError | None = None
    lacks: list[LackingError] = []
    names: list[str] = []
    unread: list[str] = []
    for number in range(_MOST_SHEETS):
        if number and number >= len(names):
            break
        with _opened(real, names[number] if number else None, what) as sheet:
            names = names or [sheet.name, *sheet.others]
            try:
                grid = _read(sheet, file, export, alone=len(names) == 1)
            except FileError as error:
                first = first or error
                lacks += (
                    [error]
                    if isinstance(error, LackingError)
                    and not _SUMMARY.match(" ".join(letters(sheet.name)))
                    else []
                )
                unread.append(sheet.name)
                continue
        if len(names) > 1 and _NO_FACTS.match(" ".join(letters(grid.place.sheet))):
            aside.append(grid)
            continue
        if tables and not _is_one_with(grid, tables[0]):
            unread.append(grid.place.sheet)
            continue
        tables.append(grid)
    tables, aside = (tables, aside) if tables else (aside, [])
    unread += [grid.place.sheet for grid in aside]
    if first is not None and not tables:
        raise first
    tables, others = _facts(tables)
    unread += others
    for lack in lacks:  # a sheet like the others is no other table: its rows would be lost
        if list(map(plain, lack.headers)) == [plain(n) for n in tables[0].header.names if n]:
            raise lack
    return tables, _of_sheets(tables, unread, file) + [n for grid in tables for n in _notes(grid)]


def _facts(tables: list[Grid]) -> tuple[list[Grid], list[str]]:
    """Tables of one workbook but those whose sheet is called a plan, a copy or a draft beside others, and
    those that repeat another row by row; and the sheets of these."""
    named = [bool(_NO_FACT.search(" ".join(letters(grid.place.sheet)))) for grid in tables]
    once: list[Grid] = []
    others: list[str] = []
    for grid, is_none in zip(tables, named, strict=True):
        if (is_none and not all(named)) or any(_is_copy(grid, other) for other in once):
            others.append(grid.place.sheet)
        else:
            once.append(grid)
    return once, others


def _is_copy(grid: Grid, other: Grid) -> bool:
    same = len(grid.rows) > 1 and grid.columns.keys() == other.columns.keys()
    constants = grid.header.constants == other.header.constants
    return (
        same and constants and all(grid.columns[n].equals(other.columns[n]) for n in grid.columns)
    )


@contextmanager
def _opened(real: Path, name: str | None, what: str) -> Iterator[Sheet]:
    with open_workbook(real, name, "markup" if what == "markup" else "workbook") as sheet:
        yield sheet


def _is_one_with(grid: Grid, first: Grid) -> bool:
    """Whether a sheet goes on with the table of the first one, and is no summary of the others: its
    header is the same, or both are called after months or after platforms."""
    same = [[plain(n) for n in g.header.names if n] for g in (grid, first)]
    name = " ".join(letters(grid.place.sheet))
    alike = all(period(g.place.sheet, _ANY_YEAR)[1] for g in (grid, first))
    alike |= all(plain(g.place.sheet) in platform_names() for g in (grid, first))
    return (alike or same[0] == same[1]) and not _SUMMARY.match(name)


def _read(sheet: Sheet, name: str, export: Export, *, alone: bool = True) -> Grid:
    where = name if alone else f"{name}, лист «{mask_title(sheet.name)}»"
    return payment_amounts(read_grid(sheet, export.entity, export.columns, where, name))


def _of_sheets(tables: list[Grid], unread: list[str], file: str) -> list[str]:
    if not unread and len(tables) == 1:
        return []
    read = ", ".join(f"«{mask_title(grid.place.sheet)}»" for grid in tables)
    notes = f"В книге «{file}» прочитан{'' if len(tables) == 1 else 'ы'} лист{'' if len(tables) == 1 else 'ы'} {read}"
    if unread:
        others = ", ".join(f"«{mask_title(name)}»" for name in unread[:10])
        notes += f"; не прочитаны {others}. Нужный лист называет настройка sheet"
    return [notes + "."]


def _notes(grid: Grid) -> list[str]:
    """What a marketer should know of how a table was understood."""
    notes = []
    if not len(grid.rows):
        notes.append(f"Файл «{grid.where}»: под шапкой нет ни одной строки.")
    if grid.totals:
        notes.append(f"Файл «{grid.where}»: строк с итогами {len(grid.totals)}, они не учтены.")
    if grid.groups:
        notes.append(f"Файл «{grid.where}»: строк-заголовков групп {grid.groups}, они пропущены.")
    if grid.repeats:
        notes.append(f"Файл «{grid.where}»: повторов шапки {grid.repeats}, они пропущены.")
    return notes + [f"Файл «{grid.where}». {note}" for note in grid.header.notes]
