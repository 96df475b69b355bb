"""«Внимание»: which rules fire, what they cost, why, and which rows stand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.facts import Facts
from metrics.measures.alert import Alert
from metrics.reports.alerts import NAME, alerts, chance
from metrics.reports.channel_report import channel_report
from metrics.reports.plan_fact import Target, plan_fact
from metrics.settings import ALL
from metrics.sources import SourceFreshness
from tests.metrics.clinic_rows import Row, clinic, lead, paid, spent, visit

AS_OF = date(2026, 11, 16)
DAY = AS_OF - timedelta(days=1)
PERIOD = ("2026-08-18", "2026-11-15", "2026-11-16")
DIRECT = {"utm_source": "yandex", "utm_medium": "cpc"}
CHANNEL = "Директ (тип не определён)"
#: A day of the last week, one of the four weeks before.
NOW, PAST = "2026-11-12", "2026-10-20"


def leads(past: int, now: int, **tags: str) -> list[Row]:
    made = [lead(f"{tags}{PAST}{n}", PAST, f"{tags}{n}", **tags) for n in range(past)]
    return made + [lead(f"{tags}{NOW}{n}", NOW, f"{tags}now{n}", **tags) for n in range(now)]


def worth(kind: dict[str, str], roubles: int) -> dict[str, list[Row]]:
    """One patient of the first lead, who brings so much margin in the report's period."""
    person = f"{kind}0"
    return {
        "visits": [visit("V", PAST, person, f"{kind}{PAST}0")],
        "payments": [paid("P", PAST, person, roubles, cost=0)],
    }


def made(
    facts: Facts, plan: tuple[Target, ...] = (), stale: tuple[str, ...] = (), **memory: Any
) -> pd.DataFrame:
    sources = [SourceFreshness("file:x", entity, None, stale=True) for entity in stale]
    report = channel_report(facts)
    return alerts(facts, report, plan_fact(facts, plan), sources, memory)


def fell(now: int, **settings: object) -> Facts:
    """60 leads of Директ, then `now`; 3 000 roubles of margin a lead."""
    rows = leads(60, now, **DIRECT)
    return clinic(*PERIOD, leads=rows, **worth(DIRECT, 3_000 * (60 + now)), **settings)


def test_the_golden_fall() -> None:
    rows = made(fell(4))
    assert rows["rule"].tolist() == ["Меньше лидов"] * 2
    assert rows["channel"].tolist() == [ALL, CHANNEL]
    assert rows["day"].tolist() == [pd.Timestamp(DAY)] * 2
    assert rows[["before", "after"]].to_numpy().tolist() == [[15, 4]] * 2
    assert rows["effect"].tolist() == [3_300_000] * 2
    assert rows["sent"].isna().all()
    assert made(fell(5)).empty
    two_sided = 2 * chance(np.array([4.0, 5.0]), np.array([60.0, 60.0]))
    assert two_sided.round(4).tolist() == [0.0041, 0.0116]


@given(st.floats(0, 400), st.floats(0, 2000))
def test_the_chance_is_the_binomial_one(now: float, past: float) -> None:
    k, n = round(now), round(now) + round(past)
    found = float(chance(np.array([now]), np.array([past]))[0])
    # In whole numbers: of 5ⁿ outcomes, n over i times 4ⁿ⁻ⁱ have i days of now.
    wanted = Fraction(sum(comb(n, i) * 4 ** (n - i) for i in range(k + 1)), 5**n)
    assert found == pytest.approx(float(wanted), rel=1e-9, abs=1e-300)


def test_small_effects_are_left_out() -> None:
    assert len(made(fell(4, alert_min_effect=33_000))) == 2
    assert made(fell(4, alert_min_effect=33_001)).empty


