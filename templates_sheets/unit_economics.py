"""«Юнит-экономика» by direction: what one lead brings and costs, and what breaks even."""

from __future__ import annotations

from math import isnan

import pandas as pd

from templates_sheets.cells import rows
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.period_columns import FEW_WATCHED, UNKNOWN_MARGIN
from templates_sheets.tab import Chart, Column, Tab, Table

UNIT_COLUMNS = (
    Column("UA", "ua", "count", 8, "Лиды, обратившиеся за период."),
    Column("B", "b", "count", 8, "Сколько из них заплатили к сегодняшнему дню."),
    Column("CR", "cr", "percent", 9, "B / UA: доля лидов, ставших платящими."),
    Column("AC", "ac", "money", 13, "Расходы на рекламу за период."),
    Column("CPA", "cpa", "money", 10, "AC / UA: цена лида."),
    Column("CAC", "cac", "money", 11, "AC / B: цена платящего пациента."),
    Column("AvP", "avp", "money", 11, "Средняя цена одной позиции: выручка / позиции."),
    Column("APC", "apc", "ratio", 8, "Позиций на платящего пациента."),
    Column("COGS", "cogs", "money", 11, "Себестоимость одной позиции."),
    Column("1COGS", "first_cogs", "money", 10, "Скидки и бонусы первого визита на платящего."),
    Column("ARPPU", "arppu", "money", 12, "(AvP − COGS) × APC − 1COGS: доход с платящего."),
    Column("ARPU", "arpu", "money", 11, "ARPPU × CR: доход с лида."),
    Column("CM", "cm", "money", 14, "Маржинальная прибыль: маржа − бонусы − AC. То же, что UA × (ARPU − CPA)."),
    Column("RPR", "rpr", "percent", 9, "Доля платящих, которые заплатили ещё раз."),
    Column("Lifetime", "lifetime", "months", 11, "Месяцев между первой и последней оплатой у вернувшихся."),
    Column("LTV", "ltv", "money", 12, "Маржа с пациента за первый год."),
    Column("LTV / CAC", "ltv_cac", "ratio", 9, "Правило: не меньше 3."),
    Column("Доля маржи", "margin_share", "percent", 10, "Какую часть всей маржи приносит строка.", bar=True),
    Column("Старше 90 дней", "older_90", "percent", 10, "Доля лидов старше 90 дней: пока их мало, строка не дозрела."),
    Column("CR безубыточности", "breakeven_cr", "percent", 18, "CR, при котором CM = 0; остальное как есть."),
    Column("AC безубыточности", "breakeven_ac", "money", 18, "Расходы, при которых CM = 0."),
    Column("AvP безубыточности", "breakeven_avp", "money", 18, "Цена позиции, при которой CM = 0."),
    Column("APC безубыточности", "breakeven_apc", "ratio", 18, "Позиций на пациента, при которых CM = 0."),
    Column("1COGS безубыточности", "breakeven_first_cogs", "money", 18, "Скидка на пациента, при которой CM = 0."),
    Column("Рычаг", "lever_text", "text", 34, "Где до безубыточности ближе всего.", wrap=True),
    Column("Вывод", "verdict", "text", 58, "Что видно по строке и что проверить.", wrap=True),
)  # fmt: skip

TAB = Tab(
    "unit_economics",
    "Юнит-экономика",
    (
        Column("Направление", "direction", "text", 22, "Направление, что привело лида."),
        *UNIT_COLUMNS,
    ),
    row_key=("Направление",),
    charts=(
        Chart(
            "unit_cm",
            "Маржинальная прибыль (CM) и расходы (AC) по направлениям",
            "column",
            "Направление",
            ("CM", "AC"),
            anchor="B+2",
            width=760,
        ),
    ),
    colour=TAB_NUMBERS,
    page_at=("CR безубыточности",),
)


def table(frame: pd.DataFrame) -> Table:
    """In: `metrics.reports.unit_economics` by direction. Out: its rows, a note where CM cannot be known."""
    return unit_table(TAB, frame)


def unit_table(tab: Tab, frame: pd.DataFrame) -> Table:
    """The table of unit economics whose first column is the unit."""
    at = {column.key: place for place, column in enumerate(tab.columns)}
    notes = {}
    for place, row in enumerate(frame[["cm", "ltv", "b"]].to_dict("records")):
        if isnan(row["cm"]):
            notes[place, at["cm"]] = UNKNOWN_MARGIN
        if row["b"] > 0 and isnan(row["ltv"]):
            notes[place, at["ltv"]] = FEW_WATCHED
    return Table(tab, tab.columns, rows(frame, tab.columns), notes=notes)
