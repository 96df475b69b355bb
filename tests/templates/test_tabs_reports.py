"""Report frames to cells: numbers as they are, and why a cell is empty."""

from __future__ import annotations

import re
from datetime import date, datetime

import pandas as pd
import pytest

from metrics.settings import MODELS
from metrics.sources import SourceFreshness
from templates_sheets import (
    campaigns,
    channel_report,
    cohorts,
    funnel,
    laying,
    look,
    models,
    services,
    summary,
    unit_by_channel,
    unit_economics,
    weekly,
)
from templates_sheets.cells import cells
from templates_sheets.laying import Answers
from templates_sheets.material import Material
from templates_sheets.period_columns import NOTHING_TO_DIVIDE, UNKNOWN_LTV
from templates_sheets.period_table import NOTHING
from templates_sheets.tab import Table
from templates_sheets.tabs import TABS
from tests.metrics import cohort_frames
from tests.templates import report_frames as frames
from tests.templates.typed_grids import laid, typed

NAN = float("nan")


def at(table: Table, row: int, title: str) -> object:
    return table.rows[row][[c.title for c in table.columns].index(title)]


def note(table: Table, row: int, title: str) -> str | None:
    return table.notes.get((row, [c.title for c in table.columns].index(title)))


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
    table = laid(channel_report.TAB, frames.channel_report())
    assert table.rows[3][:9] == ["VK Реклама", 151, 48, 22, 96120.0, 148300.0, 148300 / 14, None,
                                 pytest.approx(-0.3518543)]  # fmt: skip
    assert note(table, 3, "LTV (12 мес)") == (
        "Рано: нужно, чтобы хотя бы 10\u00a0пациентов наблюдались 365 дней. "
        "Пока смотрите «LTV на сегодня»."
    )
    assert table.rows[-1][0] == "Итого"
    assert table.bold == {10}
    unknown = frames.channel_report().assign(margin=NAN, romi=NAN, ltv=NAN)
    table = laid(channel_report.TAB, unknown)
    assert note(table, 0, "Маржа").startswith("Пусто: у части оплат не известны")
    assert note(table, 0, "ROMI") == "Пусто, потому что неизвестна маржа."
    assert note(table, 7, "ROMI") is None


def test_an_empty_ltv_names_its_own_reason_and_not_that_of_the_period() -> None:
    """The margin of the period says nothing of the patients that LTV is made of."""
    report = frames.channel_report()
    watched = report.assign(ltv=NAN, ltv_12m=NAN, ltv_now=NAN, ltv_days=365.0)
    table = laid(channel_report.TAB, watched)
    assert note(table, 0, "LTV (12 мес)") == UNKNOWN_LTV
    nobody_returned = watched.assign(ltv_12m=100.0, ltv_now=100.0)
    table = laid(channel_report.TAB, nobody_returned)
    assert note(table, 0, "LTV (12 мес)") == NOTHING_TO_DIVIDE
    young = report.assign(margin=NAN, ltv=NAN, ltv_12m=NAN, ltv_now=NAN, ltv_days=NAN)
    table = laid(channel_report.TAB, young)
    assert note(table, 0, "LTV (12 мес)") == (
        "Рано: нужно, чтобы хотя бы 10\u00a0пациентов наблюдались 365 дней."
    )


def test_the_summary_the_models_and_the_week_say_why_a_number_is_empty() -> None:
    report = frames.channel_report().assign(margin=NAN, romi=NAN, romi_new=NAN)
    page = laid(summary.TAB, report, channel_report=report)
    told = {page.rows[row][0] for row, column in page.notes if column == 1}
    assert told == {"Маржа", "ROMI", "ROMI новых"}
    table = laid(models.TAB, frames.models().assign(linear_margin=NAN))
    assert note(table, 0, "Маржа: линейная").startswith("Пусто: у части оплат")
    quiet = frames.weekly()
    quiet.loc[quiet["metric"] == "cac", "2026-05-18"] = NAN
    assert laid(weekly.TAB, quiet).notes[4, 2].startswith("Пусто: за неделю нет")


def test_comments_follow_their_row_and_outlive_it() -> None:
    told = {("SEO",): "пишем статьи", ("Радио",): "пробовали", ("Итого",): "план 8 млн"}
    table = laid(channel_report.TAB, frames.channel_report(), own_comments=told)
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
    table = laid(campaigns.TAB, frames.campaigns(), own_comments=told)
    row = next(i for i, r in enumerate(table.rows) if r[1] == "Рекомендации")
    assert table.rows[row][0] is None
    assert at(table, row, "Комментарий") == "спросить врачей"
    assert len(table.rows) == len(frames.campaigns())


