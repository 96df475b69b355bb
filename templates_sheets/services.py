"""«Услуги и врачи»: what was sold in the period, by the payment's own service and doctor."""

from __future__ import annotations

from metrics.reports.services import services
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.plain import UNKNOWN_MARGIN
from templates_sheets.tab import Column, Definition, Tab

TAB = Tab(
    "services",
    "Услуги и врачи",
    (
        Column("Услуга", "service", "text", 36, "Услуга из оплаты; пусто — в выгрузке её нет."),
        Column("Врач", "doctor", "text", 22, "Врач из оплаты.", personal="doctor"),
        Column("Направление", "direction", "text", 20, "Направление самой оплаты, не рекламы."),
        Column("Оплаченные визиты", "paid_visits", "count", 13, "Дни, в которые пациенты за это платили.",
               definition=Definition("Дни, когда пациенты платили за эту услугу этому врачу", "никогда",
                                     "Услуга, врач и направление — из самой оплаты. Расходов на привлечение здесь нет.")),
        Column("Позиции", "items", "count", 10, "Строки оплат с суммой больше нуля.",
               definition=Definition("Строки оплат с суммой больше нуля", "никогда")),
        Column("Выручка", "revenue", "money", 14, "Оплаты за вычетом возвратов."),
        Column("Маржа", "margin", "money", 14, "Выручка без себестоимости; пусто, если она неизвестна.",
               reason=UNKNOWN_MARGIN),
        Column("Доля маржи", "margin_share", "percent", 12, "Какую часть всей маржи приносит строка.", bar=True),
        Column("Средний чек", "avg_check_visit", "money", 13, "Выручка / Оплаченные визиты."),
    ),
    report=services,
    always=True,
    row_key=("Услуга", "Врач", "Направление"),
    colour=TAB_NUMBERS,
)  # fmt: skip
