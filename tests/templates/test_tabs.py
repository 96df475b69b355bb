"""Tabs as declared: their order, their columns, and that each is explained."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

import templates_sheets
from metrics import schema
from metrics.facts import Facts
from metrics.measures.ratios import PERIOD_RATIOS, WORTH_RATIOS
from templates_sheets import campaigns, channel_report, definitions, laying, look, plain, typed_rows
from templates_sheets.laying import Answers
from templates_sheets.material import Material
from templates_sheets.period_columns import LTV_WORDS
from templates_sheets.tab import Column, Tab
from templates_sheets.tabs import TABS
from tests.templates import report_frames as frames
from tests.templates.typed_grids import laid, typed

NUMBERS = (
    "count",
    "money",
    "money2",
    "percent",
    "ratio",
    "months",
    "age",
    "change",
    "points",
    "points_bad",
)
#: Tabs whose numbers are other tabs' or rows of words: explained by their headers alone.
WORDED = ("summary", "models", "rollout", "journal")

REPORT = [
    "Лиды",
    "Записи",
    "Визиты",
    "Маржа",
    "Расходы",
    "CAC",
    "LTV (12 мес)",
    "ROMI",
    "Вывод",
    "Комментарий",
    "Новые пациенты",
    "Повторные визиты",
    "Повторные обращения",
    "Договоры",
    "Выручка",
    "ROMI новых",
    "CPL",
    "Стоимость записи",
    "Лид→запись",
    "Доходимость",
    "Визит→договор",
    "Средний чек",
    "LTV на сегодня",
    "LTV: дней",
    "LTV / CAC",
    "ROMI по выручке",
    "ДРР",
    "Визиты на сайт",
    "Достижения целей",
]
UNIT = [
    "UA",
    "B",
    "CR",
    "AC",
    "CPA",
    "CAC",
    "AvP",
    "APC",
    "COGS",
    "1COGS",
    "ARPPU",
    "ARPU",
    "CM",
    "RPR",
    "Lifetime",
    "LTV",
    "LTV / CAC",
    "Доля маржи",
    "Старше 90 дней",
    "CR безубыточности",
    "AC безубыточности",
    "AvP безубыточности",
    "APC безубыточности",
    "1COGS безубыточности",
    "Рычаг",
    "Вывод",
]
PAIRS = ("ROMI новых", "CAC", "LTV", "LTV / CAC", "Лид→запись", "Доходимость", "Визит→договор")
REPORT += [f"{name} {end}" for name in PAIRS for end in ("от", "до")]
UNIT += [f"{name} {end}" for name in ("CR", "CAC", "CM") for end in ("от", "до")]
AGES = [f"T+{k}" for k in range(13)]
COLUMNS = {
    "Отчёт по каналам": ["Канал", *REPORT],
    "Кампании": ["Кампания", "Канал", "Направление", *REPORT],
    "Ключевые фразы": ["Фраза", "Кампания", "Канал", "Направление", *REPORT],
    "Воронка": [
        "Дата",
        "Канал",
        "Кампания",
        "Направление",
        "Ретаргет",
        "Визиты на сайт",
        "Достижения целей",
        "Показы",
        "Клики",
        "Лиды",
        "Повторные обращения",
        "Записи",
        "Визиты",
        "Повторные визиты",
        "Договоры",
        "Новые пациенты",
        "Выручка",
        "Маржа",
        "Расходы",
    ],
    "Юнит-экономика": ["Направление", *UNIT],
    "Юнит по каналам": ["Канал", *UNIT],
    "Когорты": [
        *("Когорта", "Месяц", "Канал", "Направление", "Пациенты", "Расходы", "CAC", "Окупаемость"),
        *(f"{block} {age}" for block in ("Удержание", "Маржа", "ROMI", "Пациенты") for age in AGES),
    ],
    "Услуги и врачи": [
        "Услуга",
        "Врач",
        "Направление",
        "Оплаченные визиты",
        "Позиции",
        "Выручка",
        "Маржа",
        "Доля маржи",
        "Средний чек",
    ],
    "Внедрение": ["День", "Что сделать", "Готово", "Как проверено", "Следующий шаг"],
    "Настройки": ["Настройка", "Значение", "Действует сейчас", "Что это значит"],
    "Расходы": [
        "Дата с",
        "Дата по",
        "Площадка",
        "Кампания",
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "Направление",
        "Расход",
        "Показы",
        "Клики",
        "Комментарий",
        "Проверка",
    ],
    "План": ["Месяц", "Канал", "Показатель", "План", "Проверка"],
    "План-факт": [
        "Месяц",
        "Канал",
        "Показатель",
        "План",
        "Факт",
        "Выполнение",
        "Прошло календаря",
        "Прошло по дням недели",
        "Темп по календарю",
        "Темп по дням недели",
        "Отклонение",
        "Вывод",
    ],
    "Внимание": [
        *("Дата", "Правило", "Канал", "Было", "Стало", "Эффект", "Причины", "Отправлено"),
    ],
    "Каналы": ["№", "Область", "Поля", "Условие", "Значение", "Канал", "Проверка"],
    "Сегменты": [
        "Сегмент",
        "Посетители 30 дней",
        "Посетители 90 дней",
        "Без лида",
        "Лиды",
        "Лид на посетителя",
        "Чаще среднего",
        "Новые пациенты",
        "Маржа",
    ],
    "Шаблоны сегментов": ["Сегмент", "Где", "Шаблон", "Кроме целей", "Проверка"],
    "Направления": ["Шаблон", "Направление", "Доля маржи", "Проверка"],
}


def test_tabs_stand_in_the_order_of_the_contract() -> None:
    assert [tab.title for tab in TABS] == [
        "Сводка",
        "Неделя",
        "План-факт",
        "Внимание",
        "Отчёт по каналам",
        "Кампании",
        "Ключевые фразы",
        "Когорты",
        "Юнит-экономика",
        "Юнит по каналам",
        "Услуги и врачи",
        "Сравнение",
        "Прогноз",
        "Возврат",
        "Сегменты",
        "Сверка",
        "Сервис",
        "Воронка",
        "Модели",
        "Качество данных",
        "Что изменилось",
        "Проверка",
        "Внедрение",
        "Определения",
        "Журнал",
        "Настройки",
        "Расходы",
        "План",
        "Каналы",
        "Направления",
        "Шаблоны сегментов",
    ]


def test_every_module_with_a_tab_is_in_the_list() -> None:
    modules = [
        importlib.import_module(f"templates_sheets.{m.name}")
        for m in pkgutil.iter_modules(templates_sheets.__path__)
        if not m.ispkg
    ]
    assert {m.TAB.key for m in modules if hasattr(m, "TAB")} == {tab.key for tab in TABS}
    assert all(m.TAB.key == m.__name__.rpartition(".")[2] for m in modules if hasattr(m, "TAB"))


@pytest.mark.parametrize("title", COLUMNS)
def test_columns_are_those_of_the_contract(title: str) -> None:
    """In their order; more may stand between and after them."""
    tab = next(tab for tab in TABS if tab.title == title)
    assert [c.title for c in tab.columns if c.title in COLUMNS[title]] == COLUMNS[title]


def test_tabs_know_nothing_of_the_service() -> None:
    for path in Path(templates_sheets.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.startswith("sheets_sync") for name in names), path.name


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.key)
def test_titles_fit_their_columns_and_are_explained(tab: object) -> None:
    for column in tab.columns:
        assert column.hint.endswith((".", ")")), column.title
        longest = max(len(word) for word in column.title.split())
        assert longest * 1.1 + 1 <= column.width, column.title
        assert len(",".join(column.choices)) <= 255
        assert "," not in "".join(column.choices)
    titles = [c.title for c in tab.columns]
    assert len(set(titles)) == len(titles)
    assert set(tab.row_key) <= set(titles)
    assert set(tab.page_at) <= set(titles)


def test_every_number_of_every_tab_is_defined() -> None:
    """A number without a meaning, or without the case in which it is empty, is a fault."""
    meant = {column.title for tab in TABS for column in tab.columns if column.definition}
    for tab in (tab for tab in TABS if tab.filled_by == "service"):
        for column in tab.columns:
            if column.key and column.format in NUMBERS:
                assert column.title in meant or tab.key in WORDED, f"{tab.title}: {column.title}"
    for line in definitions.declared(TABS):
        assert line.name
        assert line.formula, line.name
    numbers = [c for tab in TABS for c in tab.columns if c.definition and c.format in NUMBERS]
    assert all(column.definition.empty for column in numbers)
    shown = {row[0] for row in laid(definitions.TAB).rows}
    assert shown >= {f"Формула LTV: {variant}" for variant in list(LTV_WORDS.values())[1:]}


@pytest.mark.parametrize("ratio", [*PERIOD_RATIOS, *WORTH_RATIOS], ids=lambda ratio: ratio.key)
def test_a_ratio_says_what_it_is_and_why_it_is_empty(ratio: object) -> None:
    said = (ratio.title, ratio.hint, ratio.formula, ratio.empty, ratio.reason, ratio.section)
    assert all(said), ratio.key
    for tab in (channel_report.TAB, campaigns.TAB):
        assert ratio.key in [column.key for column in tab.columns]
    assert ratio.title in {row[0] for row in laid(definitions.TAB).rows}


@pytest.mark.parametrize("tab", [t for t in TABS if t.report], ids=lambda tab: tab.key)
def test_a_report_asks_by_name_for_what_there_is(tab: object) -> None:
    """Its parameters are fields of the material, other reports, input tabs or the finished tabs."""
    reports = {report.__name__ for t in TABS for report in laying.reports_of(t)}
    inputs = {t.key for t in TABS if t.filled_by == "people"}
    there = {*laying.FIELDS, *reports, *inputs, laying.WRITTEN}
    for report in laying.reports_of(tab):
        assert set(laying.asks(report)) - laying.optional(report) <= there
        assert report.__name__ == report.__module__.rpartition(".")[2]
    assert set(laying.asks(tab.table or plain.table)) <= there | set(laying.OWN)
    assert tab.report.__name__ == tab.key


def test_names_that_may_be_asked_for_mean_one_thing() -> None:
    reports = [report.__name__ for t in TABS for report in laying.reports_of(t)]
    assert len(set(reports)) == len(reports)
    assert not set(reports) & {*laying.FIELDS, *laying.OWN, laying.WRITTEN}
    assert not set(reports) & {t.key for t in TABS if t.filled_by == "people"}


def test_a_tab_comes_with_its_first_row_and_stays() -> None:
    late = Tab("late", "Поздняя", (Column("Число", "n", "count"),), report=late_report)
    given = {"late_report": pd.DataFrame({"n": []})}
    material = Material(frames.SETTINGS, {}, datetime(2026, 6, 30))
    without = Answers(material, [late], ready=given)
    assert laying.tables(without, tabs=[late]) == []
    assert [t.tab for t in laying.tables(without, present={"late"}, tabs=[late])] == [late]
    with_a_row = Answers(material, [late], ready={"late_report": pd.DataFrame({"n": [1.0]})})
    assert [t.rows for t in laying.tables(with_a_row, tabs=[late])] == [[[1]]]


def test_a_report_of_the_finished_tabs_is_made_last() -> None:
    first = Tab("first", "Первая", (Column("Строк", "n", "count"),), report=written_report)
    second = Tab("second", "Вторая", (Column("Число", "n", "count"),), report=late_report)
    material = Material(frames.SETTINGS, {}, datetime(2026, 6, 30))
    tabs = [first, second]
    made = laying.tables(Answers(material, tabs), tabs=tabs)
    assert [t.rows for t in made] == [[[2]], [[1], [2]]]


def test_rows_and_facts_may_go_when_the_reports_are_made() -> None:
    """What lays a tab, and a report of the finished tabs, asks for frames: `forget_facts` relies on it."""
    late = [r for t in TABS for r in laying.reports_of(t) if laying.WRITTEN in laying.asks(r)]
    for function in (*(t.table for t in TABS if t.table), plain.table, typed_rows.table, *late):
        assert not {"rows", "joined", "facts"} & set(laying.asks(function))
    rows = {"leads": schema.empty("leads")}
    first = Tab("first", "Первая", (Column("Строк", "n", "count"),), report=of_what_is_left)
    second = Tab("second", "Вторая", (Column("Строк", "n", "count"),), report=of_rows)
    answers = Answers(Material(frames.SETTINGS, rows, datetime(2026, 6, 30)), [first, second])
    made = answers.frames()
    assert [made[name]["n"].to_list() for name in made] == [[0], [1]]
    assert answers["rows"] == {}
    assert answers["facts"].settings == frames.SETTINGS
    answers.forget_facts()
    assert "facts" not in answers._answers


def of_what_is_left(facts: Facts) -> pd.DataFrame:
    return pd.DataFrame({"n": [len(facts.leads)]})


def of_rows(rows: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.DataFrame({"n": [len(rows)]})


def late_report() -> pd.DataFrame:
    return pd.DataFrame({"n": [1.0, 2.0]})


def written_report(written: dict[str, list[list[object]]]) -> pd.DataFrame:
    assert written["Вторая"][0] == ["Число"]
    return pd.DataFrame({"n": [float(len(written["Вторая"]) - 1)]})


def test_tabs_stand_in_groups_by_who_reads_them() -> None:
    """The owner's first, then the marketer's, those that watch the data, those that people fill."""
    groups = [look.TAB_OWNER, look.TAB_NUMBERS, look.TAB_CHECKS, look.TAB_INPUT]
    places = [groups.index(tab.colour) for tab in TABS]
    assert places == sorted(places)
    assert all((tab.filled_by == "people") == (tab.colour == look.TAB_INPUT) for tab in TABS)


def test_hidden_tabs_are_kept_up_to_date_out_of_sight() -> None:
    settings = replace(frames.SETTINGS, hide_tabs=("Модели",))
    material = Material(settings, {}, datetime(2026, 6, 30), typed=typed().typed)
    made = laying.tables(Answers(material, ready=frames.reports()))
    assert [t.tab.title for t in made if t.hidden] == ["Модели"]
    assert next(t for t in made if t.hidden).rows