def test_a_channel_of_under_ten_leads_is_worth_what_the_clinics_are() -> None:
    """The report's period is November: one lead of Директ in it, nine of SEO and all the money."""
    rows = [
        *leads(60, 1, **DIRECT),
        *(
            lead(f"S{n}", "2026-11-13", f"s{n}", utm_source="yandex", utm_medium="organic")
            for n in range(9)
        ),
    ]
    facts = clinic(
        "2026-11-01", "2026-11-15", "2026-11-16", leads=rows,
        visits=[visit("V", "2026-11-13", "s0", "S0")],
        payments=[paid("P", "2026-11-13", "s0", 50_000, cost=0)],
    )  # fmt: skip
    found = made(facts).set_index("channel")
    assert found.loc[CHANNEL, "effect"] == pytest.approx(14 * 500_000)


def test_an_unknown_margin_leaves_no_effect_to_keep() -> None:
    facts = clinic(
        *PERIOD, leads=leads(60, 4, **DIRECT),
        visits=[visit("V", PAST, f"{DIRECT}0", f"{DIRECT}{PAST}0")],
        payments=[paid("P", PAST, f"{DIRECT}0", 192_000)],
    )  # fmt: skip
    assert made(facts).empty


def test_fewer_bookings_and_visits_fire_for_themselves() -> None:
    """Leads did not fall; nobody of the last week booked."""
    rows = leads(40, 10, **DIRECT)
    people = [f"{DIRECT}{n}" for n in range(40)]
    facts = clinic(
        *PERIOD, leads=rows,
        visits=[visit(f"V{p}", PAST, p, f"{DIRECT}{PAST}{p.removeprefix(str(DIRECT))}") for p in people],
        payments=[paid(f"P{p}", PAST, p, 5_000, cost=0) for p in people],
    )  # fmt: skip
    found = made(facts)
    assert sorted(found.loc[found["channel"] == ALL, "rule"]) == [
        "Меньше визитов",
        "Меньше записей",
    ]
    assert found["effect"].tolist() == [10 * 500_000] * 4


def test_costs_that_rose_by_three_tenths() -> None:
    """40 000 a week; a last week of 52 000 is the edge, and 20 000 more are shown."""

    def week(now: int, **more: object) -> pd.DataFrame:
        rows = [spent("2026-10-12", "2026-11-08", 160_000), spent("2026-11-09", "2026-11-15", now)]
        return made(clinic(*PERIOD, costs=rows, **more))

    assert week(51_999, alert_min_effect=0).empty
    edge = week(52_000, alert_min_effect=12_000)
    assert edge["rule"].tolist() == ["Расход вырос"] * 2
    assert (
        edge[["before", "after", "effect"]].to_numpy().tolist()
        == [[4_000_000, 5_200_000, 1_200_000]] * 2
    )
    assert edge["causes"].tolist() == ["расходы ▲ 30 %"] * 2
    assert week(52_000).empty


def test_costs_without_a_lead() -> None:
    def spending(past: int, now: int) -> list[str]:
        costs = [spent("2026-10-12", "2026-11-15", 105_000, **DIRECT)]
        found = made(clinic(*PERIOD, leads=leads(past, now, **DIRECT), costs=costs))
        return found.loc[found["channel"] == CHANNEL, "rule"].tolist()

    assert spending(4, 0) == ["Расход без лидов"]
    assert spending(3, 0) == []
    assert spending(4, 1) == []


def test_a_plan_in_danger() -> None:
    """From the tenth day on, by more than 15 %; the effect is what is missing."""
    month = 2026 * 12 + 10 - 1970 * 12

    def promised(roubles: int, as_of: str = "2026-11-16") -> pd.DataFrame:
        facts = clinic(
            PERIOD[0], "2026-11-08", as_of,
            leads=[lead("L", "2026-10-30", "p")],
            visits=[visit("V", "2026-11-02", "p", "L")],
            payments=[paid("P", "2026-11-02", "p", 850_000, cost=0)],
        )  # fmt: skip
        return made(facts, (Target(month, ALL, "margin", roubles * 100),))

    assert promised(2_000_000).empty
    row = promised(2_000_001).iloc[0]
    assert (row["rule"], row["channel"]) == ("План под угрозой", ALL)
    assert (row["before"], row["after"], row["effect"]) == (200_000_100, 170_000_000, 30_000_100)
    assert row["causes"] == ""
    assert not promised(9_000_000, "2026-11-11").empty
    assert promised(9_000_000, "2026-11-10").empty


