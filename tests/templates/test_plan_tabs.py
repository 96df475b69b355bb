"""«План-факт» and «Внимание» as cells: units by measure and rule, reasons beside what is empty."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from metrics.calendar import month_number
from metrics.measures.alert import Alert
from metrics.reports.alerts import NAME, alerts
from metrics.reports.channel_report import channel_report
from metrics.reports.plan_fact import Target, plan_fact
from metrics.settings import ALL
from templates_sheets import alerts as alerts_tab
from templates_sheets import laying, look
from templates_sheets import plan_fact as plan_fact_tab
from templates_sheets import summary as summary_tab
from templates_sheets.laying import Answers
from templates_sheets.material import Material
from templates_sheets.tab import Table
from tests.metrics.clinic_rows import clinic, lead, spent

PERIOD = ("2026-08-18", "2026-11-15", "2026-11-16")
NOVEMBER = month_number(date(2026, 11, 1))
DAY = date(2026, 11, 15)


def planned(*targets: Target) -> Table:
    facts = clinic(
        *PERIOD,
        leads=[lead(f"L{n}", "2026-11-03") for n in range(10)],
        costs=[spent("2026-11-01", "2026-11-15", 30_000)],
    )
    answers = Answers(Material(facts.settings, {}, datetime(2026, 11, 16)))
    return laying.table(plan_fact_tab.TAB, answers, frame=plan_fact(facts, targets))


def test_each_number_stands_in_the_unit_of_its_measure() -> None:
    names = ("leads", "cost", "drr", "romi")
    table = planned(
        *(Target(NOVEMBER, ALL, name, 50_000.0 if name == "cost" else 1.0) for name in names)
    )
    rows = [dict(zip([c.title for c in table.columns], row, strict=True)) for row in table.rows]
    assert [(r["Показатель"], r["План"], r["Факт"]) for r in rows] == [
        ("Лиды", 1, 10),
        ("Расходы", 500.0, 30_000),
        ("ROMI", 1, -1),
        ("ДРР", 1, None),
    ]
    assert [table.formats[row, 3] for row in range(4)] == ["count", "money", "percent", "percent"]
    assert [table.formats[row, 10] for row in range(4)] == [
        *("change", "change_bad", "points", "points_bad"),
    ]
    assert rows[2]["Отклонение"] == -200
    assert rows[1]["Месяц"] == date(2026, 11, 1)
    assert table.notes[2, 6] == "Пусто: отношение считается по факту и темпу своих частей."
    assert table.notes[3, 4].startswith("Пусто: делить не на что")


def test_a_pace_within_the_plan_is_neither_good_nor_bad() -> None:
    table = planned(Target(NOVEMBER, ALL, "leads", 19.9), Target(NOVEMBER, ALL, "cost", 59_000_00))
    shown = {row[2]: (row[11], table.formats[at, 10]) for at, row in enumerate(table.rows)}
    assert shown["Лиды"] == ("в плане", "change_plain")
    assert look.tint("change_plain", -0.02) == ""
    assert look.code("change_plain", -0.02) == look.code("change", -0.02)


def test_a_month_to_come_and_an_unknown_channel_say_so() -> None:
    table = planned(
        Target(NOVEMBER + 1, ALL, "leads", 5), Target(NOVEMBER, "Нет такого", "leads", 5)
    )
    assert table.rows[0][4:] == [None] * 8
    assert all("нет ни одного полного дня" in table.notes[0, at] for at in range(4, 11))
    assert "канала в данных нет" in table.notes[1, 1]
    assert table.rows[1][4] == 0


def test_before_and_after_are_money_where_the_rule_is_of_money() -> None:
    facts = clinic(*PERIOD)
    rows = [
        Alert(DAY, "Меньше лидов", "Директ", 15, 4.5, 3_300_000, "расходы ▼ 50 %", datetime(2026, 11, 16, 4).astimezone()),
        Alert(DAY, "Расход вырос", "Директ", 4_000_000, 7_000_000, 3_000_000),
    ]  # fmt: skip
    rows = [Alert(**{**vars(a), "day": date(2026, 11, 14)}) for a in rows]
    memory = {NAME: [a.plain() for a in rows]}
    frame = alerts(facts, channel_report(facts), plan_fact(facts), (), memory)
    answers = Answers(Material(facts.settings, {}, datetime(2026, 11, 16)))
    table = laying.table(alerts_tab.TAB, answers, frame=frame)
    assert [row[1:7] for row in table.rows] == [
        ["Меньше лидов", "Директ", 15, 4.5, 33_000, "расходы ▼ 50 %"],
        ["Расход вырос", "Директ", 40_000, 70_000, 30_000, None],
    ]
    assert table.formats == {(1, 3): "money", (1, 4): "money"}
    assert isinstance(table.rows[0][7], datetime)
    assert table.rows[1][7] is None


def test_no_link_leads_to_a_hidden_tab() -> None:
    facts = clinic(*PERIOD, leads=[lead("L", "2026-11-03")])
    shown = []
    for hides in ((), ("Отчёт по каналам",)):
        settings = replace(facts.settings, hide_tabs=hides)
        answers = Answers(Material(settings, {}, datetime(2026, 11, 16)))
        shown.append({*laying.table(summary_tab.TAB, answers).links.values()})
    assert shown[0] - shown[1] == {"channel_report"}