def test_cohorts_ripen_and_pay_back_in_words() -> None:
    frame = pd.concat([cohort_frames.cohorts(3)], ignore_index=True)
    frame.loc[0, "payback"] = NAN
    table = laid(cohorts.TAB, frame)
    assert table.rows[0][:4] == ["Апрель 2026 · Все · Все", "2026-04", "Все", "Все"]
    assert at(table, 0, "Окупаемость") == "не окупилась за 2 мес."
    seo = next(i for i, row in enumerate(table.rows) if row[2] == "SEO")
    assert at(table, seo, "Окупаемость") is None
    assert [at(table, 0, f"ROMI T+{k}") is None for k in range(4)] == [False, False, False, True]
    assert note(table, 0, "ROMI T+3") == "созреет 31.07.2026, дальше по месяцу"
    assert note(table, 0, "Пациенты T+3") == "созреет 31.07.2026, дальше по месяцу"
    assert table.bold == {0, 7, 14}
    assert table.folded == ((1, 6), (8, 13), (15, 20))
    frame.loc[1, "payback"] = 2.0
    assert at(laid(cohorts.TAB, frame), 1, "Окупаемость") == 2


def test_the_funnel_says_yes_or_nothing_of_retargeting() -> None:
    frame = frames.funnel(1).assign(retarget=[True] + [False] * 19)
    table = laid(funnel.TAB, frame)
    assert [row[4] for row in table.rows[:2]] == ["да", None]
    assert table.rows[0][0] == date(2026, 5, 1)


def test_weeks_are_columns_and_the_current_one_says_so() -> None:
    table = laid(weekly.TAB, frames.weekly())
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
    assert table.notes[5, 1].startswith("Пусто: слишком мало пациентов")
    assert (5, 2) not in table.notes


def test_the_summary_compares_with_as_many_days_before() -> None:
    old = SourceFreshness("crm.csv", "leads", date(2026, 6, 12), stale=True)
    table = laid(
        summary.TAB, frames.channel_report(0.5), channel_report=frames.channel_report(),
        at=datetime(2026, 6, 30, 9, 5, 7, 8), sources=[old],
    )  # fmt: skip
    assert table.rows[0] == ["Что сделать", "Почему", "Эффект за 90 дней", "Где смотреть", None]
    assert table.rows[1][0] == "Явных действий нет"
    assert table.rows[2] == [
        "Период",
        "01.04.26 – 29.06.26",
        "01.01.26 – 31.03.26",
        None,
        "90\u00a0дней",
    ]
    assert table.rows[3][:3] == ["Лиды", 1471, 737]
    assert table.rows[3][3] == pytest.approx(1471 / 737 - 1)
    assert [row[0] for row in table.rows[3:8]] == [
        "Лиды",
        "Записи",
        "Визиты",
        "Договоры",
        "Новые пациенты",
    ]
    assert table.rows[19][0] == "Каналы"
    assert table.links[3, 0] == table.links[20, 0] == "channel_report"
    assert (19, 0) not in table.links
    assert table.links[1, 3] == "channel_report"
    assert table.rows[20][0] == "Директ — поиск"
    assert table.rows[-2][4] == "crm.csv: не прочитан, данные от 12.06.2026."
    assert table.rows[-1][:2] == ["Обновлено", datetime(2026, 6, 30, 9, 5, 7)]


def test_the_summary_tells_the_dearest_alert_of_the_day_and_leads_to_it() -> None:
    day = pd.Timestamp(2026, 6, 29)
    alerts = pd.DataFrame(
        [
            (day, "Меньше записей", "Все", 20.25, 9.0, 50_000_00, "", pd.NaT),
            (day, "Меньше лидов", "Все", 62.5, 37.0, 76_372_00, "лиды на визит ▼ 42 %", pd.NaT),
            (day - pd.Timedelta(days=1), "Расход вырос", "SEO", 100.0, 200.0, 9e9, "", pd.NaT),
        ],
        columns=["day", "rule", "channel", "before", "after", "effect", "causes", "sent"],
    )
    report = frames.channel_report()
    table = laid(summary.TAB, report, channel_report=report, alerts=alerts)
    assert table.rows[-2][0] == "Внимание"
    assert table.rows[-2][4] == (
        "Меньше лидов, Все: 37 вместо 62,5 за неделю (лиды на визит ▼ 42 %), это "
        "76\u00a0372\u00a0₽. Ещё строк: 1."
    )
    assert table.links[len(table.rows) - 2, 0] == "alerts"
    money = alerts.iloc[2:].assign(day=day)
    table = laid(summary.TAB, report, channel_report=report, alerts=money)
    assert table.rows[-2][4] == (
        "Расход вырос, SEO: 2\u00a0₽ вместо 1\u00a0₽ за неделю, это 90\u00a0000\u00a0000\u00a0₽."
    )
    table = laid(summary.TAB, report, channel_report=report, alerts=alerts.iloc[2:])
    assert table.rows[-2][0] != "Внимание"


