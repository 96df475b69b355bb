"""«Журнал»: the last runs, what each source gave, the first refused rows, wrong cells of the book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from templates_sheets.look import TAB_CHECKS
from templates_sheets.tab import Cell, Column, Tab, Table
from templates_sheets.typed import Complaint


@dataclass(frozen=True)
class Line:
    """One line of the journal; what does not concern it stays None.

    Lines of a run carry `at` (local time), outcome and counts; of a source also `where`; of a
    message `at`, `where` (the channel) and outcome; of a refused row `where` (the file), row, column, value (masked) and the reason as `message`.
    """

    what: Literal["Запуск", "Источник", "Сообщение", "Отказ", "Ячейка"]
    at: datetime | None = None
    where: str | None = None
    outcome: str | None = None
    read: int | None = None
    new: int | None = None
    changed: int | None = None
    refused: int | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    message: str | None = None


def of_complaint(complaint: Complaint) -> Line:
    """The line about a cell that a person typed wrong."""
    return Line(
        "Ячейка",
        where=f"вкладка «{complaint.tab}»",
        outcome=complaint.used,
        row=complaint.row,
        column=complaint.column,
        value=complaint.cell or None,
        message=f"Ожидается {complaint.expected}.",
    )


def table(tab: Tab, journal: Sequence[Line]) -> Table:
    """In: lines in the order to show: the last runs, sources, wrong cells, refusals. Out: a row each."""
    rows = [[_cell(getattr(line, column.key)) for column in tab.columns] for line in journal]
    return Table(tab, tab.columns, rows)


def _cell(value: Cell) -> Cell:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None, microsecond=0)
    return None if value == "" else value


TAB = Tab(
    "journal",
    "Журнал",
    (
        Column("Что", "what", "text", 16, "Запуск, источник, сообщение, отказ или ячейка этой таблицы."),
        Column("Когда", "at", "datetime", 18, "По времени клиники."),
        Column("Где", "where", "text", 34, "Источник, файл или вкладка.", wrap=True),
        Column("Итог", "outcome", "text", 20, "Чем кончилось.", wrap=True),
        Column("Прочитано", "read", "count", 12, "Строк в источнике."),
        Column("Новых", "new", "count", 10, "Строк, которых раньше не было."),
        Column("Изменено", "changed", "count", 11, "Строк, которые стали другими."),
        Column("Отказано", "refused", "count", 11, "Строк, которые прочитать нельзя: они не учтены."),
        Column("Строка", "row", "count", 9, "Номер строки в файле или вкладке."),
        Column("Столбец", "column", "text", 22, "В каком столбце."),
        Column("Значение", "value", "text", 24, "Что там стояло; личные данные скрыты.", wrap=True),
        Column("Пояснение", "message", "text", 130, "Что случилось и что делать.", wrap=True),
    ),
    table=table,
    row_key=("Что", "Где", "Строка", "Столбец"),
    always=True,
    colour=TAB_CHECKS,
)  # fmt: skip
