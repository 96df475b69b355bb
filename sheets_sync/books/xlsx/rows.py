"""Rows of a worksheet, fast: XlsxWriter lays out the book, the cells are written straight as XML."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise, zip_longest
from math import isfinite
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from sheets_sync.errors import BookError
from templates_sheets.tab import Cell

#: Excel holds no more characters in a cell, no more rows in a sheet.
MOST_TEXT, MOST_ROWS = 32_767, 1_048_576
#: Rows that are drawn at once; bytes of a sheet's rows that are kept in memory.
_PIECE, _MOST_XML = 10_000, 1 << 20

_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook knows no zones
_DAY_ZERO_ORDINAL = _DAY_ZERO.toordinal()


class RowSheet(Worksheet):  # type: ignore[misc] # the library has no types
    """A worksheet whose rows are given once, whole.

    Its XML is made a column at a time in Arrow, and three methods of the library are replaced; the
    rest of the sheet (notes, charts, widths, print) is its own. Numbers keep every digit, and
    nothing can become a formula, a link or a number by its looks.
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
        if folded:
            self.outline_row_level = 1
        step = -1 if sum_below else 1
        heads = [
            f'<row r="{place + 1}"{_high(height)}{_mark(place, place + step, folded)}>'
            for place, height in enumerate(heights)
        ]
        # What is long waits on disk: a book of 50 000 rows is 40 MB of XML.
        self._xml = SpooledTemporaryFile(_MOST_XML, dir=self.tmpdir)  # noqa: SIM115 - `_write_rows` ends it
        self._cells = 0
        # The header apart: under it a column is all of one kind.
        for first, end in pairwise([0, *range(1, len(rows), _PIECE), len(rows)]):
            self._fill_piece(first, rows[first:end], forms[first:end], heads[first:end])
        return self._cells

    def _fill_piece(
        self,
        first: int,
        rows: Sequence[Sequence[Cell]],
        forms: Sequence[Sequence[int]],
        heads: Sequence[str],
    ) -> None:
        numbers = pa.array(range(first + 1, first + len(rows) + 1)).cast(pa.string())
        parts = [pa.array(heads, pa.string())]
        lanes, looks = zip_longest(*rows), zip_longest(*forms, fillvalue=0)
        for place, (cells, look) in enumerate(zip(lanes, looks, strict=False)):
            held = self._held(cells)
            self._cells += len(held) - held.null_count
            parts.append(_drawn(xl_col_to_name(place), numbers, held, look))
        lines = pc.binary_join_element_wise(*parts, "</row>", "")
        whole = pa.ListArray.from_arrays([0, len(lines)], lines)
        self._xml.write(pc.binary_join(whole, "")[0].as_buffer())

    def _held(self, cells: Sequence[Cell]) -> Any:
        """What stands in the cells of a column, the end of their XML; null where a cell is empty."""
        kinds = set(map(type, cells)) - {type(None)}
        if kinds <= {int, float} and (numbers := _numbers(cells, kinds)) is not None:
            return pc.binary_join_element_wise("><v>", numbers.cast(pa.string()), "</v></c>", "")
        if kinds <= {str, date}:  # of which no two of different kinds are equal
            self.str_table.count += sum(cell.__class__ is str for cell in cells)
            each: dict[Cell, str] = {
                cell: self._end(cell) for cell in dict.fromkeys(cells) if cell is not None
            }
            self.str_table.count -= sum(cell.__class__ is str for cell in each)
            return pa.array([each.get(cell) for cell in cells], pa.string())
        ends = [None if cell is None else self._end(cell) for cell in cells]
        return pa.array(ends, pa.string())

    def _end(self, cell: Cell) -> str:
        if isinstance(cell, str):
            return f' t="s"><v>{self._shared(cell)}</v></c>'
        if isinstance(cell, bool):
            return f' t="b"><v>{int(cell)}</v></c>'
        return f"><v>{number_of(cell)!r}</v></c>"

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


def _drawn(column: str, numbers: Any, held: Any, look: Sequence[int]) -> Any:
    """The XML of a column's cells; an empty one that looks like nothing is not there."""
    all_alike = len(set(look)) == 1
    form = str(look[0]) if all_alike else pa.array(look, pa.int32()).cast(pa.string())
    ends = held.fill_null("/>") if held.null_count else held
    cells = pc.binary_join_element_wise(f'<c r="{column}', numbers, '" s="', form, '"', ends, "")
    if held.null_count and 0 in look:
        cells = pc.if_else(pc.and_(held.is_null(), pc.equal(form, "0")), "", cells)
    return cells


def _numbers(cells: Sequence[Cell], kinds: Collection[type]) -> Any:
    """Cells that are int, float or None as Arrow's numbers; None where it would not keep each."""
    try:
        numbers = pa.array(cells, pa.float64() if float in kinds else pa.int64())
    except (pa.ArrowInvalid, OverflowError):
        return None
    if pa.types.is_floating(numbers.type) and not pc.all(pc.is_finite(numbers)).as_py():
        return None
    return numbers


def _high(height: float | None) -> str:
    return "" if height is None else f' ht="{height}"'


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
