"""«Что изменилось»: past months that no longer show what they showed, and why."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from metrics.measures.monthly import MONEY
from metrics.reports.changes import changes
from metrics.settings import Settings
from templates_sheets import plain
from templates_sheets.look import TAB_CHECKS
from templates_sheets.tab import Column, Definition, Format, Tab, Table

#: Measures as the tab calls them.
MEASURE_WORDS = {
    "leads": "Лиды",
    "new_patients": "Новые пациенты",
    "revenue": "Выручка",
    "margin": "Маржа",
    "cost": "Расходы",
}
#: How a number of a row of money looks, by how one of a row of counts does.
_IN_ROUBLES: dict[Format, Format] = {"count": "money", "effect": "effect_money"}
_MARGIN = "Пусто: у части оплат маржа неизвестна."
_UNTOLD = "Пусто: на этом пути маржа где-то неизвестна, по причинам её не разложить."
_WALK = "Причины применяются по очереди слева направо, и каждая считает всё заново: вместе они дают «Изменение»."


def _number(
    title: str, key: str, hint: str, reason: str, why: str = "", form: Format = "count"
) -> Column:
    line = Definition(hint.rstrip("."), reason.removeprefix("Пусто: ").rstrip("."), why)
    return Column(title, key, form, 14, hint, reason=reason, definition=line)


def _cause(title: str, key: str, hint: str) -> Column:
    return _number(title, key, hint, _UNTOLD, _WALK, "effect")


def _table(tab: Tab, frame: pd.DataFrame, settings: Settings) -> Table:
    """In: `metrics.reports.changes`. Out: its rows, each in its measure's own unit."""
    numbers = [c.key for c in tab.columns if c.format in _IN_ROUBLES]
    money = frame["measure"].isin(MONEY).to_numpy(dtype=bool)
    roubles = {key: frame[key].where(~money, frame[key] / 100) for key in numbers}
    shown = frame.assign(measure=frame["measure"].map(MEASURE_WORDS), **roubles)
    forms = [(at, _IN_ROUBLES[c.format]) for at, c in enumerate(tab.columns) if c.key in numbers]
    formats = {(int(row), at): form for row in money.nonzero()[0] for at, form in forms}
    return replace(plain.table(tab, shown, settings), formats=formats)


TAB = Tab(
    "changes",
    "Что изменилось",
    (
        Column("Месяц", "month", "month", 10, "Месяц, который тогда уже кончился."),
        Column("Канал", "channel", "text", 27, "Канал по правилам «Каналы»; «Все» — вся клиника."),
        Column("Показатель", "measure", "text", 17, "Что изменилось."),
        Column("Показано", "shown", "date", 12, "Когда таблица показывала «Было»."),
        _number("Было", "before", "Сколько показывала таблица в тот день.", _MARGIN),
        _number("Стало", "after", "Сколько она показывает теперь.", _MARGIN),
        _number("Изменение", "change", "Стало − Было.", "Пусто: маржа была или стала неизвестна.", form="effect"),
        _cause("Программа", "program", "Новая версия программы считает те же строки иначе."),
        _cause("Дата отчёта", "report_day", "Наступили дни строк, которые уже были."),
        _cause("Новые расходы", "new_costs", "Появились строки расходов."),
        _cause("Новые лиды", "new_leads", "Появились лиды, звонки и касания."),
        _cause("Новые записи", "new_bookings", "Появились записи на приём."),
        _cause("Новые оплаты", "new_payments", "Появились оплаты, кроме возвратов."),
        _cause("Новые возвраты", "new_refunds", "Появились возвраты."),
        _cause("Исправлено", "corrected", "Строки, которые были, изменились в источнике."),
        _cause("Исчезло", "vanished", "Строк больше нет в источнике."),
        _cause("Правила и настройки", "rules", "Изменились «Каналы», «Направления» или «Настройки»."),
    ),
    report=changes,
    table=_table,
    row_key=("Месяц", "Канал", "Показатель"),
    freeze=3,
    colour=TAB_CHECKS,
)  # fmt: skip
