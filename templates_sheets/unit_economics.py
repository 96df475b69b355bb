"""«Юнит-экономика» by direction: what one lead brings and costs, and what breaks even."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metrics.reports.unit_economics import unit_economics
from metrics.settings import Settings
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.period_columns import UNIT_BOUNDS
from templates_sheets.plain import FEW_WATCHED, UNKNOWN_MARGIN
from templates_sheets.tab import Chart, Column, Definition, Tab


def _no_ltv(row: Mapping[str, Any], _: Settings) -> str:
    return FEW_WATCHED if row["b"] > 0 else ""


_SECTION = "Юнит-экономика"
_EVEN = Definition(
    "Значение, при котором CM = 0, если остальное не менять", "такого значения нет",
    name="CR, AC, AvP, APC, 1COGS безубыточности", section=_SECTION,
)  # fmt: skip

UNIT_COLUMNS = (
    Column("UA", "ua", "count", 8, "Лиды: обратились за период.",
           definition=Definition("Лиды, созданные в периоде", "никогда", "Дальше — всё, что эти лиды принесли к сегодняшнему дню, когда бы это ни случилось.", section=_SECTION)),
    Column("B", "b", "count", 8, "Платящие: сколько из лидов заплатили к сегодняшнему дню.",
           definition=Definition("Сколько пациентов из этих лидов заплатили", "никогда", section=_SECTION)),
    Column("CR", "cr", "percent", 9, "Конверсия лида в платящего: B / UA.",
           definition=Definition("B / UA", "лидов нет", section=_SECTION)),
    Column("AC", "ac", "money", 13, "Расходы на рекламу за период.",
           definition=Definition("Расходы периода", "никогда", section=_SECTION)),
    Column("CPA", "cpa", "money", 10, "Цена лида: AC / UA.",
           definition=Definition("AC / UA", "расходов или лидов нет", "В статье 100 000 / 1 000 = 100 при 200 лидах. Верно: 100 000 / 200 = 500 ₽.", section=_SECTION)),
    Column("CAC", "cac", "money", 11, "Цена платящего пациента: AC / B."),
    Column("AvP", "avp", "money", 11, "Средняя цена одной позиции: выручка / позиции.",
           definition=Definition("Выручка / позиции. Позиция — строка оплаты с суммой больше нуля", "позиций нет", section=_SECTION)),
    Column("APC", "apc", "ratio", 8, "Позиций на платящего пациента.",
           definition=Definition("Позиции / B", "платящих нет", section=_SECTION)),
    Column("COGS", "cogs", "money", 11, "Себестоимость одной позиции.",
           definition=Definition("(Выручка − маржа) / позиции", "позиций нет или маржа неизвестна", section=_SECTION)),
    Column("1COGS", "first_cogs", "money", 10, "Скидки и бонусы первого визита на платящего.",
           definition=Definition("Бонусы и скидки первого визита / B", "платящих нет", section=_SECTION)),
    Column("ARPPU", "arppu", "money", 12, "Доход с платящего: (AvP − COGS) × APC − 1COGS.",
           definition=Definition("(AvP − COGS) × APC − 1COGS", "платящих нет или маржа неизвестна", section=_SECTION)),
    Column("ARPU", "arpu", "money", 11, "Доход с лида: ARPPU × CR.",
           definition=Definition("ARPPU × CR", "лидов нет или маржа неизвестна", section=_SECTION)),
    Column("CM", "cm", "money", 14, "Маржинальная прибыль: маржа − бонусы − AC. То же, что UA × (ARPU − CPA).",
           reason=UNKNOWN_MARGIN, definition=Definition("Маржа − бонусы − AC. То же двумя дорогами: UA × (ARPU − CPA) и B × (ARPPU − CAC)", "маржа неизвестна", "Обе дороги сходятся до копейки, иначе строка об этом скажет.", section=_SECTION)),
    Column("RPR", "rpr", "percent", 9, "Возвращаемость: доля платящих, которые заплатили ещё раз.",
           definition=Definition("Доля платящих, у которых два оплаченных визита и больше", "платящих нет", section=_SECTION)),
    Column("Lifetime", "lifetime", "months", 11, "Срок жизни: месяцев между первой и последней оплатой у вернувшихся.",
           definition=Definition("Среднее (последняя оплата − первая) у вернувшихся, в месяцах", "никто не вернулся", section=_SECTION)),
    Column("LTV", "ltv", "money", 12, "Ценность пациента: маржа с него за первый год.",
           reason=_no_ltv, definition=Definition("То же, что «LTV (12 мес)», для этого направления или канала", "как у «LTV (12 мес)»", section=_SECTION)),
    Column("LTV / CAC", "ltv_cac", "ratio", 9, "Ценность пациента к его цене; правило: не меньше 3."),
    Column("Доля маржи", "margin_share", "percent", 10, "Какую часть всей маржи приносит строка.", bar=True,
           definition=Definition("Маржа строки / маржа всех строк", "маржа неизвестна", section=_SECTION)),
    Column("Старше 90 дней", "older_90", "percent", 10, "Доля лидов старше 90 дней: пока их мало, строка не дозрела.",
           definition=Definition("Доля лидов, которым не меньше 90 дней", "лидов нет", "Молодая строка ещё не дозрела: её пациенты не успели заплатить.", section=_SECTION)),
    Column("CR безубыточности", "breakeven_cr", "percent", 18, "Конверсия, при которой CM = 0; остальное как есть.", definition=_EVEN),
    Column("AC безубыточности", "breakeven_ac", "money", 18, "Расходы, при которых CM = 0.", definition=_EVEN),
    Column("AvP безубыточности", "breakeven_avp", "money", 18, "Цена позиции, при которой CM = 0.", definition=_EVEN),
    Column("APC безубыточности", "breakeven_apc", "ratio", 18, "Позиций на пациента, при которых CM = 0.", definition=_EVEN),
    Column("1COGS безубыточности", "breakeven_first_cogs", "money", 18, "Скидка на пациента, при которой CM = 0.", definition=_EVEN),
    Column("Рычаг", "lever_text", "text", 34, "Где до безубыточности ближе всего.", wrap=True,
           definition=Definition("Тот из пяти, где до безубыточности ближе всего в долях от сегодняшнего", "ни один не доводит до нуля", section=_SECTION)),
    Column("Вывод", "verdict", "text", 96, "Что видно по строке и что проверить.", wrap=True),
    *UNIT_BOUNDS,
)  # fmt: skip

TAB = Tab(
    "unit_economics",
    "Юнит-экономика",
    (
        Column("Направление", "direction", "text", 22, "Направление, что привело лида."),
        *UNIT_COLUMNS,
    ),
    report=unit_economics,
    always=True,
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
