"""What accepting an upload would do, in sentences: literal rows in, literal sentences out."""

from __future__ import annotations

from datetime import date

import pytest

from sheets_sync.sources.source import Pulled
from sheets_sync.web.cell_text import Text, cell_text
from sheets_sync.web.effects import _same_days
from sheets_sync.web.upload_source import UploadPlace
from tests.rows import frame

DAYS = (date(2026, 3, 1), date(2026, 3, 2))


def cost(source: str, day: str, kopecks: int) -> dict[str, object]:
    ends = {"date_from": day, "date_to": day}
    return {"source": source, "platform": "Авито", "cost": kopecks, **ends}


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("upload:другая", "суммы сложатся."),
        ("avito:77", "за день и канал в отчёт идёт один вид источника («Чьи расходы важнее»)."),
    ],
)
def test_costs_of_the_same_days_elsewhere_are_told_with_what_becomes_of_them(
    source: str, sentence: str
) -> None:
    place = UploadPlace("costs", "расходы")
    fresh = frame("costs", cost(place.source, "2026-03-01", 10_000))
    there = frame("costs", cost(source, "2026-03-02", 5_000), cost(source, "2026-03-09", 7_000))
    (sentence_there,) = _same_days(place, Pulled("costs", fresh, replace=DAYS), fresh, there)
    assert sentence_there.startswith("За 01.03.2026 – 02.03.2026 уже есть")
    assert sentence_there.endswith(sentence)


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (None, "money", Text("—")),
        (0.125, "change", Text("▲ 12,5 %", "good")),
        (0.125, "change_bad", Text("▲ 12,5 %", "bad")),
        (-3.0, "points", Text("▼ 3,0 п.п.", "bad")),
        (0.0, "change", Text("0,0 %")),
        ("2026-03-01", "month", Text("03.2026")),
        ("2026-03-01", "date", Text("01.03.2026")),
        ("2026-03-01T10:05:00", "datetime", Text("01.03.2026 10:05")),
        ("=1+1", "text", Text("=1+1")),
        (1.5, "count", Text("1,5")),
    ],
)
def test_a_cell_is_written_as_the_book_shows_it(value: object, form: str, text: Text) -> None:
    shown = cell_text(value, form)
    assert (shown.text.replace("\N{NO-BREAK SPACE}", " "), shown.tone) == (text.text, text.tone)
