"""Requests for cells: values, formats, notes, checks, each under its field mask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.doubles.sheets_model import Book, Cell, Refused, Tab, need
from tests.doubles.sheets_schema import Mask, mask

Body = dict[str, Any]

_MOST_CHARACTERS = 50_000


def merged(old: dict[str, Any], new: dict[str, Any], tree: Mask) -> dict[str, Any]:
    """`old` with the fields of `tree` as they are in `new`; a field not there is taken away."""
    found = dict(old)
    for name, inner in tree.items():
        if inner:
            value: Any = merged(found.get(name, {}), new.get(name, {}), inner)
            value = value or None
        else:
            value = new.get(name)
        if value is None:
            found.pop(name, None)
        else:
            found[name] = value
    return found


def _cell_mask(fields: str) -> Mask:
    tree = mask(fields, "CellData")
    return (
        {"userEnteredValue": {}, "userEnteredFormat": {}, "note": {}, "dataValidation": {}}
        if (tree == {"*": {}})
        else tree
    )


def _check_cell(cell: Cell) -> None:
    value = cell.get("userEnteredValue", {})
    if len(value) > 1:
        raise Refused(f"ExtendedValue must have one kind, found {sorted(value)}.")
    if "formulaValue" in value:
        raise Refused("The service must not write formulas.")
    if len(value.get("stringValue", "")) > _MOST_CHARACTERS:
        raise Refused(
            f"Your input contains more than the maximum of {_MOST_CHARACTERS} characters in a "
            "single cell."
        )
    if value.get("stringValue") == "":
        raise Refused("An empty cell is sent without a value.")
    if "note" in cell and not cell["note"]:
        raise Refused("A cell without a note is sent without one.")
    form = cell.get("userEnteredFormat", {}).get("numberFormat")
    if form is not None and "type" not in form:
        raise Refused("numberFormat.type must be set.")


def _update_cells(book: Book, body: Body) -> None:
    need(body, "fields", "rows")
    if ("start" in body) == ("range" in body):
        raise Refused("Either start or range must be set.")
    tree = _cell_mask(body["fields"])
    if "start" in body:
        start = body["start"]
        tab = book.tab(start.get("sheetId", 0))
        row, column = start.get("rowIndex", 0), start.get("columnIndex", 0)
        width = max(len(r.get("values", [])) for r in body["rows"])
        area = {
            "startRowIndex": row,
            "endRowIndex": row + len(body["rows"]),
            "startColumnIndex": column,
            "endColumnIndex": column + width,
        }
        tab.area(area)
        for number, sent in enumerate(body["rows"]):
            _write_row(tab, row + number, column, sent.get("values", []), tree)
        return
    tab = book.tab(body["range"].get("sheetId", 0))
    row, end, column, stop = tab.area(body["range"])
    for number in range(row, end):
        sent = body["rows"][number - row] if number - row < len(body["rows"]) else {}
        values = sent.get("values", [])
        _write_row(tab, number, column, [*values, *([{}] * (stop - column - len(values)))], tree)


def _write_row(tab: Tab, row: int, column: int, cells: list[Cell], tree: Mask) -> None:
    while len(tab.rows) <= row:
        tab.rows.append([])
    there = list(tab.rows[row])
    there += [None] * (column + len(cells) - len(there))
    for place, cell in enumerate(cells, start=column):
        if set(cell) - set(tree):
            raise Refused(f"{sorted(set(cell) - set(tree))} are set but not in the field mask.")
        _check_cell(cell)
        old = there[place]
        there[place] = (merged(_without_shown(old, tree), cell, tree) if old else cell) or None
    tab.rows[row] = there


def _without_shown(cell: Cell | None, tree: Mask) -> Cell:
    """A new value takes away what a formula had shown."""
    found = cell or {}
    if "userEnteredValue" in tree:
        found = {k: v for k, v in found.items() if k != "effectiveValue"}
    return found


def _repeat_cell(book: Book, body: Body) -> None:
    need(body, "range", "fields")
    cell, tree = body.get("cell", {}), _cell_mask(body["fields"])
    _check_cell(cell)
    if set(cell) - set(tree):
        raise Refused("The cell sets what is not in the field mask.")
    if "userEnteredValue" in tree:
        raise Refused("The double does not repeat values.")
    tab = book.tab(body["range"].get("sheetId", 0))
    row, end, column, stop = tab.area(body["range"])
    tab.rows += [[] for _ in range(end - len(tab.rows))]
    known: dict[int, Cell | None] = {}
    for number in range(row, end):
        there = list(tab.rows[number])
        there += [None] * (stop - len(there))
        for place in range(column, stop):
            old = there[place]
            # Many cells are one and the same blank cell: they stay one.
            same = id(old) if old is None or "userEnteredValue" not in old else None
            if same is None or same not in known:
                new = merged(old or {}, cell, tree) or None
                if same is not None:
                    known[same] = new
            else:
                new = known[same]
            there[place] = new
        tab.rows[number] = there


def _copy_paste(book: Book, body: Body) -> None:
    need(body, "source", "destination", "pasteType")
    if body["pasteType"] != "PASTE_VALUES":
        raise Refused("The double pastes values only.")
    source, target = (book.tab(body[k].get("sheetId", 0)) for k in ("source", "destination"))
    row, end, column, stop = source.area(body["source"])
    to_row, to_end, to_column, to_stop = target.area(body["destination"])
    if (end - row, stop - column) != (to_end - to_row, to_stop - to_column):
        raise Refused("Source and destination are of different size.")
    tree = {"userEnteredValue": {}}
    for number in range(end - row):
        cells = [
            {k: v for k, v in source.cell(row + number, place).items() if k in tree}
            for place in range(column, stop)
        ]
        _write_row(target, to_row + number, to_column, cells, tree)


def _validate(book: Book, body: Body) -> None:
    need(body, "range")
    rule = body.get("rule")
    if rule is not None:
        kind, values = rule["condition"]["type"], rule["condition"].get("values", [])
        if kind == "ONE_OF_LIST" and not values:
            raise Refused("ONE_OF_LIST needs values.")
        if kind in ("BOOLEAN", "DATE_IS_VALID") and values and kind != "BOOLEAN":
            raise Refused(f"{kind} takes no values.")
    tab = book.tab(body["range"].get("sheetId", 0))
    row, end, column, stop = tab.area(body["range"])
    for number in range(row, end):
        for place in range(column, stop):
            cell = {k: v for k, v in tab.cell(number, place).items() if k != "dataValidation"}
            tab.put(number, place, cell | ({"dataValidation": rule} if rule else {}))


CELLS: dict[str, Callable[[Book, Body], None]] = {
    "updateCells": _update_cells,
    "repeatCell": _repeat_cell,
    "copyPaste": _copy_paste,
    "setDataValidation": _validate,
}
