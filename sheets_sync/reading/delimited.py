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


def _rows(
    stream: io.TextIOWrapper, delimiter: str, where: str, *, has_declaration: bool
) -> Iterator[list[str]]:
    with stream:
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        started = 0
        try:
            for row in reader:
                if reader.line_num - started > _MOST_LINES:
                    raise FileError(
                        f"запись со строки {started + 1} тянется больше {_MOST_LINES} строк.",
                        where=where,
                        hint=_LOST_QUOTE,
                    )
                yield [] if has_declaration and not started else row
                started = reader.line_num
        except csv.Error as error:
            long = "field larger" in str(error)
            raise FileError(
                f"в записи со строки {started + 1} "
                + ("ячейка длиннее 131 072 знаков." if long else "не закрыта или лишняя кавычка."),
                where=where,
                hint=_LOST_QUOTE,
            ) from error
