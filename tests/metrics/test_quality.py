"""Data quality, from rows: what is counted, when it is fine, what to do when it is not."""

from datetime import date

import pandas as pd
import pytest

from metrics.facts import Facts
from metrics.reports.quality import COLUMNS, quality
from metrics.sources import SourceFreshness
from tests.metrics.clinic_rows import Row, clinic, lead, paid, spent, visit

MARCH = ("2026-03-01", "2026-03-31")
SEARCH = {"utm_source": "yandex", "utm_medium": "cpc", "utm_campaign": "implant_search"}


def line(facts: Facts, key: str) -> pd.Series:
    table = quality(facts, [])
    return table[table["key"] == key].iloc[0]


def said(row: pd.Series, column: str = "text") -> str:
    return str(row[column]).replace("\u00a0", " ")


def march() -> dict[str, list[Row]]:
    return {
        "leads": [
            lead("L1", "2026-03-02", **SEARCH, direction="имплантация"),
            lead("L2", "2026-03-03", source_raw="рекомендация", direction="терапия"),
            lead("L3", "2026-03-04", contact_type="call"),
            lead("L4", "2026-03-05", source_raw="рекомендация", status="spam"),
            lead("L0", "2026-02-05"),
        ],
        "visits": [
            visit("V1", "2026-03-06", "K1", "L1"),
            visit("V2", "2026-03-07", "K2", "L2"),
            visit("V3", "2026-03-08", "K3", "nowhere"),
            visit("V4", "2026-03-09", "K3"),
        ],
        "payments": [
            paid("P1", "2026-03-06", "K1", 1_000, cost=0),
            paid("P2", "2026-03-07", "K2", 2_000, cost=0),
            paid("P3", "2026-03-08", "K3", 1_000, cost=0),
        ],
        "costs": [spent(*MARCH, 310, campaign="implant_search")],
    }


def test_shares_of_the_periods_leads_that_lack_something() -> None:
    facts = clinic(*MARCH, "2026-04-30", **march())
    assert line(facts, "leads_without_source")["value"] == pytest.approx(2 / 3)
    assert line(facts, "leads_without_utm")["value"] == pytest.approx(2 / 3)
    row = line(facts, "leads_without_direction")
    assert row["value"] == pytest.approx(1 / 3)
    assert (said(row), said(row, "norm"), row["ok"]) == ("33,3 %", "до 20 %", False)
    assert "«Направления»" in row["action"]


def test_what_is_within_its_norm_asks_for_nothing() -> None:
    rows = march() | {"leads": march()["leads"][:2]}
    row = line(clinic(*MARCH, "2026-04-30", **rows), "leads_without_utm")
    assert (row["value"], row["ok"], row["action"]) == (0.5, True, "")


def test_patients_without_a_lead_and_visits_without_a_payment_on_their_day() -> None:
    facts = clinic(*MARCH, "2026-04-30", **march())
    assert line(facts, "patients_without_lead")["value"] == pytest.approx(1 / 3)
    assert line(facts, "visits_without_payment")["value"] == 0.25
    rows = march()
    rows["payments"].append(paid("S", "2026-03-09", "K3", 10, kind="balance_spend"))
    assert line(clinic(*MARCH, "2026-04-30", **rows), "visits_without_payment")["value"] == 0


def test_duplicates_spam_and_leads_that_point_nowhere_are_counted_by_the_join() -> None:
    rows = march()
    rows["leads"] += [lead("D1", "2026-03-10", "p1"), lead("D2", "2026-03-11", "p1")]
    facts = clinic(*MARCH, "2026-04-30", **rows)
    assert line(facts, "duplicates")["value"] == pytest.approx(1 / 7)
    assert line(facts, "spam")["value"] == pytest.approx(1 / 7)
    assert line(facts, "lead_id_unknown")["value"] == 1
    assert not line(facts, "lead_id_unknown")["ok"]


def test_rows_after_the_reports_day_are_counted_and_its_day_is_named() -> None:
    row = line(clinic(*MARCH, "2026-03-08", **march()), "future_rows")
    assert row["value"] == 1
    assert row["action"].startswith("Они позже 08.03.2026")


def test_cost_without_patients_names_its_channels() -> None:
    rows = march()
    rows["costs"].append(spent(*MARCH, 620, "Авито"))
    row = line(clinic(*MARCH, "2026-04-30", **rows), "cost_without_patients")
    assert (row["value"], said(row), row["ok"]) == (62_000, "620 ₽", False)
    assert row["action"].startswith("Каналы: Авито. ")


def test_patients_without_cost_are_shared_and_their_channels_named() -> None:
    row = line(clinic(*MARCH, "2026-04-30", **march()), "patients_without_cost")
    assert row["value"] == pytest.approx(2 / 3)
    assert row["action"].startswith("Каналы: Не определён, Рекомендации. ")


