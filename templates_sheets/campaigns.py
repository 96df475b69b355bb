"""«Кампании»: the channel report's numbers by campaign, channel and direction."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from metrics.settings import Settings
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.period_columns import COLUMNS, period_table
from templates_sheets.tab import Column, Tab, Table

TAB = Tab(
    "campaigns",
    "Кампании",
    (
        Column(
            "Кампания", "campaign", "text", 30,
            "Название рекламной кампании из расходов; пусто — кампания неизвестна.",
        ),
        Column("Канал", "channel", "text", 24, "Откуда пришёл пациент: по правилам «Каналы»."),
        Column(
            "Направление", "direction", "text", 18,
            "Направление кампании, что привела пациента.",
        ),
        *COLUMNS,
    ),
    row_key=("Кампания", "Канал", "Направление"),
    colour=TAB_NUMBERS,
    page_at=("Новые пациенты",),
)  # fmt: skip


def table(
    frame: pd.DataFrame, settings: Settings, comments: Mapping[tuple[str, ...], str]
) -> Table:
    """In: `metrics.reports.campaigns`; comments by (campaign, channel, direction). Out: a row for each."""
    return period_table(TAB, frame, settings, comments)
