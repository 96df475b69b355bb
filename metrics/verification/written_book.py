"""A book that can be recounted: its period from «Настройки», and the days that «Воронка» holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from metrics.verification.daily import NAMES, Daily, daily
from metrics.verification.written_tab import Written, WrittenTab, day, number, words, written_tab

_FIRST, _LAST = "Период с", "Период по"
_COMPARED = ("Сравнить с периодом с", "Сравнить с периодом по")
_FUNNEL_MONTHS, _MIN_PATIENTS = "Воронка: месяцев", "Скрывать строки меньше, пациентов"
_PARTIAL = "(идёт)"
_USUAL_MONTHS = 13

Span = tuple[date, date]


class UnreadableBookError(ValueError):
    """Raised where a book does not say what it was made of; `str(error)` is a Russian phrase."""


@dataclass(frozen=True)
class WrittenBook:
    """A book's cells and what they were made with.

    daily    «Воронка»
    period   the report's first and last day; `compared` the one «Сравнение» sets beside it
    since    the first day that «Воронка» holds wholly
    rows     whether its rows can be checked; else small ones are merged, and only totals can
    """

    written: Written
    daily: Daily
    period: Span
    compared: Span
    since: date
    rows: bool

    def tab(self, title: str, *heads: str) -> WrittenTab | None:
        """One of its tabs, known by some of its titles."""
        return written_tab(self.written, title, *heads)

    def holds(self, span: Span) -> bool:
        """Whether «Воронка» has every day of a span that is not the period's own.

        Small rows are merged into a day of their month, so then it has none.
        """
        return self.rows and span[0] >= self.since

    @property
    def before(self) -> Span:
        """As many days just before the period."""
        first, last = self.period
        return first - (last - first) - timedelta(days=1), first - timedelta(days=1)


def written_book(written: Written) -> WrittenBook | None:
    """The book of these cells; None if nothing happened in it yet, so «Воронка» has no row.

    Raises UnreadableBookError where «Настройки» or «Воронка» is missing, or says no period.
    """
    settings = written_tab(written, "Настройки", "Настройка", "Действует сейчас")
    if settings is None:
        raise UnreadableBookError("нет вкладки «Настройки» со столбцом «Действует сейчас»")
    funnel = written_tab(written, "Воронка", "Дата", *NAMES)
    if funnel is None:
        raise UnreadableBookError(
            "нет вкладки «Воронка» со столбцами «Дата», «Канал», «Кампания», «Направление»"
        )
    in_force = {
        name: settings.cell(row, "Действует сейчас")
        for (name,), (_, row) in settings.named("Настройка").items()
    }
    first, last = day(in_force.get(_FIRST)), day(in_force.get(_LAST))
    if first is None or last is None:
        raise UnreadableBookError(f"в «Настройки» не сказано, какой «{_FIRST}» и «{_LAST}»")
    rows = daily(funnel)
    if rows is None:
        return None
    start, end = (day(in_force.get(name)) for name in _COMPARED)
    end = end or first - timedelta(days=1)
    months = _whole(in_force.get(_FUNNEL_MONTHS), _USUAL_MONTHS)
    return WrittenBook(
        written,
        rows,
        (first, last),
        (start or end - (last - first), end),
        min(first, _month_of(_latest(written, rows), months - 1)),
        _whole(in_force.get(_MIN_PATIENTS), 1) <= 1,
    )


def _latest(written: Written, rows: Daily) -> date:
    """A day on which the report was made, or a later one: the last that «Неделя» may mean."""
    heads = [words(cell) for row in list(written.get("Неделя", ()))[:1] for cell in row]
    weeks = [(monday, _PARTIAL in head) for head in heads if (monday := day(head))]
    if not weeks:
        return date.fromordinal(int(rows.days.max()))
    monday, is_partial = max(weeks)
    return monday + timedelta(days=5 if is_partial else 6)


def _month_of(latest: date, months: int) -> date:
    """The first day of the month that is so many months earlier."""
    month = latest.year * 12 + latest.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)


def _whole(cell: object, usual: int) -> int:
    value = number(cell)
    return int(value) if isinstance(value, float) else usual
