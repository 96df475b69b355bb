"""«Что сделать»: when a channel is cut, fed or mended, what it is worth, and how many are shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from math import isnan

import pandas as pd
import pytest

from metrics.facts import Facts
from metrics.reports.actions import actions
from metrics.reports.channel_report import channel_report
from metrics.settings import Settings
from templates_sheets.laying import Answers
from templates_sheets.material import Material
from tests.metrics.clinic_rows import Row, clinic, lead, paid, spent, visit

PERIOD = ("2026-04-01", "2026-06-29", "2026-06-30")
NOTHING = "Явных действий нет"


def month(patients: int, margin: int, cost: int, **more: object) -> Facts:
    """`patients` of Директ who bring `margin` roubles in all, for `cost`, in 90 days."""
    return clinic(*PERIOD, **rows(patients, margin, cost), **more)


def rows(patients: int, margin: int, cost: int, source: str = "yandex") -> dict[str, list[Row]]:
    people = [f"{source}{n}" for n in range(patients)]
    tags = {"utm_source": source, "utm_medium": "cpc"}
    made = {
        "leads": [lead(f"L{k}", "2026-05-01", k, **tags) for k in people],
        "visits": [visit(f"V{k}", "2026-05-02", k, f"L{k}") for k in people],
        "payments": [paid(f"P{k}", "2026-05-02", k, margin // patients, cost=0) for k in people],
    }
    return made | ({"costs": [spent("2026-04-01", "2026-06-29", cost)]} if cost else {})


def made(facts: Facts, **more: pd.DataFrame) -> list[dict[str, object]]:
    return actions(facts, channel_report(facts), **more).to_dict("records")


def test_ten_equal_patients_do_not_yet_condemn_a_channel_and_thirty_do() -> None:
    few, many = month(10, 120_000, 200_000), month(30, 120_000, 200_000)
    assert channel_report(few)["romi_new_high"].iloc[0] == pytest.approx(0.1034, abs=5e-5)
    assert channel_report(many)["romi_new_high"].iloc[0] == pytest.approx(-0.1435, abs=5e-5)
    assert [each["action"] for each in made(few)] == [NOTHING]
    cut = made(many)[0]
    assert cut["action"] == "Сократить «Директ (тип не определён)»"
    assert cut["effect"] == 8_000_000
    assert "30\u00a0новых пациентов" in str(cut["why"])


def test_an_effect_is_that_of_ninety_days_whatever_the_period() -> None:
    facts = month(30, 30_000, 200_000)
    shorter = replace(facts.settings, first=date(2026, 5, 1), last=date(2026, 5, 30))
    cut = made(replace(facts, settings=shorter))[0]
    lost = channel_report(replace(facts, settings=shorter)).iloc[0]
    assert cut["effect"] == round((lost["cost"] - lost["margin_new"]) * 3 / 100) * 100


def test_a_strong_channel_may_take_a_fifth_more() -> None:
    strong = made(month(60, 1_200_000, 200_000))[0]
    assert strong["action"] == "Усилить «Директ (тип не определён)»"
    assert strong["effect"] == 20_000_000


def test_money_without_a_single_patient_is_cut_from_three_cac_on() -> None:
    """With 35 000 more the clinic's CAC is 11 500: 115 000 over 10 patients."""
    base = rows(10, 500_000, 80_000)
    dead = spent("2026-04-01", "2026-06-29", 35_000, "VK Реклама")
    report = made(clinic(*PERIOD, **base | {"costs": [*base["costs"], dead]}))
    cut = next(each for each in report if str(each["action"]).startswith("Сократить"))
    assert (cut["action"], cut["effect"]) == ("Сократить «VK Реклама»", 3_500_000)
    cheap = spent("2026-04-01", "2026-06-29", 34_000, "VK Реклама")
    report = made(clinic(*PERIOD, **base | {"costs": [*base["costs"], cheap]}))
    assert not any("VK" in str(each["action"]) for each in report)


def test_a_weak_step_is_worth_what_the_clinics_mean_would_bring() -> None:
    """40 of 100 leads of Директ book where 80 of 100 of the others do: 60 % on average."""
    parts = [rows(40, 400_000, 0), rows(80, 800_000, 0, "vk")]
    money = {n: [row for part in parts for row in part[n]] for n in ("leads", "visits", "payments")}
    money["leads"] += [
        lead(f"Y{n}", "2026-05-01", utm_source="yandex", utm_medium="cpc") for n in range(60)
    ]
    money["leads"] += [
        lead(f"Z{n}", "2026-05-01", utm_source="vk", utm_medium="cpc") for n in range(20)
    ]
    report = made(clinic(*PERIOD, **money))
    weak = next(each for each in report if str(each["action"]).startswith("Поднять"))
    assert weak["action"] == "Поднять «лид→запись» в «Директ (тип не определён)»"
    assert weak["effect"] == 20 * 10_000 * 100


