"""«Возврат»: in which row a patient stands, in which state, and what those who came back brought."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import isnan

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.calendar import months_later
from metrics.facts import day_date, day_number
from metrics.join.join import attribute, prepare
from metrics.reports.recall import STATES, months_of, recall
from metrics.settings import NO_DIRECTION, Settings
from tests.metrics.clinic_rows import Row, paid, visit
from tests.rows import frame

AS_OF = date(2026, 7, 15)
PERIOD = Settings(AS_OF, date(2026, 4, 1), date(2026, 7, 14))


def table(*visits: Row, payments: tuple[Row, ...] = (), asked: Settings = PERIOD) -> pd.DataFrame:
    """The report of these rows, by direction."""
    rows = {
        "appointments": frame("appointments", *visits),
        "payments": frame("payments", *payments),
    }
    joined = prepare(rows, asked)
    made = recall(attribute(joined, asked.attribution), joined, rows)
    return made.set_index("direction")


def state(*visits: Row, asked: Settings = PERIOD) -> tuple[str, str]:
    """The row and the state of the only patient."""
    row = table(*visits, asked=asked).iloc[0]
    assert row["patients"] == 1
    return str(row.name), next(name for name in STATES if row[name] == 1)


IMPLANT = visit("V1", "2026-01-10", "K", direction="имплантация")
CLEANING = visit("V2", "2026-01-20", "K", direction="гигиена")


def test_the_check_up_that_is_due_first_is_the_patients_row() -> None:
    assert state(IMPLANT, CLEANING) == ("имплантация", "due")
    later = visit("V3", "2026-06-15", "K", direction="терапия")
    assert state(IMPLANT, CLEANING, later) == ("гигиена", "due")


@pytest.mark.parametrize(
    ("last", "name"),
    [
        ("2026-02-15", "later"),  # due on 15.08: 31 days ahead
        ("2026-02-14", "due"),
        ("2025-12-15", "due"),  # due on 15.06: 30 days ago
        ("2025-12-14", "overdue"),
        ("2025-01-15", "overdue"),  # due on 15.07.2025: 365 days ago
        ("2025-01-14", "lost"),
    ],
)
def test_states_change_on_their_days(last: str, name: str) -> None:
    assert state(visit("V", last, "K", direction="Гигиена")) == ("Гигиена", name)


def test_whoever_is_booked_needs_no_call() -> None:
    ahead = visit("V3", "2026-08-01", "K", booked="2026-07-01", status="confirmed")
    assert state(IMPLANT, ahead)[1] == "booked"
    undated = ahead | {"booked_at": None}
    assert state(IMPLANT, undated)[1] == "booked"
    by_phone = undated | {"patient_key": "", "person_key": "p1"}
    assert state(IMPLANT | {"person_key": "p1"}, by_phone)[1] == "booked"
    assert state(IMPLANT, ahead | {"status": "cancelled"})[1] == "due"


def test_a_visit_without_a_direction_has_that_of_its_service() -> None:
    asked = replace(PERIOD, directions=(("чистк", "гигиена"),))
    cleaned = visit("V", "2026-01-14", "K", service="Чистка Air Flow")
    assert state(cleaned, asked=asked) == ("гигиена", "due")
    assert state(cleaned) == (NO_DIRECTION, "later")


def test_months_are_those_of_the_clinic_else_of_the_treatment() -> None:
    own = replace(PERIOD, recall_months={"Терапия": 4})
    assert [months_of(name, own) for name in ("терапия", "Детская стоматология", "эстетика")] == [
        4,
        6,
        12,
    ]


def test_those_who_came_back_say_what_calling_is_worth() -> None:
    """On 16.04, 90 days ago, ten were due; two came since and brought 3 000 and 5 000."""
    people = [visit(f"V{n}", "2025-10-16", f"K{n}", direction="гигиена") for n in range(10)]
    back = [visit(f"R{n}", "2026-05-01", f"K{n}", direction="терапия") for n in range(2)]
    few = visit("W", "2026-01-15", "W", direction="имплантация")
    money = (
        paid("P0", "2026-05-01", "K0", 3000, cost=0),
        paid("P1", "2026-05-02", "K1", 5000, cost=0),
        paid("P2", "2026-04-16", "K1", 9000, cost=0),
    )
    made = table(*people, *back, few, payments=money)
    cleaning, implants, total = (made.loc[n] for n in ("гигиена", "имплантация", "Итого"))
    assert made.index.tolist() == ["гигиена", "терапия", "имплантация", "Итого"]
    assert cleaning[["patients", "overdue", "was_due", "returned"]].tolist() == [8, 8, 10, 2]
    assert cleaning["returned_share"] == pytest.approx(0.2)
    assert cleaning["returned_margin"] == 400_000
    assert cleaning["expected_margin"] == 640_000
    assert implants["expected_margin"] == 80_000  # the clinic's: 8 000 of ten
    assert isnan(implants["returned_share"])
    assert total[["patients", "due", "overdue", "expected_margin"]].tolist() == [11, 1, 8, 720_000]
    unknown = table(*people, *back, few, payments=(*money, paid("P3", "2026-05-03", "K1", 1000)))
    assert unknown["expected_margin"].isna().all()


def test_small_rows_are_one() -> None:
    shown = table(IMPLANT, visit("V", "2026-02-10", "T"), asked=replace(PERIOD, min_patients=5))
    assert shown["patients"].to_dict() == {"Прочее": 2, "Итого": 2}


def test_nobody_came_nothing_is_shown() -> None:
    assert table(IMPLANT | {"status": "no_show"}).empty


VISITS = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(0, 900), st.sampled_from(["гигиена", "терапия", ""]),
        st.sampled_from(["completed", "booked", "no_show"]),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=40)
@given(VISITS, st.integers(1, 3))
def test_states_are_a_partition_and_everybody_who_came_stands_once(
    rows: list[tuple[int, int, str, str]], least: int
) -> None:
    visits = [
        visit(f"V{n}", str(AS_OF + timedelta(days=30 - ago)), f"K{who}", booked="2023-01-01",
              direction=direction, status=status)
        for n, (who, ago, direction, status) in enumerate(rows)
    ]  # fmt: skip
    made = table(*visits, asked=replace(PERIOD, min_patients=least))
    came = {who for who, ago, _, status in rows if status == "completed" and ago >= 30}
    if not came:
        assert made.empty
        return
    assert (made[list(STATES)].sum(axis=1) == made["patients"]).all()
    assert made.loc["Итого", "patients"] == len(came)
    counts = ["patients", *STATES, "was_due", "returned"]
    assert (made.drop("Итого")[counts].sum() == made.loc["Итого", counts]).all()
    assert (made["returned"] <= made["was_due"]).all()


def test_a_month_without_the_day_ends_earlier() -> None:
    days = pd.Series([day_number(date(2025, 8, 31)), day_number(date(2026, 1, 31))]).to_numpy()
    later = months_later(days, pd.Series([6, 12]).to_numpy())
    assert [day_date(int(day)) for day in later] == [date(2026, 2, 28), date(2027, 1, 31)]