@pytest.mark.parametrize("entity", ["leads", "calls"])
def test_a_stale_source_stops_its_rules(entity: str) -> None:
    costs = [spent("2026-10-12", "2026-11-15", 105_000, **DIRECT)]
    facts = clinic(*PERIOD, leads=leads(60, 0, **DIRECT), **worth(DIRECT, 192_000), costs=costs)
    assert set(made(facts)["rule"]) == {"Меньше лидов", "Расход без лидов"}
    assert set(made(facts, stale=(entity,))["rule"]) == set()
    assert set(made(facts, stale=("costs",))["rule"]) == {"Меньше лидов"}
    assert set(made(facts, stale=("appointments", "payments", "traffic"))["rule"]) == set(
        made(facts)["rule"]
    )


def test_causes_are_the_steps_that_fell_most() -> None:
    """Money halved, a lead costs thrice as much in visits; bookings are of no leads' rule."""
    costs = [
        spent("2026-10-12", "2026-11-08", 80_000, **DIRECT),
        spent("2026-11-09", "2026-11-15", 10_000, **DIRECT),
    ]
    facts = clinic(*PERIOD, leads=leads(60, 2, **DIRECT), **worth(DIRECT, 186_000), costs=costs)
    group = facts.costs["group"].iloc[0]
    visits = [(day(PAST), 800), (day(NOW), 160)]
    traffic = pd.DataFrame({"day": [d for d, _ in visits], "group": group,
                            "sessions": [n for _, n in visits], "goal_reaches": 0})  # fmt: skip
    known = Facts(**{**vars(facts), "traffic": traffic})
    row = made(known).set_index("channel").loc[CHANNEL]
    assert row["causes"] == "лиды на визит ▼ 83 %; расходы ▼ 50 %"
    assert made(facts).set_index("channel").loc[CHANNEL, "causes"] == "расходы ▼ 50 %"


def day(text: str) -> int:
    return int(np.datetime64(text, "D").astype(np.int64))


def test_rows_stand_over_runs_and_what_was_sent_is_not_made_anew() -> None:
    sent = datetime(2026, 11, 16, 4, 30).astimezone()
    standing = [
        Alert(DAY, "Меньше лидов", CHANNEL, 20, 1, 9_900_000, "", sent),
        Alert(DAY, "Расход вырос", CHANNEL, 1, 2, 9_900_000),
        Alert(DAY - timedelta(days=1), "Меньше лидов", CHANNEL, 15, 3, 2_900_000),
        Alert(DAY - timedelta(days=90), "Меньше лидов", CHANNEL, 15, 3, 2_900_000),
    ]
    memory = {NAME: [a.plain() for a in standing]}
    facts = fell(4)
    memory[NAME].append(Alert(AS_OF, "Меньше лидов", CHANNEL, 9, 1, 9_900_000).plain())
    rows = alerts(facts, channel_report(facts), plan_fact(facts), (), memory)
    assert rows["channel"].tolist() == [CHANNEL, ALL, CHANNEL]
    assert rows["effect"].tolist() == [9_900_000, 3_300_000, 2_900_000]
    assert rows["sent"].notna().tolist() == [True, False, False]
    assert rows["sent"].iloc[0] == sent.astimezone(facts.settings.zone).replace(tzinfo=None)
    assert {(body["day"], body["channel"]) for body in memory[NAME]} == {
        (DAY.isoformat(), CHANNEL),
        (DAY.isoformat(), ALL),
    }
