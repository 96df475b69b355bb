"""«Прогноз»: what patients will bring in a year if they go on as they came, beside the last year."""

from __future__ import annotations

from metrics.reports.forecast import forecast
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.plain import UNKNOWN_MARGIN
from templates_sheets.tab import Column, Definition, Tab

_UNPROVED = "Пусто: прогноз не показан, почему — в «Выводе»."
_NO_VISITS = "Пусто: повторных визитов за год нет."
_MODEL = "BG/NBD и Gamma-Gamma по неделям с оплатой; пусто, пока проверка на прошлом полугодии не сошлась"


def _pair(
    title: str, key: str, form: str, fact: str, ahead: str, reason: str
) -> tuple[Column, Column]:
    """One factor as it was in the last 52 weeks and as it will be in the next."""
    return (
        Column(f"{title}: факт", f"{key}_fact", form, 14, fact, reason=reason,  # type: ignore[arg-type]
               definition=Definition(fact.rstrip("."), reason.removeprefix("Пусто: ").rstrip("."))),
        Column(f"{title}: прогноз", f"{key}_forecast", form, 14, ahead, reason=_UNPROVED,  # type: ignore[arg-type]
               definition=Definition(ahead.rstrip("."), "прогноз не проверен", _MODEL)),
    )  # fmt: skip


TAB = Tab(
    "forecast",
    "Прогноз",
    (
        Column("Канал", "channel", "text", 27, "Откуда пришёл пациент: по правилам «Каналы»."),
        Column("Пациенты", "patients", "count", 11, "Пациенты с оплатой до конца последней полной недели.",
               definition=Definition("Пациенты, у которых есть неделя с оплатой", "никогда")),
        *_pair("Визитов за год", "visits", "count",
               "Недели с оплатой за последние 52 недели, кроме первой недели пациента.",
               "Сколько недель с оплатой ждём от этих пациентов за 52 недели.", "Пусто: никогда."),
        *_pair("Маржа за год", "margin", "money",
               "Маржа последних 52 недель после первой недели пациента.",
               "Сколько маржи ждём от этих пациентов за 52 недели.", UNKNOWN_MARGIN),
        *_pair("Маржа визита", "visit_margin", "money",
               "Маржа за год / Визитов за год.", "Маржа за год / Визитов за год, прогноз.", _NO_VISITS),
        *_pair("Удержание", "retention", "percent",
               "Доля пациентов, у которых за год была неделя с оплатой после первой.",
               "Доля пациентов, которые за год придут хоть раз.", "Пусто: никогда."),
        Column("Маржа на пациента: прогноз", "patient_margin_forecast", "money", 14,
               "Маржа за год: прогноз / Пациенты.", reason=_UNPROVED,
               definition=Definition("Маржа за год: прогноз / Пациенты", "прогноз не проверен", _MODEL)),
        Column("Проверка: прогноз", "check_forecast", "money", 14,
               "Что модель обещала бы полгода назад на это полугодие.", reason=_UNPROVED,
               definition=Definition("Маржа последних 26 недель, предсказанная по данным до них", "модель не считалась")),
        Column("Проверка: факт", "check_fact", "money", 14,
               "Сколько те же пациенты принесли за это полугодие.", reason=_UNPROVED,
               definition=Definition("Маржа тех же пациентов за последние 26 недель", "модель не считалась")),
        Column("Проверка: ошибка", "check_error", "percent", 12,
               "Проверка: прогноз / Проверка: факт − 1.", reason=_UNPROVED,
               definition=Definition("Проверка: прогноз / Проверка: факт − 1", "модель не считалась",
                                     "Прогноз показан, только если ошибка «Итого» не больше допустимой.")),
        Column("Вывод", "verdict", "text", 64, "Показан ли прогноз, и почему.", wrap=True),
    ),
    report=forecast,
    row_key=("Канал",),
    total=True,
    colour=TAB_NUMBERS,
)  # fmt: skip
