"""Rows of a sheet many at a time: Arrow reads a piece of text whose quotes stand where they must."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv as arrow

#: Bytes looked at together: few enough for a bad quote to cost little.
SIZE = 2**19
#: What Python's reader of CSV refuses in one cell, and lines in one record that are left to it.
_LONGEST_CELL, _MOST_LINES = 131_072, 50
_QUOTE, _ENDS = 34, (10, 13)
#: Rows of another width than the others, above which share that width is tried.
_MANY = 1 / 8

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]
#: Marks as bits, the first the lowest.
Words = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Batch:
    """`size` rows that follow one another. `table` has those of one width, its row i being row
    `places[i]` of the batch; `odd` are the others, (row of the batch, cells)."""

    size: int
    table: pa.Table
    places: Places
    odd: list[tuple[int, list[str]]]

    @classmethod
    def of_rows(cls, rows: Sequence[list[str]]) -> Batch:
        return cls(len(rows), pa.table({}), np.zeros(0, dtype=np.int64), list(enumerate(rows)))


def sound_batch(
    data: bytes, at: int, delimiter: str, width: int, size: int = SIZE
) -> tuple[Batch, int] | None:
    """The next rows of a text in UTF-8 from the byte `at`, where a record begins, and where they end:
    no more than `size` bytes of it.

    None where Arrow might read them otherwise than `csv.reader(strict=True)` does: a quote within a
    cell beside quoted cells, one that does not close, a very long cell or record.
    """
    if not delimiter.isascii() or delimiter in '"\r\n':
        return None
    here = np.frombuffer(data, np.uint8, min(size, len(data) - at), at)
    cut = _cut(here, ord(delimiter), is_last=at + len(here) == len(data))
    if cut is None:
        return None
    size, is_quoted, has_lines = cut
    if data[at + size - 1 : at + size + 1] == b"\r\n":
        size += 1  # the piece ended between the two
    text = pa.py_buffer(data).slice(at, size)
    options: dict[str, Any] = {
        "delimiter": delimiter,
        "quote_char": '"' if is_quoted else False,
        "newlines_in_values": has_lines,
        "ignore_empty_lines": False,
    }
    table, odd = _read(text, options, width)
    if len(odd) > _MANY * (len(table) + len(odd)):
        usual = Counter(columns for _, columns, _ in odd).most_common(1)[0][0]
        table, odd = _read(text, options, usual)
    rows = len(table) + len(odd)
    cells = [
        (number - 1, next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), []))
        for number, _, line in odd
    ]
    places = np.delete(np.arange(rows), [place for place, _ in cells])
    return Batch(rows, table, places, cells), at + size


def _cut(here: Bytes, delimiter: int, *, is_last: bool) -> tuple[int, bool, bool] | None:
    """(bytes of whole records, whether quotes quote, whether lines end within them); None where
    quotes are not sound."""
    is_end = (here == _ENDS[0]) | (here == _ENDS[1])
    ends = np.flatnonzero(is_end)
    quote, edge = _bits(here == _QUOTE), _bits(is_end | (here == delimiter))
    edge[-1] |= np.uint64(1 << len(here) % 64)  # so is the end of the text
    is_quoted = bool((quote & _one_on(edge)).any())
    odd = _odd(quote) if is_quoted else np.zeros_like(quote)
    inside = _has(odd, ends)
    whole = ends[~inside]
    size = len(here) if is_last else int(whole[-1]) + 1 if len(whole) else 0
    if not size or _is_long(np.append(whole, size), inside):
        return None
    if is_quoted and not _is_sound(quote, odd, edge, size):
        return None
    return size, is_quoted, bool(inside.any())


def _bits(marks: Marks) -> Words:
    """Marks as bits of words, one more than there are marks at least: an eighth of the memory."""
    words = np.zeros(len(marks) // 64 + 1, dtype="<u8")
    packed = np.packbits(marks, bitorder="little")
    words.view(np.uint8)[: len(packed)] = packed
    return words


def _one_on(bits: Words) -> Words:
    """Every bit one place further, the first set: a text's beginning is an edge."""
    moved = bits << np.uint64(1)
    moved[1:] |= bits[:-1] >> np.uint64(63)
    moved[0] |= np.uint64(1)
    return moved


def _one_back(bits: Words) -> Words:
    """Every bit one place nearer to the beginning."""
    moved = bits >> np.uint64(1)
    moved[:-1] |= bits[1:] << np.uint64(63)
    return moved


def _has(bits: Words, places: Places) -> Marks:
    """Which places are marked."""
    here: Words = bits[places >> 6] >> (places & 63).astype(np.uint64)
    return (here & np.uint64(1)).astype(bool)


def _odd(marks: Words) -> Words:
    """Whether an odd number of marks stands up to each place, its own among them: every bit of a
    word is made the sum of those before it, then every word that of the words before it."""
    words = marks.copy()
    for step in (1, 2, 4, 8, 16, 32):
        words ^= words << np.uint64(step)
    before = np.zeros(len(words), dtype=bool)
    before[1:] = np.logical_xor.accumulate((words >> np.uint64(63)).astype(bool))[:-1]
    words[before] = ~words[before]
    return words


def _is_long(whole: Places, inside: Marks) -> bool:
    """Whether a record is so long that a cell may be too long, or lies over very many lines."""
    if int(np.diff(whole, prepend=-1).max()) > _LONGEST_CELL:
        return True
    if not inside.any():
        return False
    records = np.flatnonzero(np.append(~inside, True))
    return int(np.diff(records, prepend=-1).max()) > _MOST_LINES


def _is_sound(quote: Words, odd: Words, edge: Words, size: int) -> bool:
    """Whether, in the first `size` places, quotes that open (an odd number of them stands up to there)
    stand at a cell's beginning and those that close before one of the `edge`s; two in a row within a
    cell are one."""
    good = edge | quote
    bad = (quote & odd & ~_one_on(good)) | (quote & ~odd & ~_one_back(good))
    # No more of the piece than `size` counts; nearly always there is nothing.
    wrong = bad.any() and np.unpackbits(bad.view(np.uint8), bitorder="little")[:size].any()
    return not wrong and not _has(odd, np.array([size - 1]))[0]


def _read(
    text: pa.Buffer, options: dict[str, Any], width: int
) -> tuple[pa.Table, list[tuple[int, int, str]]]:
    """The rows of a width, and the others as (number from 1, cells, text)."""
    odd: list[tuple[int, int, str]] = []

    def leave(row: Any) -> str:
        odd.append((row.number, row.actual_columns, row.text))
        return "skip"

    names = [str(place) for place in range(width)]
    table = arrow.read_csv(
        pa.BufferReader(text),
        arrow.ReadOptions(use_threads=False, column_names=names, block_size=len(text) + 1),
        arrow.ParseOptions(**options, invalid_row_handler=leave),
        arrow.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            check_utf8=False,
        ),
    )
    return table, odd
