"""«Направления»: which campaigns, services and pages belong to a direction, and its margin rate."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from metrics.coded import fold
from metrics.join.patterns import MOST_ROWS, unreadable
from templates_sheets.costs import checked_table
from templates_sheets.look import TAB_INPUT
from templates_sheets.tab import Cell, Column, Tab, Table
from templates_sheets.typed import CellError, Complaint, complain, share, text, too_many

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
        Column("Направление", "", "text", 26, "Как назвать направление."),
        Column(
            "Доля маржи", "", "percent", 14,
            "Какая часть оплаты остаётся клинике, если себестоимость не указана. Можно без шаблона.",
        ),
        Column("Проверка", "check", "text", 52, "Пишет сервис: принята ли строка.", wrap=True),
    ),
    filled_by="people",
    colour=TAB_INPUT,
)  # fmt: skip
_LEFT_OUT = "строка не учтена"


def read(
    grid: Sequence[Sequence[Cell]],
) -> tuple[dict[str, str], dict[str, Decimal], list[Complaint]]:
    """Typed patterns (pattern -> direction), margin rates (direction -> share), what was wrong."""
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
    return patterns, rates, complaints


def table(grid: Sequence[Sequence[Cell]], complaints: Sequence[Complaint]) -> Table:
    """In: what people typed, complaints about it. Out: the same rows with «Проверка» filled."""
    return checked_table(TAB, grid, complaints)


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
