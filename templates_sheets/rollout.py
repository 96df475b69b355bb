"""«Внедрение»: the article's plan of seven days (S1), ticking itself from what the data show."""

from __future__ import annotations

from metrics.reports.rollout import rollout
from templates_sheets.look import TAB_CHECKS
from templates_sheets.tab import Column, Tab

TAB = Tab(
    "rollout",
    "Внедрение",
    (
        Column("День", "day", "count", 8, "День плана."),
        Column("Что сделать", "task", "text", 44, "Шаг плана.", wrap=True),
        Column("Готово", "done", "check", 10, "✓ ставится само, когда это видно по данным."),
        Column("Как проверено", "evidence", "text", 56, "По каким данным это видно.", wrap=True),
        Column("Следующий шаг", "next_step", "text", 56, "Что сделать, чтобы день закрылся.", wrap=True),
    ),
    report=rollout,
    always=True,
    row_key=("День",),
    filters=False,
    colour=TAB_CHECKS,
)  # fmt: skip
