"""«План»: what people promise themselves for a month, for the clinic or for a channel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from math import isfinite

import pandas as pd

from metrics.calendar import month_number
from metrics.coded import fold
from metrics.reports.plan_fact import MONEY, SHARES, Target
from metrics.settings import ALL, TOTAL
from templates_sheets import typed_rows
from templates_sheets.look import TAB_INPUT
from templates_sheets.plan_fact import MEASURE_WORDS, form_of
from templates_sheets.tab import Cell, Column, Tab, Table
from templates_sheets.typed import CellError, Complaint, complain, day, kopecks, label, text, word

_MONTH, _CHANNEL, _MEASURE, _VALUE = range(4)
_CODES = {title: code for code, title in MEASURE_WORDS.items()}
_LEFT_OUT = "строка не учтена"
_NUMBER = re.compile(r"([-−]?\d+(?:[.,]\d+)?) ?(%?)")
_MOST = 10**9
#: What a share may be: a larger one is percents typed as a whole number.
_LIMITS = {"romi": (-1, 100), "drr": (0, 10)}
#: Excel takes a list of words no longer than that.
_LONGEST_LIST = 255


def read(grid: Sequence[Sequence[Cell]]) -> tuple[tuple[Target, ...], list[Complaint]]:
    """The typed targets, and what was wrong; of rows of one month, channel and measure the lower
    counts, and the upper is told so."""
    targets: dict[tuple[int, str, str], tuple[int, Target]] = {}
    complaints = []
    for index, row in enumerate(grid):
        if not any(text(cell) for cell in row[: _VALUE + 1]):
            continue
        target = _target(index, row)
        if isinstance(target, Complaint):
            complaints.append(target)
            continue
        key = (target.month, fold(target.channel), target.measure)
        if key in targets:
            upper, lower = targets.pop(key)[0], index + 2
            expected = "одна строка с таким месяцем, каналом и показателем"
            used = f"учтена строка {lower}"
            cell = grid[upper][_MEASURE]
            complaints.append(complain(TAB.title, upper, "Показатель", cell, expected, used))
        targets[key] = index, target
    return tuple(target for _, target in targets.values()), sorted(complaints, key=lambda c: c.row)


def _target(index: int, row: Sequence[Cell]) -> Target | Complaint:
    """One row, or the complaint about its first wrong cell."""
    place = _MONTH
    try:
        month = _month(row[_MONTH])
        place = _CHANNEL
        channel = label(row[_CHANNEL])
        place = _MEASURE
        measure = word(row[_MEASURE], _CODES)
        place = _VALUE
        value = _value(row[_VALUE], measure)
    except CellError as wrong:
        return complain(
            TAB.title, index, TAB.columns[place].title, row[place], str(wrong), _LEFT_OUT
        )
    return Target(month, ALL if fold(channel) in ("", fold(ALL)) else channel, measure, value)


def _month(cell: Cell) -> int:
    """A month: «11.2026», that as a number, or any day of it."""
    typed = f"{cell:.4f}" if isinstance(cell, float) and 1 < cell < 13 else text(cell)
    match = re.fullmatch(r"(0?[1-9]|1[0-2])[./](20\d\d)", typed)
    if match:
        return month_number(date(int(match[2]), int(match[1]), 1))
    try:
        return month_number(day(cell))
    except CellError:
        raise CellError("месяц, например 11.2026") from None


def _value(cell: Cell, measure: str) -> float:
    """People, kopecks, or a share of one."""
    if measure in MONEY:
        return float(kopecks(cell))
    number = _number(cell, share=measure in SHARES)
    low, high = _LIMITS.get(measure, (0, _MOST))
    if number is None or not low <= number <= high:
        raise CellError("проценты, например 150 %" if measure in SHARES else "число, например 260")
    return float(number)


def _number(cell: Cell, *, share: bool) -> Decimal | None:
    if isinstance(cell, int | float) and not isinstance(cell, bool) and isfinite(cell):
        return Decimal(str(cell))
    typed = text(cell)
    match = _NUMBER.fullmatch(typed if share else typed.replace(" ", ""))
    if not isinstance(cell, str) or not match or (match[2] and not share):
        return None
    number = Decimal(match[1].replace(",", ".").replace("−", "-"))
    return number / 100 if match[2] else number


def table(
    tab: Tab,
    grid: Sequence[Sequence[Cell]],
    own_complaints: Sequence[Complaint],
    channel_report: pd.DataFrame | None = None,
) -> Table:
    """In: what people typed, complaints about it, the channels that there are. Out: the same rows
    with «Проверка», each plan in the unit of its measure."""
    laid = typed_rows.table(tab, grid, own_complaints)
    codes = {fold(title): code for title, code in _CODES.items()}
    measures = [codes.get(fold(text(row[_MEASURE]))) for row in laid.rows]
    formats = {(at, _VALUE): form_of(m) for at, m in enumerate(measures) if m}
    names = [] if channel_report is None else channel_report["channel"].tolist()
    channel = replace(tab.columns[_CHANNEL], choices=_offered(names))
    columns = (*tab.columns[:_CHANNEL], channel, *tab.columns[_CHANNEL + 1 :])
    return replace(laid, columns=columns, formats=formats)


def _offered(names: Sequence[str]) -> tuple[str, ...]:
    """As many channels, the dearest first, as a list of Excel holds."""
    words = [ALL]
    for name in names:
        whole = name != TOTAL and "," not in name
        if whole and len(",".join([*words, name])) <= _LONGEST_LIST:
            words.append(name)
    return tuple(words)


TAB = Tab(
    "plan",
    "План",
    (
        Column("Месяц", "", "id", 12, "ММ.ГГГГ, например 11.2026."),
        Column("Канал", "", "text", 27, "Канал, как в «Отчёт по каналам». Пусто или «Все» — клиника целиком.", label=True),
        Column("Показатель", "", "text", 18, "Что запланировано.", choices=tuple(_CODES)),
        Column("План", "", "count", 16, "Сколько за месяц: человек, рублей или процентов (ROMI и ДРР: 150 %)."),
        Column("Проверка", "check", "text", 52, "Пишет сервис: принята ли строка. Из повторов учтена нижняя.", wrap=True),
    ),
    table=table,
    read=read,
    filled_by="people",
    colour=TAB_INPUT,
)  # fmt: skip
