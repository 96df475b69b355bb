"""«Сравнение»: the report's period beside the one before it, and what moved CAC and ROMI."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from metrics.reports.comparison import DIFFERENCES, comparison
from metrics.settings import TOTAL, Settings
from templates_sheets import plain
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.tab import Column, Definition, Format, Tab, Table

_SIDES = {"channel": "Канал", "direction": "Направление"}
_PER_MONTH = "В среднем за 30 дней: сумма периода × 30 / дней в нём."
_CAC = "Пусто: нет расходов или новых пациентов."
_ROMI = "Пусто: расходов нет или маржа неизвестна."
_LTV = "Пусто: слишком мало пациентов под наблюдением."
_MEASURES: tuple[tuple[str, str, Format, bool, str, str], ...] = (
    ("cost", "Расходы", "money", False, _PER_MONTH, ""),
    ("leads", "Лиды", "count", True, _PER_MONTH, ""),
    ("new_patients", "Новые пациенты", "count", True, _PER_MONTH, ""),
    ("revenue", "Выручка", "money", True, _PER_MONTH, ""),
    ("margin_new", "Маржа новых", "money", True,
     "Маржа периода от пациентов, впервые заплативших в нём, за 30 дней.", "Пусто: маржа неизвестна."),
    ("cac", "CAC", "money", False, "Расходы / Новые пациенты, из целых сумм.", _CAC),
    ("romi_new", "ROMI новых", "percent", True, "(Маржа новых − Расходы) / Расходы.", _ROMI),
    ("romi_revenue", "ROMI по выручке", "percent", True, "(Выручка − Расходы) / Расходы.", _ROMI),
    ("ltv", "LTV", "money", True, "LTV на последний день периода.", _LTV),
)  # fmt: skip
_CAUSES: tuple[tuple[str, str, Format, str], ...] = (
    ("cac_price", "CAC: цена", "money", "Сколько рублей CAC клиники дала цена пациента в самой строке."),
    ("cac_mix", "CAC: состав", "money", "Сколько рублей CAC клиники дала доля строки среди пациентов."),
    ("romi_yield", "ROMI: отдача", "points", "Сколько п.п. ROMI новых клиники дала отдача самой строки."),
    ("romi_mix", "ROMI: состав", "points", "Сколько п.п. ROMI новых клиники дала доля строки в расходах."),
)  # fmt: skip


def _columns() -> tuple[Column, ...]:
    columns = []
    for key, title, form, good, hint, reason in _MEASURES:
        for when, name in (("before", "было"), ("after", "стало")):
            columns.append(
                Column(f"{title}: {name}", f"{key}_{when}", form, 13, hint, reason=reason,
                       definition=Definition(hint.rstrip("."), reason.removeprefix("Пусто: ").rstrip(".") or "никогда"))
            )  # fmt: skip
        change: Format = "points" if key in DIFFERENCES else "change" if good else "change_bad"
        words = "Разность" if key in DIFFERENCES else "Стало / Было − 1"
        columns.append(
            Column(f"{title}: изменение", f"{key}_change", change, 12, f"{words}.",
                   reason="Пусто: сравнить не с чем.",
                   definition=Definition(words, "«было» нет или оно не больше нуля"))
        )  # fmt: skip
    for key, title, form, hint in _CAUSES:
        columns.append(
            Column(title, key, form, 13, hint + " Все строки вместе дают всё изменение.",
                   reason="Пусто: в одном из периодов не на что делить.",
                   definition=Definition(hint.rstrip("."), "в одном из периодов нет новых пациентов или расходов",
                                         "Части всех строк складываются в изменение «Итого» точно."))
        )  # fmt: skip
    return tuple(columns)


def _table(tab: Tab, frame: pd.DataFrame, settings: Settings) -> Table:
    """In: `metrics.reports.comparison`. Out: both sides one under the other, each with its total."""
    points = [*(f"{name}_change" for name in DIFFERENCES), "romi_yield", "romi_mix"]
    shown = frame.assign(
        side=frame["side"].map(_SIDES), **{name: frame[name] * 100 for name in points}
    )
    totals = (shown["name"] == TOTAL).to_numpy().nonzero()[0].tolist()
    return replace(plain.table(tab, shown, settings), bold=frozenset(totals))


TAB = Tab(
    "comparison",
    "Сравнение",
    (
        Column("Разрез", "side", "text", 13, "По каналам или по направлениям."),
        Column("Название", "name", "text", 27, "Канал или направление."),
        *_columns(),
    ),
    report=comparison,
    table=_table,
    row_key=("Разрез", "Название"),
    freeze=2,
    colour=TAB_NUMBERS,
    page_at=("Маржа новых: было", "ROMI по выручке: было"),
)
