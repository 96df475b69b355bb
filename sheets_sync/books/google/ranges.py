"""Parts of a tab as Google names them: runs of lines, areas, rectangles of like cells."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Request = dict[str, Any]


def lines(sheet_id: int, dimension: str, start: int, end: int) -> dict[str, Any]:
    """Rows (dimension ROWS) or columns (COLUMNS) `start`..`end - 1`."""
    return {"sheetId": sheet_id, "dimension": dimension, "startIndex": start, "endIndex": end}


def area(
    sheet_id: int, row: int, end_row: int | None, column: int, end_column: int | None
) -> dict[str, Any]:
    """A GridRange; an end of None is open."""
    ends = {"endRowIndex": end_row, "endColumnIndex": end_column}
    return {"sheetId": sheet_id, "startRowIndex": row, "startColumnIndex": column} | {
        name: end for name, end in ends.items() if end is not None
    }


def repeat(where: dict[str, Any], cell: dict[str, Any], fields: str) -> Request:
    """Give every cell of an area the same."""
    return {"repeatCell": {"range": where, "cell": cell, "fields": fields}}


def spans(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending whole numbers as half-open runs: [1, 2, 5] -> [(1, 3), (5, 6)]."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number:
            runs[-1] = (runs[-1][0], number + 1)
        else:
            runs.append((number, number + 1))
    return runs


def rectangles(cells: Mapping[tuple[int, int], Any]) -> list[tuple[int, int, int, int, Any]]:
    """Cells of equal value side by side: first row, row after the last, columns likewise, value."""
    flat: list[tuple[int, int, int, Any]] = []
    for (row, column), value in sorted(cells.items(), key=lambda pair: pair[0]):
        if flat and flat[-1][0] == row and flat[-1][2] == column and flat[-1][3] == value:
            flat[-1] = (row, flat[-1][1], column + 1, value)
        else:
            flat.append((row, column, column + 1, value))
    tall: dict[tuple[int, int, Any], list[int]] = {}
    for row, first, end, value in flat:
        tall.setdefault((first, end, value), []).append(row)
    return sorted(
        (
            (start, stop, first, end, value)
            for (first, end, value), rows in tall.items()
            for start, stop in spans(rows)
        ),
        key=lambda rectangle: rectangle[:4],
    )


def longest_ascent(numbers: Sequence[int]) -> list[int]:
    """Places of the longest ascending part of some numbers, all different.

    [3, 0, 1, 4, 2] -> [1, 2, 3] (0, 1, 4)
    """
    ends: list[int] = []  # the smallest last number of an ascent of each length
    tails: list[int] = []  # and where it is
    before = [-1] * len(numbers)
    for place, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before[place] = tails[length - 1] if length else -1
        if length == len(ends):
            ends.append(number)
            tails.append(place)
        else:
            ends[length], tails[length] = number, place
    places = []
    place = tails[-1] if tails else -1
    while place >= 0:
        places.append(place)
        place = before[place]
    return places[::-1]
