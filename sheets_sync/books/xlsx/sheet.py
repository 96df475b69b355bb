"""One table as a worksheet: cells, formats, colours, notes, drop-downs, widths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from math import ceil, inf
from typing import Any

import numpy as np
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from metrics.coded import Ints
from sheets_sync.books.xlsx.beside import put_kept
from sheets_sync.books.xlsx.forms import Forms
from sheets_sync.books.xlsx.kept import AUTHOR, KeptCells
from sheets_sync.books.xlsx.notes import Note
from sheets_sync.books.xlsx.paper import set_page
from sheets_sync.books.xlsx.read import Foreign
from sheets_sync.books.xlsx.rows import MOST_ROWS, RowSheet
from templates_sheets import look
from templates_sheets.tab import Cell, Column, Tab, Table

_NOTE_WIDTH, _NOTE_LETTERS, _NOTE_LINE = 250, 40, 15
_LINE, _HEADER_ROOM, _ROW_ROOM = 13.0, 10.0, 4.0
#: How wide a letter is against a digit, in which Excel measures columns.
_BOLD, _PLAIN = 1.12, 1.02


@dataclass(frozen=True)
class TableAnchor:
    """A table that has been drawn: what charts need to point at it."""

    name: str
    table: Table
    rows: RowSheet


def draw(
    workbook: Workbook,
    forms: Forms,
    name: str,
    table: Table,
    clinic: str,
    kept: KeptCells,
) -> tuple[TableAnchor, int]:
    """Add a worksheet that shows `table` and what people keep there; give it and its cells' number.

    Raises BookError where Excel cannot hold the table.
    """
    sheet: RowSheet = workbook.add_worksheet(name, worksheet_class=RowSheet)
    tab, columns = table.tab, table.columns
    lanes = [[c.title, *_shown(table, place)] for place, c in enumerate(columns)]
    looks = np.array([[forms.header(c, tab) for c in columns]])
    looks = put_kept(lanes, np.vstack([looks, _forms_of(table, forms)]), kept, forms)
    heights = [_header_height(columns), *_heights(table)]
    heights += [None] * (len(looks) - len(heights))
    folded = {row + 1 for first, last in table.folded for row in range(first, last + 1)}
    wordless = () if kept.any else _wordless(table)
    count = sheet.fill(lanes, looks, heights, folded, wordless, sum_below=tab.sum_below)

    sheet.hide_gridlines(2 if tab.filled_by == "service" else 1)
    if table.hidden:
        sheet.hide()
    sheet.set_tab_color(tab.colour or look.TAB_NUMBERS)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{MOST_ROWS}"})
    sheet.freeze_panes(1, tab.freeze)
    last = len(table.rows) - (1 if tab.total and table.rows else 0)
    if tab.filters and last > 0:
        sheet.autofilter(0, 0, last, len(columns) - 1)
    sheet.outline_settings(visible=True, symbols_below=tab.sum_below, symbols_right=False)
    for place, column in enumerate(columns):
        group = _group(columns, place)
        sheet.set_column(place, place, column.width, _blank(forms, column, tab), group)
    _colour(workbook, sheet, table)
    _note(sheet, table, kept.notes)
    _offer(sheet, table)
    set_page(sheet, table, clinic)
    return TableAnchor(name, table, sheet), count


def link(sheet: TableAnchor, sheets: Mapping[str, TableAnchor]) -> None:
    """Make cells lead to the tabs they name; `sheets` by the key of their tab."""
    for (row, place), key in sheet.table.links.items():
        if key in sheets:
            name = sheets[key].name.replace("'", "''")
            text = str(sheet.table.rows[row][place])
            sheet.rows.write_url(row + 1, place, f"internal:'{name}'!A1", string=text)


def _group(columns: Sequence[Column], place: int) -> dict[str, Any]:
    """What lays a column closed, or marks the one before a group that opens it."""
    if columns[place].group:
        return {"level": 1, "hidden": True}
    opens = place + 1 < len(columns) and columns[place + 1].group
    return {"collapsed": True} if opens else {}


def keep(workbook: Workbook, forms: Forms, foreign: Foreign) -> int:
    """Add a tab that somebody made, as values; give how many cells it holds."""
    sheet: RowSheet = workbook.add_worksheet(foreign.name, worksheet_class=RowSheet)
    lanes: list[list[Cell]] = []
    looks = put_kept(lanes, np.zeros((0, 0), np.int64), KeptCells(beside=foreign.rows), forms)
    if foreign.hidden:
        sheet.hide()
    return sheet.fill(lanes, looks, [None] * len(looks))


def _shown(table: Table, place: int) -> Sequence[Cell]:
    cells = table.lanes[place]
    if bool not in table.kinds[place]:
        return cells
    return [("✓" if cell else "✗") if isinstance(cell, bool) else cell for cell in cells]


def _wordless(table: Table) -> list[int]:
    """Columns without a text under their header."""
    return [
        place
        for place, kinds in enumerate(table.kinds)
        if not any(issubclass(kind, str | bool) for kind in kinds)
    ]


def _forms_of(table: Table, forms: Forms) -> Ints:
    """The format index of every cell, per row and column; what looks alike is asked for once."""
    columns, signs = table.columns, _row_signs(table)
    first = dict(zip(reversed(signs), reversed(range(len(signs))), strict=True))
    made: dict[Any, int] = {}

    def form_at(row: int, place: int, cell: Cell) -> int:
        form = table.formats.get((row, place), columns[place].format)
        bold, leads = row in table.bold, (row, place) in table.links
        sign = (place, form, bold, leads, type(cell), cell if form in look.TINTED else None)
        if sign not in made:
            by_people = _is_theirs(columns[place], table.tab) and not bold
            made[sign] = forms.body(
                columns[place], form, cell, bold=bold, by_people=by_people, leads=leads
            )
        return made[sign]

    alike = [
        [form_at(row, place, cell) for place, cell in enumerate(table.rows[row])]
        for row in sorted(first.values())
    ]
    number = {sign: at for at, sign in enumerate(sorted(first, key=first.__getitem__))}
    numbers = np.fromiter(map(number.__getitem__, signs), np.int64, len(signs))
    looks: Ints = np.array(alike, np.int64).reshape(-1, len(columns))[numbers]
    return looks


def _row_signs(table: Table) -> list[tuple[Any, ...]]:
    """What tells a row's look from another's: is it bold, what kinds of cells it has."""
    own_rows = {row for row, _ in (*table.formats, *table.links)}
    signs: list[Sequence[Any]] = [
        [(n,) if n in own_rows else n in table.bold for n in range(len(table.rows))]
    ]
    for column, cells, kinds in zip(table.columns, table.lanes, table.kinds, strict=True):
        if column.format in look.TINTED:
            signs.append(cells)
        elif len(kinds) > 1:  # else it tells no row from another
            signs.append(list(map(type, cells)))
    return list(zip(*signs, strict=True))


def _is_theirs(column: Column, tab: Tab) -> bool:
    """Whether people write in this column of an otherwise finished tab."""
    return column.comment or (tab.filled_by == "people" and not tab.filters and not column.key)


def _blank(forms: Forms, column: Column, tab: Tab) -> Any:
    """The format of cells that are not there yet: those that people are going to fill."""
    if tab.filled_by == "service" or column.key:
        return None
    return forms.of(num_format=look.CODES[column.format], valign="vcenter", text_wrap=column.wrap)


def _header_height(columns: Sequence[Column]) -> float:
    lines = max(_lines(column.title, column.width, _BOLD) for column in columns)
    return _HEADER_ROOM + _LINE * lines


def _heights(table: Table) -> list[float | None]:
    """Heights of rows whose texts take several lines; None where one line is enough."""
    wrapped = [(place, c.width) for place, c in enumerate(table.columns) if c.wrap]
    if not wrapped:
        return [None] * len(table.rows)
    counts = (
        max((_lines(row[at], width, _PLAIN) for at, width in wrapped), default=1)
        for row in table.rows
    )
    return [_ROW_ROOM + _LINE * lines if lines > 1 else None for lines in counts]


def _lines(cell: Cell, width: int, letter: float) -> int:
    """Lines of a text broken at its spaces in a column so wide; letters are `letter` digits wide."""
    if not isinstance(cell, str):
        return 1
    count = 0
    for line in cell.split("\n"):
        used, count = 0.0, count + 1
        for word in line.split(" "):
            size = len(word) * letter
            if used and used + letter + size > width:
                used, count = size, count + 1
            else:
                used += size + (letter if used else 0)
    return count


def _colour(workbook: Workbook, sheet: RowSheet, table: Table) -> None:
    """Heat maps, ROMI bands and data bars."""
    last = len(table.rows)
    if not last:
        return
    for heat, block in groupby(enumerate(table.columns), key=lambda pair: pair[1].heat):
        places = [place for place, _ in block]
        if heat:
            sheet.conditional_format(1, places[0], last, places[-1], _scale(look.HEAT[heat]))
    for place, column in enumerate(table.columns):
        if column.bar:
            bar = {"type": "data_bar", "data_bar_2010": True, "bar_solid": True, "min_type": "num",
                   "min_value": 0, "bar_color": look.BAR, "bar_no_border": True}  # fmt: skip
            sheet.conditional_format(1, place, last, place, bar)
        if column.band:
            _band(workbook, sheet, table, place)


def _scale(heat: look.Heat) -> dict[str, Any]:
    low, middle = heat.lowest, heat.middle
    return {
        "type": "3_color_scale",
        "min_color": heat.low,
        "mid_color": heat.mid,
        "max_color": heat.high,
        "min_type": "min" if low is None else "num",
        "min_value": 0 if low is None else low,
        "mid_type": "percentile" if middle is None else "num",
        "mid_value": 50 if middle is None else middle,
        "max_type": "percentile",
        "max_value": heat.highest,
    }


def _band(workbook: Workbook, sheet: RowSheet, table: Table, place: int) -> None:
    last, column = len(table.rows), table.columns[place]
    titles = [c.title for c in table.columns]
    sides = [titles.index(title) for title in column.bounds or (column.title, column.title)]
    worse, better = (f"${xl_col_to_name(at)}2" for at in sides)
    for band in reversed(look.bands(table.bands)):
        colours = workbook.add_format({"bg_color": band.fill, "font_color": band.font})
        edge = f"{worse}>={band.low:g}" if band.low > -inf else f"{better}<{band.high:g}"
        # An empty cell counts as 0 in a rule.
        has_number = f"ISNUMBER({worse if band.low > -inf else better})"
        rule = {"type": "formula", "criteria": f"=AND({has_number},{edge})", "format": colours}
        sheet.conditional_format(1, place, last, place, rule | {"stop_if_true": True})


def _note(sheet: RowSheet, table: Table, theirs: Mapping[tuple[int, int], tuple[str, str]]) -> None:
    """Notes on headers and cells, as large as their text; people's own in the place of ours."""
    hints = {(0, place): c.hint for place, c in enumerate(table.columns) if c.hint}
    ours = hints | {(row + 1, place): text for (row, place), text in table.notes.items()}
    signed = {place: (AUTHOR, text) for place, text in ours.items()} | dict(theirs)
    high = cache(_note_height)
    sheet.put_notes(
        [
            Note(row, place, author or "…", text, _NOTE_WIDTH, high(text))
            for (row, place), (author, text) in sorted(signed.items())
        ]
    )


def _note_height(text: str) -> int:
    lines = sum(ceil((len(part) + 1) / _NOTE_LETTERS) for part in text.split("\n"))
    return _NOTE_LINE * lines + 12


def _offer(sheet: RowSheet, table: Table) -> None:
    """Drop-downs: of columns, down to where people may write, and of single cells."""
    for place, column in enumerate(table.columns):
        if column.choices:
            sheet.data_validation(1, place, look.INPUT_ROWS, place, _list(column.choices))
    for (row, place), words in sorted(table.choices.items()):
        sheet.data_validation(row + 1, place, row + 1, place, _list(words))


def _list(words: Sequence[str]) -> dict[str, Any]:
    return {
        "validate": "list",
        "source": list(words),
        "error_type": "warning",
        "error_title": "Такого варианта нет",
        "error_message": "Выберите значение из списка.",
    }
