"""Rows of a worksheet, fast: XlsxWriter lays out the book, the cells are written straight as XML."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from math import isfinite
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from sheets_sync.errors import BookError
from templates_sheets.tab import Cell

#: Excel holds no more characters in a cell, no more rows in a sheet.
MOST_TEXT, MOST_ROWS = 32_767, 1_048_576
#: Bytes of a sheet's rows that are kept in memory.
_MOST_XML = 1 << 20

_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook knows no zones
_DAY_ZERO_ORDINAL = _DAY_ZERO.toordinal()


class RowSheet(Worksheet):  # type: ignore[misc] # the library has no types
    """A worksheet whose rows are given once, whole.

    50 000 rows of 19 cells take 1.9 s so, 9.5 s through `Worksheet.write`: three methods of the
    library are replaced, the rest of the sheet (notes, charts, widths, print) is its own. Numbers
    keep every digit, and nothing can become a formula, a link or a number by its looks.
    """

    def fill(
        self,
        rows: Sequence[Sequence[Cell]],
        forms: Sequence[Sequence[int]],
        heights: Sequence[float | None],
        folded: Collection[int] = (),
        *,
        sum_below: bool = False,
    ) -> int:
        """Set all rows, the first at the top; give the number of cells that hold something.

        forms    per row, the index of each cell's format
        heights  per row, in points; None: as high as its text
        folded   rows that are laid closed under the row before them, or after them if `sum_below`,
                 from 0

        Raises BookError where a sheet cannot hold so many rows.
        """
        if len(rows) > MOST_ROWS:
            raise BookError(
                f"в Excel помещается {MOST_ROWS} строк, а здесь {len(rows)}.",
                where=f"вкладка «{self.name}»",
                hint="Уменьшите «Воронка: месяцев» в «Настройки».",
            )
        self._shown = rows
        self._texts: dict[str, int] = {}
        width = max((len(row) for row in rows), default=0)
        if rows and width:
            self._check_dimensions(0, 0)
            self._check_dimensions(len(rows) - 1, width - 1)
        self._columns = [xl_col_to_name(place) for place in range(width)]
        self._cells = 0
        if folded:
            self.outline_row_level = 1
        step = -1 if sum_below else 1
        marks = [_mark(place, place + step, folded) for place in range(len(rows))]
        lines = enumerate(zip(rows, forms, heights, marks, strict=True), start=1)
        # What is long waits on disk: a book of 50 000 rows is 40 MB of XML.
        self._xml = SpooledTemporaryFile(_MOST_XML, dir=self.tmpdir)  # noqa: SIM115 - `_write_rows` ends it
        while part := "".join(self._row(number, *line) for number, line in islice(lines, 1000)):
            self._xml.write(part.encode())
        return self._cells

    def _row(
        self,
        number: int,
        row: Sequence[Cell],
        forms: Sequence[int],
        height: float | None,
        mark: str,
    ) -> str:
        high = "" if height is None else f' ht="{height}"'
        parts = [f'<row r="{number}"{high}{mark}>']
        for column, form, cell in zip(self._columns, forms, row, strict=False):
            # Asked in the order of how many there are; `isinstance` of each cell takes half as long again.
            kind = cell.__class__
            if cell is None:
                if form:
                    parts.append(f'<c r="{column}{number}" s="{form}"/>')
                continue
            if kind is str:
                held = f' t="s"><v>{self._shared(cell)}'  # type: ignore[arg-type]
            elif (kind is float and isfinite(cell)) or kind is int:  # type: ignore[arg-type]
                held = f"><v>{cell!r}"
            elif kind is bool:
                held = f' t="b"><v>{int(cell)}'  # type: ignore[arg-type]
            elif isinstance(cell, str):
                held = f' t="s"><v>{self._shared(cell)}'
            else:
                held = f"><v>{number_of(cell)!r}"
            parts.append(f'<c r="{column}{number}" s="{form}"{held}</v></c>')
        parts.append("</row>")
        self._cells += len(row) - row.count(None)
        return "".join(parts)

    def _shared(self, text: str) -> int:
        """The index of a text among the book's texts."""
        if text in self._texts:
            self.str_table.count += 1
            return self._texts[text]
        clean = text.encode("utf-8", "replace").decode("utf-8")
        # The library takes such a text for its own markup of several fonts.
        clean = f"\u200b{clean}" if clean.startswith("<r>") else clean
        index: int = self.str_table._get_shared_string_index(clean)  # noqa: SLF001
        self._texts[text] = index
        return index

    def _write_rows(self) -> None:
        self._xml.seek(0)
        self.fh.flush()
        with self._xml:
            copyfileobj(self._xml, self.fh.buffer)

    def _get_range_data(
        self, first_row: int, first_column: int, last_row: int, last_column: int
    ) -> list[Any]:
        """Values that a chart keeps beside its references, for viewers that do not calculate."""
        return list(self._range(first_row, first_column, last_row, last_column))

    def _range(
        self, first_row: int, first_column: int, last_row: int, last_column: int
    ) -> Iterator[Any]:
        for row in self._shown[first_row : last_row + 1]:
            for cell in row[first_column : last_column + 1]:
                is_number = cell is not None and not isinstance(cell, str)
                yield repr(number_of(cell)) if is_number else cell


def _mark(place: int, neighbour: int, folded: Collection[int]) -> str:
    """Attributes of a row that is laid closed, or of the one that opens its neighbour."""
    if place in folded:
        return ' hidden="1" outlineLevel="1"'
    return ' collapsed="1"' if neighbour in folded else ""


def number_of(cell: Cell) -> int | float:
    """A cell that is not text as the number a workbook holds; a date is its serial number.

    Raises ValueError for what is no number: NaN, infinity.
    """
    if isinstance(cell, datetime):
        return (cell.replace(tzinfo=None) - _DAY_ZERO).total_seconds() / 86_400
    if isinstance(cell, date):
        return cell.toordinal() - _DAY_ZERO_ORDINAL
    if isinstance(cell, int | float) and isfinite(cell):
        return cell
    raise ValueError(f"{cell!r} is no number")
