"""«Сервис»: how the clinic answers, books, keeps appointments and is spoken of."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from metrics.reports.service import service
from metrics.settings import Settings
from templates_sheets import plain
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.tab import Column, Definition, Format, Tab, Table

_SIDES = {"clinic": "Клиника", "branch": "Филиал", "doctor": "Врач"}
_WHOLE = "Вся клиника"
_NO_CALLS = "звонков за период нет; у врачей звонков не бывает"
_NO_LEADS = "таких лидов за период нет; у врачей лидов не бывает"
_NO_VISITS = "таких записей за период нет"
_NO_REVIEWS = "отзывов за период нет"
_MEASURES: tuple[tuple[str, str, Format, str, str], ...] = (
    ("patients", "Пациенты", "count", "Пациенты с визитом за период", "никогда"),
    ("calls", "Звонки", "count", "Входящие звонки", _NO_CALLS),
    ("missed", "Пропущено", "count", "Входящие звонки, на которые не ответили", _NO_CALLS),
    ("missed_share", "Доля пропущенных", "percent", "Пропущено / (пропущено + отвечено)", _NO_CALLS),
    ("called_back", "Перезвонили", "count", "Пропущенные, после которых с этим номером поговорили за положенные часы", _NO_CALLS),
    ("answer", "Ответ (с)", "months", "Медиана секунд до ответа на входящий звонок", _NO_CALLS),
    ("reaction", "Реакция (мин)", "months", "Медиана минут от формы или чата в рабочие часы до звонка или записи", _NO_LEADS),
    ("lead_booking", "Лид→запись (ч)", "months", "Медиана часов от лида до записи", _NO_LEADS),
    ("waiting", "Ожидание (дней)", "months", "Медиана дней от первой записи пациента до приёма", _NO_VISITS),
    ("no_show", "Неявки", "percent", "Не пришли / (пришли + не пришли)", _NO_VISITS),
    ("cancelled", "Отмены", "percent", "Отменены / (пришли + не пришли + отменены)", _NO_VISITS),
    ("undecided", "Без статуса", "count", "Время записи прошло, а статус ещё «записан»", "никогда"),
    ("repeat_visits", "Повторные визиты", "percent", "Визиты, кроме первого визита пациента / все визиты", _NO_VISITS),
    ("reviews", "Отзывы", "count", "Отзывы за период", _NO_REVIEWS),
    ("rating", "Оценка", "ratio", "Средняя оценка", _NO_REVIEWS),
    ("bad", "Плохие", "percent", "Доля отзывов с оценкой 3 и ниже", _NO_REVIEWS),
    ("unanswered", "Без ответа", "percent", "Доля отзывов без ответа", _NO_REVIEWS),
)  # fmt: skip


def _table(tab: Tab, frame: pd.DataFrame, settings: Settings) -> Table:
    """In: `metrics.reports.service`. Out: the clinic in bold, branches and doctors under it."""
    clinic = (frame["side"] == "clinic").to_numpy()
    name = frame["name"].mask(clinic, settings.clinic or _WHOLE)
    shown = frame.assign(side=frame["side"].map(_SIDES), name=name)
    return replace(plain.table(tab, shown, settings), bold=frozenset(clinic.nonzero()[0].tolist()))


TAB = Tab(
    "service",
    "Сервис",
    (
        Column("Разрез", "side", "text", 12, "Вся клиника, филиалы, врачи."),
        Column("Название", "name", "text", 27, "Филиал или врач из самих записей.", personal="doctor"),
        *(
            Column(title, key, form, 14, f"{formula}.", reason="" if empty == "никогда" else f"Пусто: {empty}.",
                   definition=Definition(formula, empty))
            for key, title, form, formula, empty in _MEASURES
        ),
    ),
    report=service,
    table=_table,
    row_key=("Разрез", "Название"),
    freeze=2,
    colour=TAB_NUMBERS,
)  # fmt: skip
