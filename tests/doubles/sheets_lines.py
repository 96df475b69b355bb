"""Rows and columns of the double: inserted, deleted, moved, sorted, with all that hangs on them."""

from __future__ import annotations

from typing import Any

from tests.doubles.sheets_model import (
    Book,
    GridRange,
    Refused,
    Row,
    Tab,
    deleted,
    inserted,
    moved,
)

Lines = dict[str, Any]


def insert(book: Book, tab: Tab, lines: Lines, *, inherit: bool) -> None:
    """Insert lines; they look like the line before (`inherit`) or after."""
    dimension, start, count = _span(lines)
    size = tab.size(dimension)
    if start > size:
        raise Refused(f"range.startIndex is larger than current grid size ({size})")
    if start == size and not inherit:
        raise Refused(
            f"range.startIndex must be less than the grid size ({size}) if inheritFromBefore is "
            "false."
        )
    if start == 0 and inherit:
        raise Refused("inheritFromBefore cannot be true at the first line.")
    like = start - 1 if inherit else start
    if dimension == "ROWS":
        look = tab.rows[like] if like < len(tab.rows) else []
        fresh: list[Row] = [[_bare(cell) for cell in look] for _ in range(count)]
        tab.rows += [[] for _ in range(start - len(tab.rows))]
        tab.rows[start:start] = fresh
    else:
        tab.rows = [_widened(row, start, count, like) for row in tab.rows]
        tab.widths = {p + count if p >= start else p: w for p, w in tab.widths.items()}
    tab.grid["rowCount" if dimension == "ROWS" else "columnCount"] += count
    frozen = "frozenRowCount" if dimension == "ROWS" else "frozenColumnCount"
    if start < tab.grid.get(frozen, 0):
        tab.grid[frozen] += count
    _shift(book, tab, lambda found: [inserted(found, dimension, start, count)])
    for entry in book.metadata:
        line = _line_of(entry, tab, dimension)
        if line is not None and line["startIndex"] >= start:
            line["startIndex"] += count
            line["endIndex"] += count
    for chart in tab.charts:
        anchor = _anchor(chart)
        name = "rowIndex" if dimension == "ROWS" else "columnIndex"
        if anchor is not None and anchor.get(name, 0) >= start:
            anchor[name] = anchor.get(name, 0) + count


def _widened(row: Row, start: int, count: int, like: int) -> Row:
    if len(row) <= min(start, like):
        return row
    look = _bare(row[like]) if like < len(row) else None
    return [*row[:start], *([None] * (start - len(row))), *([look] * count), *row[start:]]


def _bare(cell: dict[str, Any] | None) -> dict[str, Any] | None:
    """What a new cell takes from its neighbour: the format and the check, not the content."""
    kept = {k: v for k, v in (cell or {}).items() if k in ("userEnteredFormat", "dataValidation")}
    return kept or None


def delete(book: Book, tab: Tab, lines: Lines) -> None:
    """Delete lines, and metadata on them."""
    dimension, start, count = _span(lines)
    end, size = start + count, tab.size(dimension)
    if end > size:
        raise Refused(f"range.endIndex is larger than current grid size ({size})")
    rows = dimension == "ROWS"
    frozen_name = "frozenRowCount" if rows else "frozenColumnCount"
    frozen = tab.grid.get(frozen_name, 0)
    gone_frozen = max(0, min(end, frozen) - start)
    if size - count - (frozen - gone_frozen) < 1:
        what = "rows" if rows else "columns"
        raise Refused(f"Sorry, it is not possible to delete all non-frozen {what}.")
    if rows:
        del tab.rows[start:end]
    else:
        tab.rows = [row[:start] + row[end:] for row in tab.rows]
        tab.widths = {
            p - count * (p >= end): w for p, w in tab.widths.items() if not start <= p < end
        }
    tab.grid["rowCount" if rows else "columnCount"] -= count
    if gone_frozen:
        tab.grid[frozen_name] = frozen - gone_frozen
    _shift(book, tab, lambda found: [x] if (x := deleted(found, dimension, start, end)) else [])
    kept = []
    for entry in book.metadata:
        line = _line_of(entry, tab, dimension)
        if line is not None:
            if start <= line["startIndex"] < end:
                continue
            if line["startIndex"] >= end:
                line["startIndex"] -= count
                line["endIndex"] -= count
        kept.append(entry)
    book.metadata = kept
    name = "rowIndex" if rows else "columnIndex"
    for chart in tab.charts:
        anchor = _anchor(chart)
        if anchor is not None:
            place = anchor.get(name, 0)
            anchor[name] = place - max(0, min(place, end) - start)


def move(book: Book, tab: Tab, lines: Lines, to: int) -> None:
    """Move lines before the line that is now number `to`."""
    dimension, start, count = _span(lines)
    end, size = start + count, tab.size(dimension)
    frozen = tab.grid.get("frozenRowCount" if dimension == "ROWS" else "frozenColumnCount", 0)
    if end > size or to > size:
        raise Refused(f"The lines are outside of the grid ({size})")
    if start <= to <= end:
        raise Refused("The destination lies inside of the source.")
    if (start < frozen) != (to < frozen):
        raise Refused("Cannot move lines in or out of the frozen section.")
    if dimension == "ROWS":
        for merge in tab.merges:
            low, high = merge["startRowIndex"], merge["endRowIndex"]
            if high - low > 1 and (
                low < to < high
                or not (high <= start or end <= low or (start <= low and high <= end))
            ):
                raise Refused("You cannot split merged cells.")
    rest = [n for n in range(size) if not start <= n < end]
    at = to if to < start else to - count
    order = [*rest[:at], *range(start, end), *rest[at:]]
    reorder(book, tab, dimension, order)


