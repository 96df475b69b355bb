"""Tabs: declarations as promised, frames to cells, and what people type, right or wrong."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pydantic import ValidationError

import templates_sheets
from metrics.campaigns import campaigns as campaigns_of
from metrics.channel_report import channel_report as channel_report_of
from metrics.cohorts import cohorts as cohorts_of
from metrics.funnel import funnel as funnel_of
from metrics.join import attribute, prepare
from metrics.models import models as models_of
from metrics.quality import quality as quality_of
from metrics.rules import default_rules
from metrics.schema import ENTITIES, check, empty
from metrics.services import services as services_of
from metrics.settings import MODELS
from metrics.unit_economics import unit_economics as unit_economics_of
from metrics.weekly import weekly as weekly_of
from sheets_sync.config import ReportConfig
from templates_sheets import (
    INPUT_TABS,
    TABS,
    campaigns,
    channel_report,
    channels,
    cohorts,
    costs,
    definitions,
    directions,
    funnel,
    journal,
    look,
    models,
    quality,
    services,
    settings,
    summary,
    unit_by_channel,
    unit_economics,
    weekly,
)
from templates_sheets.cells import cells
from templates_sheets.inputs import read_inputs
from templates_sheets.models import MODEL_WORDS
from templates_sheets.period_columns import LTV_WORDS, NOTHING
from templates_sheets.tab import Table
from templates_sheets.typed import CellError, day, kopecks, share, text, whole
from tests import report_frames as frames

NAN = float("nan")
AS_OF = frames.SETTINGS.as_of
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


def at(table: Table, row: int, title: str) -> object:
    return table.rows[row][[c.title for c in table.columns].index(title)]


def note(table: Table, row: int, title: str) -> str | None:
    return table.notes.get((row, [c.title for c in table.columns].index(title)))


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


def test_cells_are_roubles_whole_numbers_dates_and_nothing_is_empty() -> None:
    assert cells(pd.Series([317_460.3, NAN, 100.0]), "money") == [3174.603, None, 1.0]
    assert [type(c) for c in cells(pd.Series([2.0, 2.5, NAN]), "count")] == [int, float, type(None)]
    assert cells(pd.Series([0.1 + 0.2 + 0.7]), "count") == [1]
    assert cells(pd.Series([2.78, NAN]), "percent") == [2.78, None]
    assert cells(pd.to_datetime(pd.Series(["2026-01-31", None])), "date") == [
        date(2026, 1, 31),
        None,
    ]
    assert cells(pd.Series(["=1+1", ""]), "text") == ["=1+1", None]
    assert cells(pd.Series([True, False]), "check") == [True, False]


def test_the_channel_report_says_why_a_cell_is_empty() -> None:
    table = channel_report.table(frames.channel_report(), frames.SETTINGS, {})
    assert table.rows[3][:9] == ["VK Реклама", 151, 48, 22, 96120.0, 148300.0, 148300 / 14, None,
                                 pytest.approx(-0.3518543)]  # fmt: skip
    assert note(table, 3, "LTV (12 мес)") == (
        "Рано: нужно, чтобы хотя бы 10\u00a0пациентов наблюдались 365 дней. "
        "Пока смотрите «LTV на сегодня»."
    )
    assert table.rows[-1][0] == "Итого"
    assert table.bold == {10}
    unknown = frames.channel_report().assign(margin=NAN, romi=NAN, ltv=NAN)
    table = channel_report.table(unknown, frames.SETTINGS, {})
    assert note(table, 0, "Маржа").startswith("Пусто: у части оплат не известны")
    assert note(table, 0, "ROMI") == "Пусто, потому что неизвестна маржа."
    assert note(table, 7, "ROMI") is None


def test_comments_follow_their_row_and_outlive_it() -> None:
    told = {("SEO",): "пишем статьи", ("Радио",): "пробовали", ("Итого",): "план 8 млн"}
    table = channel_report.table(frames.channel_report(), frames.SETTINGS, told)
    assert at(table, 6, "Канал") == "SEO"
    assert at(table, 6, "Комментарий") == "пишем статьи"
    assert at(table, 10, "Канал") == "Радио"
    assert at(table, 10, "Комментарий") == "пробовали"
    assert at(table, 10, "Вывод") == NOTHING
    assert at(table, 10, "Лиды") is None
    assert at(table, 11, "Канал") == "Итого"
    assert at(table, 11, "Комментарий") == "план 8 млн"
    assert table.bold == {11}


def test_a_comment_without_a_campaign_finds_its_row() -> None:
    told = {("", "Рекомендации", "имплантация"): "спросить врачей"}
    table = campaigns.table(frames.campaigns(), frames.SETTINGS, told)
    row = next(i for i, r in enumerate(table.rows) if r[1] == "Рекомендации")
    assert table.rows[row][0] is None
    assert at(table, row, "Комментарий") == "спросить врачей"
    assert len(table.rows) == len(frames.campaigns())


def test_cohorts_ripen_and_pay_back_in_words() -> None:
    frame = pd.concat([frames.cohorts(3)], ignore_index=True)
    frame.loc[0, "payback"] = NAN
    table = cohorts.table(frame)
    assert table.rows[0][:4] == ["Апрель 2026 · Все · Все", "2026-04", "Все", "Все"]
    assert at(table, 0, "Окупаемость") == "не окупилась за 2 мес."
    seo = next(i for i, row in enumerate(table.rows) if row[2] == "SEO")
    assert at(table, seo, "Окупаемость") is None
    assert [at(table, 0, f"ROMI T+{k}") is None for k in range(4)] == [False, False, False, True]
    assert note(table, 0, "ROMI T+3") == "созреет 31.07.2026, дальше по месяцу"
    assert note(table, 0, "Пациенты T+3") == "созреет 31.07.2026, дальше по месяцу"
    assert table.bold == {0, 7, 14}
    frame.loc[1, "payback"] = 2.0
    assert at(cohorts.table(frame), 1, "Окупаемость") == 2


def test_the_funnel_says_yes_or_nothing_of_retargeting() -> None:
    frame = frames.funnel(1).assign(retarget=[True] + [False] * 19)
    table = funnel.table(frame)
    assert [row[4] for row in table.rows[:2]] == ["да", None]
    assert table.rows[0][0] == date(2026, 5, 1)


def test_weeks_are_columns_and_the_current_one_says_so() -> None:
    table = weekly.table(frames.weekly(), frames.SETTINGS)
    titles = [c.title for c in table.columns]
    assert titles[:2] == ["Показатель", "11.05.2026"]
    assert titles[-2:] == ["29.06.2026 (идёт)", "Изменение"]
    assert [row[0] for row in table.rows] == [
        "Лиды",
        "Записи",
        "Визиты",
        "Маржа",
        "CAC",
        "LTV (12 мес)",
        "ROMI",
        "Доходимость",
        "Источники",
        "Ретаргет",
    ]
    assert table.rows[3][1] == 4120 * 1000
    assert table.rows[6][-1] == 20.0
    assert table.formats[6, 9] == "points"
    assert table.formats[4, 9] == "change_bad"
    assert table.formats[3, 1] == "money"
    assert table.notes[5, 1].startswith("Рано: слишком мало пациентов")
    assert (5, 2) not in table.notes


def test_the_summary_compares_with_as_many_days_before() -> None:
    table = summary.table(
        frames.channel_report(), frames.channel_report(0.5), frames.SETTINGS,
        datetime(2026, 6, 30, 9, 5, 7, 8), ["CRM не читалась с 12.06.2026."],
    )  # fmt: skip
    assert table.rows[0] == [
        "Период",
        "01.04.26 – 29.06.26",
        "01.01.26 – 31.03.26",
        None,
        "90\u00a0дней",
    ]
    assert table.rows[1][:3] == ["Лиды", 1471, 737]
    assert table.rows[1][3] == pytest.approx(1471 / 737 - 1)
    assert [row[0] for row in table.rows[1:6]] == [
        "Лиды",
        "Записи",
        "Визиты",
        "Договоры",
        "Новые пациенты",
    ]
    assert table.rows[17][0] == "Каналы"
    assert table.rows[18][0] == "Директ — поиск"
    assert table.rows[-2][4] == "CRM не читалась с 12.06.2026."
    assert table.rows[-1][:2] == ["Обновлено", datetime(2026, 6, 30, 9, 5, 7)]


def test_a_first_period_has_nothing_to_compare_with() -> None:
    nothing = frames.channel_report(0.0)
    table = summary.table(frames.channel_report(), nothing, frames.SETTINGS, datetime(2026, 6, 30))
    assert table.rows[1] == ["Лиды", 1471, 0, None, table.rows[1][4]]


def test_a_clinic_without_a_single_row_has_all_its_tabs() -> None:
    joined = prepare({name: empty(name) for name in ENTITIES}, frames.SETTINGS)
    facts = attribute(joined, "last_significant")
    report = channel_report_of(facts)
    made = [
        summary.table(report, report, frames.SETTINGS, datetime(2026, 6, 30)),
        weekly.table(weekly_of(facts), frames.SETTINGS),
        channel_report.table(report, frames.SETTINGS, {}),
        campaigns.table(campaigns_of(facts), frames.SETTINGS, {}),
        cohorts.table(cohorts_of(facts)),
        unit_economics.table(unit_economics_of(facts, "direction")),
        services.table(services_of(facts)),
        funnel.table(funnel_of(facts)),
        models.table(models_of(joined, facts)),
        quality.table(quality_of(facts, [])),
    ]
    assert [len(table.rows) for table in made][3:8] == [0] * 5
    assert made[2].rows[0][:2] == ["Итого", 0]


def test_models_stand_side_by_side() -> None:
    assert [c.title for c in models.TAB.columns][:5] == [
        "Канал", "Лиды: последний значимый", "Новые пациенты: последний значимый",
        "Маржа: последний значимый", "ROMI: последний значимый",
    ]  # fmt: skip
    table = models.table(frames.models())
    assert len(table.columns) == 1 + 4 * len(MODELS)
    assert at(table, 0, "Лиды: Марков") is None
    assert note(table, 0, "Лиды: Марков") == "Пусто: касаний мало для такого расчёта."
    assert isinstance(at(table, 0, "Лиды: линейная"), float)
    assert table.bold == {len(table.rows) - 1}


def test_unit_economics_shows_an_unknown_margin() -> None:
    table = unit_economics.table(frames.unit_economics("direction"))
    assert at(table, 4, "CM") is None
    assert note(table, 4, "CM").startswith("Пусто")
    assert unit_by_channel.table(frames.unit_economics("channel")).rows[0][0] == "Директ — поиск"


def test_services_say_where_the_margin_is_unknown() -> None:
    table = services.table(frames.services())
    assert table.rows[4][:3] == [None, None, "терапия"]
    assert note(table, 4, "Маржа").startswith("Пусто: у части оплат")


def test_the_look_of_numbers_depends_on_the_number() -> None:
    assert look.code("count", 3) == "#,##0"
    assert look.code("count", 2.5) == "#,##0.0"
    assert (look.tint("change", 0.1), look.tint("change_bad", 0.1)) == (look.GOOD, look.BAD)
    assert look.tint("change", 0.0001) == ""
    assert "▲" not in look.code("points", 0.01)
    assert [b.low for b in look.bands("s1")][1:] == [1.0, 2.0, 3.0, 4.0]
    assert look.place("B+2", 10) == (12, 1)
    assert look.place("AA3", 10) == (2, 26)
    assert look.span("no_total", 5, total=True) == (0, 3)
    assert look.span("first:8", 5, total=True) == (0, 3)
    assert look.span("2:6", 20, total=False) == (1, 5)


# What people type


def typed(**grids: list[list[object]]) -> object:
    return read_inputs(grids, ReportConfig(), AS_OF)


def test_filled_settings_stand_above_the_clinics_file() -> None:
    report = ReportConfig(attribution="first", funnel_months=6)
    rows = [
        ["Период с", 46023.0, None, None],
        ["Период по", "31.03.2026", None, None],
        ["Доля маржи", "45 %", None, None],
        ["Модель атрибуции", "Линейная", None, None],
        ["Формула LTV", "средний чек × визиты × маржа", None, None],
        ["Шкала ROMI", "как в статье (100 %)", None, None],
        ["Чьи расходы важнее", "таблица; Директ", None, None],
        ["Цели Метрики", "222333; Запись на приём", None, None],
        ["Воронка: месяцев", None, None, None],
    ]
    inputs = read_inputs({"settings": rows}, report, AS_OF)
    assert inputs.complaints == ()
    assert inputs.report == ReportConfig(
        first=date(2026, 1, 1), last=date(2026, 3, 31), margin_rate=Decimal("0.45"),
        attribution="linear", ltv="ltv_s1", bands="s1", cost_order=("sheet", "direct"),
        funnel_months=6,
    )  # fmt: skip
    assert inputs.goals == (222333, "Запись на приём")


def test_a_wrong_setting_is_named_and_changes_nothing() -> None:
    inputs = typed(
        settings=[["Доля маржи", "много", None, None], ["Модель", "линейная", None, None],
                  ["Касания за, дней", 0.0, None, None]]
    )  # fmt: skip
    assert inputs.report == ReportConfig()
    assert [str(c) for c in inputs.complaints] == [
        (
            "«Настройки», строка 2, «Значение»: найдено «много», ожидается доля от 0 до 1 или "
            "проценты, например 45 %; взято то, что записано для клиники"
        ),
        (
            "«Настройки», строка 3, «Настройка»: найдено «Модель», ожидается название из первой "
            "колонки без изменений; строка не учтена"
        ),
        (
            "«Настройки», строка 4, «Значение»: найдено «0», ожидается целое число от 1 до 730; "
            "взято то, что записано для клиники"
        ),
    ]
    table = settings.table(
        [["Доля маржи", "много", None, None]], frames.SETTINGS, (), inputs.about("Настройки")
    )
    assert table.rows[0][:3] == ["Доля маржи", "много", 0.45]
    assert table.notes[0, 1].startswith("Ожидается доля")
    assert len(table.rows) == len(settings.SETTINGS)


def test_a_period_that_ends_before_it_begins_is_not_taken() -> None:
    inputs = typed(settings=[["Период с", date(2026, 7, 20), None, None]])
    assert inputs.report.first is None
    assert [c.row for c in inputs.complaints] == [2]


def test_every_setting_of_a_clinic_has_a_row_with_the_same_limits() -> None:
    by_hand = {"margin_rates", "directions"}  # the tab «Направления»
    assert {s.key for s in settings.SETTINGS} - {"goals"} == set(
        ReportConfig.model_fields
    ) - by_hand
    for row in settings.SETTINGS:
        if row.format == "count":
            for value in (0, 1, 120, 121, 365, 366, 730, 731, 1440, 1441, 3650, 3651):
                ours, theirs = True, True
                try:
                    row.read(value)
                except CellError:
                    ours = False
                try:
                    ReportConfig.model_validate({row.key: value})
                except ValidationError:
                    theirs = False
                assert ours == theirs, (row.key, value)
    assert set(MODEL_WORDS) == set(MODELS)


def test_drop_downs_of_settings_fit_into_a_cell_of_excel() -> None:
    for words in settings.table([], frames.SETTINGS, (), ()).choices.values():
        assert len(",".join(words)) <= 255
        assert "," not in "".join(words)


def test_effective_settings_are_shown_in_words() -> None:
    shown = {row[0]: row[2] for row in settings.table([], frames.SETTINGS, (17,), ()).rows}
    assert shown["Период с"] == date(2026, 4, 1)
    assert shown["Модель атрибуции"] == "последний значимый"
    assert shown["Чьи расходы важнее"] == "Директ, Метрика, файл, таблица"
    assert shown["Цели Метрики"] == "17"
    assert shown["Расходы без направления"] == "не делить"


def cost_row(**cells: object) -> list[object]:
    return [cells.get(title) for title in costs.TITLES]


def test_typed_costs_become_rows_of_the_entity() -> None:
    inputs = typed(
        costs=[
            cost_row(**{"Дата с": date(2026, 5, 1), "Дата по": "31.05.2026", "Площадка": "2ГИС",
                        "Расход": "45 000,50 ₽", "Клики": 12.0, "Направление": "терапия"}),
            cost_row(),
            cost_row(**{"Дата с": 46023.0, "Площадка": "Авито", "Расход": 1200.0, "utm_campaign": 77.0,
                        "Комментарий": "тел. +7 912 345-67-89"}),
        ]
    )  # fmt: skip
    frame = check("costs", inputs.costs)
    assert inputs.complaints == ()
    assert frame["source"].tolist() == ["sheet:Расходы"] * 2
    assert frame["date_from"].dt.date.tolist() == [date(2026, 5, 1), date(2026, 1, 1)]
    assert frame["date_to"].dt.date.tolist() == [date(2026, 5, 31), date(2026, 1, 1)]
    assert frame["cost"].tolist() == [4_500_050, 120_000]
    assert frame["utm_campaign"].tolist() == ["", "77"]
    assert frame["clicks"].tolist() == [12, pd.NA]


def test_wrong_costs_are_left_out_with_a_reason_beside_them() -> None:
    grid = [
        cost_row(**{"Дата с": "32.05.2026", "Площадка": "2ГИС", "Расход": 1.0}),
        cost_row(**{"Дата с": date(2026, 5, 1), "Площадка": "2ГИС", "Расход": "1.234"}),
        cost_row(**{"Дата с": date(2026, 5, 9), "Дата по": date(2026, 5, 1), "Площадка": "A", "Расход": 1.0}),
        cost_row(Площадка="Авито"),
        cost_row(**{"Дата с": date(2026, 5, 1), "Площадка": "B", "Расход": 1.0, "Показы": "много"}),
    ]  # fmt: skip
    inputs = typed(costs=grid)
    assert inputs.costs["platform"].tolist() == ["B"]
    assert [(c.row, c.column, c.used) for c in inputs.complaints] == [
        (2, "Дата с", "строка не учтена"),
        (3, "Расход", "строка не учтена"),
        (4, "Дата по", "строка не учтена"),
        (5, "Дата с", "строка не учтена"),
        (5, "Расход", "строка не учтена"),
        (6, "Показы", "ячейка не учтена"),
    ]
    table = costs.table(grid, inputs.complaints)
    assert table.rows[0][-1] == "✗ Дата с: ожидается дата, например 24.11.2026; строка не учтена"
    assert table.rows[4][-1].startswith("✗ Показы: ожидается целое число")


def test_costs_typed_twice_are_both_counted_and_pointed_at() -> None:
    same = {"Площадка": "2гис", "Расход": 1.0}
    inputs = typed(
        costs=[
            cost_row(**{"Дата с": date(2026, 5, 1), "Дата по": date(2026, 5, 31)} | same),
            cost_row(**{"Дата с": date(2026, 5, 20), "Площадка": "2ГИС", "Расход": 1.0}),
        ]
    )
    assert len(inputs.costs) == 2
    assert [str(c.used) for c in inputs.complaints] == ["учтены обе строки, расходы сложены"]


def test_laid_rules_read_back_as_the_defaults() -> None:
    laid = channels.table([], ())
    assert laid.rows[0] == [
        10, "любая строка", "utm_source, utm_medium, utm_campaign", "содержит",
        "retarget|ретаргет|rmkt|remark|ремаркет", "(метка) ретаргет", "✓ принято",
    ]  # fmt: skip
    rules, complaints = channels.read(laid.rows)
    assert complaints == []
    assert rules == default_rules()


def test_an_empty_tab_of_channels_means_the_defaults() -> None:
    assert typed(channels=[[None] * 7]).rules == ()


def test_a_wrong_rule_is_skipped_and_the_rest_hold() -> None:
    inputs = typed(
        channels=[
            [1.0, "любая строка", "utm_source", "содержит", "vk(", "VK", None],
            [2.0, "везде", "utm_source", "содержит", "vk", "VK", None],
            [3.0, "any", "utm_source, источник в CRM", "одно из слов", "vk вк", "VK", None],
            [4.0, "любая строка", None, "всегда", None, None, None],
        ]
    )
    assert [(r.order, r.fields, r.channel) for r in inputs.rules] == [
        (3, ("utm_source", "source_raw"), "VK")
    ]
    assert [(c.row, c.column) for c in inputs.complaints] == [
        (2, "Значение"), (3, "Область"), (5, "Канал"),
    ]  # fmt: skip


def test_directions_and_their_margin_stand_above_the_clinics_file() -> None:
    report = ReportConfig(
        margin_rates={"Имплантация": Decimal("0.3"), "терапия": Decimal("0.5")},
        directions={"имплант": "импланты", "кариес": "терапия"},
    )
    rows = [
        ["имплант", "имплантация", 0.38, None],
        [None, "гигиена", "60 %", None],
        ["брекет(", "ортодонтия", None, None],
        ["винир", None, None, None],
        [None, "имплантация", 0.4, None],
    ]
    inputs = read_inputs({"directions": rows}, report, AS_OF)
    assert inputs.report.directions == {"имплант": "имплантация", "кариес": "терапия"}
    assert inputs.report.margin_rates == {
        "терапия": Decimal("0.5"), "имплантация": Decimal("0.38"), "гигиена": Decimal("0.6"),
    }  # fmt: skip
    assert [(c.row, c.column) for c in inputs.complaints] == [
        (4, "Шаблон"), (5, "Направление"), (6, "Доля маржи"),
    ]  # fmt: skip
    assert [row[-1] for row in directions.table(rows, inputs.complaints).rows][:2] == [
        "✓ принято"
    ] * 2


@pytest.mark.parametrize(
    ("cell", "value"),
    [(1234.5, 123450), ("1 234,5 руб.", 123450), ("1\u00a0234.50 ₽", 123450), (0, 0), ("0,10", 10)],
)
def test_money_is_read_as_written_in_russia(cell: object, value: int) -> None:
    assert kopecks(cell) == value


@pytest.mark.parametrize(
    "cell", ["1.234", "-5", -5.0, "пять", True, "1,234,567", float("inf"), 1e20]
)
def test_a_sum_that_may_be_read_two_ways_is_refused(cell: object) -> None:
    with pytest.raises(CellError):
        kopecks(cell)


@pytest.mark.parametrize(
    "cell", ["31.12.2025", "2025-12-31", 46022, 46022.7, datetime(2025, 12, 31, 5)]
)
def test_a_date_is_read_in_all_its_forms(cell: object) -> None:
    assert day(cell) == date(2025, 12, 31)


@pytest.mark.parametrize("cell", [45, "140 %", -0.1, "45", True, "много"])
def test_a_share_above_one_is_refused(cell: object) -> None:
    with pytest.raises(CellError):
        share(cell)


def test_what_is_shown_of_a_wrong_cell_hides_a_phone() -> None:
    inputs = typed(settings=[["Доля маржи", "звоните +7 (912) 345-67-89 или a@b.ru", None, None]])
    assert inputs.complaints[0].found == "звоните ••• или •••"
    assert journal.of_complaint(inputs.complaints[0]).value == "звоните ••• или •••"


def test_text_of_a_number_has_no_point_nought() -> None:
    assert [text(c) for c in (None, 12.0, 1.5, True, date(2026, 1, 2), " a\u00a0 b ")] == [
        "", "12", "1.5", "да", "02.01.2026", "a b",
    ]  # fmt: skip
    assert whole("1 440", 1, 1440) == 1440


CELLS = st.one_of(
    st.none(), st.text(max_size=12), st.floats(), st.integers(), st.booleans(),
    st.dates(), st.datetimes(),
)  # fmt: skip


@pytest.mark.parametrize("tab", INPUT_TABS, ids=lambda tab: tab.key)
@examples(max_examples=40, deadline=None)
@given(rows=st.lists(st.lists(CELLS, min_size=13, max_size=13), max_size=4))
def test_nothing_that_can_be_typed_stops_a_run(tab: object, rows: list[list[object]]) -> None:
    width = len(tab.columns)
    grid = [row[:width] for row in rows]
    inputs = typed(**{tab.key: grid})
    table = {
        "settings": lambda: settings.table(grid, frames.SETTINGS, (), inputs.about(tab.title)),
        "costs": lambda: costs.table(grid, inputs.about(tab.title)),
        "channels": lambda: channels.table(grid, inputs.about(tab.title)),
        "directions": lambda: directions.table(grid, inputs.about(tab.title)),
    }[tab.key]()
    assert all(len(row) == width for row in table.rows)
    check("costs", inputs.costs)
