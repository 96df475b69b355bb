"""Cells of other days than the report's: «Сводка» with its earlier period, weeks, months."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from metrics.settings import ALL
from metrics.verification.daily import Sums
from metrics.verification.recount import RELATIVE, Recount, allowed, measured, over, recount
from metrics.verification.written_book import Span, WrittenBook
from metrics.verification.written_tab import WrittenTab, day, number

_SUMMARY = (
    *("Лиды", "Записи", "Визиты", "Договоры", "Новые пациенты", "Выручка", "Маржа", "Расходы"),
    *("ROMI", "CPL", "CAC"),
)
_WEEKLY = ("Лиды", "Записи", "Визиты", "Маржа", "CAC", "ROMI")
#: Their change is a difference in percentage points; of the others it is relative.
_PERCENTS = ("ROMI", "ROMI по выручке", "ДРР")
_PARTIAL = "(идёт)"
_NAME = "Показатель"


def of_summary(book: WrittenBook) -> Iterator[Recount]:
    """«Сводка»: the period, the one before it where «Воронка» holds it, and the change."""
    tab = book.tab("Сводка", _NAME, "Сейчас")
    if tab is None:
        return
    now = book.daily.sums(*book.period)[()]
    before = book.daily.sums(*book.before)[()] if book.holds(book.before) else None
    for measure in _SUMMARY:
        yield _cell(tab, measure, "Сейчас", measured(now, measure))
        if before:
            yield _cell(tab, measure, "Было", measured(before, measure))
            yield _change(tab, measure, before, now)
    yield _worth(tab)


def of_weeks(book: WrittenBook) -> Iterator[Recount]:
    """«Неделя»: the weeks that «Воронка» holds wholly, and the change of the last full one."""
    tab = book.tab("Неделя", _NAME)
    if tab is None:
        return
    weeks = {head: monday for head in tab.places if (monday := day(head))}
    sums = {
        head: book.daily.sums(*span)[()]
        for head, monday in weeks.items()
        if book.holds(span := _week(monday))
    }
    for head, one in sums.items():
        for measure in _WEEKLY:
            yield _cell(tab, measure, head, measured(one, measure))
    full = sorted((head for head in sums if _PARTIAL not in head), key=weeks.__getitem__)[-2:]
    if len(full) > 1:
        for measure in _WEEKLY:
            yield _change(tab, measure, sums[full[0]], sums[full[1]])


def of_cohorts(book: WrittenBook) -> Iterator[Recount]:
    """«Когорты»: costs of the months that «Воронка» holds wholly; small rows are merged there."""
    tab = book.tab("Когорты", "Месяц", "Канал", "Направление", "Расходы")
    if tab is None:
        return
    rows = tab.named("Месяц", "Канал", "Направление")
    for month in dict.fromkeys(key[0] for key in rows):
        span = _month(month)
        if span is None or span[0] < book.since:
            continue
        costs: dict[tuple[str, ...], float | None] = {
            (ALL, ALL): book.daily.sums(*span)[()]["Расходы"]
        }
        if book.rows:
            for key, sums in book.daily.sums(*span, "Канал").items():
                costs[*key, ALL] = sums["Расходы"]
            for key, sums in book.daily.sums(*span, "Канал", "Направление").items():
                costs[key] = sums["Расходы"]
            costs |= {k[1:]: 0.0 for k in rows if k[0] == month and k[1:] not in costs}
        for pair, cost in costs.items():
            row, expected = rows.get((month, *pair)), None if cost is None else cost / 100
            if row or expected:
                yield recount(tab, row, "Расходы", expected, " · ".join((month, *pair)))


def _month(name: str) -> Span | None:
    try:
        first = date.fromisoformat(f"{name}-01")
    except ValueError:
        return None
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _week(monday: date) -> Span:
    return monday, monday + timedelta(days=6)


def _cell(tab: WrittenTab, measure: str, title: str, expected: float | None) -> Recount:
    """The cell of a measure's row."""
    within = allowed(measure, expected)
    row = tab.named(_NAME).get((measure,))
    return recount(tab, row, title, expected, measure, measure, within)


def _worth(tab: WrittenTab) -> Recount:
    """LTV / CAC of the clinic, from the two cells that stand there."""
    rows = tab.named(_NAME)
    ltv, cac, row = (rows.get((title,)) for title in ("LTV (12 мес)", "CAC", "LTV / CAC"))
    parts = [number(tab.cell(r[1], "Сейчас")) if r else None for r in (ltv, cac)]
    worth = over(*(part if isinstance(part, float) else None for part in parts))
    within = RELATIVE * abs(worth or 0.0)
    return recount(tab, row, "Сейчас", worth, "LTV / CAC", "LTV / CAC", within)


def _change(tab: WrittenTab, measure: str, before: Sums, now: Sums) -> Recount:
    """The cell of «Изменение»: percentage points, or the growth of what was above 0."""
    was, became = (measured(sums, measure) for sums in (before, now))
    row = tab.named(_NAME).get((measure,))
    if was is None or became is None or (measure not in _PERCENTS and was <= 0):
        return recount(tab, row, "Изменение", None, measure, f"{measure}: изменение")
    scale = 0.01 if measure in _PERCENTS else was
    within = RELATIVE * max(abs(was), abs(became)) / scale
    return recount(
        tab, row, "Изменение", (became - was) / scale, measure, f"{measure}: изменение", within
    )
