"""Cells of a worksheet, fast: XlsxWriter lays out the book, they are written straight as XML."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from itertools import groupby, pairwise
from math import isfinite
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter.utility import xl_col_to_name

from metrics.coded import Ints
from metrics.cores import both
from sheets_sync.books.xlsx.notes import NotedSheet
from sheets_sync.errors import BookError
from templates_sheets.tab import Cell

#: Excel holds no more characters in a cell, no more rows in a sheet.
MOST_TEXT, MOST_ROWS = 32_767, 1_048_576
#: Rows that are drawn at once.
_PIECE = 4_000

_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook knows no zones
_DAY_ZERO_ORDINAL = _DAY_ZERO.toordinal()


class RowSheet(NotedSheet):
    """A worksheet whose cells are given once, whole, a column at a time.

    Its XML is made in Arrow when the sheet is packed, and three methods of the library are replaced;
    the rest of the sheet (notes, charts, widths, print) is its own. Numbers keep every digit, and
    nothing can become a formula, a link or a number by its looks.
    """

    @property
    def size(self) -> int:
        """How many cells it has."""
        return len(self._marks) * len(self._lanes)

    def fill(
        self,
        lanes: Sequence[Sequence[Cell]],
        looks: Ints,
        heights: Sequence[float | None],
        folded: Collection[int] = (),
        wordless: Collection[int] = (),
        *,
        sum_below: bool = False,
    ) -> int:
        """Set all cells, a list a column; give how many of them hold something.

        looks    per row and column, the index of the cell's format
        heights  per row, in points; None: as high as its text
        folded   rows that are laid closed under the row before them, or after them if `sum_below`,
                 from 0
        wordless columns known to have no text under the first row

        Raises BookError where a sheet cannot hold so many rows.
        """
        rows = len(heights)
        if rows > MOST_ROWS:
            raise BookError(
                f"в Excel помещается {MOST_ROWS} строк, а здесь {rows}.",
                where=f"вкладка «{self.name}»",
                hint="Уменьшите «Воронка: месяцев» в «Настройки».",
            )
        self._lanes, self._looks = lanes, looks
        self._texts: dict[str, int] = {}
        if rows and lanes:
            self._check_dimensions(0, 0)
            self._check_dimensions(rows - 1, len(lanes) - 1)
        if folded:
            self.outline_row_level = 1
        step = -1 if sum_below else 1
        self._marks = [
            f"{_high(height)}{_mark(row, row + step, folded)}" if folded or height else ""
            for row, height in enumerate(heights)
        ]
        self._number(rows, wordless)
        return sum(len(lane) - lane.count(None) for lane in lanes)

    def _number(self, rows: int, wordless: Collection[int]) -> None:
        """Put the texts among the book's; the header apart: under it a column is all of one kind."""
        heads = [lane[0] for lane in self._lanes if rows]
        self._head = [None if cell is None else self._end(cell) for cell in heads]
        self._pieces = [
            (
                slice(first, end),
                [
                    None if place in wordless else self._texts_of(lane[first:end])
                    for place, lane in enumerate(self._lanes)
                ],
            )
            for first, end in pairwise([*range(1, rows, _PIECE), rows])
        ]

    def _texts_of(self, cells: Sequence[Cell]) -> Any:
        """The ends of the XML of a column's cells, null for an empty one; None: there is no text in
        it, which the book would have to number, so it is drawn with the sheet."""
        kinds = set(map(type, cells)) - {type(None)}
        if not any(issubclass(kind, str) for kind in kinds):
            return None
        if kinds != {str}:
            return pa.array([None if c is None else self._end(c) for c in cells], pa.string())
        count, ends = self.str_table.count, self._once(cells)
        self.str_table.count = count + len(ends) - ends.null_count
        return ends

    def _held(self, cells: Sequence[Cell]) -> Any:
        """What stands in cells without texts: numbers, or the ends of their XML; null: nothing."""
        kinds = set(map(type, cells)) - {type(None)}
        if kinds <= {int, float} and (numbers := _numbers(cells, kinds)) is not None:
            return numbers
        if kinds != {date}:
            return pa.array([None if c is None else self._end(c) for c in cells], pa.string())
        return self._once(cells)

    def _once(self, cells: Sequence[Cell]) -> Any:
        """The ends of cells of one kind, each made once."""
        ends: dict[Cell, str | None] = {
            cell: None if cell is None else self._end(cell) for cell in dict.fromkeys(cells)
        }
        return pa.array(map(ends.__getitem__, cells), pa.string(), size=len(cells))

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
        self.fh.write(_head(self._marks[0], self._head, self._looks[0]))
        self.fh.flush()
        drawn = b""
        for rows, texts in self._pieces:
            draw = partial(self._drawn, rows, texts)
            # The piece before is packed meanwhile.
            drawn = both(draw, partial(self.fh.buffer.write, drawn))[0] if drawn else draw()
        self.fh.buffer.write(drawn)

    def _drawn(self, rows: slice, texts: Sequence[Any]) -> Any:
        held = [
            self._held(lane[rows]) if text is None else text
            for lane, text in zip(self._lanes, texts, strict=True)
        ]
        return _drawn(rows.start, self._marks[rows], held, self._looks[rows])

    def _get_range_data(
        self, first_row: int, first_column: int, last_row: int, last_column: int
    ) -> list[Any]:
        """Values that a chart keeps beside its references, for viewers that do not calculate."""
        return list(self._range(first_row, first_column, last_row, last_column))

    def _range(
        self, first_row: int, first_column: int, last_row: int, last_column: int
    ) -> Iterator[Any]:
        lanes = self._lanes[first_column : last_column + 1]
        for row in zip(*(lane[first_row : last_row + 1] for lane in lanes), strict=True):
            for cell in row:
                is_number = cell is not None and not isinstance(cell, str)
                yield repr(number_of(cell)) if is_number else cell


