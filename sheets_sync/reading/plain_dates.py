"""Dates as programs write them, a column at once from its bytes: `31.12.2026 23:59:59`, `2026-12-31`."""

from __future__ import annotations

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
        parts.append(_of_length(rows, ends[rows].astype(np.int64), raw, length))
    return PlainDates(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _of_length(
    rows: Ints, starts: Ints, raw: npt.NDArray[np.uint8], length: int
) -> tuple[Ints, Bools, Ints, Ints, Ints, Ints]:
    signs = [raw[starts + place] for place in range(length)]

    def number(first: int, last: int) -> Ints:
        value = np.zeros(len(rows), dtype=np.int64)
        for place in range(first, last):
            value = value * 10 + signs[place] - ord("0")
        return value

    def are_digits(*places: int) -> Bools:
        here = np.ones(len(rows), dtype=bool)
        for place in places:
            here &= (signs[place] >= ord("0")) & (signs[place] <= ord("9"))
        return here

    dotted = (signs[2] == ord(".")) & (signs[5] == ord(".")) & are_digits(0, 1, 3, 4, 6, 7, 8, 9)
    dashed = (signs[4] == ord("-")) & (signs[7] == ord("-")) & are_digits(0, 1, 2, 3, 5, 6, 8, 9)
    good = dotted | dashed
    year = np.where(dashed, number(0, 4), number(6, 10))
    month = np.where(dashed, number(5, 7), number(3, 5))
    day = np.where(dashed, number(8, 10), number(0, 2))
    seconds = np.zeros(len(rows), dtype=np.int64)
    if length > _DAY:
        hour, minute = number(11, 13), number(14, 16)
        second = number(17, 19) if length > _MINUTES else seconds
        good &= (signs[10] == ord(" ")) & (signs[13] == ord(":")) & are_digits(11, 12, 14, 15)
        if length > _MINUTES:
            good &= (signs[16] == ord(":")) & are_digits(17, 18)
        good &= (hour < 24) & (minute < 60) & (second < 60)
        seconds = (hour * 60 + minute) * 60 + second
    columns = (rows, dashed, year, month, day, seconds)
    return tuple(column[good] for column in columns)
