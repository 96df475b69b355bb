"""A spreadsheet in memory: tabs, cells, what hangs on ranges; copied cheaply, changed by copy."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

#: Cells are never changed in place: a copy of a tab shares them.
Cell = dict[str, Any]
Row = list[Cell | None]
GridRange = dict[str, Any]

MOST_CELLS = 10_000_000
_ENDS = {
    "ROWS": ("startRowIndex", "endRowIndex"),
    "COLUMNS": ("startColumnIndex", "endColumnIndex"),
}


class Refused(Exception):  # noqa: N818 - Google's answer
    """A request that Google finds fault with; nothing of its batch is applied."""


def need(body: dict[str, Any], *names: str) -> None:
    """Refuse a request that lacks a field which Google's schema does not call required."""
    for name in names:
        if name not in body:
            raise Refused(f"{name} is required.")


def cut(part: Any) -> Any:
    """A request as Google keeps it: a colour's channel is 8 bits, cut and not rounded, and comes
    back as a float of 32 bits."""
    if isinstance(part, list):
        return [cut(item) for item in part]
    if not isinstance(part, dict):
        return part
    if "rgbColor" in part:
        return part | {"rgbColor": {k: _channel(v) for k, v in part["rgbColor"].items() if v}}
    return {name: cut(value) for name, value in part.items()}


def _channel(value: float) -> float:
    (single,) = struct.unpack("f", struct.pack("f", value))
    kept = int(single * 255) / 255
    return float(f"{struct.unpack('f', struct.pack('f', kept))[0]:.8g}")


@dataclass
class Tab:
    """One tab. `rows` are ragged; what is not there is blank.

    views, slicers, pivots, tables, merges  people's own; the service lays none; what a pivot is made
        of may lie in another tab
    groups  rows and columns that open and close together
    """

    properties: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    widths: dict[int, int] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    bandings: list[dict[str, Any]] = field(default_factory=list)
    charts: list[dict[str, Any]] = field(default_factory=list)
    protected: list[dict[str, Any]] = field(default_factory=list)
    filter: dict[str, Any] | None = None
    views: list[dict[str, Any]] = field(default_factory=list)
    slicers: list[dict[str, Any]] = field(default_factory=list)
    pivots: list[dict[str, Any]] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    merges: list[GridRange] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> int:
        return self.properties["sheetId"]

    @property
    def title(self) -> str:
        return self.properties["title"]

    @property
    def grid(self) -> dict[str, int]:
        return self.properties["gridProperties"]

    def size(self, dimension: str) -> int:
        return self.grid["rowCount" if dimension == "ROWS" else "columnCount"]

    def copy(self) -> Tab:
        return Tab(
            deepcopy(self.properties),
            list(self.rows),
            dict(self.widths),
            deepcopy(self.rules),
            deepcopy(self.bandings),
            deepcopy(self.charts),
            deepcopy(self.protected),
            deepcopy(self.filter),
            deepcopy(self.views),
            deepcopy(self.slicers),
            deepcopy(self.pivots),
            deepcopy(self.tables),
            deepcopy(self.merges),
            deepcopy(self.groups),
        )

    def cell(self, row: int, column: int) -> Cell:
        if row >= len(self.rows) or column >= len(self.rows[row]):
            return {}
        return self.rows[row][column] or {}

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Replace a cell; its row is copied first."""
        while len(self.rows) <= row:
            self.rows.append([])
        cells = list(self.rows[row])
        cells += [None] * (column + 1 - len(cells))
        cells[column] = cell or None
        self.rows[row] = cells

    def area(self, found: GridRange) -> tuple[int, int, int, int]:
        """A GridRange with its open ends closed. Raises Refused outside of the grid."""
        ends = []
        for dimension in ("ROWS", "COLUMNS"):
            low, high = _ENDS[dimension]
            size = self.size(dimension)
            start, end = found.get(low, 0), found.get(high, size)
            if not 0 <= start < end:
                raise Refused(f"The range is empty or backwards: {found}")
            if end > size:
                raise Refused(
                    f"Range ('{self.title}') exceeds grid limits. Max rows: "
                    f"{self.grid['rowCount']}, max columns: {self.grid['columnCount']}"
                )
            ends += [start, end]
        return ends[0], ends[1], ends[2], ends[3]


@dataclass
class Book:
    """One spreadsheet: its tabs in their order, all developer metadata and named ranges in it."""

    tabs: list[Tab] = field(default_factory=list)
    metadata: list[dict[str, Any]] = field(default_factory=list)
    named: list[dict[str, Any]] = field(default_factory=list)
    next_id: int = 1_000_001
    locale: str = "ru_RU"
    zone: str = "Europe/Moscow"

    def copy(self) -> Book:
        tabs = [tab.copy() for tab in self.tabs]
        parts = deepcopy(self.metadata), deepcopy(self.named)
        return Book(tabs, *parts, self.next_id, self.locale, self.zone)

    def tab(self, number: int) -> Tab:
        for tab in self.tabs:
            if tab.id == number:
                return tab
        raise Refused(f"No grid with id: {number}")

    def titled(self, title: str) -> Tab:
        return next(tab for tab in self.tabs if tab.title == title)

    def new_id(self) -> int:
        self.next_id += 1
        return self.next_id

    def check_size(self) -> None:
        cells = sum(t.grid["rowCount"] * t.grid["columnCount"] for t in self.tabs)
        if cells > MOST_CELLS:
            raise Refused(
                "This action would increase the number of cells in the workbook above the limit "
                f"of {MOST_CELLS} cells."
            )

    def ranges(self, number: int) -> Iterator[tuple[list[GridRange], int]]:
        """Every list of ranges that may lie in a tab, and a place in it."""
        for tab in self.tabs:
            holders: list[list[GridRange]] = [rule["ranges"] for rule in tab.rules]
            holders += [p.get("unprotectedRanges", []) for p in tab.protected]
            holders += [source["sources"] for chart in tab.charts for source in sources(chart)]
            for holder in holders:
                for place in reversed(range(len(holder))):
                    if holder[place].get("sheetId", 0) == number:
                        yield holder, place


def sources(chart: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every ChartSourceRange of a chart."""
    basic = chart["spec"].get("basicChart", {})
    for domain in basic.get("domains", []):
        yield domain["domain"]["sourceRange"]
    for series in basic.get("series", []):
        yield series["series"]["sourceRange"]


