"""The day or days of rows that have no moment: a date, a period in a cell, a month said by a header."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.dates import DateOrderError, Moments
from sheets_sync.reading.dates import moments as cell_moments
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.periods import lacks_year, last_day, period, year_inside
from sheets_sync.reading.reader import Reader
from sheets_sync.reading.spelled import month_number, with_year
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.values import distinct, has_text, map_cells, truth
from sheets_sync.reading.words import letters

#: Words of a header that say how long a day's row lasts.
_SPANS = {"месяц": "month", "month": "month", "период": "month", "period": "month", "неделя": "week", "week": "week", "квартал": "quarter",
          "quarter": "quarter", "год": "year", "year": "year"}  # fmt: skip
_NO_YEAR = "в дате нет года, а остальные с годом"
_WORD_OF = {"month": "месяц", "week": "неделя", "quarter": "квартал", "year": "год"}
#: A leap year, which has every day.
_ANY_YEAR = 2024
_OF_SPAN = {
    "month": "весь месяц",
    "week": "всю неделю",
    "quarter": "весь квартал",
    "year": "весь год",
}


def read_days(reader: Reader) -> None:
    """Fill the columns of days; refuse rows whose day or period cannot be read."""
    when = reader.entity.when
    first = reader.rows.get(when)
    names, texts = [when], [first]
    if reader.entity.name == "costs":
        ends = _periods(reader, first)
        own = _ends(reader)
        names.append("date_to")
        texts = [ends[0], pc.if_else(pc.equal(own, ""), ends[1], own)]
    read = moments(reader, names, texts, None)
    reader.columns[when] = read[0].days()
    reader.settle(reader.entity.column(when), read[0].ok, "не понимаю дату")
    if reader.entity.name == "costs":
        _last_days(reader, texts[1], read[1])


def _ends(reader: Reader) -> pa.Array:
    """The column of last days; "" where the clinic's file says «=месяц» instead of one."""
    cells = reader.rows.get("date_to")
    spans = [g.header.constants.get("date_to", "") for g in reader.rows.grids]
    words = pa.array([s for s in spans if _SPANS.get(" ".join(letters(s)))], pa.string())
    return pc.if_else(pc.is_in(cells, value_set=words), "", cells) if len(words) else cells