def reorder(book: Book, tab: Tab, dimension: str, order: list[int]) -> None:
    """Put lines into a new order of their old numbers, with what hangs on them."""
    place = {old: new for new, old in enumerate(order)}
    if dimension == "ROWS":
        rows = [*tab.rows, *([] for _ in range(len(order) - len(tab.rows)))]
        tab.rows = [rows[old] for old in order]
    else:
        tab.rows = [[row[o] if o < len(row) else None for o in order] for row in tab.rows]
        tab.widths = {place[p]: w for p, w in tab.widths.items()}
    _shift(book, tab, lambda found: moved(found, dimension, order))
    for entry in book.metadata:
        line = _line_of(entry, tab, dimension)
        if line is not None:
            line["startIndex"] = place[line["startIndex"]]
            line["endIndex"] = line["startIndex"] + 1


def sort(tab: Tab, first: int, end: int, column: int, *, down: bool) -> None:
    """Sort whole rows `first`..`end` by a column, as people do: formats and notes go along."""
    rows = [*tab.rows[first:end], *([] for _ in range(end - max(first, len(tab.rows))))]

    def key(row: Row) -> tuple[int, Any]:
        value = (row[column] or {}).get("userEnteredValue", {}) if column < len(row) else {}
        found = next(iter(value.values()), None)
        return (1, found) if isinstance(found, str) else (0, found)

    filled = [row for row in rows if key(row)[1] is not None]
    blank = [row for row in rows if key(row)[1] is None]
    tab.rows[first:end] = [*sorted(filled, key=key, reverse=down), *blank]


def _span(lines: Lines) -> tuple[str, int, int]:
    if lines.get("dimension") not in ("ROWS", "COLUMNS"):
        raise Refused("range.dimension must be specified.")
    start, end = lines.get("startIndex"), lines.get("endIndex")
    if start is None or end is None or not 0 <= start < end:
        raise Refused(f"The range of lines is empty or open: {lines}")
    return lines["dimension"], start, end - start


def _line_of(entry: dict[str, Any], tab: Tab, dimension: str) -> dict[str, Any] | None:
    line = entry["location"].get("dimensionRange")
    here = line is not None and line["sheetId"] == tab.id and line["dimension"] == dimension
    return line if here else None


def _anchor(chart: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = chart["position"].get("overlayPosition", {}).get("anchorCell")
    return found


def _shift(book: Book, tab: Tab, change: Any) -> None:
    """Let every range that lies in a tab follow its lines."""
    for holder, place in book.ranges(tab.id):
        holder[place : place + 1] = change(holder[place])
    tab.rules = [rule for rule in tab.rules if rule["ranges"]]
    named = [name for name in book.named if name["range"].get("sheetId", 0) == tab.id]
    for things in (tab.bandings, tab.protected, tab.views, tab.tables, named):
        for thing in list(things):
            found: list[GridRange] = change(thing["range"])
            if found:
                thing["range"] = _hull(found)
            else:
                things.remove(thing)
    book.named = [n for n in book.named if n["range"].get("sheetId", 0) != tab.id or n in named]
    for pivot in (p for t in book.tabs for p in t.pivots):
        if pivot["source"].get("sheetId", 0) == tab.id:
            found = change(pivot["source"])
            pivot["source"] = _hull(found) if found else {}
    for slicer in tab.slicers:
        found = change(slicer["spec"]["dataRange"])
        slicer["spec"]["dataRange"] = _hull(found) if found else {}
    for group in list(tab.groups):
        if not (found := change(_as_area(group["range"]))):
            tab.groups.remove(group)
        else:
            group["range"] |= _as_lines(_hull(found), group["range"]["dimension"])
    tab.merges = [_hull(found) for merge in tab.merges if (found := change(merge))]
    if tab.filter is not None:
        found = change(tab.filter["range"])
        tab.filter = tab.filter | {"range": _hull(found)} if found else None


_ENDS = {
    "ROWS": ("startRowIndex", "endRowIndex"),
    "COLUMNS": ("startColumnIndex", "endColumnIndex"),
}


def _as_area(lines: Lines) -> GridRange:
    low, high = _ENDS[lines["dimension"]]
    return {"sheetId": lines["sheetId"], low: lines["startIndex"], high: lines["endIndex"]}


def _as_lines(area: GridRange, dimension: str) -> Lines:
    low, high = _ENDS[dimension]
    return {"startIndex": area[low], "endIndex": area[high]}


def _hull(found: list[GridRange]) -> GridRange:
    """The smallest range around several."""
    first = dict(found[0])
    for other in found[1:]:
        for edge, best in (("startRowIndex", min), ("startColumnIndex", min)):
            if edge in first:
                first[edge] = best(first[edge], other.get(edge, 0))
        for edge in ("endRowIndex", "endColumnIndex"):
            if edge in first:
                first[edge] = max(first[edge], other[edge]) if edge in other else first.pop(edge)
    return first
