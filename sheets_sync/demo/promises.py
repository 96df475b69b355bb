"""What the invented clinic's owner promises for a month: a little more than it has been doing."""

from __future__ import annotations

from collections import Counter
from datetime import date

from sheets_sync.demo.story import Story
from templates_sheets.tab import Cell

#: Months that are looked back on, months that are promised; growth; margin where no cost is known.
_LOOK_BACK, _PROMISED, _GROWTH, _MARGIN_RATE = 3, 4, 1.1, 0.45
_NO_LEADS = ("Спам", "Дубль")
_NO_REVENUE = ("Списание бонусов", "Списание с баланса")

Month = int


def rows(story: Story) -> list[list[Cell]]:
    """Rows of «План» up to the month after the last, as people type them; none of a young clinic."""
    leads, payers, revenue, margin = _months(story)
    after = _month(story.last) + 1
    typed: list[list[Cell]] = []
    for month in range(after - _PROMISED + 1, after + 1):
        before = [month - n for n in range(1, _LOOK_BACK + 1)]
        if before[-1] < _month(story.first):
            continue
        for title, counted, step in (
            ("Лиды", leads, 10),
            ("Новые пациенты", payers, 5),
            ("Выручка", revenue, 50_000),
            ("Маржа", margin, 50_000),
        ):
            usual = sum(counted[m] for m in before) / _LOOK_BACK
            promise = round(usual * _GROWTH / step) * step
            typed.append([f"{month % 12 + 1:02}.{month // 12}", None, title, promise])
    return typed


def _months(story: Story) -> tuple[Counter[Month], ...]:
    """Leads, new payers, roubles of revenue and of margin, by month."""
    leads = Counter(_month(row.at.date()) for row in story.leads if row.status not in _NO_LEADS)
    first: dict[int, Month] = {}
    revenue: Counter[Month] = Counter()
    margin: Counter[Month] = Counter()
    for row in (each for each in story.payments if each.kind not in _NO_REVENUE):
        month = _month(row.at.date())
        first.setdefault(row.booking.person.card, month)
        share = 1 - (row.cost / abs(row.amount) if row.cost and row.amount else 1 - _MARGIN_RATE)
        revenue[month] += row.amount // 100
        margin[month] += round(row.amount * share / 100)
    return leads, Counter(first.values()), revenue, margin


def _month(day: date) -> Month:
    return day.year * 12 + day.month - 1
