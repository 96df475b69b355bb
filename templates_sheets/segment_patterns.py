"""«Шаблоны сегментов»: by which pages and goals visitors of the site belong to a segment."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.coded import fold
from metrics.join.patterns import MOST_ROWS, rows_of, unreadable
from metrics.measures.visitors import SEGMENT_PATTERNS, Place, SegmentPattern
from metrics.reports.segments import EVERYBODY
from templates_sheets import typed_rows
from templates_sheets.look import TAB_INPUT
from templates_sheets.tab import Cell, Column, Tab, Table
from templates_sheets.typed import CellError, Complaint, complain, text, too_many, word

_PLACES: dict[str, Place] = {"вход": "landing_path", "выход": "end_path", "цель": "goals"}
_LEFT_OUT = "строка не учтена"


def read(grid: Sequence[Sequence[Cell]]) -> tuple[tuple[SegmentPattern, ...], list[Complaint]]:
    """The typed patterns, and what was wrong; an empty tab holds the defaults."""
    patterns: list[SegmentPattern] = []
    complaints: list[Complaint] = []
    size = 0
    typed = [(index, row) for index, row in enumerate(grid) if any(map(text, row[:4]))]
    for index, row in typed:
        if wrong := _wrong(index, row):
            complaints.append(wrong)
            continue
        size += max(rows_of(text(row[2])), rows_of(text(row[3])))
        if size > MOST_ROWS:
            complaints.append(too_many(TAB.title, index, "Шаблон", row[2]))
            break
        patterns.append(
            SegmentPattern(text(row[0]), word(row[1], _PLACES), text(row[2]), text(row[3]))
        )
    return tuple(patterns) if typed else SEGMENT_PATTERNS, complaints


def _wrong(index: int, row: Sequence[Cell]) -> Complaint | None:
    """The complaint about the row's first wrong cell."""
    checks = (
        ("Сегмент", 0, _name(row[0])),
        ("Где", 1, _place(row[1])),
        ("Шаблон", 2, _expression(row[2]) if text(row[2]) else "что искать, например price|цен"),
        ("Кроме целей", 3, _expression(row[3])),
    )
    for title, at, expected in checks:
        if expected:
            return complain(TAB.title, index, title, row[at], expected, _LEFT_OUT)
    return None


def _name(cell: Cell) -> str:
    if not text(cell):
        return "название сегмента"
    return f"другое название: «{EVERYBODY}» стоит первой строкой" if fold(text(cell)) == fold(EVERYBODY) else ""  # fmt: skip


def _place(cell: Cell) -> str:
    try:
        word(cell, _PLACES)
    except CellError as wrong:
        return str(wrong)
    return ""


def _expression(cell: Cell) -> str:
    error = unreadable(text(cell))
    return f"выражение без ошибки: {error}" if error else ""


def table(grid: Sequence[Sequence[Cell]], own_complaints: Sequence[Complaint]) -> Table:
    """In: what people typed, complaints about it. Out: the same rows with «Проверка»; an empty tab
    is laid with the defaults."""
    empty = not any(text(cell) for row in grid for cell in row[:4])
    return typed_rows.table(TAB, _laid() if empty else grid, own_complaints)


def _laid() -> list[list[Cell]]:
    places = {place: name for name, place in _PLACES.items()}
    return [[p.segment, places[p.place], p.pattern, p.but or None] for p in SEGMENT_PATTERNS]


TAB = Tab(
    "segment_patterns",
    "Шаблоны сегментов",
    (
        Column("Сегмент", "", "text", 30,
               "Как назвать посетителей; строки с одним названием складываются.", label=True),
        Column("Где", "", "text", 10,
               "Где искать: страница входа, страница выхода или цель Метрики.", choices=tuple(_PLACES)),
        Column("Шаблон", "", "text", 60,
               "Что искать в адресе страницы, номере или названии цели; варианты через |. Регистр не "
               "важен, ё = е.", wrap=True),
        Column("Кроме целей", "", "text", 30,
               "Кто позже достиг такой цели, не считается; для «Брошенных форм» — отправка.", wrap=True),
        Column("Проверка", "check", "text", 52, "Пишет сервис: принята ли строка.", wrap=True),
    ),
    table=table,
    read=read,
    filled_by="people",
    colour=TAB_INPUT,
)  # fmt: skip
