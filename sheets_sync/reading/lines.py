"""Rows of a text file: many at a time where its quotes are sound, one by one where they are not."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Literal

from sheets_sync.errors import FileError
from sheets_sync.reading.batches import SIZE, Batch, sound_batch

#: A record over more lines than this is two records with a lost quote between them.
MOST_LINES = 100
#: More stray quotes than this are no slip.
_MOST_LOST = 500
#: After a quote that is not sound this part of a batch is read row by row.
_CAREFUL = 1 / 8
_LINE = re.compile(rb"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_ANY_END = re.compile(rb"\r\n?|\n")
_LOST_QUOTE = "Скорее всего, где-то рядом лишняя или незакрытая кавычка: исправьте строку или выгрузите в XLSX."


class _FileLines:
    """Lines of a text from a place on, which remember those of the record being read, so that they
    can be read anew."""

    def __init__(self, data: bytes, at: int) -> None:
        self._rest = _LINE.finditer(data, at)
        self.held: list[bytes] = []
        self._again: list[bytes] = []
        #: Where the record that is being read begins.
        self.at = at

    def __iter__(self) -> _FileLines:
        return self

    def __next__(self) -> str:
        if len(self.held) >= MOST_LINES:
            raise csv.Error("a record over too many lines")
        line = self._again.pop() if self._again else next(self._rest)[0]
        self.held.append(line)
        return line.decode()

    def settle(self) -> None:
        """The record is whole."""
        self.at += sum(map(len, self.held))
        self.held.clear()

    def only_first(self) -> str:
        """The record's first line alone; the others are to come again."""
        first, *rest = self.held
        self._again += reversed(rest)
        self.held = [first]
        return first.decode()


class TextRows:
    """The rows of a text in UTF-8 from the byte `at` on: an iterator of lists of cells, or of batches
    of what it has not given yet. A record whose quotes do not close, or close too early, is its
    first line alone, so that one stray quote costs one row."""

    def __init__(
        self, data: bytes, at: int, delimiter: str, where: str, *, declared: bool, size: int = SIZE
    ) -> None:
        self._data, self._delimiter, self._where = data, delimiter, where
        self._declared, self._size = declared, size
        self._lost = 0
        self._begin(at)

    def _begin(self, at: int) -> None:
        self._lines = _FileLines(self._data, at)
        self._reader = csv.reader(self._lines, delimiter=self._delimiter, strict=True)

    def __iter__(self) -> TextRows:
        return self

    def __next__(self) -> list[str]:
        """Raises FileError for quotes that do not close in too many rows, and for an endless cell."""
        try:
            row = next(self._reader)
        except csv.Error as error:
            row = self._lone(error)
        self._lines.settle()
        if self._declared:
            self._declared = False
            return []
        return row

    def batches(self, width: int) -> Iterator[Batch]:
        """The rows not given yet, most of them `width` cells wide. Raises FileError as above."""
        while (at := self._lines.at) < len(self._data):
            if part := sound_batch(self._data, at, self._delimiter, width, self._size):
                batch, end = part
                self._begin(end)
                yield batch
                continue
            rows = []
            stop = min(at + 1 + round(_CAREFUL * self._size), len(self._data))
            while self._lines.at < stop:
                rows.append(next(self))
            yield Batch.of_rows(rows)
            self._begin(self._lines.at)

    def _lone(self, error: csv.Error) -> list[str]:
        """The cells of a record's first line, whatever its quotes are."""
        self._lost += 1
        row: list[str] = []
        if self._lines.held:
            line = self._lines.only_first().rstrip("\r\n")
            is_odd = bool(line.count('"') % 2)
            try:
                row = next(_reader([line], self._delimiter, is_quoted=not is_odd), [])
            except csv.Error:
                raise FileError(
                    f"в записи со строки {self._number()} ячейка длиннее 131 072 знаков ({str(error)[:40]}).",
                    where=self._where,
                    hint=_LOST_QUOTE,
                ) from error
        if self._lost > _MOST_LOST:
            raise FileError(
                f"лишние или незакрытые кавычки больше чем в {_MOST_LOST} строках, последняя – "
                f"{self._number()}.",
                where=self._where,
                hint=_LOST_QUOTE,
            ) from error
        self._reader = csv.reader(self._lines, delimiter=self._delimiter, strict=True)
        return row

    def _number(self) -> int:
        """The line that the record being read begins with."""
        return 1 + sum(1 for _ in _ANY_END.finditer(self._data, 0, self._lines.at))


def _reader(lines: list[str], delimiter: str, *, is_quoted: bool) -> Iterator[list[str]]:
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE
    return csv.reader(lines, delimiter=delimiter, quoting=quoting)
