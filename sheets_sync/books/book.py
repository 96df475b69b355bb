"""What a book is: two calls, one to read what people typed, one to write everything at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from templates_sheets.tab import Cell, Table


@dataclass(frozen=True)
class Typed:
    """What people typed. `grids`: tab key -> rows under its header row, cells as stored
    (None where empty), row i of the grid is row i + 2 of the tab. `comments`: tab key -> row key
    -> text of «Комментарий»."""

    grids: dict[str, list[list[Cell]]] = field(default_factory=dict)
    comments: dict[str, dict[tuple[str, ...], str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Stamp:
    """The run that fills the book: shown in «Сводка» and «Журнал», kept in the book's metadata."""

    run_id: str
    at: datetime


@dataclass(frozen=True)
class Written:
    """What a write cost."""

    cells: int = 0
    requests: int = 0
    bytes: int = 0


class Book(Protocol):
    """One clinic's spreadsheet. Both calls raise BookError with a Russian message and next step."""

    #: For people: a path or a web address.
    address: str

    def read(self) -> Typed:
        """What people typed into input tabs and comment columns; empty if the book is new."""
        ...

    def write(self, tables: Sequence[Table], stamp: Stamp) -> Written:
        """Make the book show `tables` in this order: the old state or the new, never a mixture."""
        ...
