"""The book against itself: the golden book, clinics from seeds, a planted difference in each tab."""

from __future__ import annotations

import copy
import functools
import re
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import pandas as pd
import pytest

from metrics.calendar import month_number
from metrics.reports.plan_fact import MEASURES, Target
from metrics.reports.verification import verification
from metrics.settings import ALL, Settings
from metrics.verification.recounts import recounts
from metrics.verification.written_book import UnreadableBookError
from templates_sheets.laying import Answers, tables
from templates_sheets.material import Material
from tests.metrics.clinics import seeded_phrases

Book = dict[str, list[list[Any]]]

FUNNEL = [
    "Дата", "Канал", "Кампания", "Направление", "Ретаргет", "Визиты на сайт", "Достижения целей",
    "Показы", "Клики", "Лиды", "Повторные обращения", "Записи", "Визиты", "Повторные визиты",
    "Договоры", "Новые пациенты", "Выручка", "Маржа", "Расходы",
]  # fmt: skip
REPORT = ["Канал", "Лиды", "Новые пациенты", "Выручка", "Маржа", "Расходы", "CAC", "ROMI"]


def funnel_row(
    day: date, channel: str, new: int, cost: float, margin: float | None = 0
) -> list[Any]:
    counts = [None, None, 0, 0, 10, 0, 9, 8, 0, 7, new]
    return [day, channel, None, "Без направления", None, *counts, 1000, margin, cost]


def golden(cac: float = 200_000 / 63) -> Book:
    """§21's golden days, and a channel report of them."""
    row = [20, 63, 2000, 0, 200_000, cac, -1]
    return {
        "Настройки": [
            ["Настройка", "Значение", "Действует сейчас"],
            ["Период с", None, date(2026, 6, 1)],
            ["Период по", None, date(2026, 6, 30)],
        ],
        "Воронка": [
            FUNNEL,
            funnel_row(date(2026, 6, 2), "Директ — поиск", 35, 120_000),
            funnel_row(date(2026, 6, 9), "Директ — поиск", 28, 80_000),
        ],
        "Отчёт по каналам": [[*REPORT], ["Директ — поиск", *row], ["Итого", *row]],
    }


def differing(book: Book) -> list[dict[str, Any]]:
    rows = verification(book)
    return rows[rows["differ"] > 0].to_dict("records")


def laid(seed: int, most_rows: int = 120, **settings: Any) -> Book:
    """The cells of every tab of a seeded clinic."""
    return copy.deepcopy(_laid(seed, most_rows, **settings))


@functools.cache
def _laid(seed: int, most_rows: int, **settings: Any) -> Book:
    clinic = seeded_phrases(seed, most_rows)
    chosen: Settings = replace(clinic.settings, **settings)
    at = datetime.combine(chosen.as_of, time(12), chosen.zone)
    now = month_number(chosen.as_of)
    plan = [
        Target(now - back, channel, measure, 1000.0)
        for back in (-1, 0, 1, 5)
        for channel in (ALL, "Директ — поиск", "Такого нет")
        for measure in MEASURES
    ]
    answers = Answers(Material(chosen, clinic.frames, at, typed={"plan": plan}))
    tables(answers)
    book: Book = answers["written"]
    return book


def test_the_golden_cac_agrees() -> None:
    rows = verification(golden()).set_index(["sheet", "measure"])
    cac = rows.loc[("Отчёт по каналам", "CAC")]
    assert (cac["checked"], cac["agreed"], cac["differ"], cac["largest"]) == (2, 2, 0, 0)
    assert cac["where"] == ""
    assert pytest.approx(3174.603175) == 200_000 / 63


def test_a_rounded_cac_differs_by_its_rounding_and_says_where() -> None:
    book = golden()
    book["Отчёт по каналам"][2][6] = 3175
    (row,) = differing(book)
    assert (row["sheet"], row["measure"], row["checked"], row["differ"]) == (
        "Отчёт по каналам",
        "CAC",
        2,
        1,
    )
    assert row["largest"] == pytest.approx(0.396825, abs=1e-6)
    assert row["where"] == "G3 (Итого): стоит 3175, должно быть 3174,6031746"


def test_what_an_empty_margin_enters_must_be_empty() -> None:
    book = golden()
    book["Воронка"][2][17] = None
    assert {row["measure"] for row in differing(book)} == {"Маржа", "ROMI"}
    for row in book["Отчёт по каналам"][1:]:
        row[4], row[7] = None, None
    assert differing(book) == []


def test_a_missing_row_and_a_row_of_nobody_differ_and_lines_under_the_table_are_peoples() -> None:
    book = golden()
    report = book["Отчёт по каналам"]
    report.append(["мои заметки", 5, None])
    assert differing(book) == []
    report[1][0] = "Яндекс"
    places = {row["measure"]: row["where"] for row in differing(book)}
    assert places["Лиды"] == (
        "нет строки «Директ — поиск»: стоит пусто, должно быть 20; "
        "B2 (Яндекс): стоит 20, должно быть 0"
    )


def test_columns_are_found_by_title_and_days_as_numbers_or_texts() -> None:
    book = golden()
    for row in book["Отчёт по каналам"]:
        row.insert(1, "моё")
    book["Настройки"][1][2] = 46174
    book["Воронка"][1][0] = "02.06.2026"
    assert differing(book) == []


