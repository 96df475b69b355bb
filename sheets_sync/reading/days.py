"""The day or days of rows that have no moment: a date, a period in a cell, a month said by a header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.reading.dates import Moments
from sheets_sync.reading.periods import period, stretched, year_inside
from sheets_sync.reading.values import given
from sheets_sync.reading.words import letters

if TYPE_CHECKING:
    from sheets_sync.reading.rows import Reader

#: Words of a header that say how long a day's row lasts.
_SPANS = {"месяц": "month", "month": "month", "неделя": "week", "week": "week", "квартал": "quarter",
          "quarter": "quarter", "год": "year", "year": "year"}  # fmt: skip


def read_days(reader: Reader) -> None:
    """Fill the columns of days; refuse rows whose day or period cannot be read."""
    when = reader.entity.when
    first = reader.rows.get(when)
    names, texts = [when], [first]
    if reader.entity.name == "costs":
        ends = _periods(reader, first)
        own = reader.rows.get("date_to")
        names.append("date_to")
        texts = [ends[0], pc.if_else(pc.equal(own, ""), ends[1], own)]
    read = reader.moments(names, texts, None)
    reader.columns[when] = read[0].days()
    reader.settle(reader.entity.column(when), read[0].ok, "не понимаю дату")
    if reader.entity.name == "costs":
        _last_days(reader, texts[1], read[1])


def _periods(reader: Reader, first: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The first and last day of cells, which may hold a whole period each."""
    firsts, lasts = [], []
    for number, grid in enumerate(reader.rows.grids):
        place = grid.place
        year = year_inside(place.sheet, *place.title, place.file)
        coded = first.filter(pa.array(reader.rows.file == number)).dictionary_encode()
        ends = [period(text, year) for text in coded.dictionary.to_pylist()]
        firsts.append(pa.array([e[0] for e in ends], pa.string()).take(coded.indices))
        lasts.append(pa.array([e[1] for e in ends], pa.string()).take(coded.indices))
    return pa.concat_arrays(firsts), pa.concat_arrays(lasts)


def _last_days(reader: Reader, text: pa.Array, read: Moments) -> None:
    begins = reader.columns["date_from"]
    lasts = read.days().where(given(text), _stretched(reader, begins))
    reader.columns["date_to"] = lasts
    early = (lasts < begins).to_numpy(dtype=bool)
    # The end stands in a column of its own or, with the beginning, in one cell.
    own = given(reader.rows.get("date_to"))
    for name, here in (("date_to", own), (reader.entity.when, ~own)):
        unread = given(text) & ~read.ok & here
        reader.quarantine.refuse(unread, name, "не понимаю дату конца периода")
        reader.quarantine.refuse(early & here, name, "период кончается раньше, чем начинается")


def _stretched(reader: Reader, begins: pd.Series) -> pd.Series:
    """The last days of dates that stand for the month, week … that their header names."""
    lasts = begins.copy()
    for number, grid in enumerate(reader.rows.grids):
        words = letters(grid.header.shown(reader.entity.when))
        span = next((_SPANS[w] for w in words if w in _SPANS), "")
        here = reader.rows.file == number
        dates = begins[here & begins.notna().to_numpy()]
        if span and len(dates) and _begin(dates, span):
            lasts[dates.index] = [pd.Timestamp(stretched(d.date(), span)) for d in dates]
            reader.notes.append(
                f"Файл «{grid.where}»: столбец «{grid.header.shown(reader.entity.when)}» – расход разложен "
                "по дням поровну."
            )
    return lasts


def _begin(dates: pd.Series, span: str) -> bool:
    """Whether all dates are first days of what they stand for."""
    if span == "week":
        return bool((dates.dt.dayofweek == dates.dt.dayofweek.iloc[0]).all())
    months = {"month": 1, "quarter": 3, "year": 12}[span]
    return bool(((dates.dt.day == 1) & ((dates.dt.month - 1) % months == 0)).all())