def _periods(reader: Reader, first: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The first and last day of cells, which may hold a whole period each."""
    firsts, lasts = [], []
    for number, grid in enumerate(reader.rows.grids):
        year = _year(grid)
        span = _span(grid)
        cells = first.filter(pa.array(reader.rows.file == number))
        if "year" in grid.columns:
            cells = _with_years(cells, grid.columns["year"])
        coded = cells.dictionary_encode()
        texts = coded.dictionary.to_pylist()
        if not year:
            _ask_year(grid, reader.entity.when, texts, lambda text: lacks_year(text, span))  # noqa: B023 (called at once)
        ends = [period(text, year, span) for text in texts]
        firsts.append(pa.array([e[0] for e in ends], pa.string()).take(coded.indices))
        lasts.append(pa.array([e[1] for e in ends], pa.string()).take(coded.indices))
    return pa.concat_arrays(firsts), pa.concat_arrays(lasts)


def _year(grid: Grid) -> int:
    """The year that the clinic's file, the sheet, its title or the file's name gives; 0 if none."""
    own = grid.header.constants.get("year", "")
    place = grid.place
    return int(own) if own.isdigit() else year_inside(place.sheet, *place.title, place.file)


def _span(grid: Grid, when: str = "date_from") -> str:
    """What the header of days counts: months, weeks …; "" where it counts days."""
    words = letters(grid.header.shown(when))
    return next((_SPANS[w] for w in words if w in _SPANS), "")


def _ask_year(grid: Grid, when: str, texts: Sequence[str], lacks: Callable[[str], object]) -> None:
    """Raises FileError where most cells lack nothing but a year, which is said nowhere."""
    bare = [text for text in texts if lacks(text)]
    if 2 * len(bare) <= len([text for text in texts if text]):
        return
    raise FileError(
        f"в столбце «{mask(grid.header.shown(when))}» нет года («{mask(bare[0])}»), и он нигде не назван.",
        where=grid.where,
        hint="Допишите год в название файла или листа («Выгрузка 2026») или "
        + to_write("columns", column_line("year", "=2026")),
    )


def moments(
    reader: Reader, names: list[str], texts: list[pa.Array], clock: pa.Array | None
) -> list[Moments]:
    """Columns of dates read together: they share one order of day and month.

    Raises FileError where that order is in doubt.
    """
    count = len(reader.rows)
    try:
        read = cell_moments(pa.concat_arrays(texts), reader.order, clock)
    except DateOrderError as error:
        row, name = error.rows[0] % count, names[error.rows[0] // count]
        shown = ", ".join(
            f"строка {reader.rows.numbers[r % count]}: {mask(reader.rows.get(names[r // count])[r % count].as_py())}"
            for r in error.rows
        )
        raise FileError(
            f"столбец «{reader.rows.header(row, name)}»: {error.reason} ({shown}).",
            where=reader.rows.where(row),
            hint="Напишите порядок в файле клиники под этим [[source]]: "
            'date_format = "дд/мм/гггг" или "мм/дд/гггг".',
        ) from error
    parts = [read.part(i * count, (i + 1) * count) for i in range(len(texts))]
    dated = None if read.ok.all() else _with_year_said(reader, names, texts, parts)
    return parts if dated is None else moments(reader, names, dated, clock)


def _with_year_said(
    reader: Reader, names: Sequence[str], texts: Sequence[pa.Array], read: Sequence[Moments]
) -> list[pa.Array] | None:
    """Columns of dates whose unread cells lack only a year («3 февраля», `03.02 10:30`), with the
    year that their file names; None where there is nothing to add.

    Raises FileError where most dates of an entity's own column lack it.
    """
    dated = list(texts)
    for place, (name, text) in enumerate(zip(names, texts, strict=True)):
        for number, grid in enumerate(reader.rows.grids):
            here = reader.rows.file == number
            unread = distinct(text.filter(pa.array(here & ~read[place].ok & has_text(text))))
            year = _year(grid)
            lacking = {t: dated_ for t in unread if (dated_ := with_year(t, year or _ANY_YEAR))}
            if lacking and not year and name == reader.entity.when:
                _ask_year(grid, name, distinct(text.filter(pa.array(here))), lacking.get)
                reader.quarantine.refuse(
                    here & truth(pc.is_in(text, value_set=pa.array(list(lacking)))), name, _NO_YEAR
                )
            elif lacking and year:
                dated[place] = map_cells(dated[place], lambda t: lacking.get(t, t))  # noqa: B023 (called at once)
    return dated if any(a is not b for a, b in zip(dated, texts, strict=True)) else None


def _with_years(cells: pa.Array, years: pa.Array) -> pa.Array:
    """Months, by word or number, beside a column of years: «Февраль» and 2026 are 2026-02."""
    bare = pc.replace_substring_regex(years, r"\.0+$|\D+$", "")
    joined = pc.binary_join_element_wise(cells, bare, " ")
    return map_cells(joined, _month_of_year)


def _month_of_year(text: str) -> str:
    month, _, year = text.rpartition(" ")
    month = month.removesuffix(".0")
    number = month_number(month) if month.isalpha() or month.isdigit() else 0
    return f"{year}-{number:02d}" if len(year) == 4 and 1 <= number <= 12 else month


def _last_days(reader: Reader, text: pa.Array, read: Moments) -> None:
    begins, stretched = _stretched(reader, reader.columns["date_from"])
    lasts = read.days().where(has_text(text), stretched)
    # A day with an end of its own begins where it says.
    begins = reader.columns["date_from"].where(has_text(text), begins)
    reader.columns["date_from"], reader.columns["date_to"] = begins, lasts
    early = (lasts < begins).to_numpy(dtype=bool)
    # The end stands in a column of its own or, with the beginning, in one cell.
    own = has_text(_ends(reader))
    for name, here in (("date_to", own), (reader.entity.when, ~own)):
        unread = has_text(text) & ~read.ok & here
        reader.quarantine.refuse(unread, name, "не понимаю дату конца периода")
        reader.quarantine.refuse(early & here, name, "период кончается раньше, чем начинается")


def _stretched(reader: Reader, dates: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The first and last days of dates that stand for the month, week … that their header names."""
    begins, lasts = dates.copy(), dates.copy()
    for number, grid in enumerate(reader.rows.grids):
        here = dates[(reader.rows.file == number) & dates.notna().to_numpy()]
        words = letters(grid.header.constants.get("date_to", ""))
        by_file = next((_SPANS[w] for w in words if w in _SPANS), "")
        span, header = (
            by_file or _span(grid, reader.entity.when),
            grid.header.shown(reader.entity.when),
        )
        own_end = "date_to" in grid.header.columns
        if not len(here) or own_end:
            continue
        if not span:
            if _only_firsts(here):
                reader.notes.append(
                    f"Файл «{grid.where}»: все даты – первые числа месяцев, каждая принята за один день. "
                    f"Если это суммы за месяц: {_to_write('=месяц')}"
                )
            continue
        firsts = _firsts(here, span)
        if not (by_file or (firsts == here).all() or _are_lasts(here, firsts, span)):
            reader.notes.append(
                f"Файл «{grid.where}»: столбец «{header}»: даты не первые и не последние дни, каждая принята за "
                f"один день. Если дата значит {_OF_SPAN[span]}: {_to_write(f'={_WORD_OF[span]}')}"
            )
            continue
        begins[here.index] = firsts
        lasts[here.index] = _lasts(firsts, span)
        reader.notes.append(
            f"Файл «{grid.where}»: столбец «{header}» – расход разложен по дням поровну: одна дата значит "
            f"{_OF_SPAN[span]}. Если это один день: {_to_write(header)}"
        )
    return begins, lasts


def _to_write(last_day: str) -> str:
    return to_write("columns", column_line("date_to", last_day))


def _only_firsts(dates: pd.Series) -> bool:
    several = bool((dates != dates.iloc[0]).any()) if len(dates) else False
    return several and bool((dates.dt.day == 1).all())


def _firsts(dates: pd.Series, span: str) -> pd.Series:
    """The first days of the spans that dates lie in; a week begins on the day that all of them are."""
    if span == "week":
        days = dates.dt.dayofweek
        return dates if (days == days.iloc[0]).all() else dates - pd.to_timedelta(days, unit="D")
    months = {"month": 1, "quarter": 3, "year": 12}[span]
    first = dates.dt.month - 1 - (dates.dt.month - 1) % months
    texts = dates.dt.year.astype(str) + "-" + (first + 1).astype(str) + "-01"
    firsts: pd.Series = pd.to_datetime(texts, format="%Y-%m-%d").astype(dates.dtype)
    return firsts


def _lasts(firsts: pd.Series, span: str) -> list[pd.Timestamp]:
    return [pd.Timestamp(last_day(day.date(), span)) for day in firsts]


def _are_lasts(dates: pd.Series, firsts: pd.Series, span: str) -> bool:
    return span != "week" and list(dates) == _lasts(firsts, span)
