"""What a tab is: a frozen declaration; `table` turns a frame into its cells, purely."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

from metrics.settings import Bands, Settings

#: A cell is a value, never a formula. Money is roubles with kopecks (float from whole kopecks).
Cell = None | str | int | float | bool | date | datetime

Format = Literal[
    "text",  # left, wraps if `wrap`
    "id",  # text of digits that must stay text
    "count",  # 1 234 (a fractional lead, a float, shows one decimal)
    "money",  # 1 234 ₽, kopecks kept in the value
    "money2",  # 1 234,56 ₽
    "effect",  # +1 234, a dash for 0: what one cause of many did
    "effect_money",  # +1 234 ₽, a dash for 0, roubles in the value
    "percent",  # 12,3 %, a fraction in the value
    "ratio",  # 4,76
    "months",  # 7,3
    "age",  # T+3, an integer in the value
    "date",  # 24.11.2026
    "month",  # 11.2026, a date: the first day
    "datetime",  # 24.11.2026 09:05
    "check",  # a tick box / ✓
    "change",  # ▲ 12,3 %, a fraction in the value; growth is good
    "change_bad",  # the same where growth is bad: costs, CAC
    "change_plain",  # the same where neither is: a pace that is within its plan
    "points",  # ▲ 1,5 п.п., percentage points in the value
    "points_bad",  # the same where growth is bad: ДРР
    "points_plain",  # the same where neither is
]


#: Beside an empty cell: a sentence, or what gives one for the row ("" for none).
Reason = str | Callable[[Mapping[str, Any], Settings], str]


@dataclass(frozen=True)
class Definition:
    """A line of «Определения». `name` is the column's title unless given, `section` the tab's."""

    formula: str
    empty: str = ""
    why: str = ""
    name: str = ""
    section: str = ""


@dataclass(frozen=True)
class Column:
    """One column: its Russian title, where its value comes from, how it looks, what it means.

    key     column of the frame ("" for a column people fill)
    width   in characters
    hint    a note on the header cell: what it means, in a sentence
    heat    name of the heat map block that the column belongs to ("" for none): look.HEAT
    band    True: coloured by the ROMI bands: look.bands
    bounds  titles of the columns of its от and до: the band is that of the worse bound, the lowest
            where even the better one is in it, and none where they disagree on the first edge
    bar     True: a data bar
    choices drop-down words for an input column
    comment True: people write here, and what they wrote follows its row
    mark    True: its header stands out (the cohort check points)
    reason  the note beside each empty cell
    definition  what it means, for «Определения»; a number without one is a fault, unless a column
            of the same title has it in another tab
    personal  whose names may stand in its cells: staff, or a campaign that is called after a
            doctor; "" lets no name through
    label   people name something here that reports show: a channel, a direction
    group   name of the column group; neighbours of one name are laid closed, to be opened by +
    """

    title: str
    key: str
    format: Format = "text"
    width: int = 12
    hint: str = ""
    heat: str = ""
    band: bool = False
    bounds: tuple[str, str] | None = None
    bar: bool = False
    wrap: bool = False
    choices: tuple[str, ...] = ()
    comment: bool = False
    mark: bool = False
    reason: Reason = ""
    definition: Definition | None = None
    personal: Literal["", "doctor", "manager", "campaign"] = ""
    label: bool = False
    group: str = ""


@dataclass(frozen=True)
class Chart:
    """A native chart over columns of the tab itself, or over `of`, another tab's key.

    kind     column, bar (lies on its side, the first row on top: also the funnel), line
    x        title of the category column
    series   titles of the value columns
    rows     "all", "no_total", "first:N", or "A…B": from the row whose first cell is A to that of
             B, both included
    across   True: the series are rows, named by the table's first column; the categories are the
             header cells from the second column to the one before the column `x`
    anchor   cell of the upper left corner: "N2", or "A+2": column A, two rows under the table
    second   titles drawn as a line on the second axis
    """

    key: str
    title: str
    kind: Literal["column", "bar", "line"]
    x: str
    series: tuple[str, ...]
    rows: str = "no_total"
    second: tuple[str, ...] = ()
    of: str = ""
    across: bool = False
    anchor: str = ""
    width: int = 640
    height: int = 340


@dataclass(frozen=True)
class Tab:
    """One tab. `key` is its name in code (file name), `title` what the marketer sees.

    report     the function of `metrics.reports` that makes its frame; its parameters say what it
               asks for: fields of `material.Material` and names of other reports
    also       other reports that it shows and that have no tab of their own
    table      makes the cells; asks in the same way, and for `tab`, `frame` (of its report),
               `grid` (what people typed into it), `own_comments` and `own_complaints`.
               None: `plain.table`, of an input tab `typed_rows.table`
    read       of an input tab: its grid to a value, and complaints about wrong cells
    always     laid even without a row; else the tab comes with its first row and then stays
    definitions  what it shows that is no column of it
    filled_by  "service" (protected with a warning) or "people" (input: never overwritten once
               it exists, but for columns with key != "", e.g. notes and effective values)
    row_key    titles of the columns that identify a row (comments follow it)
    total      True: the last row is «Итого», in bold
    freeze     how many left columns stay in view
    filters    True: an autofilter over the rows, without the total row
    sum_below  True: closed rows are opened by the + of the row below them, not above
    page_at    titles of the columns before which a printed page ends (none: fits one page wide)
    one_page   True: printed on a single page
    own_words  True: every cell is this program's text, the same for every clinic
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    report: Callable[..., Any] | None = None
    also: tuple[Callable[..., Any], ...] = ()
    table: Callable[..., Table] | None = None
    read: Callable[..., tuple[Any, list[Any]]] | None = None
    always: bool = False
    definitions: tuple[Definition, ...] = ()
    filled_by: Literal["service", "people"] = "service"
    row_key: tuple[str, ...] = ()
    total: bool = False
    freeze: int = 1
    filters: bool = True
    charts: tuple[Chart, ...] = ()
    colour: str = ""
    landscape: bool = True
    sum_below: bool = False
    page_at: tuple[str, ...] = ()
    one_page: bool = False
    own_words: bool = False