def _head(mark: str, ends: Sequence[str | None], looks: Ints) -> str:
    """The XML of the first row."""
    cells = [
        f'<c r="{xl_col_to_name(place)}1" s="{form}"{"/>" if end is None else end}'
        for place, (end, form) in enumerate(zip(ends, looks, strict=True))
        if form or end is not None
    ]
    return f'<row r="1"{mark}>{"".join(cells)}</row>'


def _drawn(first: int, marks: Sequence[str], piece: Sequence[Any], looks: Ints) -> Any:
    """The XML of some rows, `first` the number of the uppermost from 0."""
    numbers = pa.array(range(first + 1, first + len(marks) + 1)).cast(pa.string())
    parts = ['<row r="', numbers, '"', pa.array(marks) if any(marks) else "", ">"]
    for place, held in enumerate(piece):
        parts += _cells(f'<c r="{xl_col_to_name(place)}', numbers, held, looks[:, place])
    lines = _joined([*parts, "</row>"])
    return pc.binary_join(pa.ListArray.from_arrays([0, len(lines)], lines), "")[0].as_buffer()


def _cells(begin: str, numbers: Any, held: Any, looks: Ints) -> list[Any]:
    """The XML of a column's cells in parts; an empty one that looks like nothing is not there."""
    all_alike = bool((looks == looks[0]).all())
    form = str(looks[0]) if all_alike else pa.array(looks).cast(pa.string())
    is_text = pa.types.is_string(held.type)
    ends = [held] if is_text else ["><v>", held.cast(pa.string()), "</v></c>"]
    if held.null_count:
        ends = [_joined(ends).fill_null("/>")]
    parts = [begin, numbers, '" s="', form, '"', *ends]
    if held.null_count and not looks.all():
        nothing = pc.and_(held.is_null(), pa.array(looks == 0))
        parts = [pc.if_else(nothing, "", _joined(parts))]
    return parts


def _joined(parts: Sequence[Any]) -> Any:
    """Texts and columns of texts side by side; neighbouring texts are one, which is faster."""
    runs = groupby(parts, lambda part: isinstance(part, str))
    whole = [part for is_text, run in runs for part in (["".join(run)] if is_text else run)]
    return whole[0] if len(whole) == 1 else pc.binary_join_element_wise(*whole, "")


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
