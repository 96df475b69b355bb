"""What of the template was damaged: looked for by `init`, which lays it anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isclose
from typing import Any

from sheets_sync.books.google import format as form
from sheets_sync.books.google.look import hashes
from sheets_sync.books.google.record import column_id
from sheets_sync.books.google.state import Layout, Sheet, cells_of
from sheets_sync.books.google.tab import Lay
from templates_sheets.tab import Table

#: Formats are looked at in so many rows of each tab.
_ROWS = 1000
_FORMAT = (
    "userEnteredFormat(numberFormat,textFormat(bold,foregroundColorStyle),backgroundColorStyle,"
    "wrapStrategy,horizontalAlignment,verticalAlignment)"
)
LOOKS = (
    "sheets(properties(sheetId),data(startRow,startColumn,"
    f"rowData(values(userEnteredValue,note,dataValidation,{_FORMAT}))))"
)

Cells = Mapping[tuple[int, int], Mapping[str, Any]]


def look_filters(sheets: Iterable[Sheet]) -> list[dict[str, Any]]:
    """The header and the first rows of tabs that are there."""
    return [
        {
            "gridRange": {
                "sheetId": sheet.id,
                "startRowIndex": max(sheet.top, 0),
                "endRowIndex": min(sheet.top + 2 + _ROWS, sheet.rows),
            }
        }
        for sheet in sheets
    ]


def damage(tables: Sequence[Table], layout: Layout, answer: Mapping[str, Any]) -> dict[str, Lay]:
    """What must be laid anew, by tab key. `answer` was read with LOOKS."""
    cells = {
        sheet["properties"]["sheetId"]: dict(cells_of(sheet.get("data", [])))
        for sheet in answer.get("sheets", [])
    }
    return {
        table.tab.key: _damage(table, sheet, cells.get(sheet.id, {}))
        for table in tables
        if (sheet := layout.sheets.get(table.tab.key)) is not None
    }


def _damage(table: Table, sheet: Sheet, cells: Cells) -> Lay:
    wanted = hashes(table)
    header = {
        place: cells.get((sheet.top, at), {})
        for place, column in enumerate(table.columns)
        if (at := sheet.at.get(column_id(column))) is not None
    }
    # Where the texts laid were others (last week's columns), the next refresh brings the new ones.
    titles = wanted.titles == sheet.record.titles and any(
        cell.get("userEnteredValue") != {"stringValue": table.columns[place].title}
        for place, cell in header.items()
    )
    hints = wanted.hints == sheet.record.hints and any(
        cell.get("note", "") != table.columns[place].hint for place, cell in header.items()
    )
    return Lay(
        titles=titles,
        hints=hints,
        look=_look_lost(table, sheet)
        or _header_lost(table, header)
        or _columns_lost(table, sheet, cells),
        filter=table.tab.filters and sheet.filter is None,
    )


def _look_lost(table: Table, sheet: Sheet) -> bool:
    """Whether rules, stripes, protection or frozen rows are gone."""
    there = [form.rule_mark(rule) for rule in sheet.rules]
    if any(sheet.record.rules.count(m) > there.count(m) for m in sheet.record.rules):
        return True
    bandings = {b["bandedRangeId"] for b in sheet.bandings}
    if table.tab.filled_by == "service" and not bandings:
        return True
    ours = [p for p in sheet.protected if p.get("description") == form.PROTECTION]
    asked = table.tab.filled_by == "service" or any(c.key for c in table.columns)
    return (asked and not any(p.get("warningOnly") for p in ours)) or sheet.frozen != sheet.top + 1


def _header_lost(table: Table, header: Mapping[int, Mapping[str, Any]]) -> bool:
    return any(
        not covers(
            cell.get("userEnteredFormat", {}), form.header_format(table.columns[place], table.tab)
        )
        for place, cell in header.items()
    )


def _columns_lost(table: Table, sheet: Sheet, cells: Cells) -> bool:
    """Whether formats or drop-downs of columns are gone; people's own columns are theirs."""
    own = {at for _, at in table.formats}
    first = sheet.top + 1
    rows = range(first, first + max(1, min(sheet.record.rows, _ROWS)))
    for place, column in enumerate(table.columns):
        at = sheet.at.get(column_id(column))
        if at is None:
            continue
        asked = form.is_asked(column, table.tab)
        check = form.check_of(column) if asked else None
        if check and not covers(cells.get((first, at), {}).get("dataValidation", {}), check):
            return True
        if asked or place in own or (sheet.record.rows and not table.rows):
            continue
        wanted = form.body_format(table, place)
        looks = (cells.get((row, at), {}).get("userEnteredFormat", {}) for row in rows)
        if not all(covers(look, wanted) for look in looks):
            return True
    return False


def covers(there: Any, wanted: Any) -> bool:
    """Whether everything wanted is there; Google leaves out what is 0, false or empty."""
    if isinstance(wanted, Mapping):
        found = there if isinstance(there, Mapping) else {}
        return all(covers(found.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, bool):
        return bool(there) == wanted
    if isinstance(wanted, int | float):
        return isclose(there or 0, wanted, abs_tol=0.003)
    if isinstance(wanted, list):
        several = there or []
        return len(several) == len(wanted) and all(map(covers, several, wanted))
    return bool(there == wanted)
