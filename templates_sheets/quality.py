"""«Качество данных»: how far the numbers can be trusted, and what to do about it."""

from __future__ import annotations

from metrics.reports.quality import quality
from templates_sheets.look import TAB_CHECKS
from templates_sheets.tab import Column, Tab

TAB = Tab(
    "quality",
    "Качество данных",
    (
        Column("Проверка", "check", "text", 46, "Что проверено по данным периода.", wrap=True),
        Column("Значение", "text", "text", 46, "Сколько есть сейчас.", wrap=True),
        Column("Норма", "norm", "text", 22, "Сколько бывает обычно."),
        Column("В норме", "ok", "check", 10, "✓ — беспокоиться не о чем."),
        Column("Что делать", "action", "text", 78, "Следующий шаг, если не в норме.", wrap=True),
    ),
    report=quality,
    always=True,
    row_key=("Проверка",),
    colour=TAB_CHECKS,
)