@dataclass(frozen=True)
class Table:
    """A tab with its cells: what a book writes. `rows` stand under the header, row i is row i + 2.

    In a tab that people fill, `rows` repeat what they typed (None where nothing is typed) and
    carry the service's own columns (key != "").

    notes    (row index, column index) -> note text; row index -1 is the header
    bold     indexes of rows in bold (totals, sub-heads)
    columns  the columns actually written (tabs with a variable number, e.g. weeks)
    formats  (row index, column index) -> the cell's own format, over the column's
    choices  (row index, column index) -> drop-down words of that cell, over the column's
    bands    the preset that colours columns with `band`
    folded   (first, last) row indexes, both included, of rows that are laid closed, to be opened
             by the + of the row above them, or below (Tab.sum_below)
    links    (row index, column index) -> key of the tab that the cell leads to
    hidden   True: people chose not to see this tab; it is kept up to date all the same
    """

    tab: Tab
    columns: tuple[Column, ...]
    rows: list[list[Cell]]
    notes: dict[tuple[int, int], str] = field(default_factory=dict)
    bold: frozenset[int] = frozenset()
    formats: dict[tuple[int, int], Format] = field(default_factory=dict)
    choices: dict[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)
    bands: Bands = "margin"
    folded: tuple[tuple[int, int], ...] = ()
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden: bool = False

    @cached_property
    def lanes(self) -> Sequence[tuple[Cell, ...]]:
        """The cells of each column, from top to bottom."""
        return list(zip(*self.rows, strict=True)) or [()] * len(self.columns)

    @cached_property
    def kinds(self) -> Sequence[set[type]]:
        """The types of the cells of each column."""
        return [set(map(type, cells)) for cells in self.lanes]
