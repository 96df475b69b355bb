"""What hangs on rows of a table: totals, new lines, formats of their own, drop-downs, tick boxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sheets_sync.books.google.look import format as form
from sheets_sync.books.google.look.drawn import Drawn
from sheets_sync.books.google.look.lay import columns
from sheets_sync.books.google.ranges import Request, area, rectangles, repeat, spans
from templates_sheets import look
from templates_sheets.tab import Table

_ROOT = "userEnteredFormat"
_ROW_MASK = (
    f"{_ROOT}.backgroundColorStyle,{_ROOT}.textFormat.bold,{_ROOT}.textFormat.foregroundColorStyle"
)


def fresh(drawn: Drawn, rows: Iterable[int], width: int) -> Iterator[Request]:
    """New lines of the sheet take nothing of people's colours, nor a total's look, from beside them.

    rows  the sheet's rows; width: how many columns the sheet has
    """
    for start, end in spans(sorted(rows)):
        yield repeat(area(drawn.sheet_id, start, end, 0, width), {}, _ROW_MASK)
        places = [p for p in range(len(drawn.at)) if form.is_painted(drawn.table, p)]
        for run in drawn.side_by_side(places):
            where = area(drawn.sheet_id, start, end, drawn.at[run[0]], drawn.at[run[-1]] + 1)
            yield repeat(where, {_ROOT: form.INPUT_FORMAT}, f"{_ROOT}.backgroundColorStyle")


def totals(drawn: Drawn, rows: Iterable[int], *, total: bool) -> Iterator[Request]:
    """Rows of the sheet that become bold or, not `total`, plain again."""
    for start, end in spans(sorted(rows)):
        for run in drawn.side_by_side(range(len(drawn.at))):
            yield from _row_look(drawn, (start, end), run, total=total)


def _row_look(
    drawn: Drawn, rows: tuple[int, int], run: Sequence[int], *, total: bool
) -> Iterator[Request]:
    for painted, group in groupby(run, key=lambda place: form.is_painted(drawn.table, place)):
        alike = list(group)
        where = area(drawn.sheet_id, *rows, drawn.at[alike[0]], drawn.at[alike[-1]] + 1)
        cell = form.TOTAL_FORMAT if total else form.INPUT_FORMAT if painted else {}
        yield repeat(where, {_ROOT: cell} if cell else {}, _ROW_MASK)


def body(drawn: Drawn, *, anew: bool) -> Iterator[Request]:
    """Cells with a format or drop-down of their own, tick boxes.

    anew  whether others may have had some before
    """
    own = own_codes(drawn.table)
    if own or anew:
        yield from columns(drawn, range(len(drawn.at)))
    for start, end, first, stop, (kind, code) in rectangles(_in_sheet(drawn, own)):
        cell = form.own_format(kind, code)
        where = area(drawn.sheet_id, start, end, first, stop)
        yield repeat(where, {_ROOT: cell}, form.mask(cell))
    ticks: dict[tuple[int, int], tuple[str, ...]] = {
        (row, place): ()
        for place, column in enumerate(drawn.table.columns)
        if column.format == "check"
        for row, cells in enumerate(drawn.table.rows)
        if cells[place] is not None
    }
    checks = _in_sheet(drawn, ticks | drawn.table.choices)
    for start, end, first, stop, words in rectangles(checks):
        rule = form.word_list(words) if words else form.TICK_BOX
        where = area(drawn.sheet_id, start, end, first, stop)
        yield {"setDataValidation": {"range": where, "rule": rule}}


def _in_sheet(drawn: Drawn, cells: Mapping[tuple[int, int], Any]) -> dict[tuple[int, int], Any]:
    return {(drawn.row(row), drawn.at[at]): value for (row, at), value in cells.items()}


def own_codes(table: Table) -> dict[tuple[int, int], tuple[Any, str]]:
    """Cells with a format of their own -> the format and its code, which may depend on the value."""
    return {
        (row, at): (kind, look.code(kind, table.rows[row][at]))
        for (row, at), kind in table.formats.items()
    }