def test_money_that_is_unknown_ignored_or_given_twice() -> None:
    rows = march()
    rows["payments"] += [
        paid("X1", "2026-03-10", "K1", 3_000),
        paid("X2", "2026-03-10", "K2", 400),
        paid("B1", "2026-03-10", "K2", 400, cost=10, kind="bonus"),
    ]
    rows["costs"].append(spent("2026-03-01", "2026-03-02", 20, source="sheet:Расходы", utm_source="yandex", utm_medium="cpc", campaign="implant_search"))  # fmt: skip
    facts = clinic(*MARCH, "2026-04-30", **rows)
    assert said(line(facts, "margin_unknown")) == "2 оплаты на 3 400 ₽"
    assert line(facts, "cost_ignored_rows")["value"] == 1
    assert said(line(facts, "cost_lost")) == "1 строка на 20 ₽"
    clean = clinic(*MARCH, "2026-04-30", **march())
    assert [said(line(clean, key)) for key in ("margin_unknown", "cost_lost")] == ["0", "0"]


def test_attribution_coverage_by_rung() -> None:
    facts = clinic(*MARCH, "2026-04-30", **march())
    assert said(line(facts, "rung_utm")) == "лиды 33 % · пациенты 33 % · маржа 25 %"
    assert said(line(facts, "rung_source")) == "лиды 33 % · пациенты 33 % · маржа 50 %"
    assert said(line(facts, "rung_no_lead")) == "пациенты 33 % · маржа 25 %"
    row = line(facts, "rung_none")
    assert said(row) == "лиды 33 % · пациенты 0 % · маржа 0 %"
    assert (said(row, "norm"), row["ok"]) == ("до 10 % лидов", False)


def test_an_unknown_margin_is_left_out_of_coverage() -> None:
    rows = march()
    rows["payments"][0] = paid("P1", "2026-03-06", "K1", 1_000)
    facts = clinic(*MARCH, "2026-04-30", **rows)
    assert said(line(facts, "rung_utm")) == "лиды 33 % · пациенты 33 %"


def test_one_touch_per_lead_asks_for_histories() -> None:
    row = line(clinic(*MARCH, "2026-04-30", **march()), "touches_per_lead")
    assert (said(row), row["norm"], row["ok"]) == ("1,0", "2–5", False)


def test_romi_is_a_range_where_patients_are_not_placed() -> None:
    """Директ: 1 000 ₽ of margin for 310 ₽; with the 1 000 ₽ of the patient without a lead, 2 000 ₽."""
    row = line(clinic(*MARCH, "2026-04-30", **march()), "romi_range:Директ — поиск")
    assert (said(row), row["ok"]) == ("223 % … 545 %", True)
    rows = march() | {"costs": [spent(*MARCH, 1_550, campaign="implant_search")]}
    row = line(clinic(*MARCH, "2026-04-30", **rows), "romi_range:Директ — поиск")
    assert (said(row), row["ok"]) == ("−35 % … 29 %", False)
    assert row["action"].startswith("Окупается ли канал")


def test_the_freshness_of_each_source() -> None:
    sources = [
        SourceFreshness("file:leads.csv", "leads", date(2026, 4, 29), rows=3_001),
        SourceFreshness("mis.xlsx", "payments", date(2026, 4, 1), stale=True, rows=12),
        SourceFreshness("metrica", "traffic", None, error="Обновите токен Метрики."),
        SourceFreshness("mis.xlsx", "appointments", date(2026, 4, 29), refused=2, rows=40),
    ]
    table = quality(clinic(*MARCH, "2026-04-30", **march()), sources).tail(4)
    assert [said(row) for _, row in table.iterrows()] == [
        "29.04.2026 · 3 001 строка",
        "01.04.2026 · 12 строк",
        "ещё не читался · 0 строк",
        "29.04.2026 · 40 строк · в карантине 2",
    ]
    assert table["check"].tolist()[0] == "Свежесть: leads.csv, лиды"
    assert table["ok"].tolist() == [True, False, False, False]
    assert table["action"].tolist() == [
        "",
        "Обновите выгрузку: отчёты стоят на старых строках.",
        "Обновите токен Метрики.",
        "Причины отказов по строкам — на листе «Журнал».",
    ]


def test_an_empty_clinic_has_nothing_to_measure_and_nothing_wrong() -> None:
    table = quality(clinic(*MARCH, "2026-04-30"), [])
    assert tuple(table.columns) == COLUMNS
    assert table["ok"].all()
    assert table[table["key"].str.startswith("leads_")]["text"].tolist() == ["", "", ""]
