"""«Отчёт по каналам»: what each channel brought and cost, in the order of the article (S0)."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from metrics.settings import Settings
from templates_sheets.look import TAB_OWNER
from templates_sheets.period_columns import COLUMNS, period_table
from templates_sheets.tab import Chart, Column, Tab, Table

TAB = Tab(
    "channel_report",
    "Отчёт по каналам",
    (
        Column("Канал", "channel", "text", 27, "Откуда пришёл пациент: по правилам «Каналы»."),
        *COLUMNS,
    ),
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
    colour=TAB_OWNER,
    page_at=("Новые пациенты",),
)


def table(
    frame: pd.DataFrame, settings: Settings, comments: Mapping[tuple[str, ...], str]
) -> Table:
    """In: `metrics.reports.channel_report`; comments by (channel,). Out: a row per channel, then «Итого»."""
    return period_table(TAB, frame, settings, comments)
