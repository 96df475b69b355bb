"""«Отчёт по каналам»: what each channel brought and cost, in the order of the article (S0)."""

from __future__ import annotations

from metrics.reports.channel_report import channel_report
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.period_columns import CHANNEL, COLUMNS
from templates_sheets.period_table import table
from templates_sheets.tab import Chart, Tab

TAB = Tab(
    "channel_report",
    "Отчёт по каналам",
    (
        CHANNEL,
        *COLUMNS,
    ),
    report=channel_report,
    table=table,
    always=True,
    row_key=("Канал",),
    total=True,
    charts=(
        Chart(
            "channel_romi",
            "Расходы и ROMI новых по каналам",
            "column",
            "Канал",
            ("Расходы",),
            second=("ROMI новых",),
            rows="first:10",
            anchor="B+2",
            width=660,
        ),
        Chart(
            "channel_money",
            "Расходы и маржа по каналам",
            "bar",
            "Канал",
            ("Расходы", "Маржа"),
            rows="first:10",
            anchor="I+2",
            width=630,
        ),
    ),
    colour=TAB_NUMBERS,
    page_at=("Новые пациенты",),
)
