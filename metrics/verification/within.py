"""What must hold inside of a tab: quotients of its own cells, and parts that add up to a whole."""

from __future__ import annotations

from collections.abc import Iterator

from metrics.settings import TOTAL
from metrics.verification.recount import EXACT, RELATIVE, Recount, over, recount, total
from metrics.verification.written_book import WrittenBook
from metrics.verification.written_tab import Row, WrittenTab

#: Tab: the titles that name a row, its LTV.
_WORTHS = {
    "Отчёт по каналам": (("Канал",), "LTV (12 мес)"),
    "Кампании": (("Кампания", "Канал", "Направление"), "LTV (12 мес)"),
    "Юнит-экономика": (("Направление",), "LTV"),
    "Юнит по каналам": (("Канал",), "LTV"),
}
_STATES = ("Записаны", "Позже", "Пора", "Просрочено", "Потеряны")
_RECALLED = ("Пациенты", *_STATES, "Было пора", "Вернулись", "Ожидаемая маржа")
_CAUSES = (
    *("Программа", "Дата отчёта", "Новые расходы", "Новые лиды", "Новые записи", "Новые оплаты"),
    *("Новые возвраты", "Исправлено", "Исчезло", "Правила и настройки"),
)
_CONTACTS = (
    *("Есть в CRM", "Исходящие", "Без номера", "Повторные", "Нецелевые", "Пропущенные"),
    *("Уже пациенты", "Нет в CRM"),
)
_LEADS = ("Есть в коллтрекинге", "CRM без номера", "Другой способ", "Нет в коллтрекинге")
_CRM = ("Спам", "Дубли", "Повторные обращения", *_LEADS)
_RECONCILED = (
    *("Клики", "Визиты на сайт", "Контакты", *_CONTACTS, "Упущенная маржа", "Строки CRM", *_CRM),
    *("Лиды из коллтрекинга", "Лиды", "Записались", "Пришли", "Оплатили"),
)
#: A row that says itself that its leads do not add up: by a tick box, or a workbook's mark.
_FLAGGED = (False, "✗")
#: The change of a measure: what it is made of, and how many of its units a cell of parts counts.
_MOVES = {
    "CAC": ("CAC: цена", "CAC: состав", 1.0),
    "ROMI новых": ("ROMI: отдача", "ROMI: состав", 100.0),
}


def of_worth(book: WrittenBook) -> Iterator[Recount]:
    """LTV / CAC of every row that has it."""
    for title, (names, ltv) in _WORTHS.items():
        tab = book.tab(title, *names, ltv, "LTV / CAC")
        for key, row in (tab.named(*names) if tab else {}).items():
            if tab and tab.value(row, "CAC") is not None:
                worth = over(tab.value(row, ltv), tab.value(row, "CAC"))
                yield _near(tab, row, "LTV / CAC", worth, " · ".join(filter(None, key)))


def of_roads(book: WrittenBook) -> Iterator[Recount]:
    """CM by both roads of §7, where there are leads and payers and the margin is known."""
    for title, name in (("Юнит-экономика", "Направление"), ("Юнит по каналам", "Канал")):
        tab = book.tab(title, name, "UA", "CM")
        for (key,), row in (tab.named(name) if tab else {}).items():
            if tab is None or not (tab.value(row, "UA") and tab.value(row, "B")):
                continue
            for people, worth, price in (("UA", "ARPU", "CPA"), ("B", "ARPPU", "CAC")):
                earned, paid = tab.value(row, worth), tab.value(row, price)
                if earned is not None:
                    cm = (tab.value(row, people) or 0.0) * (earned - (paid or 0.0))
                    yield recount(tab, row, "CM", cm, key, f"CM = {people} × ({worth} − {price})")


def of_recall(book: WrittenBook) -> Iterator[Recount]:
    """«Возврат»: five states make the patients, «Итого» adds the rows."""
    tab = book.tab("Возврат", "Направление", *_STATES)
    if tab:
        rows = tab.named("Направление")
        for (key,), row in rows.items():
            yield _added(tab, row, "Пациенты", _STATES, key)
        yield from _totals(tab, rows, _RECALLED)