@pytest.mark.parametrize("missing", ["Настройки", "Воронка"])
def test_a_book_that_says_no_period_cannot_be_recounted(missing: str) -> None:
    book = golden()
    del book[missing]
    with pytest.raises(UnreadableBookError, match=missing):
        verification(book)


def test_a_period_is_taken_from_what_is_in_force() -> None:
    book = golden()
    book["Настройки"][2][2] = "2026-06"
    with pytest.raises(UnreadableBookError, match="Период по"):
        verification(book)


@pytest.mark.parametrize("seed", range(6))
def test_every_number_of_a_seeded_clinic_agrees(seed: int) -> None:
    assert differing(laid(seed, (15, 40, 120)[seed % 3])) == []


@pytest.mark.parametrize(
    "given", [{"attribution": "linear"}, {"attribution": "time_decay"}, {"min_patients": 5}]
)
def test_so_do_shares_of_people_and_merged_rows(given: dict[str, Any]) -> None:
    assert differing(laid(2, **given)) == []


def test_without_a_phrase_the_empty_tab_of_phrases_differs_in_nothing() -> None:
    names = ["Лиды", "Новые пациенты", "Выручка", "Маржа", "Расходы"]
    book = golden() | {"Ключевые фразы": [["Фраза", "Кампания", "Канал", "Направление", *names]]}
    assert differing(book) == []


def test_sums_too_large_to_be_whole_are_empty_on_both_sides() -> None:
    clinic = seeded_phrases(2, 120)
    frames = clinic.frames
    amount = pd.Series(10**15 - 1, frames["payments"].index)
    frames["payments"] = frames["payments"].assign(amount=amount)
    at = datetime.combine(clinic.settings.as_of, time(12), clinic.settings.zone)
    answers = Answers(Material(clinic.settings, frames, at))
    tables(answers)
    report = answers["written"]["Отчёт по каналам"]
    assert report[-1][report[0].index("Выручка")] is None
    assert differing(answers["written"]) == []


def test_with_merged_rows_only_totals_are_checked() -> None:
    book = laid(2, min_patients=5)
    checked = {(one.tab, one.where.partition(" (")[2]) for one in recounts(book)}
    assert {where for tab, where in checked if tab == "Отчёт по каналам"} >= {"Итого)"}
    assert "Неделя" not in {tab for tab, _ in checked}


def test_a_planted_difference_is_found_in_every_tab_by_every_measure() -> None:
    checks: set[tuple[str, str]] = set()
    for seed in (2, 5):
        book = laid(seed)
        planted: dict[tuple[str, str], str] = {}
        for one in recounts(book):
            address = re.match(r"([A-Z]+)(\d+) ", one.where)
            if address and isinstance(one.cell, float):
                planted.setdefault((one.tab, one.measure), address[0])
        # Amounts of their own, so that no two of them make up for each other.
        for number, (tab, place) in enumerate(sorted({(t, a) for (t, _), a in planted.items()})):
            letters, row = re.match(r"([A-Z]+)(\d+)", place).groups()
            book[tab][int(row) - 1][column_number(letters)] += 1 + number * 0.037
        differ = {
            (one.tab, one.measure, place[0])
            for one in recounts(book)
            if not one.agrees and (place := re.match(r"[A-Z]+\d+ ", one.where))
        }
        assert [key for key, place in planted.items() if (*key, place) not in differ] == []
        checks |= planted.keys()
    assert {tab for tab, _ in checks} == {
        "Отчёт по каналам", "Кампании", "Сводка", "Неделя", "Юнит-экономика", "Юнит по каналам",
        "Когорты", "Сравнение", "Возврат", "Сверка", "Ключевые фразы", "План-факт",
    }  # fmt: skip


def column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def test_the_causes_of_a_change_add_up() -> None:
    heads = ["Месяц", "Канал", "Показатель", "Показано", "Было", "Стало", "Изменение"]
    causes = [
        "Программа", "Дата отчёта", "Новые расходы", "Новые лиды", "Новые записи", "Новые оплаты",
        "Новые возвраты", "Исправлено", "Исчезло", "Правила и настройки",
    ]  # fmt: skip
    row = [
        "06.2026",
        "Все",
        "Маржа",
        None,
        756_000,
        741_000,
        -15_000,
        0,
        0,
        0,
        0,
        0,
        10_000,
        -25_000,
        0,
        0,
        0,
    ]
    book = golden() | {"Что изменилось": [[*heads, *causes], row]}
    assert differing(book) == []
    row[12] = 9_000
    assert [(r["sheet"], r["measure"]) for r in differing(book)] == [
        ("Что изменилось", "Изменение: сумма частей")
    ]
    row[12], row[5] = 10_000, 741_001
    assert [r["measure"] for r in differing(book)] == ["Изменение"]
    row[6], row[7:] = -14_999, [None] * 10
    assert differing(book) == []


def test_rows_stand_by_the_number_of_cells_then_by_name() -> None:
    rows = verification(golden())
    keys = [(-r["checked"], r["sheet"], r["measure"]) for r in rows.to_dict("records")]
    assert keys == sorted(keys)
