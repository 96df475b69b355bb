"""Columns of the channel report from «Лиды» on, and why a cell of them is empty: for two tabs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import isnan
from typing import Any

import pandas as pd

from metrics.measures.ltv import YEAR
from metrics.settings import Ltv, Settings
from metrics.wording import counted
from templates_sheets.cells import rows
from templates_sheets.tab import Cell, Column, Tab, Table
from templates_sheets.typed import text

#: How each LTV variant is called, in «Настройки» and in the hint of the column.
LTV_WORDS: dict[Ltv, str] = {
    "ltv_12m": "наблюдённая за 12 месяцев",
    "ltv_s0": "маржа визита × визиты × удержание",
    "ltv_s1": "средний чек × визиты × маржа",
    "ltv_s3": "(AvP − COGS) × RPR × Lifetime",
}

COLUMNS = (
    Column("Лиды", "leads", "count", 9, "Обращения за период без спама, дублей и повторных."),
    Column("Записи", "bookings", "count", 9, "Пациенты, чья первая запись сделана в периоде."),
    Column("Визиты", "visits", "count", 9, "Пациенты, чей первый визит состоялся в периоде."),
    Column(
        "Маржа", "margin", "money", 14,
        "Оплаты периода за вычетом себестоимости, по дате оплаты (касса).",
    ),
    Column("Расходы", "cost", "money", 14, "Расходы на рекламу за дни периода."),
    Column("CAC", "cac", "money", 11, "Расходы / Новые пациенты: цена платящего пациента."),
    Column("LTV (12 мес)", "ltv", "money", 13, "Маржа с одного пациента за первый год."),
    Column(
        "ROMI", "romi", "percent", 11,
        "(Маржа − Расходы) / Расходы. Маржа всех пациентов канала, новых и прежних.",
    ),
    Column("Вывод", "verdict", "text", 58, "Что видно по строке и что проверить.", wrap=True),
    Column(
        "Комментарий", "", "text", 30,
        "Пишите сюда: комментарий остаётся у своей строки, куда бы она ни переехала.",
        wrap=True, comment=True,
    ),
    Column(
        "Новые пациенты", "new_patients", "count", 11,
        "Пациенты, чья первая оплата пришлась на период.",
    ),
    Column("Повторные визиты", "repeat_visits", "count", 12, "Визиты периода, кроме первых."),
    Column(
        "Повторные обращения", "repeat_requests", "count", 13,
        "Обращения тех, кто уже был в клинике. В лиды не входят.",
    ),
    Column(
        "Договоры", "contracts", "count", 11,
        "Пациенты с первым визитом и первой оплатой; дата — поздняя из двух.",
    ),
    Column("Выручка", "revenue", "money", 14, "Оплаты за вычетом возвратов, по дате оплаты."),
    Column(
        "ROMI новых", "romi_new", "percent", 11,
        "То же, что ROMI, но только с маржой новых пациентов периода. По нему — цвет и вывод.",
        band=True,
    ),
    Column("CPL", "cpl", "money", 10, "Расходы / Лиды: цена обращения."),
    Column(
        "Лид→запись", "cr_lead_booking", "percent", 13,
        "Доля лидов периода, которые записались к сегодняшнему дню.",
    ),
    Column(
        "Доходимость", "cr_booking_visit", "percent", 14,
        "Доля записавшихся лидов, которые пришли.",
    ),
    Column(
        "Визит→договор", "cr_visit_contract", "percent", 16,
        "Доля пришедших лидов, которые заплатили.",
    ),
    Column("Средний чек", "avg_check_visit", "money", 11, "Выручка / оплаченные визиты."),
    Column(
        "LTV на сегодня", "ltv_now", "money", 12,
        "Маржа с пациента за столько дней, сколько уже наблюдаем (следующая колонка).",
    ),
    Column(
        "LTV: дней", "ltv_days", "count", 9,
        "30, 90, 180 или 365: за сколько дней посчитан «LTV на сегодня».",
    ),
    Column(
        "LTV / CAC", "ltv_cac", "ratio", 9,
        "Во сколько раз пациент приносит больше, чем стоил. Правило: не меньше 3.",
    ),
    Column("ROMI по выручке", "romi_revenue", "percent", 11, "(Выручка − Расходы) / Расходы."),
    Column("ДРР", "drr", "percent", 10, "Расходы / Выручка: доля рекламных расходов."),
    Column("Визиты на сайт", "sessions", "count", 11, "Визиты по Яндекс.Метрике."),
    Column(
        "Достижения целей", "goal_reaches", "count", 13,
        "Достижения целей Метрики. К лидам не прибавляются.",
    ),
)  # fmt: skip

UNKNOWN_MARGIN = (
    "Пусто: у части оплат не известны ни себестоимость, ни доля маржи. Впишите долю маржи в "
    "«Настройки» или «Направления»; сколько таких оплат, сказано в «Качество данных»."
)
FEW_WATCHED = (
    "Пусто: слишком мало пациентов наблюдаются 365 дней (сколько нужно, сказано в «Настройки»), у "
    "части их оплат неизвестна маржа или формуле LTV не на что делить, потому что никто не вернулся."
)
UNKNOWN_LTV = "Пусто: среди оплат этих пациентов есть такие, где маржа неизвестна."
NOTHING_TO_DIVIDE = (
    "Пусто: этой формуле LTV не на что делить. Никто из пациентов не вернулся, или их выручка ноль."
)
NO_MARGIN = "Пусто, потому что неизвестна маржа."

#: What the verdict of a row says that nothing happened to, kept for its comment.
NOTHING = "За период ничего не было; строка останется, пока у неё есть комментарий."


def period_table(
    tab: Tab,
    frame: pd.DataFrame,
    settings: Settings,
    comments: Mapping[tuple[str, ...], str],
) -> Table:
    """The table of a period report whose columns end with COLUMNS.

    In: the frame of `channel_report` or `campaigns`; comments by row key. Out: a row per row of
    the frame, «Итого» last if the tab has one. A comment whose row is not in the frame keeps an
    empty row of its own, before «Итого»: nobody's words are lost.
    """
    body = rows(frame, tab.columns, comments, tab.row_key)
    titles = [c.title for c in tab.columns]
    at = [titles.index(title) for title in tab.row_key]
    known = {tuple(text(row[i]) for i in at) for row in body}
    kept = [_kept(titles, at, key, comments[key]) for key in sorted(set(comments) - known)]
    end = len(body) - 1 if tab.total and body else len(body)
    columns = tuple(
        replace(c, hint=f"{c.hint} Формула: {LTV_WORDS[settings.ltv]}.") if c.key == "ltv" else c
        for c in tab.columns
    )
    notes = {
        (row + (len(kept) if row >= end else 0), titles.index(title)): text
        for row, title, text in _reasons(frame, settings)
    }
    last = len(body) + len(kept) - 1
    return Table(
        tab,
        columns,
        [*body[:end], *kept, *body[end:]],
        notes=notes,
        bold=frozenset({last}) if tab.total and body else frozenset(),
        bands=settings.bands,
    )


def _kept(titles: list[str], at: list[int], key: tuple[str, ...], text: str) -> list[Cell]:
    row: list[Cell] = [None] * len(titles)
    for column, part in zip(at, key, strict=True):
        row[column] = part or None
    row[titles.index("Вывод")] = NOTHING
    row[titles.index("Комментарий")] = text
    return row


def _reasons(frame: pd.DataFrame, settings: Settings) -> Iterable[tuple[int, str, str]]:
    """Row, title and text of the note beside each empty cell that a reader would ask about."""
    for place, row in enumerate(frame[list(_ASKED)].to_dict("records")):
        for title, reason in reasons({str(k): v for k, v in row.items()}, settings):
            yield place, title, reason


#: Columns that tell why a cell of a row is empty.
_ASKED = (
    *("cost", "margin", "romi", "romi_new", "cpl", "cac"),
    *("ltv", "ltv_12m", "ltv_now", "ltv_days"),
)


def reasons(row: Mapping[str, Any], settings: Settings) -> Iterable[tuple[str, str]]:
    """Title of each empty number of a period report's row, and why it is empty."""
    if isnan(row["margin"]):
        yield "Маржа", UNKNOWN_MARGIN
    if row["cost"] > 0 and isnan(row["cpl"]):
        yield "CPL", "Расходы есть, лидов за период нет."
    if row["cost"] > 0 and isnan(row["cac"]):
        yield "CAC", "Расходы есть, новых пациентов за период нет."
    for key, title in (("romi", "ROMI"), ("romi_new", "ROMI новых")):
        if row["cost"] > 0 and isnan(row[key]):
            yield title, NO_MARGIN
    if isnan(row["ltv"]):
        yield "LTV (12 мес)", _no_ltv(row, settings)


def _no_ltv(row: Mapping[str, Any], settings: Settings) -> str:
    """A year is watched by enough patients, then money or the formula is at fault; or by too few."""
    if row["ltv_days"] == YEAR:
        return UNKNOWN_LTV if isnan(row["ltv_12m"]) else NOTHING_TO_DIVIDE
    people = counted(settings.ltv_min_patients, "пациент", "пациента", "пациентов")
    later = "" if isnan(row["ltv_now"]) else " Пока смотрите «LTV на сегодня»."
    return f"Рано: нужно, чтобы хотя бы {people} наблюдались 365 дней.{later}"
