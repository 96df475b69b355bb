"""Tabs as declared: their order, their columns, and that each is explained."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import templates_sheets
from templates_sheets import TABS, channel_report, definitions, services, unit_economics
from templates_sheets.period_columns import LTV_WORDS

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
AGES = [f"T+{k}" for k in range(13)]
COLUMNS = {
    "Отчёт по каналам": ["Канал", *REPORT],
    "Кампании": ["Кампания", "Канал", "Направление", *REPORT],
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
    "Каналы": ["№", "Область", "Поля", "Условие", "Значение", "Канал", "Проверка"],
    "Направления": ["Шаблон", "Направление", "Доля маржи", "Проверка"],
}


def test_tabs_stand_in_the_order_of_the_contract() -> None:
    assert [tab.title for tab in TABS] == [
        "Сводка",
        "Неделя",
        "Отчёт по каналам",
        "Кампании",
        "Когорты",
        "Юнит-экономика",
        "Юнит по каналам",
        "Услуги и врачи",
        "Воронка",
        "Модели",
        "Качество данных",
        "Внедрение",
        "Определения",
        "Журнал",
        "Настройки",
        "Расходы",
        "Каналы",
        "Направления",
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
    tab = next(tab for tab in TABS if tab.title == title)
    assert [c.title for c in tab.columns] == COLUMNS[title]


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


def test_every_number_of_the_reports_is_defined() -> None:
    defined = " | ".join(str(row[0]) for row in definitions.table().rows)
    for tab in (channel_report.TAB, unit_economics.TAB, services.TAB):
        for column in tab.columns:
            if column.format != "text":
                words = column.title.removesuffix(" безубыточности")
                assert words in defined, column.title
    for variant in list(LTV_WORDS.values())[1:]:
        assert f"Формула LTV: {variant}" in defined
