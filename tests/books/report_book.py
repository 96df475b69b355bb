"""Tabs of the invented clinic's book, made of its report frames."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from metrics.sources import SourceFreshness
from sheets_sync.books.book import Typed
from sheets_sync.clinic.config import ReportConfig
from templates_sheets import laying
from templates_sheets.inputs import read_inputs
from templates_sheets.journal import Line, of_complaint
from templates_sheets.laying import Answers
from templates_sheets.material import Material
from templates_sheets.tab import Tab, Table
from templates_sheets.tabs import TABS
from tests.metrics import cohort_frames
from tests.templates import report_frames as frames

AT = datetime(2026, 6, 30, 9, 5)


def tables(
    typed: Typed | None = None, days: int = 3, months: int = 3, tabs: Sequence[Tab] = TABS
) -> list[Table]:
    """The tables of `tabs` in their order, over what people typed."""
    typed = typed or Typed()
    inputs = read_inputs(typed.grids, ReportConfig(), frames.SETTINGS.as_of)
    lines = [
        Line("Запуск", at=AT, outcome="готово", read=5412, new=118, refused=3, message="За 14 секунд."),
        Line("Источник", at=AT, where="file:exports/leads*.csv · лиды", outcome="прочитан",
             read=2874, new=61, changed=5, refused=3),
        *(of_complaint(c) for c in inputs.complaints),
        Line("Отказ", where="exports/leads.csv", row=412, column="Дата обращения", value="31.02.2026",
             message="Такой даты нет."),
    ]  # fmt: skip
    material = Material(
        frames.SETTINGS, {}, AT,
        sources=[SourceFreshness("exports/zapisi.xlsx", "appointments", date(2026, 6, 12), stale=True)],
        typed=inputs.typed, grids=typed.grids, comments=typed.comments,
        complaints=inputs.complaints, goals=inputs.goals, journal=lines,
    )  # fmt: skip
    known = frames.reports() | {
        "funnel": frames.funnel(days),
        "cohorts": cohort_frames.cohorts(months),
    }
    return laying.tables(Answers(material, ready=known), [tab.key for tab in tabs], tabs)
