"""Every tab of the invented clinic's book, made of its report frames."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sheets_sync.books.book import Typed
from sheets_sync.clinic.config import ReportConfig
from templates_sheets import (
    campaigns,
    channel_report,
    channels,
    cohorts,
    costs,
    definitions,
    directions,
    funnel,
    journal,
    models,
    quality,
    rollout,
    services,
    settings,
    summary,
    unit_by_channel,
    unit_economics,
    weekly,
)
from templates_sheets.inputs import read_inputs
from templates_sheets.journal import Line, of_complaint
from templates_sheets.tab import Table
from tests.metrics import cohort_frames
from tests.templates import report_frames as frames

AT = datetime(2026, 6, 30, 9, 5)


def tables(typed: Typed | None = None, days: int = 3, months: int = 3) -> Sequence[Table]:
    """All tables in the order of TABS, over what people typed."""
    typed = typed or Typed()
    grids, told = typed.grids, typed.comments
    inputs = read_inputs(grids, ReportConfig(), frames.SETTINGS.as_of)
    report = frames.channel_report()
    lines = [
        Line("Запуск", at=AT, outcome="готово", read=5412, new=118, refused=3, message="За 14 секунд."),
        Line("Источник", at=AT, where="file:exports/leads*.csv · лиды", outcome="прочитан",
             read=2874, new=61, changed=5, refused=3),
        *(of_complaint(c) for c in inputs.complaints),
        Line("Отказ", where="exports/leads.csv", row=412, column="Дата обращения", value="31.02.2026",
             message="Такой даты нет."),
    ]  # fmt: skip
    return (
        summary.table(report, frames.channel_report(0.87), frames.SETTINGS, AT,
                      ["file:exports/zapisi.xlsx: файл не читался с 12.06.2026, записи стоят на старых строках."]),
        weekly.table(frames.weekly(), frames.SETTINGS),
        channel_report.table(report, frames.SETTINGS, told.get("channel_report", {})),
        campaigns.table(frames.campaigns(), frames.SETTINGS, told.get("campaigns", {})),
        cohorts.table(cohort_frames.cohorts(months)),
        unit_economics.table(frames.unit_economics("direction")),
        unit_by_channel.table(frames.unit_economics("channel")),
        services.table(frames.services()),
        funnel.table(frames.funnel(days)),
        models.table(frames.models()),
        quality.table(frames.quality()),
        rollout.table(frames.rollout()),
        definitions.table(),
        journal.table(lines),
        settings.table(grids.get("settings", []), frames.SETTINGS, inputs.goals, inputs.about("Настройки")),
        costs.table(grids.get("costs", []), inputs.about("Расходы")),
        channels.table(grids.get("channels", []), inputs.about("Каналы")),
        directions.table(grids.get("directions", []), inputs.about("Направления")),
    )  # fmt: skip
