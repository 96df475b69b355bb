"""«План»: months, channels and numbers as people type them, and what is said of wrong ones."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest

from metrics.calendar import month_number
from metrics.reports.plan_fact import Target
from metrics.settings import ALL
from templates_sheets import plan
from tests.templates.typed_grids import laid, typed

NOVEMBER = month_number(date(2026, 11, 1))
GOOD = ["11.2026", None, "Лиды", 260.0]


def read(*rows: list[object]) -> tuple[tuple[Target, ...], list[tuple[int, str]]]:
    inputs = typed(plan=[[*row, None] for row in rows])
    return inputs.typed["plan"], [(c.row, c.column) for c in inputs.complaints]


def test_a_plan_is_read_in_the_units_of_its_measures() -> None:
    targets, wrong = read(
        GOOD,
        ["11.2026", "Директ — поиск", "маржа", "1 250 000,50 ₽"],
        ["11.2026", "все", "ROMI", "150 %"],
        ["11.2026", "", "ДРР", 0.25],
        ["11.2026", None, "CAC", 3_000],
        ["11.2026", None, "Новые пациенты", "1 260"],
        [None, None, None, None],
    )
    assert wrong == []
    assert targets == (
        Target(NOVEMBER, ALL, "leads", 260),
        Target(NOVEMBER, "Директ — поиск", "margin", 125_000_050),
        Target(NOVEMBER, ALL, "romi", 1.5),
        Target(NOVEMBER, ALL, "drr", 0.25),
        Target(NOVEMBER, ALL, "cac", 300_000),
        Target(NOVEMBER, ALL, "new_patients", 1_260),
    )


@pytest.mark.parametrize(
    "cell", ["11.2026", "11/2026", 11.2026, 46_327.0, date(2026, 11, 1), datetime(2026, 11, 30), "01.11.2026"]
)  # fmt: skip
def test_a_month_is_read_however_the_sheet_kept_it(cell: object) -> None:
    assert read([cell, *GOOD[1:]])[0][0].month == NOVEMBER


def test_a_number_that_lost_its_zero_is_october_of_2020() -> None:
    assert read([10.202, *GOOD[1:]])[0][0].month == month_number(date(2020, 10, 1))


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (["13.2026", *GOOD[1:]], "Месяц"),
        ([None, *GOOD[1:]], "Месяц"),
        (["11.2026", "тел. +7 912 345-67-89", "Лиды", 260], "Канал"),
        (["11.2026", None, "Клики", 260], "Показатель"),
        (["11.2026", None, None, 260], "Показатель"),
        (["11.2026", None, "Лиды", None], "План"),
        (["11.2026", None, "Лиды", "много"], "План"),
        (["11.2026", None, "Лиды", "-5"], "План"),
        (["11.2026", None, "Лиды", "50 %"], "План"),
        (["11.2026", None, "Выручка", -5.0], "План"),
        (["11.2026", None, "ROMI", 150.0], "План"),
        (["11.2026", None, "ДРР", "30"], "План"),
    ],
)
def test_a_wrong_row_is_left_out_and_says_its_first_wrong_cell(
    row: list[object], column: str
) -> None:
    targets, wrong = read(GOOD, row)
    assert len(targets) == 1
    assert (3, column) in wrong


def test_of_equal_keys_the_lower_row_wins_and_the_upper_says_so() -> None:
    rows = [
        GOOD,
        ["01.11.2026", "Все", "лиды", 300],
        ["11.2026", "SEO", "Лиды", 10],
        ["11.2026", "seo", "Лиды", 20],
    ]
    targets, wrong = read(*rows)
    assert [(t.channel, t.value) for t in targets] == [(ALL, 300), ("seo", 20)]
    assert wrong == [(2, "Показатель"), (4, "Показатель")]
    grid = [[*row, None] for row in rows]
    table = laid(plan.TAB, grid=grid, own_complaints=typed(plan=grid).complaints)
    assert [row[-1] for row in table.rows] == [
        "✗ Показатель: ожидается одна строка с таким месяцем, каналом и показателем; учтена строка 3",
        "✓ принято",
        "✗ Показатель: ожидается одна строка с таким месяцем, каналом и показателем; учтена строка 5",
        "✓ принято",
    ]


def test_lists_offer_the_measures_and_the_channels_there_are() -> None:
    report = pd.DataFrame(
        {"channel": ["Директ — поиск", "А, Б", *(f"Канал {n:020}" for n in range(20)), "Итого"]}
    )
    table = laid(plan.TAB, grid=[[*GOOD, None]], own_complaints=[], channel_report=report)
    channel, measure = table.columns[1], table.columns[2]
    assert channel.choices[:2] == (ALL, "Директ — поиск")
    assert not {"А, Б", "Итого"} & set(channel.choices)
    assert len(",".join(channel.choices)) <= 255
    assert measure.choices[0] == "Лиды"
    assert len(measure.choices) == 12


def test_a_plan_looks_as_its_measure_does() -> None:
    grid = [
        GOOD,
        ["11.2026", None, "ROMI", 1.5],
        ["11.2026", None, "CAC", 3_000],
        ["?", None, "?", None],
    ]
    table = laid(plan.TAB, grid=[[*row, None] for row in grid], own_complaints=[])
    assert table.formats == {(0, 3): "count", (1, 3): "percent", (2, 3): "money"}
