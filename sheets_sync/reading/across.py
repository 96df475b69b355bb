"""Costs with months, days or platforms as column headings, visits with sources: every cell becomes a row."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from metrics.schema import ENTITIES
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.across_days import are_weekdays, day_of_week, month_of, with_month
from sheets_sync.reading.across_groups import without_groups
from sheets_sync.reading.across_sums import (
    TOTAL,
    added,
    are_words,
    filled,
    mostly_sums,
    total_fits,
)
from sheets_sync.reading.across_table import AcrossTable
from sheets_sync.reading.headings_across import (
    DAY,
    TAIL,
    canonical_of,
    is_period,
    is_platform,
    is_short,
    is_source,
)
from sheets_sync.reading.periods import period, year_inside
from sheets_sync.reading.sheet import Sheet
from sheets_sync.reading.words import letters, nothing

#: So many headings of one kind make a table that is laid across, and so many rows are looked at.
_LEAST, _LOOKED = 2, 30
#: Stands for a year that is not said, where only the order of periods matters.
_ANY_YEAR = 2024
_WEEK = re.compile("недел|week")
#: Columns of a row that say what it is about; numbers under any other header are sums.
_ABOUT = (
    "date_from", "date_to", "platform", "campaign", "campaign_id", "network", "utm_source",
    "utm_medium", "utm_campaign", "direction", "vat_included", "currency", "date", "traffic_source", "source_engine", "adv_engine", "goal_id",
)  # fmt: skip
_COUNTS = ("impressions", "clicks")


#: What a cell is of, and what may stand as headings: the header of that and how a heading is known.
_VALUES = {"costs": "Расход", "traffic": "Визиты"}


def rows_of_columns(
    sheet: Sheet, top: Sequence[list[str]], entity: str, file: str, where: str
) -> Sheet | None:
    """The same costs or visits with a row for every month, day, platform or source that has a column of
    its own; None where a sheet has none such. `top` are the rows of it that were read.

    Raises FileError for months whose year is said nowhere.
    """
    top = _with_dates(sheet, top, entity, file)
    table = next(filter(None, (_at(top, row, entity) for row in range(len(top)))), None)
    if table is None:
        return None
    year = _year(table, sheet, top, file, where)
    table, wholes = _without_wholes(table)
    measures = _measures(table, top, entity)
    if measures is not None:
        if len(measures) != 1:
            return None
        table = _of_measure(table, measures.pop())
    body, table, grouped = without_groups(table, [*top[table.row + 1 :], *sheet.rows], sheet, where)
    rows = list(_rows(table, body, year))
    head = [*(name for _, name in table.labels), table.name, *table.sums]
    titles = [(number, row) for number, row in enumerate(top[: table.row], 1) if _is_title(row)]
    every = [*titles, (table.row + 1, head), *((number, row) for number, row, _ in rows)]
    notes = [f"Столбцы «{mask(table.headings[0][0])}» … «{mask(table.headings[-1][0])}» – {table.name.lower()}: каждая ячейка принята отдельной строкой."]  # fmt: skip
    notes += grouped
    if wholes:
        shown = ", ".join(f"«{mask(name)}»" for name in wholes)
        notes.append(f"Столбцы {shown} – итоги соседних, они не учтены.")
    if table.measure:
        notes.append(f"Взяты строки «{mask(table.measure)}»; остальные – другие показатели.")
    if sheet.hidden:
        notes.append(f"Скрытых столбцов на листе {len(sheet.hidden)}: они прочитаны.")
    if wrong := sum(not fits for _, _, fits in rows):
        notes.append(f"Итог в столбце справа не сходится с ячейками строки; таких строк {wrong}.")
    return dataclasses.replace(
        sheet,
        rows=iter([row for _, row in every]),
        merged=(),
        batches=None,
        hidden=frozenset(),
        levels={},
        numbers=tuple(sheet.numbers[n - 1] if sheet.numbers else n for n, _ in every),
        notes=(*sheet.notes, *notes),
    )


def _year(table: AcrossTable, sheet: Sheet, top: Sequence[list[str]], file: str, where: str) -> int:
    """The year that a table's surroundings name, 0 where its headings need none."""
    year = year_inside(sheet.name, file, *(" ".join(row) for row in top[: table.row]))
    if not year and any(map(is_short, (heading for heading, _ in table.headings))):
        raise FileError(
            f"строка {table.row + 1}: месяцы или дни стоят в столбцах, а год не назван.",
            where=where,
            hint="Допишите год в названия столбцов, листа или файла: «Расходы 2026».",
        )
    return year


