"""Report frames to cells: kopecks to roubles, NaN to an empty cell, whole floats to integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from templates_sheets.tab import Cell, Column, Format
from templates_sheets.typed import text

#: A float this near a whole number is one: shares of a fractional model add up to whole leads.
_WHOLE = 1e-9


def rows(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    comments: Mapping[tuple[str, ...], str] | None = None,
    row_key: Sequence[str] = (),
) -> list[list[Cell]]:
    """The cells of `columns`, a list per row of `frame`.

    In: a report frame (definitions §5 names; money in kopecks). A column without a key is empty,
    but for a comment column: the text of `comments` under the row's key, the cells titled
    `row_key`. Out: text ("" is None), int, float, bool, date; None where a number is NaN.
    """
    by_title = {c.title: cells(frame[c.key], c.format) for c in columns if c.key}
    keys = list(zip(*(by_title[title] for title in row_key), strict=True)) if row_key else []
    lanes: list[list[Cell]] = []
    for column in columns:
        if column.comment and comments:
            own = (comments.get(tuple(text(part) for part in key)) for key in keys)
            lanes.append([comment or None for comment in own])
        else:
            lanes.append(by_title.get(column.title) or [None] * len(frame))
    return [list(row) for row in zip(*lanes, strict=True)]


def cells(values: pd.Series, form: Format) -> list[Cell]:
    """One column of a report frame as cells of a format.

    money, money2 kopecks to roubles · count, effect, age whole floats to int · date, month, datetime
    from datetime64 · check to bool · text and id "" to None · percent, ratio and the rest as floats.
    """
    if form in ("text", "id"):
        absent = values.isna().to_list()
        return [
            None if a or v == "" else str(v) for v, a in zip(values.to_list(), absent, strict=True)
        ]
    if form == "check":
        return [None if pd.isna(v) else bool(v) for v in values.to_list()]
    if form in ("date", "month", "datetime"):
        return _moments(values, form)
    numbers = pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)
    if form in ("money", "money2"):
        numbers = numbers / 100
    return _numbers(numbers, whole=form in ("count", "effect", "age"))


def _numbers(numbers: np.ndarray[Any, np.dtype[np.float64]], *, whole: bool) -> list[Cell]:
    finite = np.isfinite(numbers)
    result = np.full(len(numbers), None, dtype=object)
    result[finite] = numbers[finite]
    if whole:
        near = finite & (np.abs(numbers - np.round(np.where(finite, numbers, 0.0))) < _WHOLE)
        result[near] = np.round(numbers[near]).astype(np.int64)
    cells: list[Cell] = result.tolist()
    return cells


def _moments(values: pd.Series, form: Format) -> list[Cell]:
    unit = "datetime64[us]" if form == "datetime" else "datetime64[D]"
    moments: list[Cell] = pd.to_datetime(values).to_numpy().astype(unit).astype(object).tolist()
    return moments