def of_moves(book: WrittenBook) -> Iterator[Recount]:
    """«Сравнение»: the parts of all rows make the change of CAC and ROMI новых, «Итого» adds them."""
    tab = book.tab("Сравнение", "Разрез", "Название")
    rows = tab.named("Разрез", "Название") if tab else {}
    for side in dict.fromkeys(key[0] for key in rows):
        mine = {key: row for key, row in rows.items() if key[0] == side}
        whole = mine.get((side, TOTAL))
        if tab is None or whole is None:
            continue
        for measure, (*parts, unit) in _MOVES.items():
            yield from _totals(tab, mine, parts)
            was, became = (tab.value(whole, f"{measure}: {when}") for when in ("было", "стало"))
            made = total(tab.value(whole, part) for part in parts)
            if was is not None and became is not None and made is not None:
                yield _balance(tab, whole, measure, made, (became - was) * unit, side)


def of_changes(book: WrittenBook) -> Iterator[Recount]:
    """«Что изменилось»: the change, and its causes where they are known."""
    tab = book.tab("Что изменилось", "Месяц", "Канал", "Показатель", "Изменение")
    for key, row in (tab.named("Месяц", "Канал", "Показатель") if tab else {}).items():
        if tab is None:
            continue
        name = " · ".join(key)
        was, became = tab.value(row, "Было"), tab.value(row, "Стало")
        if was is not None and became is not None:
            yield recount(tab, row, "Изменение", became - was, name)
        if any(tab.value(row, cause) is not None for cause in _CAUSES):
            yield _added(tab, row, "Изменение", _CAUSES, name)


def of_reconciliation(book: WrittenBook) -> Iterator[Recount]:
    """«Сверка»: contacts, CRM rows and leads by their parts, «Итого» adds the month's rows."""
    tab = book.tab("Сверка", "Месяц", "Канал", "Контакты")
    rows = tab.named("Месяц", "Канал") if tab else {}
    for key, row in rows.items():
        if tab is None:
            continue
        name = " · ".join(key)
        yield _added(tab, row, "Контакты", _CONTACTS, name)
        yield _added(tab, row, "Строки CRM", _CRM, name)
        if tab.cell(row[1], "Сходится") not in _FLAGGED:
            yield _added(tab, row, "Лиды", (*_LEADS, "Лиды из коллтрекинга"), name)
    for month in dict.fromkeys(key[0] for key in rows):
        if tab:
            mine = {key: row for key, row in rows.items() if key[0] == month}
            yield from _totals(tab, mine, _RECONCILED)


def _near(tab: WrittenTab, row: Row, title: str, expected: float | None, name: str) -> Recount:
    return recount(tab, row, title, expected, name, within=RELATIVE * abs(expected or 0.0))


def _added(tab: WrittenTab, row: Row, title: str, parts: tuple[str, ...], name: str) -> Recount:
    """A cell that is the sum of others of its row."""
    expected = total(tab.value(row, part) for part in parts)
    return recount(tab, row, title, expected, name, f"{title}: сумма частей")


def _totals(
    tab: WrittenTab, rows: dict[tuple[str, ...], Row], titles: tuple[str, ...] | list[str]
) -> Iterator[Recount]:
    """«Итого» of rows, the last of whose names says so: the sum of the others."""
    whole = next((key for key in rows if key[-1] == TOTAL), None)
    if whole is None:
        return
    for title in titles:
        parts = [tab.value(row, title) for key, row in rows.items() if key != whole]
        size = sum(abs(part) for part in parts if part is not None)
        name = " · ".join(whole)
        within = max(EXACT, RELATIVE * size)
        yield recount(tab, rows[whole], title, total(parts), name, f"{title}: «Итого»", within)


def _balance(
    tab: WrittenTab, row: Row, measure: str, made: float, change: float, side: str
) -> Recount:
    """What the parts make, beside the change that they explain."""
    where = f"{tab.where(row[0], f'{measure}: стало')} ({side} · {TOTAL})"
    within = max(EXACT, RELATIVE * (abs(made) + abs(change)))
    return Recount(tab.title, f"{measure}: сумма частей", where, made, change, within)
