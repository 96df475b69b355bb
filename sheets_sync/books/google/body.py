"""Requests for what hangs on row numbers: totals, notes, own formats, tick boxes, the filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sheets_sync.books.google import format as form
from sheets_sync.books.google.cells import rectangles, spans
from sheets_sync.books.google.charts import Drawn
from sheets_sync.books.google.look import Request, columns, own_codes, painted, repeat, side_by_side
from sheets_sync.books.google.record import Record, column_id
from templates_sheets import look


def basic_filter(drawn: Drawn, there: Mapping[str, Any] | None, rows: int) -> Iterator[Request]:
    """The filter over the tab's `rows` rows without «Итого»; none if `there` is as it should be.

    What people chose in it is kept, and so are columns of theirs that it covers. Their sorting is
    not: the order of rows is the report's.
    """
    total = drawn.table.tab.total
    end = drawn.top + 1 + (rows - 1 if total and rows else rows)
    area = {
        "sheetId": drawn.sheet_id,
        "startRowIndex": drawn.top,
        "startColumnIndex": min(drawn.at),
        "endColumnIndex": max(drawn.at) + 1,
    }
    wanted: dict[str, Any] = {"range": area}
    if total:
        area["endRowIndex"] = end
    if there is not None:
        old = there["range"]
        area["startColumnIndex"] = min(area["startColumnIndex"], old.get("startColumnIndex", 0))
        area["endColumnIndex"] = max(area["endColumnIndex"], old.get("endColumnIndex", 0))
        if not total and old.get("endRowIndex", 0) >= end:
            area["endRowIndex"] = old["endRowIndex"]
        if all(old.get(name, 0) == value for name, value in area.items()) and (
            total or old.get("endRowIndex", end) >= end
        ):
            return
        chosen = there.get("filterSpecs") or [
            {"columnIndex": int(index), "filterCriteria": criteria}
            for index, criteria in there.get("criteria", {}).items()
        ]
        wanted |= {"filterSpecs": chosen} if chosen else {}
    yield {"setBasicFilter": {"filter": wanted}}


def totals(
    drawn: Drawn, was: Iterable[int], now: Iterable[int], fresh: Iterable[int]
) -> Iterator[Request]:
    """Bold rows: those that were and are no longer become plain, as do inserted ones."""
    was, now, fresh = set(was), set(now), set(fresh)
    for rows, total in (((was - now) | (fresh - now), False), (now - (was - fresh), True)):
        for start, end in spans(sorted(rows)):
            for run in side_by_side(drawn, range(len(drawn.at))):
                yield from _row_look(drawn, (start, end), run, total=total)


def _row_look(
    drawn: Drawn, rows: tuple[int, int], run: Sequence[int], *, total: bool
) -> Iterator[Request]:
    root = "userEnteredFormat"
    text = f"{root}.textFormat.bold,{root}.textFormat.foregroundColorStyle"
    fields = f"{root}.backgroundColorStyle,{text}"
    for asked, group in groupby(run, key=lambda place: painted(drawn.table, place)):
        alike = list(group)
        fill = {"backgroundColorStyle": form.colour(look.INPUT_FILL)} if asked else {}
        area = {
            "sheetId": drawn.sheet_id,
            "startRowIndex": drawn.top + 1 + rows[0],
            "endRowIndex": drawn.top + 1 + rows[1],
            "startColumnIndex": drawn.at[alike[0]],
            "endColumnIndex": drawn.at[alike[-1]] + 1,
        }
        cell = form.TOTAL_FORMAT if total else fill
        yield repeat(area, {"userEnteredFormat": cell} if cell else {}, fields)


def body(drawn: Drawn, before: Record, rows_there: int) -> Iterator[Request]:
    """What hangs on row numbers: notes, cells with a format or drop-down of their own, tick boxes.

    before      how the tab was left
    rows_there  rows that may still hold notes from before
    """
    yield from _notes(drawn, before, max(rows_there, len(drawn.table.rows)))
    own = own_codes(drawn.table)
    if own or before.body:
        yield from columns(drawn, range(len(drawn.at)))
    for start, end, first, stop, (kind, code) in rectangles(_in_sheet(drawn, own)):
        cell = form.own_format(kind, code)
        area = _area(drawn.sheet_id, start, end, first, stop)
        yield repeat(area, {"userEnteredFormat": cell}, form.mask(cell))
    for start, end, first, stop, words in rectangles(_in_sheet(drawn, drawn.table.choices)):
        area = _area(drawn.sheet_id, start, end, first, stop)
        yield {"setDataValidation": {"range": area, "rule": form.word_list(words)}}
    ticks = {
        (row, place): True
        for place, column in enumerate(drawn.table.columns)
        if column.format == "check"
        for row, cells in enumerate(drawn.table.rows)
        if cells[place] is not None
    }
    for start, end, first, stop, _ in rectangles(_in_sheet(drawn, ticks)):
        area = _area(drawn.sheet_id, start, end, first, stop)
        yield {"setDataValidation": {"range": area, "rule": form.TICK_BOX}}


def _in_sheet(drawn: Drawn, cells: Mapping[tuple[int, int], Any]) -> dict[tuple[int, int], Any]:
    return {(drawn.top + 1 + row, drawn.at[at]): value for (row, at), value in cells.items()}


def _notes(drawn: Drawn, before: Record, rows: int) -> Iterator[Request]:
    """Notes of every column that has or had some, whole columns at once."""
    if drawn.table.tab.filled_by != "service" or not rows:
        return
    ids = [column_id(column) for column in drawn.table.columns]
    noted = {at for _, at in drawn.table.notes} | {ids.index(n) for n in before.notes if n in ids}
    for run in side_by_side(drawn, noted):
        lines = [
            {"values": [_note(drawn.table.notes.get((row, place))) for place in run]}
            for row in range(rows)
        ]
        start = {
            "sheetId": drawn.sheet_id,
            "rowIndex": drawn.top + 1,
            "columnIndex": drawn.at[run[0]],
        }
        yield {"updateCells": {"start": start, "rows": lines, "fields": "note"}}


def _note(text: str | None) -> dict[str, str]:
    return {"note": text} if text else {}


def _area(sheet_id: int, row: int, end_row: int, column: int, end_column: int) -> dict[str, Any]:
    return {
        "sheetId": sheet_id,
        "startRowIndex": row,
        "endRowIndex": end_row,
        "startColumnIndex": column,
        "endColumnIndex": end_column,
    }
