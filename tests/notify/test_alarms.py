"""An effect in words: people are counted, money is in roubles, a plan has a pace."""

from __future__ import annotations

from datetime import date

import pytest

from metrics.measures.alert import Alert
from sheets_sync.notify.alarms import effect_line

DAY = date(2026, 10, 25)


@pytest.mark.parametrize(
    ("alert", "line"),
    [
        (
            Alert(DAY, "Меньше лидов", "Директ", 15.0, 4.0, 3_300_000.0, "расходы ▼ 30 %"),
            "Меньше лидов — Директ: было 15, стало 4. Эффект: 33 000 ₽. Причины: расходы ▼ 30 %.",
        ),
        (
            Alert(DAY, "Расход вырос", "РСЯ", 1_000_050.0, 4_000_000.0, 3_000_000.0),
            "Расход вырос — РСЯ: было 10 000 ₽, стало 40 000 ₽. Эффект: 30 000 ₽.",
        ),
        (
            Alert(DAY, "План под угрозой", "Все", 26_000_000.0, 20_000_000.0, 6_000_000.0),
            "План под угрозой — Все: план 260 000 ₽, темп 200 000 ₽. Эффект: 60 000 ₽.",
        ),
    ],
)
def test_an_effect_in_one_line(alert: Alert, line: str) -> None:
    assert effect_line(alert) == line
