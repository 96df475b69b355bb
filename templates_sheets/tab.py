"""What a tab is: a frozen declaration; `table` turns a frame into its cells, purely."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

#: A cell is a value, never a formula. Money is roubles with kopecks (float from whole kopecks).
Cell = None | str | int | float | bool | date | datetime

Format = Literal[
    "text",      # left, wraps if `wrap`
    "id",        # text of digits that must stay text
    "count",     # 1 234 (a fractional lead shows one decimal)
    "money",     # 1 234 ₽, kopecks kept in the value
    "money2",    # 1 234,56 ₽
    "percent",   # 12,3 %, a fraction in the value
    "ratio",     # 4,76
    "months",    # 7,3
    "age",       # T+3, an integer in the value
    "date",      # 24.11.2026
    "datetime",  # 24.11.2026 09:05
    "check",     # a tick box / ✓
]


@dataclass(frozen=True)
class Column:
    """One column: its Russian title, where its value comes from, how it looks.

    key     column of the frame ("" for a column people fill)
    hint    a note on the header cell: what it means, in a sentence
    heat    name of the heat map block that the column belongs to ("" for none)
    band    True: coloured by the ROMI bands
    bar     True: a data bar
    choices drop-down words for an input column
    """

    title: str
    key: str
    format: Format = "text"
    width: int = 12
    hint: str = ""
    heat: str = ""
    band: bool = False
    bar: bool = False
    wrap: bool = False
    choices: tuple[str, ...] = ()
    comment: bool = False


@dataclass(frozen=True)
class Chart:
    """A native chart over columns of the tab itself, or over `of`, another tab's key.

    kind     column, bar, line, funnel (a bar chart of one row's numbers), scatter
    x        title of the category column (funnel: "" – the series' titles are the categories)
    series   titles of the value columns
    rows     "all", "no_total", "total" (the total row alone), or "first:N"
    anchor   cell of the upper left corner, e.g. "N2"; charts stand beside or under tables
    second   titles drawn as a line on the second axis
    """

    key: str
    title: str
    kind: Literal["column", "bar", "line", "funnel", "scatter"]
    x: str
    series: tuple[str, ...]
    rows: str = "no_total"
    second: tuple[str, ...] = ()
    of: str = ""
    anchor: str = ""
    width: int = 640
    height: int = 340


@dataclass(frozen=True)
class Tab:
    """One tab. `key` is its name in code (file name), `title` what the marketer sees.

    filled_by  "service" (protected with a warning) or "people" (input: never overwritten once
               it exists, but for columns with key != "", e.g. notes and effective values)
    row_key    titles of the columns that identify a row (comments follow it)
    total      True: the last row is «Итого», in bold
    freeze     how many left columns stay in view
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    filled_by: Literal["service", "people"] = "service"
    row_key: tuple[str, ...] = ()
    total: bool = False
    freeze: int = 1
    charts: tuple[Chart, ...] = ()
    colour: str = ""
    landscape: bool = True


@dataclass(frozen=True)
class Table:
    """A tab with its cells: what a book writes. `rows` stand under the header, row i is row i + 2.

    notes    (row index, column index) -> note text; row index -1 is the header
    bold     indexes of rows in bold (totals, sub-heads)
    columns  the columns actually written (tabs with a variable number, e.g. weeks)
    """

    tab: Tab
    columns: tuple[Column, ...]
    rows: list[list[Cell]]
    notes: dict[tuple[int, int], str] = field(default_factory=dict)
    bold: frozenset[int] = frozenset()
