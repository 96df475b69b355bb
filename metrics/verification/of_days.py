"""Cells of other days than the report's: «Сводка» with its earlier period, weeks, months, plans."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from metrics.settings import ALL
from metrics.verification.daily import EMPTY, Sums
from metrics.verification.recount import RELATIVE, Recount, allowed, measured, over, recount
from metrics.verification.written_book import Span, WrittenBook
from metrics.verification.written_tab import WrittenTab, day, words

_SUMMARY = (
    *("Лиды", "Записи", "Визиты", "Договоры", "Новые пациенты", "Выручка", "Маржа", "Расходы"),
    *("ROMI", "CPL", "CAC"),
)
_COSTS = ("Расходы",)
_WEEKLY = ("Лиды", "Записи", "Визиты", "Маржа", "CAC", "ROMI")
#: Their change is a difference in percentage points; of the others it is relative.
_PERCENTS = ("ROMI", "ROMI по выручке", "ДРР")
_PARTIAL = "(идёт)"
_NAME, _MONTH, _FACT, _PASSED = "Показатель", "Месяц", "Факт", "Прошло календаря"
_PLANNED = (
    *("Лиды", "Записи", "Визиты", "Новые пациенты", "Договоры", "Выручка", "Маржа", "Расходы"),
    *("CPL", "CAC", "ROMI", "ДРР"),
)


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
            (ALL, ALL): book.daily.sums(*span, of=_COSTS)[()]["Расходы"]
        }
        if book.rows:
            for key, sums in book.daily.sums(*span, "Канал", of=_COSTS).items():
                costs[*key, ALL] = sums["Расходы"]
            for key, sums in book.daily.sums(*span, "Канал", "Направление", of=_COSTS).items():
                costs[key] = sums["Расходы"]
            costs |= {k[1:]: 0.0 for k in rows if k[0] == month and k[1:] not in costs}
        for pair, cost in costs.items():
            row, expected = rows.get((month, *pair)), None if cost is None else cost / 100
            if row or expected:
                yield recount(tab, row, "Расходы", expected, " · ".join((month, *pair)))


def of_plan(book: WrittenBook) -> Iterator[Recount]:
    """«План-факт»: the fact of months that «Воронка» holds, over the days that the tab says have
    passed, and what its own cells make of it."""
    tab = book.tab("План-факт", _MONTH, "Канал", _NAME, _FACT)
    spans = _passed(book, tab) if tab else {}
    sums: dict[Span, dict[str, Sums]] = {}
    for key, row in (tab.named(_MONTH, "Канал", _NAME) if tab else {}).items():
        month, channel, measure = key
        if tab is None or measure not in _PLANNED:
            continue
        name, span = " · ".join(key), spans.get(month)
        if span and book.holds(span):
            if span not in sums:
                by_channel = book.daily.sums(*span, "Канал")
                sums[span] = {one: parts for (one,), parts in by_channel.items()}
                sums[span][ALL] = book.daily.sums(*span)[()]
            expected = measured(sums[span].get(channel, EMPTY), measure)
            yield recount(tab, row, _FACT, expected, name, within=allowed(measure, expected))
        done = over(tab.value(row, _FACT), tab.value(row, "План"))
        within = RELATIVE * abs(done or 0.0)
        yield recount(tab, row, "Выполнение", done, name, within=within)


def _passed(book: WrittenBook, tab: WrittenTab) -> dict[str, Span]:
    """The days of each month that have passed: by the share of them beside one of its rows, else
    all where «Воронка» has a later day."""
    spans: dict[str, Span] = {}
    for row in tab.rows:
        month = tab.cell(row[1], _MONTH)
        share, first = tab.value(row, _PASSED), day(month)
        span = _month(f"{first:%Y-%m}") if first else None
        if span and share:
            days = round(share * ((span[1] - span[0]).days + 1))
            spans[words(month)] = span[0], span[0] + timedelta(days=days - 1)
        elif span and span[1].toordinal() < book.daily.days.max():
            spans.setdefault(words(month), span)
    return spans


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
    worth = over(*(tab.value(r, "Сейчас") if r else None for r in (ltv, cac)))
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
