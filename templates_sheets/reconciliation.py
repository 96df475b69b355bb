"""«Сверка»: why ads, call tracking and the CRM show three numbers, by month and channel."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pandas as pd

from metrics.reports.missed_contacts import missed_contacts
from metrics.reports.reconciliation import reconciliation
from metrics.settings import TOTAL, Settings
from templates_sheets import plain
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.tab import Column, Definition, Tab, Table

_ONCE = "Каждое обращение стоит в одной из колонок, первой подходящей; вместе они дают всё."
_ESTIMATE = "Оценка: сколько принесли бы эти люди, если бы стали лидами по телефону."


def _count(title: str, key: str, formula: str, why: str = "") -> Column:
    return Column(
        title, key, "count", 15, f"{formula}.", definition=Definition(formula, "никогда", why)
    )


def _table(tab: Tab, frame: pd.DataFrame, settings: Settings) -> Table:
    """In: `metrics.reports.reconciliation`. Out: months one under the other, totals in bold; the
    channels of each month but the newest are closed over its total."""
    totals = (frame["channel"] == TOTAL).to_numpy().nonzero()[0].tolist()
    folded = tuple((above + 1, total - 1) for above, total in pairwise(totals))
    return replace(plain.table(tab, frame, settings), bold=frozenset(totals), folded=folded)


TAB = Tab(
    "reconciliation",
    "Сверка",
    (
        Column("Месяц", "month", "month", 10, "Каждая сторона — по своей дате."),
        Column("Канал", "channel", "text", 27, "Канал обращения по правилам «Каналы»."),
        _count("Клики", "clicks", "Клики рекламных кабинетов"),
        Column("Визиты на сайт", "sessions", "count", 15, "Визиты по Метрике.",
               reason="Пусто: Метрика не подключена."),
        Column("Визитов на клик", "sessions_per_click", "ratio", 12, "Визиты на сайт / Клики.",
               reason="Пусто: кликов нет или Метрика не подключена.",
               definition=Definition("Визиты на сайт / Клики", "кликов нет или Метрика не подключена")),
        _count("Контакты", "contacts", "Звонки и формы из коллтрекинга", _ONCE),
        _count("Есть в CRM", "in_crm", "Контакты, у которых есть строка CRM с тем же телефоном рядом по времени", _ONCE),
        _count("Исходящие", "outgoing", "Звонки самой клиники", _ONCE),
        _count("Без номера", "no_phone", "Контакты без телефона", _ONCE),
        _count("Повторные", "repeated", "Неуникальные звонки и повторы форм", _ONCE),
        _count("Нецелевые", "off_target", "Звонки с меткой «не целевой» и спам", _ONCE),
        _count("Пропущенные", "missed", "Звонки, на которые не ответили", _ONCE),
        _count("Уже пациенты", "patients", "Контакты людей, которые уже приходили", _ONCE),
        _count("Нет в CRM", "not_in_crm", "Остальные контакты: их не записали в CRM", _ONCE),
        Column("Упущенная маржа", "lost_margin", "money", 15,
               "Нет в CRM × маржа лида по телефону. " + _ESTIMATE,
               reason="Пусто: лидов по телефону за период меньше 10 или маржа неизвестна.",
               definition=Definition("Нет в CRM × маржа пациентов от лидов по телефону / эти лиды, за период отчёта",
                                     "таких лидов меньше 10 или маржа неизвестна", _ESTIMATE)),
        _count("Строки CRM", "crm_rows", "Строки обращений из CRM", _ONCE),
        _count("Спам", "spam", "Строки CRM со статусом «спам»", _ONCE),
        _count("Дубли", "duplicates", "Строки CRM, повторяющие лид того же человека", _ONCE),
        Column("Повторные обращения", "repeat_requests", "count", 15, "Строки CRM от людей, которые уже приходили."),
        _count("Есть в коллтрекинге", "in_tracking", "Лиды CRM, у которых есть контакт рядом по времени", _ONCE),
        _count("CRM без номера", "crm_no_phone", "Лиды CRM без телефона", _ONCE),
        _count("Другой способ", "other_way", "Лиды CRM не из звонка и не из формы", _ONCE),
        _count("Нет в коллтрекинге", "not_in_tracking", "Остальные лиды CRM", _ONCE),
        _count("Лиды из коллтрекинга", "tracking_leads", "Контакты, которые стали лидами без строки CRM"),
        Column("Лиды", "leads", "count", 10, "Все лиды месяца, как в «Воронке»."),
        _count("Записались", "booked", "Лиды месяца с записью"),
        _count("Пришли", "visited", "Лиды месяца с визитом"),
        _count("Оплатили", "contract", "Лиды месяца с визитом и оплатой"),
        Column("Сходится", "agrees", "check", 12,
               "Лиды = Есть в коллтрекинге + CRM без номера + Другой способ + Нет в коллтрекинге + Лиды из коллтрекинга."),
    ),
    report=reconciliation,
    also=(missed_contacts,),
    table=_table,
    row_key=("Месяц", "Канал"),
    freeze=2,
    sum_below=True,
    colour=TAB_NUMBERS,
    page_at=("Строки CRM",),
)  # fmt: skip
