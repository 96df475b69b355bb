"""«Услуги и врачи»: what was sold in the period, by the payment's own service and doctor."""

from __future__ import annotations

import pandas as pd

from templates_sheets.cells import rows
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.period_columns import UNKNOWN_MARGIN
from templates_sheets.tab import Column, Tab, Table

TAB = Tab(
    "services",
    "Услуги и врачи",
    (
        Column("Услуга", "service", "text", 36, "Услуга из оплаты; пусто — в выгрузке её нет."),
        Column("Врач", "doctor", "text", 22, "Врач из оплаты."),
        Column("Направление", "direction", "text", 20, "Направление самой оплаты, не рекламы."),
        Column("Оплаченные визиты", "paid_visits", "count", 13, "Дни, в которые пациенты за это платили."),
        Column("Позиции", "items", "count", 10, "Строки оплат с суммой больше нуля."),
        Column("Выручка", "revenue", "money", 14, "Оплаты за вычетом возвратов."),
        Column("Маржа", "margin", "money", 14, "Выручка без себестоимости; пусто, если она неизвестна."),
        Column("Доля маржи", "margin_share", "percent", 12, "Какую часть всей маржи приносит строка.", bar=True),
        Column("Средний чек", "avg_check_visit", "money", 13, "Выручка / Оплаченные визиты."),
    ),
    row_key=("Услуга", "Врач", "Направление"),
    colour=TAB_NUMBERS,
)  # fmt: skip


def table(frame: pd.DataFrame) -> Table:
    """In: `metrics.reports.services`. Out: its rows, most revenue first; a note where margin is unknown."""
    at = [column.key for column in TAB.columns].index("margin")
    unknown = frame["margin"].isna().to_numpy().nonzero()[0].tolist()
    notes = {(place, at): UNKNOWN_MARGIN for place in unknown}
    return Table(TAB, TAB.columns, rows(frame, TAB.columns), notes=notes)
