"""Text files: which encoding and delimiter, and their rows."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from contextlib import suppress
from itertools import islice

from sheets_sync.errors import FileError
from sheets_sync.reading.decoding import encoding, utf8
from sheets_sync.reading.lines import TextRows
from sheets_sync.reading.sheet import Sheet

DELIMITERS = ";,\t|"
_SAMPLE_ROWS = 40
_SAMPLE_CHARACTERS = 200_000
_LONGEST_LINE = 4 * 2**20
#: A line that is one quoted cell, which holds the real line; an office program may add delimiters.
_WRAPPED = re.compile(rb'^(\xef\xbb\xbf)?"((?:[^"\r\n]|"")*)"[;,\t|]*(?=\r?$)', re.MULTILINE)
_SAMPLE_BYTES = 20_000


def open_text(content: bytes, given_encoding: str, where: str) -> Sheet:
    """A text file as a sheet. Raises FileError at once for an unreadable encoding, and while rows
    are read for quotes that do not close and for cells over 131 072 characters."""
    _check_lines(content, where)
    codec, errors = encoding(content, given_encoding, where)
    data = _unwrapped(utf8(content, codec, errors))
    at = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    # As many bytes as the characters may take; the last one may be cut.
    sample = data[at : at + 4 * _SAMPLE_CHARACTERS].decode(errors="ignore")[:_SAMPLE_CHARACTERS]
    declared = sample.removeprefix("\ufeff").split("\n", 1)[0].strip().strip('"')
    delimiter = ""
    if declared.lower().startswith("sep=") and len(declared) == 5:
        delimiter = declared[4]
    elif sample.startswith("sep=\t"):
        delimiter = "\t"
    rows = TextRows(data, at, delimiter or _delimiter(sample), where, declared=bool(delimiter))
    return Sheet(rows, batches=rows.batches)


def _unwrapped(data: bytes) -> bytes:
    """A text without the quotes around its lines, where every line stands in quotes as one cell."""
    lines = data[:_SAMPLE_BYTES].splitlines()[:_SAMPLE_ROWS]
    whole = lines if len(data) <= _SAMPLE_BYTES else lines[:-1]
    matches = [_WRAPPED.fullmatch(line) for line in whole if line.strip()]
    cells = [match[2] for match in matches if match]
    if len(cells) < 2 or len(cells) < len(matches):
        return data
    if not any(all(sign in cell for cell in cells) for sign in DELIMITERS.encode()):
        return data
    return _WRAPPED.sub(lambda line: (line[1] or b"") + line[2].replace(b'""', b'"'), data)


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
