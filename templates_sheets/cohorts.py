"""«Когорты»: how the patients of a month return and when they pay back, as heat maps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import isnan

import pandas as pd

from metrics.reports.cohorts import AGES, CHECK_POINTS, cohorts, matures
from metrics.settings import ALL
from templates_sheets.cells import rows
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.plain import UNKNOWN_MARGIN
from templates_sheets.tab import Cell, Column, Definition, Format, Tab, Table

_RIPENS = "месяц ещё не кончился"
_BLOCKS: tuple[tuple[str, str, Format, int, str, Definition], ...] = (
    ("Удержание", "retention", "percent", 12, "Доля пациентов когорты, которые пришли в месяц",
     Definition("Пациенты T+k / Пациенты", _RIPENS, name="Удержание T+k")),
    ("Маржа", "margin", "money", 12, "Маржа когорты с начала и по конец месяца",
     Definition("Маржа когорты с начала по конец месяца k", _RIPENS,
                "Деньги, полученные раньше первого визита, стоят в T+0.", name="Маржа T+k")),
    ("ROMI", "romi", "percent", 10, "(Маржа с начала − Расходы) / Расходы на конец месяца",
     Definition("(Маржа T+k − Расходы) / Расходы", "расходов нет или месяц не кончился",
                "Показывает, за сколько месяцев канал окупается: T+0, T+3, T+6, T+9 и T+12 выделены.",
                name="ROMI T+k")),
    ("Пациенты", "patients", "count", 11, "Сколько пациентов когорты пришли в месяц",
     Definition("Пациенты когорты, пришедшие в k-й месяц после первого", _RIPENS,
                "Незрелая клетка пуста, а не ноль: в примечании сказано, когда она созреет.",
                name="Пациенты T+k")),
)  # fmt: skip


def table(frame: pd.DataFrame) -> Table:
    """In: `metrics.reports.cohorts`. Out: its rows, the totals of months in bold and the rest of
    each month closed under its total.

    «Окупаемость» is the age in months (shown T+3), «не окупилась за k мес.» or empty. The first
    cell of a block that is not filled yet says in a note when it will be.
    """
    body = rows(frame, TAB.columns)
    payback = [c.key for c in TAB.columns].index("payback")
    for row, value in zip(body, _paybacks(frame), strict=True):
        row[payback] = value
    ages = frame["payback_age"].to_list()
    notes = {
        (place, column): text
        for place, (row, age) in enumerate(zip(body, ages, strict=True))
        for column, text in _reasons(row, int(age))
    }
    totals = ((frame["channel"] == ALL) & (frame["direction"] == ALL)).to_list()
    bold = frozenset(place for place, total in enumerate(totals) if total)
    heads = [*sorted(bold), len(body)]
    folded = tuple((head + 1, end - 1) for head, end in pairwise(heads) if end - head > 1)
    return Table(TAB, TAB.columns, body, notes=notes, bold=bold, folded=folded)


def _reasons(row: list[Cell], ripe: int) -> Iterator[tuple[int, str]]:
    """Column and note of the first empty cell of each kind; `ripe` is the last mature age."""
    if ripe < AGES - 1:
        day = f"{matures(str(row[_MONTH]), ripe + 1):%d.%m.%Y}"
        for block in range(len(_BLOCKS)):
            yield _FIRST_BLOCK + block * AGES + ripe + 1, f"созреет {day}, дальше по месяцу"
    margins = row[_FIRST_MARGIN : _FIRST_MARGIN + ripe + 1]
    if None in margins:
        yield _FIRST_MARGIN + margins.index(None), UNKNOWN_MARGIN


def _paybacks(frame: pd.DataFrame) -> list[Cell]:
    columns = (frame[n].to_list() for n in ("payback", "payback_age", "payback_known"))
    return [
        int(first) if has_cost and not isnan(first)
        else f"не окупилась за {int(age)} мес." if has_cost
        else None
        for first, age, has_cost in zip(*columns, strict=True)
    ]  # fmt: skip


TAB = Tab(
    "cohorts",
    "Когорты",
    (
        Column("Когорта", "cohort", "text", 55, "Пациенты по месяцу первого визита, каналу и направлению.",
               definition=Definition("Пациенты одного месяца первого визита, канала и направления. «Все» — итог")),
        Column("Месяц", "month", "text", 10, "Месяц первого визита."),
        Column("Канал", "channel", "text", 22, "«Все» — итог по каналам."),
        Column("Направление", "direction", "text", 18, "«Все» — итог по направлениям."),
        Column("Пациенты", "patients", "count", 11, "Сколько пациентов пришли впервые в этот месяц.",
               definition=Definition("Пациенты, чей первый визит пришёлся на месяц когорты", "никогда")),
        Column("Расходы", "cost", "money", 13, "Расходы того же месяца, канала и направления."),
        Column("CAC", "cac", "money", 11, "Расходы / Пациенты."),
        Column("Окупаемость", "payback", "age", 22, "Через сколько месяцев маржа покрыла расходы.",
               definition=Definition("Первый месяц, когда маржа покрыла расходы", "расходов нет",
                                     "«не окупилась за k мес.» — столько уже прошло.")),
        *(
            Column(
                f"{title} T+{age}", f"{key}_{age}", form, width, f"{hint} T+{age}.",
                heat=key, mark=age in CHECK_POINTS, definition=line,
            )
            for title, key, form, width, hint, line in _BLOCKS
            for age in range(AGES)
        ),
    ),
    report=cohorts,
    table=table,
    always=True,
    row_key=("Месяц", "Канал", "Направление"),
    colour=TAB_NUMBERS,
    page_at=tuple(f"{title} T+0" for title, *_ in _BLOCKS),
)  # fmt: skip

_MONTH = 1
_FIRST_BLOCK = len(TAB.columns) - len(_BLOCKS) * AGES
_FIRST_MARGIN = _FIRST_BLOCK + AGES
