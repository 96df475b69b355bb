"""Cells of the report's period that are sums of «Воронка»: by channel, campaign, direction, in all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from metrics.settings import TOTAL
from metrics.verification.daily import COUNTS, EMPTY, MONEY, Sums
from metrics.verification.recount import (
    RATIOS,
    Recount,
    allowed,
    measured,
    recount,
    total,
)
from metrics.verification.written_book import WrittenBook
from metrics.verification.written_tab import Row, WrittenTab, number, words

MEASURES = (*COUNTS, *MONEY, *RATIOS)
#: Title of a unit's column: the measure it is.
_UNITS = {"UA": "Лиды", "AC": "Расходы", "CPA": "CPL"}
_CAMPAIGN = ("Кампания", "Канал", "Направление")
_SIDES = ("Канал", "Направление")
_COMPARED = ("Расходы", "Лиды", "Новые пациенты", "Выручка")
_PER = 30


def of_channels(book: WrittenBook) -> Iterator[Recount]:
    """«Отчёт по каналам»: rows, and «Итого» from all days at once."""
    tab = book.tab("Отчёт по каналам", "Канал")
    if tab:
        whole = book.daily.sums(*book.period)[()]
        sums = book.daily.sums(*book.period, "Канал") if book.rows else {}
        titles = dict(zip(MEASURES, MEASURES, strict=True))
        yield from _rows(tab, ("Канал",), titles, sums | {(TOTAL,): whole}, rest=book.rows)


def of_campaigns(book: WrittenBook) -> Iterator[Recount]:
    """«Кампании» by row, and the rows of «Ключевые фразы» that make each; where only totals can be
    checked, what the rows of «Кампании» add up to."""
    tab = book.tab("Кампании", *_CAMPAIGN)
    if not book.rows:
        if tab:
            yield from _added(book, tab, "Лиды", {title: title for title in (*COUNTS, *MONEY)})
        return
    sums = book.daily.sums(*book.period, *_CAMPAIGN)
    if tab:
        yield from _rows(tab, _CAMPAIGN, dict(zip(MEASURES, MEASURES, strict=True)), sums)
    if phrases := book.tab("Ключевые фразы", "Фраза", *_CAMPAIGN):
        yield from _of_phrases(phrases, sums)


def _of_phrases(tab: WrittenTab, sums: Mapping[tuple[str, ...], Sums]) -> Iterator[Recount]:
    """What the phrases of a campaign, channel and direction add up to."""
    phrases: dict[tuple[str, ...], list[Row]] = {}
    for row in tab.rows:
        if isinstance(number(tab.cell(row[1], "Лиды")), float):
            key = tuple(words(tab.cell(row[1], name)) for name in _CAMPAIGN)
            phrases.setdefault(key, []).append(row)
    if not phrases:
        # Where no phrase is known the table has no row.
        return
    for key in dict.fromkeys([*sums, *phrases]):
        one, rows, name = sums.get(key, EMPTY), phrases.get(key, []), " · ".join(filter(None, key))
        for title in (*COUNTS, *MONEY):
            cells = [number(tab.cell(row, title)) for _, row in rows]
            amount = total(None if isinstance(cell, str) else cell for cell in cells)
            where = f"{tab.where(rows[0][0], title)} ({name})" if rows else f"нет строк «{name}»"
            if amount or key in sums:
                yield Recount(tab.title, title, where, amount, measured(one, title))


def of_units(book: WrittenBook) -> Iterator[Recount]:
    """«Юнит-экономика», «Юнит по каналам»: UA, AC and CPA of leads and costs of the period."""
    for title, name in (("Юнит-экономика", "Направление"), ("Юнит по каналам", "Канал")):
        tab = book.tab(title, name, "UA")
        if tab and book.rows:
            sums = book.daily.sums(*book.period, name)
            active = {key: s for key, s in sums.items() if s["Лиды"] or s["Расходы"]}
            yield from _rows(tab, (name,), _UNITS, active)
        elif tab:
            yield from _added(book, tab, "UA", {"UA": "Лиды", "AC": "Расходы"})


def of_comparison(book: WrittenBook) -> Iterator[Recount]:
    """«Сравнение»: B, and A where «Воронка» holds it; sums per 30 days."""
    tab = book.tab("Сравнение", "Разрез", "Название")
    if tab is None:
        return
    for when, span in (("стало", book.period), ("было", book.compared)):
        if span is not book.period and not book.holds(span):
            continue
        days = (span[1] - span[0]).days + 1
        whole = book.daily.sums(*span)[()]
        for side in _SIDES:
            rows = {
                key: row for key, row in tab.named("Разрез", "Название").items() if key[0] == side
            }
            if not rows:
                continue
            sums = book.daily.sums(*span, side) if book.rows else {}
            every = dict.fromkeys(rows, EMPTY) if book.rows else {}
            every |= {(side, *key): s for key, s in sums.items()} | {(side, TOTAL): whole}
            for key, one in every.items():
                row = rows.get(key)
                for measure in _COMPARED:
                    amount = measured(one, measure)
                    expected = None if amount is None else amount * _PER / days
                    if row or expected:
                        title = f"{measure}: {when}"
                        yield recount(tab, row, title, expected, " · ".join(key))


def _rows(
    tab: WrittenTab,
    names: tuple[str, ...],
    titles: Mapping[str, str],
    sums: Mapping[tuple[str, ...], Sums],
    *,
    rest: bool = True,
) -> Iterator[Recount]:
    """Every cell of the rows that `sums` name; `titles` are of columns: the measure each is.

    A row that is missing differs wherever it has something to say; so does one between those of
    `sums` that none of them names, if `rest`. Lines under the table are people's.
    """
    rows = tab.named(*names)
    end = max((rows[key][0] for key in sums if key in rows), default=0)
    unnamed = [
        key for key, (number, _) in rows.items() if rest and key not in sums and number < end
    ]
    for key in [*sums, *unnamed]:
        one, row = sums.get(key, EMPTY), rows.get(key)
        for title, measure in titles.items():
            expected = measured(one, measure)
            if (row or expected) and not (key in unnamed and _is_empty(tab, row, title)):
                name = " · ".join(filter(None, key))
                yield recount(tab, row, title, expected, name, within=allowed(measure, expected))


def _is_empty(tab: WrittenTab, row: Row | None, title: str) -> bool:
    return row is None or tab.cell(row[1], title) is None


def _added(
    book: WrittenBook, tab: WrittenTab, always: str, titles: Mapping[str, str]
) -> Iterator[Recount]:
    """What the rows of a tab without «Итого» add up to; a row of ours has a number in `always`."""
    whole = book.daily.sums(*book.period)[()]
    rows = [row for _, row in tab.rows if isinstance(number(tab.cell(row, always)), float)]
    for title, measure in titles.items():
        cells = [number(tab.cell(row, title)) for row in rows]
        amount = total(None if isinstance(cell, str) else cell for cell in cells)
        yield Recount(tab.title, title, "все строки", amount, measured(whole, measure))
