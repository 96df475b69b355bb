"""The computed tabs for programs: one kind of value a column, names of the code, nothing typed by people."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from metrics.reports.cohorts import AGES
from templates_sheets import cohorts, funnel, laying, summary, weekly
from templates_sheets.cells import rows
from templates_sheets.laying import Answers
from templates_sheets.tab import Column, Format, Tab, Table
from templates_sheets.tabs import TABS

_ACTIONS = Tab(
    "actions",
    "Что сделать",
    (
        Column("Что сделать", "action", hint="До трёх действий, по эффекту."),
        Column("Почему", "why", hint="Числа, из которых это видно."),
        Column("Эффект за 90 дней", "effect", "money", hint="Оценка, если всё остальное не изменится."),
        Column("Где смотреть", "where", hint="Вкладка, где числа разложены."),
    ),
)  # fmt: skip
_SUMMARY = (
    Column("Показатель", "measure", hint="Имя показателя в коде: leads, cac, romi."),
    Column("Название", "title", hint="Как он называется в «Сводке»."),
    Column("Единица", "unit", hint="count — штуки, money — рубли, percent — доля, ratio — отношение."),
    Column("Сейчас", "now", "ratio", hint="За период отчёта."),
    Column("Было", "before", "ratio", hint="За столько же дней перед ним."),
    Column("Изменение", "change", "ratio", hint="Доля от «Было»; у percent — процентные пункты."),
)  # fmt: skip
_WEEK_FORMATS: dict[str, Format] = {"count": "count", "money": "money", "percent": "percent"}
_MONTH, _PAYBACK = "month", "payback"


def data_tables(answers: Answers) -> list[Table]:
    """A table per computed tab in the order of TABS, also of those without a row, and `actions`.

    Columns are named by their keys; a cell is of its column's format, money in roubles. Comments,
    and rows that only a comment keeps, stay in the book. «Сводка» has a row per number, «Неделя» a
    row per week; in both and in «Когорты» what the tab writes as words is a number here.
    """
    laid = [_table(tab, answers) for tab in TABS if tab.filled_by == "service"]
    body = rows(answers["actions"], _ACTIONS.columns)
    return [*laid, Table(_ACTIONS, _ACTIONS.columns, body)]


def _table(tab: Tab, answers: Answers) -> Table:
    if tab is weekly.TAB:
        return _of_weeks(tab, answers["weekly"])
    if tab is summary.TAB:
        return _of_summary(tab, answers)
    if tab is cohorts.TAB:
        return _of_cohorts(tab, answers["cohorts"])
    if tab is funnel.TAB:
        columns = tuple(
            replace(c, format="check") if c.key == "retarget" else c for c in tab.columns
        )
        return Table(tab, columns, rows(answers["funnel"], columns))
    return _without_comments(laying.table(tab, answers, own_comments={}))


def _without_comments(table: Table) -> Table:
    places = [place for place, column in enumerate(table.columns) if column.key]
    columns = tuple(table.columns[place] for place in places)
    return replace(table, columns=columns, rows=[[row[p] for p in places] for row in table.rows])


def _of_summary(tab: Tab, answers: Answers) -> Table:
    """A row per key number: its name, title and unit, now, before, change."""
    shown: dict[object, list[object]] = {}
    for row in laying.table(tab, answers, own_comments={}).rows:
        shown.setdefault(row[0], list(row))
    body = [[line.key, line.title, line.format, *shown[line.title][1:4]] for line in summary.LINES]
    forms = {(row, at): line.format for row, line in enumerate(summary.LINES) for at in (3, 4, 5)}
    return Table(tab, _SUMMARY, body, formats=forms)  # type: ignore[arg-type] # as they were laid


def _of_weeks(tab: Tab, frame: pd.DataFrame) -> Table:
    """A row per week, a column per metric."""
    keys = [name for name in frame.columns if name[:1].isdigit()]
    wide = frame.set_index("metric")[keys].T.reset_index(names="week")
    columns = [Column("Неделя", "week", "date", hint="Понедельник недели.")]
    for metric, unit in zip(frame["metric"], frame["unit"], strict=True):
        words, _ = weekly.WORDS[metric]
        columns.append(
            Column(words, metric, _WEEK_FORMATS.get(unit, "text"), hint=f"«{words}» за неделю.")
        )
    return Table(tab, tuple(columns), rows(wide, columns))


def _of_cohorts(tab: Tab, frame: pd.DataFrame) -> Table:
    """The tab's columns, its month as a day, «Окупаемость» as the month and what is known of it."""
    columns: list[Column] = []
    for column in tab.columns:
        columns.append(replace(column, format="date") if column.key == _MONTH else column)
        if column.key == _PAYBACK:
            columns += (
                Column("Возраст", "payback_age", "age", hint=f"Последний полный месяц жизни: T+0…T+{AGES - 1} и дальше."),
                Column("Окупаемость известна", "payback_known", "check", hint="Есть расходы, известна маржа и прошёл хоть месяц."),
            )  # fmt: skip
    days = pd.to_datetime(frame[_MONTH] + "-01")
    return Table(tab, tuple(columns), rows(frame.assign(**{_MONTH: days}), columns))
