"""Cell formats of a workbook: how headers, numbers, totals and places to write look."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

from xlsxwriter import Workbook

from templates_sheets import look
from templates_sheets.tab import Cell, Column, Format, Tab


class Forms:
    """Cell formats of one workbook, each made once; `index` is what a cell refers to."""

    def __init__(self, workbook: Workbook) -> None:
        self.of = cache(lambda **properties: workbook.add_format(properties))
        self._made: dict[int, dict[str, Any]] = {}

    def index(self, **properties: Any) -> int:
        number: int = self.of(**properties)._get_xf_index()  # noqa: SLF001
        self._made[number] = properties
        return number

    def painted(self, index: int, colour: str) -> int:
        """A format that was made, with another colour of the cell."""
        return self.index(**self._made.get(index, {}) | {"bg_color": colour})

    def plain(self, cell: Cell) -> int:
        """A cell of somebody's own: only a date needs a format to be read."""
        if isinstance(cell, date):
            return self.index(
                num_format=look.CODES["datetime" if isinstance(cell, datetime) else "date"]
            )
        return 0

    def header(self, column: Column, tab: Tab) -> int:
        """The header cell: people's columns in their own colour, check points stand out."""
        by_people = column.comment or (tab.filled_by == "people" and not column.key)
        fill = look.INPUT_HEADER_FILL if by_people else look.HEADER_FILL
        return self.index(
            bold=True,
            font_color=look.HEADER_FONT,
            bg_color=look.MARK_FILL if column.mark else fill,
            text_wrap=True,
            valign="vcenter",
            align="left" if column.format in look.WORDS else "center",
            indent=1 if column.format in look.WORDS else 0,
            border=1,
            border_color="#FFFFFF",
        )

    def body(
        self,
        column: Column,
        form: Format,
        cell: Cell,
        *,
        bold: bool,
        by_people: bool,
        leads: bool = False,
    ) -> int:
        """A cell under the header. `by_people`: they write here; `leads`: to another tab."""
        properties: dict[str, Any] = {
            "num_format": look.code(form, cell),
            "align": _align(column, form),
            "valign": "vcenter",
            "bottom": 1,
            "bottom_color": look.LINE,
        }
        if properties["align"] == "left":
            properties["indent"] = 1
        if column.wrap:
            properties["text_wrap"] = True
        if by_people:
            properties["bg_color"] = look.INPUT_FILL
        if bold:
            properties |= {"bold": True, "bg_color": look.TOTAL_FILL, "top": 1}
            properties["top_color"] = look.HEADER_FILL
        tint = look.tint(form, cell) or (look.LINK if leads else "")
        if tint:
            properties["font_color"] = tint
        return self.index(**properties)


def _align(column: Column, form: Format) -> str:
    """Words to the left; in a column of numbers a word stands as they do."""
    if form == "check":
        return "center"
    return "left" if form in look.WORDS or column.format in look.WORDS else "right"