def overlap(one: GridRange, other: GridRange) -> bool:
    """Whether two ranges share a cell."""
    if one.get("sheetId", 0) != other.get("sheetId", 0):
        return False
    return all(
        one.get(low, 0) < other.get(high, 10**9) and other.get(low, 0) < one.get(high, 10**9)
        for low, high in _ENDS.values()
    )


def inserted(found: GridRange, dimension: str, index: int, count: int) -> GridRange:
    """A range after lines were inserted: pushed on if it begins there, longer if they fall inside."""
    low, high = _ENDS[dimension]
    moved = dict(found)
    if low in moved and moved[low] >= index:
        moved[low] += count
    if high in moved and moved[high] > index:
        moved[high] += count
    return moved


def deleted(found: GridRange, dimension: str, start: int, end: int) -> GridRange | None:
    """A range after lines `start`..`end` were deleted; None if nothing of it is left."""
    low, high = _ENDS[dimension]
    moved = dict(found)
    for edge in (low, high):
        if edge in moved:
            moved[edge] -= max(0, min(moved[edge], end) - start)
    if high in moved and moved.get(low, 0) >= moved[high]:
        return None
    return moved


def moved(found: GridRange, dimension: str, order: list[int]) -> list[GridRange]:
    """A range after lines were put in a new `order` (old numbers): one for each run it fell into."""
    low, high = _ENDS[dimension]
    if low not in found and high not in found:
        return [found]
    inside = range(found.get(low, 0), found.get(high, len(order)))
    places = sorted(new for new, old in enumerate(order) if old in inside)
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1][1] = place + 1
        else:
            runs.append([place, place + 1])
    kept = {k: v for k, v in found.items() if k not in (low, high)}
    open_end = high not in found
    return [kept | {low: a} | ({} if open_end and b == len(order) else {high: b}) for a, b in runs]
