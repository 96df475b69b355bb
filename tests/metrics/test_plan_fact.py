"""«План-факт»: what has passed, where the pace leads, and the words for it."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from metrics.calendar import month_number
from metrics.reports.plan_fact import COLUMNS, MEASURES, Target, plan_fact
from metrics.settings import ALL
from tests.metrics.clinic_rows import Row, clinic, lead, paid, spent, visit

PERIOD = ("2026-08-18", "2026-11-15", "2026-11-16")
NOVEMBER = month_number(date(2026, 11, 1))
FIRST = date(2026, 9, 21)
DIRECT = {"utm_source": "yandex", "utm_medium": "cpc"}
CHANNEL = "Директ (тип не определён)"


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def leads(counts: dict[date, int], **more: str) -> list[Row]:
    return [lead(f"L{d}-{n}", f"{d}", **more) for d, many in counts.items() for n in range(many)]


def weeks(first: date = FIRST) -> dict[date, int]:
    """Ten leads a working day, six on Saturday, two on Sunday, up to 15 November."""
    usual = [10, 10, 10, 10, 10, 6, 2]
    return {d: usual[d.weekday()] for d in days(first, date(2026, 11, 15))}


def of_leads(counts: dict[date, int], value: float, month: int = NOVEMBER) -> pd.Series:
    facts = clinic(*PERIOD, leads=leads(counts))
    return plan_fact(facts, [Target(month, ALL, "leads", value)]).iloc[0]


def test_the_golden_month() -> None:
    """Two leads of a Monday in November came on one in October: 116 of 118, the weekdays alike."""
    counts = weeks() | {date(2026, 11, 9): 8, date(2026, 10, 26): 12}
    row = of_leads(counts, 260)
    assert row["fact"] == 116
    assert row["passed_calendar"] == 0.5
    assert row["passed_weekdays"] == pytest.approx(118 / 244)
    assert row["pace_calendar"] == pytest.approx(232)
    assert row["pace_weekdays"] == pytest.approx(239.86, abs=0.005)
    assert row["deviation"] == pytest.approx(-0.0774, abs=5e-5)
    assert row["completion"] == pytest.approx(116 / 260)
    assert row["verdict"] == "отстаёт"


def test_a_young_clinic_goes_by_the_calendar() -> None:
    """Its first lead is a day later than the eight weeks that weigh the weekdays."""
    row = of_leads(weeks(FIRST + timedelta(days=1)), 240)
    assert row["passed_weekdays"] == row["passed_calendar"] == 0.5
    assert row["pace_weekdays"] == 236
    assert row["verdict"] == "в плане"


def test_a_month_that_is_over_has_passed_and_one_that_begins_later_is_empty() -> None:
    october = of_leads(weeks(), 250, NOVEMBER - 1)
    assert (october["passed_calendar"], october["passed_weekdays"]) == (1, 1)
    assert october["pace_weekdays"] == october["fact"] == 22 * 10 + 5 * 6 + 4 * 2
    december = of_leads(weeks(), 250, NOVEMBER + 1)
    assert december[list(COLUMNS[4:-2])].isna().all()
    assert december["verdict"] == ""


def test_the_first_of_a_month_has_no_whole_day_yet() -> None:
    facts = clinic("2026-08-03", "2026-10-31", "2026-11-01", leads=leads(weeks()))
    row = plan_fact(facts, [Target(NOVEMBER, ALL, "leads", 250)]).iloc[0]
    assert np.isnan(row["fact"])


def whole_clinic(**more: object) -> pd.DataFrame:
    """A target of every measure; two leads a day before November; 10 leads, 4 patients in it."""
    people = [f"p{n}" for n in range(4)]
    before = dict.fromkeys(days(FIRST, date(2026, 10, 31)), 2)
    cost = None if more.pop("unknown", False) else 40_000
    facts = clinic(
        *PERIOD,
        leads=[
            *leads(before, **DIRECT),
            *(lead(f"N{n}", "2026-11-03", people[n] if n < 4 else "", **DIRECT) for n in range(10)),
        ],
        visits=[visit(f"V{p}", "2026-11-05", p, f"N{p[1]}") for p in people],
        payments=[paid(f"P{p}", "2026-11-05", p, 100_000, cost=cost) for p in people],
        costs=[spent("2026-11-01", "2026-11-30", 120_000, **DIRECT)],
    )
    targets = [Target(NOVEMBER, ALL, name, 1.0) for name in MEASURES]
    return plan_fact(facts, targets).set_index("measure")


def test_ratios_are_made_of_their_parts() -> None:
    rows = whole_clinic()
    fact, pace = rows["fact"], rows["pace_calendar"]
    assert fact[["leads", "bookings", "visits", "new_patients", "contracts"]].tolist() == [
        10,
        4,
        4,
        4,
        4,
    ]
    assert fact[["revenue", "margin", "cost"]].tolist() == [40_000_000, 24_000_000, 6_000_000]
    assert fact[["cpl", "cac", "romi", "drr"]].tolist() == [600_000, 1_500_000, 3, 0.15]
    assert pace["cost"] == 12_000_000
    assert pace["romi"] == 3
    assert (
        rows.loc[["cpl", "cac", "romi", "drr"], ["passed_calendar", "passed_weekdays"]]
        .isna()
        .all(axis=None)
    )
    weekdays = rows["pace_weekdays"]
    assert weekdays["romi"] == pytest.approx(
        (weekdays["margin"] - weekdays["cost"]) / weekdays["cost"]
    )
    assert rows.loc["romi", "deviation"] == pytest.approx(weekdays["romi"] - 1)


def test_unknown_margin_empties_what_it_enters() -> None:
    rows = whole_clinic(unknown=True)
    assert rows.loc[["margin", "romi"], "fact"].isna().all()
    assert rows.loc["margin", ["passed_weekdays", "pace_weekdays", "deviation"]].isna().all()
    assert rows.loc["revenue", "fact"] == 40_000_000
    assert (rows.loc["margin", "verdict"], rows.loc["romi", "verdict"]) == ("", "")


@pytest.mark.parametrize(
    ("measure", "plan", "verdict"),
    [
        ("leads", 236 / 1.05, "в плане"),
        ("leads", 236 / 1.051, "опережает"),
        ("leads", 236 / 0.95, "в плане"),
        ("leads", 236 / 0.949, "отстаёт"),
        ("cost", 12_000_000 / 1.06, "выше плана"),
        ("cost", 12_000_000 / 0.94, "ниже плана"),
        ("leads", 0, ""),
    ],
)
def test_words_of_the_deviation(measure: str, plan: float, verdict: str) -> None:
    """236 leads and 120 000 roubles is where this November goes by the calendar."""
    facts = clinic(
        *PERIOD,
        leads=leads(weeks(FIRST + timedelta(days=1))),
        costs=[spent("2026-11-01", "2026-11-30", 120_000)],
    )
    assert plan_fact(facts, [Target(NOVEMBER, ALL, measure, plan)])["verdict"].tolist() == [verdict]


def test_rows_stand_newest_month_first_the_clinic_then_channels_by_name() -> None:
    facts = clinic(*PERIOD, leads=leads(weeks(), **DIRECT))
    targets = [
        Target(NOVEMBER - 1, ALL, "leads", 1),
        Target(NOVEMBER, CHANNEL.upper(), "romi", 1),
        Target(NOVEMBER, "Авито", "leads", 1),
        Target(NOVEMBER, ALL, "drr", 1),
        Target(NOVEMBER, ALL, "leads", 1),
    ]
    rows = plan_fact(facts, targets)
    assert list(zip(rows["month"].dt.month, rows["channel"], rows["measure"], strict=True)) == [
        (11, ALL, "leads"),
        (11, ALL, "drr"),
        (11, "Авито", "leads"),
        (11, CHANNEL, "romi"),
        (10, ALL, "leads"),
    ]
    assert rows["fact"].tolist()[2] == 0
    assert rows["known"].tolist() == [True, True, False, True, True]


def test_refunds_of_a_weekday_weigh_nothing() -> None:
    """Mondays lost more than they brought; the month is the other days', all alike."""
    counted = [d for d in days(FIRST, date(2026, 11, 15)) if d.weekday() in (0, 1)]
    money = [paid(f"P{d}", f"{d}", "p", 100 if d.weekday() else -300) for d in counted]
    money = [row | {"kind": "refund"} if row["amount"] < 0 else row for row in money]
    facts = clinic(*PERIOD, leads=[lead("L", f"{FIRST}")], payments=money)
    row = plan_fact(facts, [Target(NOVEMBER, ALL, "revenue", 1)]).iloc[0]
    assert row["passed_weekdays"] == 2 / 4
    assert row["fact"] == (2 * 100 - 2 * 300) * 100


def test_channels_add_up_to_the_clinic() -> None:
    vk = {"utm_source": "vk", "utm_medium": "cpc"}
    half = {d: n // 2 for d, n in weeks().items()}
    rows = [
        *leads(half, **DIRECT),
        *(r | {"lead_id": f"V{r['lead_id']}"} for r in leads(half, **vk)),
    ]
    facts = clinic(*PERIOD, leads=rows)
    channels = facts.groups["channel"].tolist()
    made = plan_fact(facts, [Target(NOVEMBER, name, "leads", 9) for name in (ALL, *channels)])
    for key in ("fact", "pace_calendar", "pace_weekdays"):
        assert made[key].iloc[0] == pytest.approx(made[key].iloc[1:].sum())


def test_no_plan_is_no_rows() -> None:
    assert plan_fact(clinic(*PERIOD)).empty
