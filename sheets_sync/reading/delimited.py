"""Text files: which delimiter, and rows of cells, with limits that stop a runaway quote."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from sheets_sync.errors import FileError
from sheets_sync.reading.decoding import encoding
from sheets_sync.reading.sheet import Sheet

DELIMITERS = ";,\t|"
_SAMPLE_ROWS = 40
_SAMPLE_CHARACTERS = 200_000
#: A record over more lines than this is two records with a lost quote between them.
_MOST_LINES = 100
_LONGEST_LINE = 4 * 2**20
#: More stray quotes than this are no slip.
_MOST_LOST = 500
_LOST_QUOTE = "Скорее всего, где-то рядом лишняя или незакрытая кавычка: исправьте строку или выгрузите в XLSX."


def open_text(content: bytes, given_encoding: str, where: str) -> Sheet:
    """A text file as a sheet. Raises FileError at once for an unreadable encoding, and while rows
    are read for quotes that do not close and for cells over 131 072 characters."""
    _check_lines(content, where)
    codec, errors = encoding(content, given_encoding, where)

    def text() -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BytesIO(content), codec, errors, newline="")

    with text() as stream:
        sample = stream.read(_SAMPLE_CHARACTERS)
    declared = sample.removeprefix("\ufeff").split("\n", 1)[0].strip().strip('"')
    if declared.lower().startswith("sep=") and len(declared) == 5:
        return Sheet(_rows(text(), declared[4], where, has_declaration=True))
    if sample.startswith("sep=\t"):
        return Sheet(_rows(text(), "\t", where, has_declaration=True))
    return Sheet(_rows(text(), _delimiter(sample), where, has_declaration=False))


def _check_lines(content: bytes, where: str) -> None:
    """Raises FileError for a line so long that its cells alone would fill the memory."""
    start = 0
    while len(content) - start > _LONGEST_LINE:
        stop = start + _LONGEST_LINE
        end = max(content.rfind(b"\n", start, stop), content.rfind(b"\r", start, stop))
        if end < 0:
            line = content.count(b"\n", 0, start) + 1
            raise FileError(
                f"строка {line} длиннее 4 МБ: это не таблица.",
                where=where,
                hint="Выгрузите файл ещё раз.",
            )
        start = end + 1


def _delimiter(sample: str) -> str:
    """The delimiter that cuts most rows of the sample into the same number of cells, over one."""
    best, most = DELIMITERS[0], (0, 0)
    for delimiter in DELIMITERS:
        if delimiter not in sample:
            continue
        rows: list[list[str]] = []
        with suppress(csv.Error):
            rows.extend(
                islice(
                    csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), _SAMPLE_ROWS
                )
            )
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if widths:
            width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
            if (count, width) > most:
                best, most = delimiter, (count, width)
    return best


class _FileLines:
    """Lines of a file that remember those of the record being read, so that they can be read anew."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._stream = iter(stream)
        self.held: list[str] = []
        self._again: list[str] = []
        self.number = 0

    def __iter__(self) -> _FileLines:
        return self

    def __next__(self) -> str:
        if len(self.held) >= _MOST_LINES:
            raise csv.Error("a record over too many lines")
        line = self._again.pop() if self._again else next(self._stream)
        self.held.append(line)
        return line

    def settle(self) -> None:
        """The record is whole."""
        self.number += len(self.held)
        self.held.clear()

    def only_first(self) -> str:
        """The record's first line alone; the others are to come again."""
        first, *rest = self.held
        self._again += reversed(rest)
        self.held = [first]
        return first


def _rows(
    stream: io.TextIOWrapper, delimiter: str, where: str, *, has_declaration: bool
) -> Iterator[list[str]]:
    """Rows of cells. A record whose quotes do not close, or close too early, is its first line alone,
    so that one stray quote costs one row."""
    with stream:
        lines = _FileLines(stream)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        lost = 0
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                lost += 1
                row = _lone(lines, delimiter, where, str(error))
                reader = csv.reader(lines, delimiter=delimiter, strict=True)
                if lost > _MOST_LOST:
                    raise FileError(
                        f"лишние или незакрытые кавычки больше чем в {_MOST_LOST} строках, последняя – "
                        f"{lines.number + 1}.",
                        where=where,
                        hint=_LOST_QUOTE,
                    ) from error
            yield [] if has_declaration and not lines.number else row
            lines.settle()


def _lone(lines: _FileLines, delimiter: str, where: str, fault: str) -> list[str]:
    """The cells of a record's first line, whatever its quotes are."""
    if not lines.held:
        return []
    line = lines.only_first().rstrip("\r\n")
    odd = bool(line.count('"') % 2)
    try:
        if odd:
            return next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as error:
        raise FileError(
            f"в записи со строки {lines.number + 1} ячейка длиннее 131 072 знаков ({fault[:40]}).",
            where=where,
            hint=_LOST_QUOTE,
        ) from error
