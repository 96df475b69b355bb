"""«Юнит по каналам»: the same unit economics with the channel first."""

from __future__ import annotations

from metrics.reports.unit_by_channel import unit_by_channel
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.tab import Chart, Column, Tab
from templates_sheets.unit_economics import UNIT_COLUMNS

TAB = Tab(
    "unit_by_channel",
    "Юнит по каналам",
    (Column("Канал", "channel", "text", 27, "Канал, что привёл лида."), *UNIT_COLUMNS),
    report=unit_by_channel,
    always=True,
    row_key=("Канал",),
    charts=(
        Chart(
            "unit_channel_cm",
            "Маржинальная прибыль (CM) и расходы (AC) по каналам",
            "column",
            "Канал",
            ("CM", "AC"),
            anchor="B+2",
            width=760,
        ),
    ),
    colour=TAB_NUMBERS,
    page_at=("CR безубыточности",),
)