def test_what_nobody_wrote_down_stands_last_and_only_where_it_can_cost() -> None:
    report = made(clinic(*PERIOD, **rows(12, 120_000, 0, "vk")))
    assert [each["action"] for each in report] == ["Записать расходы «VK Реклама»"]
    assert isnan(float(str(report[0]["effect"])))
    free = rows(12, 120_000, 0)
    free["leads"] = [
        {k: v for k, v in row.items() if not k.startswith("utm")} | {"source_raw": "Рекомендация"}
        for row in free["leads"]
    ]
    assert [each["action"] for each in made(clinic(*PERIOD, **free))] == [NOTHING]


def test_leads_without_a_source_are_a_reason_to_ask() -> None:
    base = rows(10, 500_000, 0, "vk")
    lost = {**visit("V0", "2026-05-02", "K0"), "source_raw": ""}
    unknown = {
        "leads": [*base["leads"], *(lead(f"U{n}", "2026-05-01") for n in range(2))],
        "visits": [*base["visits"], lost],
        "payments": [*base["payments"], paid("P0", "2026-05-02", "K0", 90_000, cost=0)],
    }
    asked = made(clinic(*PERIOD, **unknown))[0]
    assert (asked["action"], asked["effect"]) == ("Спросить источник", 9_000_000)
    assert "маржа без источника" in str(asked["why"])


def test_other_reports_bring_their_actions_once_they_are_there() -> None:
    facts = month(10, 120_000, 200_000)
    recall = pd.DataFrame(
        {"direction": ["терапия", "Итого"], "due": [5.0, 5.0], "overdue": [7.0, 7.0],
         "expected_margin": [3_000_000.0, 3_000_049.0]}
    )  # fmt: skip
    missed = pd.DataFrame({"contacts": [5.0], "lost_margin": [2_500_000.0]})
    shown = made(facts, recall=recall, missed_contacts=missed)
    assert [(each["action"], each["effect"], each["tab"]) for each in shown] == [
        ("Позвать на осмотр", 3_000_000, "recall"),
        ("Перезвонить тем, кого нет в CRM", 2_500_000, "reconciliation"),
    ]


def test_small_effects_are_left_out_and_at_most_three_shown() -> None:
    assert [
        each["action"] for each in made(month(30, 120_000, 200_000, action_min_effect=80_001))
    ] == [NOTHING]
    parts = [rows(30, 30_000, 0, source) for source in ("yandex", "vk", "google", "avito")]
    money = {n: [row for part in parts for row in part[n]] for n in ("leads", "visits", "payments")}
    names = ("Директ", "VK Реклама", "Google Ads", "Авито")
    costs = [spent("2026-04-01", "2026-06-29", 200_000 + n, name) for n, name in enumerate(names)]
    shown = made(clinic(*PERIOD, **money, costs=costs))
    assert len(shown) == 3
    effects = [float(str(each["effect"])) for each in shown]
    assert effects == sorted(effects, reverse=True)


def test_of_equal_effects_the_table_decides_and_then_the_channel() -> None:
    """VK and Авито lose 80 000 each; what is due for a check-up is worth as much."""
    parts = [rows(30, 120_000, 0, source) for source in ("vk", "avito")]
    money = {n: [row for part in parts for row in part[n]] for n in ("leads", "visits", "payments")}
    costs = [spent("2026-04-01", "2026-06-29", 200_000, name) for name in ("VK Реклама", "Авито")]
    recall = pd.DataFrame(
        {"direction": ["Итого"], "due": [5.0], "overdue": [0.0], "expected_margin": [8_000_000.0]}
    )
    facts = clinic(*PERIOD, **money, costs=costs)
    report = channel_report(facts)
    for frame in (report, report.iloc[[1, 0, *range(2, len(report))]]):
        shown = actions(facts, frame, recall=recall)
        assert shown["action"].tolist() == [
            "Сократить «VK Реклама»", "Сократить «Авито»", "Позвать на осмотр",
        ]  # fmt: skip


def test_a_book_shows_actions_without_the_reports_that_are_not_there() -> None:
    settings = Settings(date(2026, 6, 30), date(2026, 4, 1), date(2026, 6, 29))
    answers = Answers(Material(settings, {}, datetime(2026, 6, 30)))
    assert answers["actions"]["action"].tolist() == [NOTHING]
