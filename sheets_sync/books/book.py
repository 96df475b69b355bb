"""What a book is: two calls, one to read what people typed, one to write everything at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from metrics.coded import fold
from metrics.wording import counted
from sheets_sync.errors import BookError, ConfigError
from templates_sheets.tab import Cell, Tab, Table
from templates_sheets.typed import text


@dataclass(frozen=True)
class Typed:
    """What people typed.

    grids     key of an input tab -> rows under its header row, cells as stored (None where empty);
              every row has a cell for each of the tab's columns, in their order, wherever people
              moved them; row i of the grid is row i + 2 of the tab, blank rows included
    comments  key of a tab with a comment column -> row key -> text of «Комментарий»
    present   keys of the tabs that the book has
    """

    grids: dict[str, list[list[Cell]]] = field(default_factory=dict)
    comments: dict[str, dict[tuple[str, ...], str]] = field(default_factory=dict)
    present: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Stamp:
    """The run that fills the book: shown in «Сводка» and «Журнал», kept in the book's metadata.
    `alone`: no thread of this process holds what a fork needs, so a child may do a part."""

    run_id: str
    at: datetime
    alone: bool = False


@dataclass(frozen=True)
class WriteCost:
    """What a write cost. `locked` tells of tabs that stay as they were: people closed them to us."""

    cells: int = 0
    requests: int = 0
    bytes: int = 0
    locked: tuple[BookError, ...] = ()


class Book(Protocol):
    """One clinic's spreadsheet. Both calls raise BookError with a Russian message and next step."""

    #: For people: a path or a web address.
    address: str
    #: Plain JSON values that the last write left for the next; each write puts others in their place.
    kept: dict[str, Any]

    def read(self, *, take: bool = False) -> Typed:
        """What people typed into input tabs and comment columns; empty if the book is new.

        Comes before `write`, which writes back what was typed. Raises OtherClinicError where the
        book is another clinic's; `take` hands it over with the next write.
        """
        ...

    def cells(self) -> dict[str, list[list[Any]]]:
        """Every cell of our tabs as it stands, by the tab's own title: rows from the top one on.

        A header that people renamed has our title where the kind of book knows whose it is.
        """
        ...

    def write(self, tables: Sequence[Table], stamp: Stamp) -> WriteCost:
        """Make the book show `tables` in this order: the old state or the new, never a mixture."""
        ...

    def init(self, tables: Sequence[Table], stamp: Stamp) -> WriteCost:
        """Lay the template into an empty book and repair a damaged one; run twice it sends nothing
        the second time where the kind of book allows it."""
        ...

    def try_write(self) -> Sequence[BookError]:
        """Make sure that the book can be written, changing nothing that anybody sees.

        Gives an error for each tab that people closed to us, where that can be seen beforehand.
        """
        ...


class OtherClinicError(ConfigError):
    """Raised where a book belongs to another clinic; nothing is written then."""


def must_be_ours(clinic: str, owner: str, address: str) -> None:
    """Raises OtherClinicError unless the book is this clinic's, or nobody's yet."""
    if owner and owner != clinic:
        raise OtherClinicError(
            f"эту таблицу заполняет клиника {owner}, а не {clinic}: их данные смешались бы; "
            "таблица не тронута.",
            where=address,
            hint="Укажите в [book] файла клиники её собственную таблицу. Если таблицу передают, "
            "выполните «romi-sheets init» с ключом --take.",
        )


def fitted(table: Table, most: int) -> Table:
    """The table with every text cut to `most` characters; a note on the cell says so."""
    notes = {}
    rows = list(table.rows)
    for place, (cells, kinds) in enumerate(zip(table.lanes, table.kinds, strict=True)):
        long = (
            {c for c in set(cells) if isinstance(c, str) and _is_long(c, most)}
            if str in kinds
            else ()
        )
        shown = {text: _cut(text, most) for text in long}
        for number, cell in enumerate(cells) if shown else ():
            if isinstance(cell, str) and cell in shown:
                rows[number] = [*rows[number][:place], shown[cell], *rows[number][place + 1 :]]
                there = counted(most, "знак", "знака", "знаков")
                notes[number, place] = (
                    f"Текст обрезан: в ячейке помещается {there}, а в нём {_units(cell)}."
                )
    return replace(table, rows=rows, notes=table.notes | notes) if notes else table


def _cut(text: str, most: int) -> str:
    whole = text.encode("utf-16-le", "surrogatepass")[: 2 * (most - 1)]
    return f"{whole.decode('utf-16-le', 'ignore')}…"


def _is_long(text: str, most: int) -> bool:
    return len(text) * 2 > most and _units(text) > most


def _units(text: str) -> int:
    """The length of a text as spreadsheets count it: a rare character is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def grid(tab: Tab, raw: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """The rows under the header of an input tab, cells in the order of the tab's columns.

    `raw` is the tab as stored, ragged or not, the header first; "" counts as empty. Blank rows at
    the end are cut, those in between stay.
    """
    if not raw:
        return []
    places = places_of(tab, raw[0])
    rows = [[_cell(row, place) for place in places] for row in raw[1:]]
    while rows and not any(cell is not None for cell in rows[-1]):
        rows.pop()
    return rows


def comments(tab: Tab, raw: Sequence[Sequence[Cell]]) -> dict[tuple[str, ...], str]:
    """Comments of a tab by row key; `raw` is the tab as stored, the header first."""
    if not raw:
        return {}
    places = places_of(tab, raw[0])
    titles = [c.title for c in tab.columns]
    key_at = [places[titles.index(title)] for title in tab.row_key]
    at = next(place for column, place in zip(tab.columns, places, strict=True) if column.comment)
    by_key = {}
    for row in raw[1:]:
        comment = _cell(row, at)
        if comment is not None and str(comment).strip():
            by_key[tuple(text(_cell(row, place)) for place in key_at)] = str(comment).strip()
    return by_key


def places_of(tab: Tab, header: Sequence[Cell]) -> list[int]:
    """Where each column of a tab stands, from 0: by its title, else where it was laid; -1: nowhere."""
    titles = [fold(text(cell)) for cell in header]
    ours = [fold(c.title) for c in tab.columns]
    places = []
    for at, title in enumerate(ours):
        renamed = at < len(titles) and titles[at] not in ours
        places.append(titles.index(title) if title in titles else at if renamed else -1)
    return places


def _cell(row: Sequence[Cell], place: int) -> Cell:
    """The cell at a place of a ragged row; a whole number that a file keeps as 10.0 is 10."""
    if not 0 <= place < len(row) or row[place] == "":
        return None
    cell = row[place]
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell
