"""«Воронка»: the rows that everything else adds up from, for filters and pivots of one's own."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metrics.reports.funnel import funnel
from templates_sheets.cells import rows
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.tab import Column, Definition, Tab, Table


def table(tab: Tab, frame: pd.DataFrame) -> Table:
    """In: `metrics.reports.funnel`. Out: its rows; «Ретаргет» is «да» or empty."""
    body = frame.assign(retarget=np.where(frame["retarget"].to_numpy(dtype=bool), "да", ""))
    return Table(tab, tab.columns, rows(body, tab.columns))


TAB = Tab(
    "funnel",
    "Воронка",
    (
        Column("Дата", "day", "date", 12, "День события по времени клиники."),
        Column("Канал", "channel", "text", 24, "Канал, что привёл пациента."),
        Column("Кампания", "campaign", "text", 36, "Кампания, что привела пациента; пусто — неизвестна.",
               personal="campaign"),
        Column("Направление", "direction", "text", 18, "Направление этой кампании."),
        Column("Ретаргет", "retarget", "text", 12, "«да», если пациента вернул ретаргет."),
        Column("Визиты на сайт", "sessions", "count", 10, "Визиты по Яндекс.Метрике."),
        Column("Достижения целей", "goal_reaches", "count", 13, "Достижения целей Метрики."),
        Column("Показы", "impressions", "count", 10, "Показы рекламы.",
               definition=Definition("Из расходов: столько, сколько сообщила площадка", "никогда",
                                     name="Показы, Клики", section="Обращения и пациенты")),
        Column("Клики", "clicks", "count", 9, "Клики по рекламе.",
               definition=Definition("Из расходов: столько, сколько сообщила площадка", "никогда",
                                     name="Показы, Клики", section="Обращения и пациенты")),
        Column("Лиды", "leads", "count", 8, "Обращения без спама, дублей и повторных."),
        Column("Повторные обращения", "repeat_requests", "count", 12, "Обращения тех, кто уже был в клинике."),
        Column("Записи", "bookings", "count", 9, "Первые записи пациентов."),
        Column("Визиты", "visits", "count", 9, "Первые визиты пациентов."),
        Column("Повторные визиты", "repeat_visits", "count", 12, "Остальные визиты."),
        Column("Договоры", "contracts", "count", 11, "Пациенты с визитом и оплатой."),
        Column("Новые пациенты", "new_patients", "count", 11, "Первые оплаты пациентов."),
        Column("Выручка", "revenue", "money", 13, "Оплаты за вычетом возвратов."),
        Column("Маржа", "margin", "money", 13, "Выручка без себестоимости; пусто, если она неизвестна."),
        Column("Расходы", "cost", "money", 13, "Расходы на рекламу за день."),
    ),
    report=funnel,
    table=table,
    always=True,
    row_key=("Дата", "Канал", "Кампания", "Направление", "Ретаргет"),
    colour=TAB_NUMBERS,
)  # fmt: skip
