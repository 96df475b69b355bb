"""Rows of data told from totals, group headings, repeated headers and blanks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.reading.batches import Batch
from sheets_sync.reading.characters import bytes_at, has_byte
from sheets_sync.reading.few_texts import match
from sheets_sync.reading.values import Bools, truth

_TOTAL = re.compile(
    r"\W*(?:(?:общий |промежуточный )?итог|итого|всего|среднее|в среднем|медиана|average|(?:grand |sub)?total)\b",
    re.IGNORECASE,
)
#: A row below the data that is no sum of it.
_MEAN = re.compile(r"\W*(?:среднее|в среднем|медиана|average)\b", re.IGNORECASE)
#: «VK Итог» of a pivot, whose day is empty.
_SUBTOTAL = re.compile(r"[\s:]итого?\W*$", re.IGNORECASE)
#: «Всего 990 рублей» in a row with a date is the name of a campaign.
_PRICED = re.compile(r"\W*\w+\s+\d")
_GROUP = re.compile(r"[^\W\d].*")
_DIGITS = re.compile(r"\d{5}")
#: How a total may begin that begins with a letter; an expression of RE2.
_TOTAL_MAY = (
    r"(?i)^(?:общ|пром|итог|всего|сред|в ср|медиан|aver|grand|sub|total)|[ :]итого?[^А-яЁё]*$"
)
#: First bytes of a digit and of a letter, Latin or Cyrillic.
_DIGIT = np.isin(np.arange(256), list(b"0123456789"))
_LETTER = np.isin(
    np.arange(256), [*b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\xd0\xd1"]
)

Rows = npt.NDArray[np.int64]

_NO_TEXT = pa.array([], pa.string())


class Sorter:
    """Tells rows of data under a header from what else stands there. `places` are the columns that
    are wanted, `key` and `when` the names of the row's id and moment; what it met is in `wide`,
    `totals`, `groups` and `repeats`."""

    def __init__(
        self, names: Sequence[str], places: Mapping[str, int], key: str, when: str
    ) -> None:
        self.width = len(names)
        self.names = [name.strip() for name in names]
        self.places = places
        self.key, self.when = places.get(key, -1), places.get(when, -1)
        #: A header that every header of this table must have: that of its moment.
        self._mark = self.names[self.when] if self.when >= 0 else ""
        self.wide: list[int] = []
        self.totals: dict[int, dict[str, str]] = {}
        self.groups = self.repeats = 0
        #: Where each column stands under a later header of another order; None under the first.
        self._order: list[int] | None = None

    def data(self, batch: Batch, start: int) -> tuple[Rows, list[pa.Array]]:
        """(numbers of the rows of data, the wanted columns of these rows); `start` is the number of
        the batch's first row. Rows that are data at first sight are taken by column."""
        table, width = batch.table, batch.table.num_columns
        sure = self._sure(table) if width else np.zeros(0, dtype=bool)
        if self._order or self._has_other_header(batch, ~sure):
            sure[:] = False
        doubtful = np.flatnonzero(~sure)
        cells = table.take(doubtful).columns if len(doubtful) else []
        rows = zip(*(column.to_pylist() for column in cells), strict=True)
        odd = [*batch.odd, *zip(batch.places[doubtful].tolist(), map(list, rows), strict=False)]
        by_row = self._by_row([(start + place, row) for place, row in sorted(odd)])
        numbers = np.array([number for number, _ in by_row], dtype=np.int64)
        numbers = np.concatenate([start + batch.places[sure], numbers])
        order = pa.array(np.argsort(numbers)) if by_row and sure.any() else None
        mask = None if sure.all() else pa.array(sure)
        columns = []
        for place in self.places.values():
            parts = [pa.array([row[place] for _, row in by_row], pa.string())] if by_row else []
            if sure.any():
                own = table.column(place).chunks if place < width else [pa.repeat("", len(table))]
                own = pa.concat_arrays(own) if len(own) > 1 else own[0]
                parts.insert(0, own if mask is None else own.filter(mask))
            # A copy: what Arrow read keeps more memory than its texts need, 25 MB of a large clinic.
            column = pa.concat_arrays([_NO_TEXT, *parts])
            columns.append(column if order is None else column.take(order))
        return numbers if order is None else numbers[order], columns

    def _sure(self, table: pa.Table) -> Bools:
        """Rows that are data at first sight: their first cell begins with a digit; or with a letter,
        and then is no total's or header's, and another cell beside the first two is filled."""
        first = table.column(0).combine_chunks()
        begins = bytes_at(first, 0)
        sure, letters = _DIGIT[begins], _LETTER[begins]
        if letters.any():
            other = truth(pc.equal(first, self.names[0]))
            # «A0001» is no total's word, unless another one follows it.
            if (letters & ~_DIGIT[bytes_at(first, 1)]).any() or has_byte(first, b" :"):
                other |= truth(match(first, _TOTAL_MAY))
            sure |= letters & ~other & self._is_filled(table, letters)
        for place in range(table.num_columns if self._mark else 0):  # a header again
            again = pc.equal(table.column(place), self._mark)
            if pc.any(again).as_py():
                sure &= ~truth(again)
        for place in range(self.width, table.num_columns):
            sure &= truth(pc.equal(table.column(place), ""))
        return sure

    def _has_other_header(self, batch: Batch, doubtful: Bools) -> bool:
        """Whether a later header of another order stands in a batch."""
        if not (doubtful.any() or batch.odd):
            return False
        rows = zip(
            *(c.to_pylist() for c in batch.table.filter(pa.array(doubtful)).columns), strict=True
        )
        return any(self._places_of(row) for row in (*rows, *(row for _, row in batch.odd)))

    def _places_of(self, row: Sequence[str]) -> list[int] | None:
        """Where each column stands under a row, if that is a header of another order."""
        if not self._mark or self._mark not in row:
            return None
        cells = [cell.strip() for cell in row]
        filled = {cell for cell in cells if cell}
        needs = {self.names[place] for place in self.places.values()}
        is_header = len(filled) > 1 and (needs <= filled or filled <= set(self.names))
        if not is_header or cells[: self.width] == self.names:
            return None
        there: dict[str, list[int]] = {}
        for place, cell in enumerate(cells):
            there.setdefault(cell, []).append(place)
        return [there[name].pop(0) if there.get(name) else -1 for name in self.names]

    def _is_filled(self, table: pa.Table, among: Bools) -> Bools:
        """Which rows have a cell after the first two, where it matters."""
        filled = np.zeros(len(table), dtype=bool)
        for place in range(2, min(self.width, table.num_columns)):
            filled |= truth(pc.not_equal(table.column(place), ""))
            if filled[among].all():
                break
        return filled

    def _by_row(self, rows: Sequence[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
        """(row's number, its cells, as many as the header has) of every row of data."""
        width = self.width
        kept = []
        for number, row in rows:
            first = next(filter(str.strip, row), None)
            if first is None:
                continue
            if not first[0].isdigit() and self._turns(row):
                continue
            cells = row
            if self._order:
                cells = [row[p] if 0 <= p < len(row) else "" for p in self._order]
                first = next(filter(str.strip, cells), " ")
            if len(cells) != width:
                if any(map(str.strip, cells[width:])):
                    self.wide.append(number)
                    continue
                cells = (cells + [""] * width)[:width]
            worded = not first[0].isdigit()
            if worded and (
                (_TOTAL.match(first) and self._is_total(cells, first))
                or (_SUBTOTAL.search(first) and not (self.when >= 0 and cells[self.when].strip()))
            ):
                sums = {} if _MEAN.match(first) else self.places
                self.totals[number] = {n: cells[place] for n, place in sums.items()}
            elif worded and first in cells[:2] and not any(cells[2:]) and self._is_heading(cells):
                self.groups += 1
            else:
                kept.append((number, cells))
        return kept

    def _turns(self, row: Sequence[str]) -> bool:
        """Whether a row is a header again; from there on columns stand as it says."""
        is_same = [cell.strip() for cell in row[: self.width]] == self.names
        order = None if is_same else self._places_of(row)
        if not is_same and order is None:
            return False
        self._order, self.repeats = order, self.repeats + 1
        return True

    def _is_total(self, cells: list[str], first: str) -> bool:
        """False for a row of data whose first cell happens to begin so: it has an id and a date."""
        whole = [place for place in (self.key, self.when) if place >= 0]
        if self.key < 0 <= self.when and _PRICED.match(first):
            return cells[self.when].strip() in {"", first.strip()}
        return len(whole) < 2 or any(cells[p].strip() in {"", first.strip()} for p in whole)

    def _is_heading(self, cells: list[str]) -> bool:
        """One cell of words at the row's left: the doctor or the branch of the rows below."""
        filled = [cell for cell in cells if cell]
        return (
            self.width > 2
            and len(filled) == 1
            and _GROUP.match(filled[0].strip()) is not None
            and not _DIGITS.search(filled[0])
        )
