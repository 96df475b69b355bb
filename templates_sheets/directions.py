"""«Направления»: which campaigns, services and pages belong to a direction, and its margin rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from metrics.coded import fold
from metrics.join.patterns import MOST_ROWS, unreadable
from templates_sheets.look import TAB_INPUT
from templates_sheets.tab import Cell, Column, Tab
from templates_sheets.typed import CellError, Complaint, complain, share, text, too_many

_LEFT_OUT = "строка не учтена"


@dataclass(frozen=True)
class Directions:
    """What people say of directions: pattern -> direction, and direction -> share of margin."""

    patterns: dict[str, str]
    rates: dict[str, Decimal]


def read(grid: Sequence[Sequence[Cell]]) -> tuple[Directions, list[Complaint]]:
    """Typed patterns and margin rates, and what was wrong."""
    patterns: dict[str, str] = {}
    rates: dict[str, Decimal] = {}
    spelling: dict[str, str] = {}
    complaints = []
    for index, row in enumerate(grid):
        pattern, direction, rate = text(row[0]), text(row[1]), row[2]
        if not (pattern or direction or text(rate)):
            continue
        if len(patterns) == MOST_ROWS:
            complaints.append(too_many(TAB.title, index, "Шаблон", pattern))
            break
        if not direction:
            complaints.append(
                complain(TAB.title, index, "Направление", None, "название направления", _LEFT_OUT)
            )
            continue
        if error := unreadable(pattern):
            expected = f"выражение без ошибки: {error}"
            complaints.append(complain(TAB.title, index, "Шаблон", pattern, expected, _LEFT_OUT))
            continue
        if pattern:
            patterns.setdefault(pattern, direction)
        if text(rate):
            try:
                found = share(rate)
            except CellError as wrong:
                used = "доля маржи не учтена"
                complaints.append(complain(TAB.title, index, "Доля маржи", rate, str(wrong), used))
                continue
            named = spelling.setdefault(fold(direction), direction)
            complaints += _contradiction(index, named, found, rates)
            rates.setdefault(named, found)
    return Directions(patterns, rates), complaints


def _contradiction(
    index: int, direction: str, found: Decimal, rates: dict[str, Decimal]
) -> list[Complaint]:
    before = rates.get(direction, found)
    if before == found:
        return []
    expected = f"одна доля для направления «{direction}»"
    return [
        complain(TAB.title, index, "Доля маржи", float(found), expected, f"взята первая: {before}")
    ]


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
        Column("Проверка", "check", "text", 52, "Пишет сервис: принята ли строка.", wrap=True),
    ),
    read=read,
    filled_by="people",
    colour=TAB_INPUT,
)  # fmt: skip
