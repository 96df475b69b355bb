"""«Сверка» as cells: the newest month is open, of the others the totals are."""

from __future__ import annotations

from datetime import date, datetime

from metrics.settings import TOTAL, Settings
from templates_sheets import laying, reconciliation
from templates_sheets.laying import Answers
from templates_sheets.material import Material
from templates_sheets.tab import Table
from tests.metrics.clinic_rows import lead
from tests.rows import frame

SETTINGS = Settings(date(2026, 7, 15), date(2026, 4, 16), date(2026, 7, 14))


def laid() -> Table:
    """Two channels in May and June, one in July."""
    leads = [
        lead("L1", "2026-05-02", utm_source="vk", utm_medium="cpc"),
        lead("L2", "2026-05-03", source_raw="2ГИС"),
        lead("L3", "2026-06-02", utm_source="vk", utm_medium="cpc"),
        lead("L4", "2026-06-03", source_raw="2ГИС"),
        lead("L5", "2026-07-03", source_raw="2ГИС"),
    ]
    rows = {"leads": frame("leads", *leads)}
    answers = Answers(Material(SETTINGS, rows, datetime(2026, 7, 15)))
    return laying.table(reconciliation.TAB, answers)


def test_months_but_the_newest_are_closed_over_their_totals() -> None:
    table = laid()
    months = [(row[0].month, row[1] == TOTAL) for row in table.rows]  # type: ignore[union-attr]
    assert months == [
        *((7, False), (7, True)),
        *((6, False), (6, False), (6, True)),
        *((5, False), (5, False), (5, True)),
    ]
    assert table.folded == ((2, 3), (5, 6))
    assert table.bold == {1, 4, 7}
    assert table.tab.sum_below


def test_nobody_counts_visits_to_the_site_without_metrica() -> None:
    table = laid()
    at = [column.key for column in table.columns].index("sessions")
    assert {row[at] for row in table.rows} == {None}
    assert table.notes[0, at] == "Пусто: Метрика не подключена."
