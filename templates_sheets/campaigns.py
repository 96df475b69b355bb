"""«Кампании»: the channel report's numbers by campaign, channel and direction."""

from __future__ import annotations

from metrics.reports.campaigns import campaigns
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.period_columns import COLUMNS
from templates_sheets.period_table import table
from templates_sheets.tab import Column, Definition, Tab

TAB = Tab(
    "campaigns",
    "Кампании",
    (
        Column(
            "Кампания", "campaign", "text", 36,
            "Название рекламной кампании из расходов; пусто — кампания неизвестна.",
            personal="campaign", reason="Пусто: ни в метке лида, ни в расходах кампания не названа.",
            definition=Definition(
                "utm_campaign лида, показанная под названием из расходов", "метки нет",
                section="Обращения и пациенты",
            ),
        ),
        Column("Канал", "channel", "text", 24, "Откуда пришёл пациент: по правилам «Каналы»."),
        Column(
            "Направление", "direction", "text", 18,
            "Направление кампании, что привела пациента.",
            definition=Definition(
                "Направление рекламной кампании, что привела лида. Если его нет — шаблон из "
                "«Направления», затем направление самого лида",
                "«Без направления», если ничего не известно",
                "Не направление визита: итог лечения не должен решать, какой рекламе его приписать.",
                section="Обращения и пациенты",
            ),
        ),
        *COLUMNS,
    ),
    report=campaigns,
    table=table,
    always=True,
    row_key=("Кампания", "Канал", "Направление"),
    colour=TAB_NUMBERS,
    page_at=("Новые пациенты",),
)  # fmt: skip