def _measures(table: AcrossTable, top: Sequence[list[str]], entity: str) -> set[str] | None:
    """What rows that are of costs are called where a column says what each row measures: «Показы»,
    «Расход, ₽»; None where no column does."""
    for column, _ in table.labels:
        cells = [cell.strip() for cell in filled(top[table.row + 1 :], column)]
        of = {cell: canonical_of(entity, cell) for cell in cells}
        if {"cost", *_COUNTS} & set(of.values()):
            return {cell for cell, name in of.items() if name == "cost"}
    return None


def _of_measure(table: AcrossTable, measure: str) -> AcrossTable:
    """A table whose rows are read only where they are of a measure, which is then their header."""
    headings = tuple(
        (text, tuple((c, measure) for c, _ in cells)) for text, cells in table.headings
    )
    return dataclasses.replace(table, headings=headings, measure=measure)


def _without_wholes(table: AcrossTable) -> tuple[AcrossTable, list[str]]:
    """A table without the periods that other columns make up: «1 кв.» beside its months."""
    ends = [period(text, _ANY_YEAR) for text, _ in table.headings]
    wholes = [
        i for i, (first, last) in enumerate(ends)
        if last and sum(
            bool(end) and first <= begin and end <= last and (begin, end) != (first, last)
            for begin, end in ends
        ) >= _LEAST
    ]  # fmt: skip
    kept = tuple(one for i, one in enumerate(table.headings) if i not in wholes)
    return dataclasses.replace(table, headings=kept), [table.headings[i][0] for i in wholes]


def _is_title(row: Sequence[str]) -> bool:
    return sum(1 for cell in row if cell.strip()) < _LEAST


def _with_dates(
    sheet: Sheet, top: Sequence[list[str]], entity: str, file: str
) -> Sequence[list[str]]:
    """First rows whose numbers 1, 2, 3 … are the days of the month that the sheet is called after."""
    titles = [" ".join(row) for row in top if _is_title(row)]
    month = month_of([sheet.name, *titles, file], year_inside(sheet.name, file, *titles))
    if not month[1]:
        return top
    dated = []
    for row in top:
        if "cost" in (names := set(map(partial(canonical_of, entity), row))) or "visits" in names:
            break
        dated.append(with_month(row, month))
    return [*dated, *top[len(dated) :]]


def _at(top: Sequence[list[str]], row: int, entity: str) -> AcrossTable | None:
    """The table whose headings a row is, if it is one."""
    cells, below = top[row], [r for r in top[row + 1 : row + 1 + _LOOKED] if any(r)]
    sub = below[0] if below else []
    if days := _of_weeks(cells, row, below, entity):
        return days
    other = ("Площадка", is_platform) if entity == "costs" else ("Источник", is_source)
    for name, says in (("Месяц", is_period), other):
        there = [c for c, cell in enumerate(cells) if cell.strip() and says(cell)]
        few = len(there) < _LEAST
        if few and not (there and mostly_sums(below[:1], there) and _is_alone(cells, name, entity)):
            continue
        if are_words(sub, there) and mostly_sums(below[1:], there):
            return _double(cells, sub, row + 1, there, name)
        if mostly_sums(below, there):
            return _single(cells, row, there, name, below, entity)
    return None


def _of_weeks(
    cells: Sequence[str], row: int, below: Sequence[Sequence[str]], entity: str
) -> AcrossTable | None:
    """Пн … Вс as headings, beside a column that says the week."""
    if not (there := are_weekdays(cells)):
        return None
    when = ENTITIES[entity].when
    weeks = [c for c, cell in enumerate(cells) if canonical_of(entity, cell) == when]
    weeks = weeks or [c for c, cell in enumerate(cells) if any(map(_WEEK.match, letters(cell)))]
    if len(weeks) != 1 or not mostly_sums(below, there):
        return None
    table = _single(cells, row, there, "Дата", below, entity)
    labels = tuple(one for one in table.labels if one[0] != weeks[0])
    return dataclasses.replace(table, labels=labels, week=weeks[0])


