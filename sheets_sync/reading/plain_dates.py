"""Dates as programs write them, a column at once from its bytes: `31.12.2026 23:59:59`, `2026-12-31`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Lengths of a day alone, with hours and minutes, with seconds.
_DAY, _MINUTES, _SECONDS = 10, 16, 19


@dataclass(frozen=True)
class PlainDates:
    """Cells that are a date of four, two and two digits with zeros, and nothing else: where they
    stand, whether the year is first (with dashes; else dots), and their numbers as written."""

    rows: Ints
    year_first: Bools
    year: Ints
    month: Ints
    day: Ints
    seconds: Ints

    def only(self, here: Bools) -> PlainDates:
        return PlainDates(
            self.rows[here], self.year_first[here], self.year[here], self.month[here],
            self.day[here], self.seconds[here],
        )  # fmt: skip


def plain_dates(text: pa.Array) -> PlainDates:
    """The plain dates of a column; there may be no such day, and every time is on a clock."""
    _, offsets, data = text.buffers()
    ends = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    raw = np.frombuffer(data, np.uint8) if data else np.zeros(0, dtype=np.uint8)
    lengths = np.diff(ends)
    parts = []
    for length in (_DAY, _MINUTES, _SECONDS):
        rows = np.flatnonzero(lengths == length)
        if len(rows):
            parts.append(_of_length(rows, ends[rows].astype(np.int64), raw, length))
    if len(parts) == 1:  # as in most columns: nothing is to be put together
        return PlainDates(*parts[0])
    parts = parts or [_of_length(rows, rows, raw, _DAY)]
    return PlainDates(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _signs(
    starts: Ints, raw: npt.NDArray[np.uint8], length: int
) -> Sequence[npt.NDArray[np.uint8]]:
    """The first bytes of cells, then the second ones and so on."""
    if len(starts) and starts[-1] - starts[0] == length * (len(starts) - 1):  # side by side
        cells = raw[starts[0] : starts[-1] + length].reshape(-1, length)
        return [*np.ascontiguousarray(cells.T)]
    return [raw[starts + place] for place in range(length)]


def _of_length(
    rows: Ints, starts: Ints, raw: npt.NDArray[np.uint8], length: int
) -> tuple[Ints, Bools, Ints, Ints, Ints, Ints]:
    # Less the code of nought a digit is a number below ten, and so is nothing else.
    signs = [sign - np.uint8(ord("0")) for sign in _signs(starts, raw, length)]

    def has(place: int, sign: str) -> Bools:
        here: Bools = signs[place] == (ord(sign) - ord("0")) % 256
        return here

    def are_digits(*places: int) -> Bools:
        here = np.ones(len(rows), dtype=bool)
        for place in places:
            here &= signs[place] < 10
        return here

    def number(place: int) -> Ints:
        return (signs[place] * np.uint8(10) + signs[place + 1]).astype(np.int64)

    def long(place: int) -> Ints:
        return number(place) * 100 + number(place + 2)

    good = has(2, ".") & has(5, ".") & are_digits(0, 1, 3, 4, 6, 7, 8, 9)
    dashed = has(4, "-") & has(7, "-") & are_digits(0, 1, 2, 3, 5, 6, 8, 9)
    year, month, day = long(6), number(3), number(0)
    if dashed.any():
        good |= dashed
        year = np.where(dashed, long(0), year)
        month = np.where(dashed, number(5), month)
        day = np.where(dashed, number(8), day)
    seconds = np.zeros(len(rows), dtype=np.int64)
    if length > _DAY:
        hour, minute = number(11), number(14)
        good &= has(10, " ") & has(13, ":") & are_digits(11, 12, 14, 15)
        good &= (hour < 24) & (minute < 60)
        seconds = (hour * 60 + minute) * 60
        if length > _MINUTES:
            good &= has(16, ":") & are_digits(17, 18) & (number(17) < 60)
            seconds += number(17)
    return rows[good], dashed[good], year[good], month[good], day[good], seconds[good]
