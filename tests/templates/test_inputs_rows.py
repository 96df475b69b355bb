"""Typed rows – costs, channel rules, directions: right ones count, wrong ones say why not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from metrics.join.patterns import MOST_ROWS
from metrics.join.rules import default_rules
from metrics.measures.visitors import SEGMENT_PATTERNS, SegmentPattern
from metrics.schema import check
from sheets_sync.clinic.config import ReportConfig
from templates_sheets import channels, costs, directions, segment_patterns
from templates_sheets.inputs import read_inputs
from templates_sheets.tabs import INPUT_TABS
from tests.templates.typed_grids import AS_OF, laid, typed


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
    table = laid(costs.TAB, grid=grid, own_complaints=inputs.complaints)
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
    table = laid(channels.TAB)
    assert table.rows[0] == [
        10, "любая строка", "utm_source, utm_medium, utm_campaign", "содержит",
        "retarget|ретаргет|rmkt|remark|ремаркет", "(метка) ретаргет", "✓ принято",
    ]  # fmt: skip
    rules, complaints = channels.read(table.rows)
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
            [5.0, "любая строка", "utm_source", "содержит", "x{99999999999999}", "VK", None],
        ]
    )
    assert [(r.order, r.fields, r.channel) for r in inputs.rules] == [
        (3, ("utm_source", "source_raw"), "VK")
    ]
    assert [(c.row, c.column) for c in inputs.complaints] == [
        (2, "Значение"), (3, "Область"), (5, "Канал"), (6, "Значение"),
    ]  # fmt: skip


def test_an_expression_that_cannot_be_looked_for_says_what_to_write_instead() -> None:
    inputs = typed(
        channels=[[1.0, "any", "utm_source", "содержит", "(?!бренд)рся", "РСЯ", None]],
        directions=[[r"(а)\1", "терапия", None, None]],
    )
    channel, direction = map(str, inputs.complaints)
    assert "«Каналы», строка 2, «Значение»" in channel
    assert "исключение поставьте отдельной строкой выше" in channel
    assert "«Направления», строка 2, «Шаблон»" in direction
    assert "перечислите варианты через |" in direction


def test_rules_beyond_what_a_sync_can_ask_are_left_out_with_a_sentence() -> None:
    rules = [[float(n), "any", "utm_source", "содержит", f"x{n}", "VK", None] for n in range(400)]
    patterns = [[f"x{n}", "терапия", None, None] for n in range(400)]
    inputs = typed(channels=rules, directions=patterns)
    assert len(inputs.rules) == len(inputs.report.directions) == MOST_ROWS
    assert [str(c) for c in inputs.complaints] == [
        f"«{tab}», строка {MOST_ROWS + 2}, «{column}»: найдено «{found}», ожидается не больше "
        f"{MOST_ROWS} строк (сложная идёт за несколько): объедините варианты через |; эта строка и все ниже не учтены"
        for tab, column, found in (
            ("Каналы", "№", MOST_ROWS),
            ("Направления", "Шаблон", f"x{MOST_ROWS}"),
        )
    ]


def test_directions_and_their_margin_stand_above_the_clinics_file() -> None:
    report = ReportConfig(
        margin_rates={"Имплантация": Decimal("0.3"), "терапия": Decimal("0.5")},
        directions={"имплант": "импланты", "кариес": "терапия"},
        recall_months={"Гигиена": 4, "терапия": 12},
    )
    rows = [
        ["имплант", "имплантация", 0.38, None],
        [None, "гигиена", "60 %", 3],
        ["брекет(", "ортодонтия", None, None],
        ["винир", None, None, None],
        [None, "имплантация", 0.4, None],
        ["x{99999999999999}", "ортодонтия", None, None],
        ["[ж-ё]", "ортодонтия", None, None],
        [None, "гигиена", None, "5"],
        [None, "хирургия", None, 1.0],
    ]
    inputs = read_inputs({"directions": rows}, report, AS_OF)
    assert inputs.report.directions == {"имплант": "имплантация", "кариес": "терапия"}
    assert inputs.report.margin_rates == {
        "терапия": Decimal("0.5"), "имплантация": Decimal("0.38"), "гигиена": Decimal("0.6"),
    }  # fmt: skip
    assert inputs.report.recall_months == {"терапия": 12, "гигиена": 3}
    assert [(c.row, c.column) for c in inputs.complaints] == [
        (4, "Шаблон"), (5, "Направление"), (6, "Доля маржи"), (7, "Шаблон"), (8, "Шаблон"),
        (9, "Возврат, мес"), (10, "Возврат, мес"),
    ]  # fmt: skip
    assert [
        row[-1] for row in laid(directions.TAB, grid=rows, own_complaints=inputs.complaints).rows
    ][:2] == ["✓ принято"] * 2


CELLS = st.one_of(
    st.none(), st.text(max_size=12), st.floats(), st.integers(), st.booleans(),
    st.dates(), st.datetimes(),
)  # fmt: skip


@pytest.mark.parametrize("tab", INPUT_TABS, ids=lambda tab: tab.key)
@examples(max_examples=40)
@given(rows=st.lists(st.lists(CELLS, min_size=13, max_size=13), max_size=4))
def test_nothing_that_can_be_typed_stops_a_run(tab: object, rows: list[list[object]]) -> None:
    width = len(tab.columns)
    grid = [row[:width] for row in rows]
    inputs = typed(**{tab.key: grid})
    table = laid(tab, grid=grid, own_complaints=inputs.about(tab.title))
    assert all(len(row) == width for row in table.rows)
    check("costs", inputs.costs)


def test_an_empty_tab_of_segments_holds_the_defaults() -> None:
    inputs = typed(segment_patterns=[])
    assert inputs.typed["segment_patterns"] == SEGMENT_PATTERNS
    rows = laid(segment_patterns.TAB, grid=[], own_complaints=[]).rows
    assert [row[:2] for row in rows[:2]] == [
        ["Просмотрщики цен", "вход"],
        ["Просмотрщики цен", "выход"],
    ]
    assert rows[-1][0] == "Брошенные формы"
    assert all(row[-1] == "✓ принято" for row in rows)
    again = typed(segment_patterns=[[*row[:4], None] for row in rows])
    assert again.typed["segment_patterns"] == SEGMENT_PATTERNS


def test_wrong_rows_of_segments_say_why() -> None:
    inputs = typed(
        segment_patterns=[
            ["Цены", "Вход", "price|цен", None, None],
            ["Цены", "вход", "price(", None, None],
            ["Цены", "везде", "price", None, None],
            ["Цены", "цель", None, None, None],
            [None, "вход", "price", None, None],
            ["все посетители", "вход", "price", None, None],
            ["Формы", "цель", "форм", "(?=x)", None],
            [None, None, None, None, None],
        ]
    )
    assert inputs.typed["segment_patterns"] == (
        SegmentPattern("Цены", "landing_path", "price|цен"),
    )
    assert [(c.row, c.column) for c in inputs.complaints] == [
        (3, "Шаблон"),
        (4, "Где"),
        (5, "Шаблон"),
        (6, "Сегмент"),
        (7, "Сегмент"),
        (8, "Кроме целей"),
    ]
    assert "не закрыта скобка" in inputs.complaints[0].expected


def test_a_tab_of_wrong_segments_alone_holds_none() -> None:
    assert (
        typed(segment_patterns=[["Цены", "вход", "(", None, None]]).typed["segment_patterns"] == ()
    )
