"""«Направления»: which campaigns, services and pages belong to a direction, and its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from metrics.coded import fold
from metrics.join.patterns import MOST_ROWS, rows_of, unreadable
from templates_sheets.look import TAB_INPUT
from templates_sheets.tab import Cell, Column, Tab
from templates_sheets.typed import CellError, Complaint, complain, share, text, too_many, whole

T = TypeVar("T")

_LEFT_OUT = "строка не учтена"


@dataclass(frozen=True)
class Directions:
    """What people say of directions: pattern -> direction; direction -> share of margin, and
    months until a patient is called back."""

    patterns: dict[str, str]
    rates: dict[str, Decimal]
    recall_months: dict[str, int]


def read(grid: Sequence[Sequence[Cell]]) -> tuple[Directions, list[Complaint]]:
    """Typed patterns, margin rates and months of recall, and what was wrong."""
    patterns: dict[str, str] = {}
    rates: dict[str, Decimal] = {}
    recall_months: dict[str, int] = {}
    spelling: dict[str, str] = {}
    complaints = []
    size = 0
    for index, row in enumerate(grid):
        pattern, direction = text(row[0]), text(row[1])
        if not any(map(text, row[:4])):
            continue
        if not direction:
            complaints.append(
                complain(TAB.title, index, "Направление", None, "название направления", _LEFT_OUT)
            )
            continue
        if error := unreadable(pattern):
            expected = f"выражение без ошибки: {error}"
            complaints.append(complain(TAB.title, index, "Шаблон", pattern, expected, _LEFT_OUT))
            continue
        size += rows_of(pattern) if pattern else 0
        if size > MOST_ROWS:
            complaints.append(too_many(TAB.title, index, "Шаблон", pattern))
            break
        if pattern:
            patterns.setdefault(pattern, direction)
        named = spelling.setdefault(fold(direction), direction)
        complaints += _number(index, "Доля маржи", row[2], share, named, rates)
        complaints += _number(index, "Возврат, мес", row[3], _months, named, recall_months)
    return Directions(patterns, rates, recall_months), complaints


def _number(
    index: int,
    column: str,
    cell: Cell,
    reading: Callable[[Cell], T],
    direction: str,
    numbers: dict[str, T],
) -> list[Complaint]:
    """Take a filled cell as the direction's number, the first of several; what was wrong with it."""
    if not text(cell):
        return []
    try:
        typed = reading(cell)
    except CellError as wrong:
        return [complain(TAB.title, index, column, cell, str(wrong), f"«{column}» не учтено")]
    first = numbers.setdefault(direction, typed)
    if first == typed:
        return []
    expected = f"одно число для направления «{direction}»"
    return [complain(TAB.title, index, column, cell, expected, f"взято первое: {first}")]


def _months(cell: Cell) -> int:
    return whole(cell, low=2, high=120)


TAB = Tab(
    "directions",
    "Направления",
    (
        Column(
            "Шаблон", "", "text", 44,
            "Что искать в названии кампании, услуге и адресе страницы; варианты через |, "
            "например «имплант|implant|all-on». Срабатывает первая подходящая строка.",
            wrap=True,
        ),
        Column("Направление", "", "text", 26, "Как назвать направление.", label=True),
        Column(
            "Доля маржи", "", "percent", 14,
            "Какая часть оплаты остаётся клинике, если себестоимость не указана. Можно без шаблона.",
        ),
        Column(
            "Возврат, мес", "", "count", 12,
            "Через сколько месяцев звать пациента снова; для «Возврата». Пусто — 6 или 12.",
        ),
        Column("Проверка", "check", "text", 52, "Пишет сервис: принята ли строка.", wrap=True),
    ),
    read=read,
    filled_by="people",
    colour=TAB_INPUT,
)  # fmt: skip