def _is_alone(cells: Sequence[str], name: str, entity: str) -> bool:
    """Whether one heading is enough: beside it stands what a row is about, and no sum."""
    names = set(map(partial(canonical_of, entity), cells))
    about = {"platform", "campaign"} if name == "Месяц" else {"date_from"}
    return bool(names & about) and "cost" not in names


def _single(
    cells: Sequence[str],
    row: int,
    there: list[int],
    name: str,
    below: Sequence[Sequence[str]],
    entity: str,
) -> AcrossTable:
    labels: list[tuple[int, str]] = []
    total = -1
    for column, cell in enumerate(cells):
        canonical = canonical_of(entity, cell)
        numeric = mostly_sums(below, [column])
        if column in there or not (cell.strip() or filled(below, column)):
            continue
        if TOTAL.match(cell) or (numeric and canonical in {"cost", "visits"}):
            total = column
        elif canonical in _COUNTS or (numeric and name != "Площадка" and canonical not in _ABOUT):
            continue
        elif numeric and canonical not in _ABOUT:
            there.append(column)
        else:
            labels.append((column, cell))
    if [cell.strip() for _, cell in labels] == [""]:
        labels = [(labels[0][0], "Площадка")]
    firsts = all(re.fullmatch(r"\d{4}-\d\d-01.*|0?1\.\d\d\..*", cells[c].strip()) for c in there)
    days = name == "Месяц" and all(DAY.fullmatch(cells[c].strip()) for c in there) and not firsts
    texts = (TAIL.sub("", cells[c]).strip() if name == "Площадка" else cells[c].strip() for c in sorted(there))  # fmt: skip
    headings = tuple(
        (text, ((c, _VALUES[entity]),)) for text, c in zip(texts, sorted(there), strict=True)
    )
    return AcrossTable(row, tuple(labels), headings, "Дата" if days else name, total)


def _double(
    cells: Sequence[str], sub: Sequence[str], row: int, there: list[int], name: str
) -> AcrossTable:
    """Months or platforms over their own columns: «Расход», «Клики»."""
    ends = [*there[1:], len(sub)]
    over = [cells[c].strip() if c < len(cells) else "" for c in range(len(sub))]
    stops = next((c for c in range(there[-1] + 1, len(sub)) if over[c] or TOTAL.match(sub[c])), len(sub))  # fmt: skip
    ends[-1] = stops
    headings = tuple(
        (cells[first].strip(), tuple((c, sub[c].strip()) for c in range(first, end) if sub[c].strip()))
        for first, end in zip(there, ends, strict=True)
    )  # fmt: skip
    labels = tuple((c, sub[c] or over[c]) for c in range(there[0]) if sub[c].strip() or over[c])
    return AcrossTable(row, labels, headings, name)


def _rows(
    table: AcrossTable, rows: Iterable[list[str]], year: int
) -> Iterator[tuple[int, list[str], bool]]:
    """(row's number, cells, whether the row's own total fits them) of every cell; a total of all
    rows stays one row."""
    for number, row in enumerate(rows, table.row + 2):
        at = partial(_at_column, row)
        labels = [at(c) for c, _ in table.labels]
        first = next(filter(str.strip, row), "")
        if table.measure and table.measure not in map(str.strip, row):
            continue
        cells = [
            (heading, {own: at(c) for c, own in columns}) for heading, columns in table.headings
        ]
        if TOTAL.match(first):
            sums = [added(by_own.get(own, "") for _, by_own in cells) for own in table.sums]
            yield number, [*(labels or [first]), "", *sums], True
            continue
        fits = total_fits(at(table.total) if table.total >= 0 else "", [b for _, b in cells])
        for heading, by_own in cells:
            if any(
                cell.strip() and cell.strip().casefold() not in nothing()
                for cell in by_own.values()
            ):
                day = day_of_week(at(table.week), heading, year) if table.week >= 0 else heading
                yield (
                    number,
                    [*labels, day or heading, *(by_own.get(own, "") for own in table.sums)],
                    fits,
                )
                fits = True


def _at_column(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""