def test_an_empty_interval_says_why_where_there_is_a_cost() -> None:
    report = frames.channel_report()
    lacking = report.assign(
        romi_new_low=NAN, cac_high=NAN, ltv_low=NAN, ltv_cac_low=NAN, cr_lead_booking_low=NAN
    )
    table = laid(channel_report.TAB, lacking)
    assert note(table, 0, "ROMI новых от").startswith("Пусто: ни один новый пациент")
    assert note(table, 0, "CAC до").startswith("Пусто: новых пациентов нет")
    assert note(table, 0, "LTV от").startswith("Пусто: «LTV (12 мес)»")
    assert note(table, 0, "LTV / CAC от") == "Пусто: нет границ у LTV или у CAC."
    assert note(table, 0, "Лид→запись от") == "Пусто: долю считать не из кого."
    assert note(table, 0, "Лид→запись до") is None
    assert report["cost"][7] == 0
    assert note(table, 7, "ROMI новых от") is None


def test_notes_of_unit_economics_begin_with_a_russian_word() -> None:
    hints = {column.title: column.hint for column in unit_economics.TAB.columns}
    assert all(re.match("[А-Я][а-я]* ?[а-я]+", hint) for hint in hints.values()), hints
    assert hints["CPA"] == "Цена лида: AC / UA."


def test_a_first_period_has_nothing_to_compare_with() -> None:
    nothing = frames.channel_report(0.0)
    table = laid(summary.TAB, nothing, channel_report=frames.channel_report())
    assert table.rows[3] == ["Лиды", 1471, 0, None, table.rows[3][4]]


def test_a_clinic_without_a_single_row_has_all_its_tabs() -> None:
    material = Material(frames.SETTINGS, {}, datetime(2026, 6, 30), typed=typed().typed)
    made = {table.tab.key: table for table in laying.tables(Answers(material))}
    assert list(made) == [tab.key for tab in TABS if tab.always or tab.filled_by == "people"]
    bare = ("campaigns", "cohorts", "unit_economics", "unit_by_channel", "services", "funnel")
    assert [len(made[key].rows) for key in bare] == [0] * 6
    assert made["channel_report"].rows[0][:2] == ["Итого", 0]


def test_models_stand_side_by_side() -> None:
    assert [c.title for c in models.TAB.columns][:5] == [
        "Канал", "Лиды: последний значимый", "Новые пациенты: последний значимый",
        "Маржа: последний значимый", "ROMI: последний значимый",
    ]  # fmt: skip
    table = laid(models.TAB, frames.models())
    assert len(table.columns) == 1 + 4 * len(MODELS)
    assert at(table, 0, "Лиды: Марков") is None
    assert note(table, 0, "Лиды: Марков") == "Пусто: касаний мало для такого расчёта."
    assert isinstance(at(table, 0, "Лиды: линейная"), float)
    assert table.bold == {len(table.rows) - 1}


def test_unit_economics_shows_an_unknown_margin() -> None:
    table = laid(unit_economics.TAB, frames.unit_economics("direction"))
    assert at(table, 4, "CM") is None
    assert note(table, 4, "CM").startswith("Пусто")
    assert (
        laid(unit_by_channel.TAB, frames.unit_economics("channel")).rows[0][0] == "Директ — поиск"
    )


def test_services_say_where_the_margin_is_unknown() -> None:
    table = laid(services.TAB, frames.services())
    assert table.rows[4][:3] == [None, None, "терапия"]
    assert note(table, 4, "Маржа").startswith("Пусто: у части оплат")


def test_the_look_of_numbers_depends_on_the_number() -> None:
    assert look.code("count", 3) == "#,##0"
    assert look.code("count", 2.5) == "#,##0.0"
    assert (look.tint("change", 0.1), look.tint("change_bad", 0.1)) == (look.GOOD, look.BAD)
    assert (look.tint("points", 1.0), look.tint("points_bad", 1.0)) == (look.GOOD, look.BAD)
    assert look.tint("change", 0.0001) == ""
    assert "▲" not in look.code("points", 0.01)
    assert [b.low for b in look.bands("s1")][1:] == [1.0, 2.0, 3.0, 4.0]
    assert look.place("B+2", 10) == (12, 1)
    assert look.place("AA3", 10) == (2, 26)
    names = ["Период", "Лиды", "Записи", "Визиты", "Итого"]
    assert look.span("no_total", names, total=True) == (0, 3)
    assert look.span("first:8", names, total=True) == (0, 3)
    assert look.span("Лиды…Визиты", names, total=False) == (1, 3)
    assert look.span("Лиды…Визиты", [], total=False) == (0, -1)
