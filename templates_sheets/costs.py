"""«Расходы»: costs that no source reports, typed by hand; the period is spread over its days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from metrics.coded import fold
from metrics.schema import conform
from templates_sheets.look import TAB_INPUT
from templates_sheets.tab import Cell, Column, Tab
from templates_sheets.typed import (
    CellError,
    Complaint,
    complain,
    day,
    kopecks,
    label,
    text,
    whole,
)

#: Under this source the rows lie in the store.
SOURCE = "sheet:Расходы"
#: A longer period is a slip of the keyboard.
_MOST_DAYS = 3 * 366
_MOST = 10**12


_count = partial(whole, low=0, high=_MOST)
#: Column title, field of the entity `costs`, how it is read, whether the row is nothing without it.
_FIELDS: tuple[tuple[str, str, Callable[[Cell], Any], bool], ...] = (
    ("Дата с", "date_from", day, True),
    ("Дата по", "date_to", day, True),
    ("Площадка", "platform", label, True),
    ("Кампания", "campaign", label, False),
    ("utm_source", "utm_source", text, False),
    ("utm_medium", "utm_medium", text, False),
    ("utm_campaign", "utm_campaign", text, False),
    ("Направление", "direction", label, False),
    ("Расход", "cost", kopecks, True),
    ("Показы", "impressions", _count, False),
    ("Клики", "clicks", _count, False),
)
_MISSING = {
    "Дата с": "дата, например 24.11.2026",
    "Площадка": "площадка, например «2ГИС»",
    "Расход": "сумма в рублях, например 12 345,67",
}
_LEFT_OUT = "строка не учтена"


def read(grid: Sequence[Sequence[Cell]]) -> tuple[pd.DataFrame, list[Complaint]]:
    """Typed rows as a frame of the entity `costs`, and what was wrong.

    A row without a good date, platform or sum is left out; another wrong cell is left empty.
    """
    good: dict[int, dict[str, Any]] = {}
    complaints: list[Complaint] = []
    for index, row in enumerate(grid):
        cells = dict(zip(TITLES, row, strict=False))
        if not any(text(cells[title]) for title, *_ in _FIELDS):
            continue
        values, wrong = _read_row(index, cells)
        complaints += wrong
        if values is not None:
            good[index] = values
    complaints += _overlaps(good)
    frame = pd.DataFrame([{"source": SOURCE, **values} for values in good.values()])
    return conform("costs", frame), sorted(complaints, key=lambda c: c.row)


def _read_row(
    index: int, cells: Mapping[str, Cell]
) -> tuple[dict[str, Any] | None, list[Complaint]]:
    """Fields of one row, or None if it must be left out, and complaints."""
    values: dict[str, Any] = {}
    complaints = []
    for title, field, reader, vital in _FIELDS:
        cell = cells[title]
        if not text(cell):
            if title in _MISSING:
                complaints.append(
                    complain(TAB.title, index, title, None, _MISSING[title], _LEFT_OUT)
                )
            continue
        try:
            values[field] = reader(cell)
        except CellError as wrong:
            used = _LEFT_OUT if vital else "ячейка не учтена"
            complaints.append(complain(TAB.title, index, title, cell, str(wrong), used))
    left_out = any(c.used == _LEFT_OUT for c in complaints)
    if not left_out:
        first, last = values["date_from"], values.setdefault("date_to", values["date_from"])
        if not 0 <= (last - first).days < _MOST_DAYS:
            expected = f"дата от {first:%d.%m.%Y} и не дальше трёх лет"
            complaints.append(
                complain(TAB.title, index, "Дата по", cells["Дата по"], expected, _LEFT_OUT)
            )
            left_out = True
    return (None if left_out else values), complaints


def _overlaps(good: Mapping[int, Mapping[str, Any]]) -> list[Complaint]:
    """Rows of one platform, campaign and direction whose periods overlap: perhaps typed twice."""
    same = ("platform", "campaign", "utm_source", "utm_medium", "utm_campaign", "direction")
    latest: dict[tuple[str, ...], tuple[date, int]] = {}
    complaints = []
    for index, row in sorted(good.items(), key=lambda pair: (pair[1]["date_from"], pair[0])):
        key = tuple(fold(row.get(field, "")) for field in same)
        end, other = latest.get(key, (date.min, -1))
        if row["date_from"] <= end:
            expected = f"период, не задевающий строку {other + 2}"
            used = "учтены обе строки, расходы сложены"
            complaints.append(
                complain(TAB.title, index, "Дата с", row["date_from"], expected, used)
            )
        latest[key] = max((end, other), (row["date_to"], index))
    return complaints


TAB = Tab(
    "costs",
    "Расходы",
    (
        Column("Дата с", "", "date", 12, "Первый день. Расход делится поровну на дни периода."),
        Column("Дата по", "", "date", 12, "Последний день. Пусто — расход одного дня."),
        Column(
            "Площадка", "", "text", 20,
            "Где потрачено: 2ГИС, Авито, ПроДокторов, наружная реклама. По ней определяется канал.",
            label=True,
        ),
        Column("Кампания", "", "text", 24, "Название, если есть.", personal="campaign"),
        Column("utm_source", "", "id", 15, "Метка из ссылок этой рекламы: по ней расходы находят своих пациентов."),
        Column("utm_medium", "", "id", 15, "Вторая метка."),
        Column("utm_campaign", "", "id", 20, "Третья метка."),
        Column("Направление", "", "text", 18, "Если реклама об одном направлении.", label=True),
        Column("Расход", "", "money2", 14, "Рублей за весь период, как списано, с НДС."),
        Column("Показы", "", "count", 11, "Если известны."),
        Column("Клики", "", "count", 11, "Если известны."),
        Column("Комментарий", "", "text", 30, "Для себя: на расчёт не влияет.", wrap=True),
        Column("Проверка", "check", "text", 44, "Пишет сервис: принята ли строка.", wrap=True),
    ),
    read=read,
    filled_by="people",
    colour=TAB_INPUT,
)  # fmt: skip
TITLES = tuple(c.title for c in TAB.columns)
