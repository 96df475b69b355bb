"""«Сервис»: how soon the clinic answers, who comes, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import isnan

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.join.join import attribute, prepare
from metrics.reports.service import service
from metrics.schema import empty
from metrics.settings import Settings, working_minutes
from tests.metrics.clinic_rows import Row, lead, visit
from tests.rows import frame

PERIOD = Settings(date(2026, 7, 15), date(2026, 4, 1), date(2026, 7, 14))


def made(asked: Settings = PERIOD, **rows: list[Row]) -> pd.DataFrame:
    entities = ("leads", "appointments", "payments", "calls", "reviews")
    frames = {n: frame(n, *rows[n]) if rows.get(n) else empty(n) for n in entities}
    joined = prepare(frames, asked)
    return service(attribute(joined, asked.attribution), joined, frames)


def call(call_id: str, at: str, **more: object) -> Row:
    return {
        "call_id": call_id,
        "started_at": f"{at}Z",
        "person_key": "p",
        "status": "missed",
    } | more


def review(number: int, rating: int, **more: object) -> Row:
    return {"review_id": f"R{number}", "at": "2026-07-01T12:00Z", "platform": "Яндекс",
            "rating": rating} | more  # fmt: skip


def test_missed_calls_of_one_phone_are_called_back_together() -> None:
    calls = [
        call("1", "2026-07-01T10:00"),
        call("2", "2026-07-01T10:05"),
        call("3", "2026-07-01T10:40", call_direction="out", status=""),
        call("4", "2026-07-01T12:00", person_key="q"),
        call("5", "2026-07-01T12:00", person_key="", status="", talk_duration=0),
        call("6", "2026-07-01T13:00", person_key="r", status="answered", wait_duration=9),
        call("7", "2026-07-01T13:00", person_key="s", status="answered", wait_duration=20),
        call("8", "2026-07-01T13:00", person_key="t", status=""),
    ]
    clinic = made(calls=calls).iloc[0]
    assert clinic[["calls", "missed", "called_back", "answer"]].tolist() == [7, 4, 2, 14.5]
    assert clinic["missed_share"] == pytest.approx(4 / 6)


def test_reaction_is_the_median_of_what_was_answered_in_working_hours() -> None:
    """14 minutes of 2, 8, 20 and 70; a lead at night and a lead without an answer are left out."""
    leads = [lead(f"L{n}", "2026-07-01T09:00", f"p{n}", contact_type="form") for n in range(5)] + [
        lead("N", "2026-07-01T23:00", "n", contact_type="form")
    ]
    calls = [
        call(f"C{n}", f"2026-07-01T{9 + wait // 60:02}:{wait % 60:02}", person_key=f"p{n}",
             call_direction="out")
        for n, wait in enumerate((2, 8, 20, 70))
    ] + [call("CN", "2026-07-01T23:01", person_key="n", call_direction="out")]  # fmt: skip
    assert made(leads=leads, calls=calls).iloc[0]["reaction"] == 14
    booked = visit("V", "2026-07-09", "K", "L4", booked="2026-07-01T09:14", branch="Север")
    shown = made(leads=leads, calls=calls, appointments=[booked]).iloc[0]
    assert (shown["reaction"], shown["waiting"]) == (14, 8)
    assert shown["lead_booking"] == pytest.approx(14 / 60)


def test_eighty_came_twenty_did_not_and_twenty_five_were_cancelled() -> None:
    parts = (("completed", 80), ("no_show", 20), ("cancelled", 25), ("booked", 3))
    rows = [
        visit(f"{status}{n}", "2026-07-01", f"{status}{n}", status=status, doctor="Орлов А. В.")
        for status, count in parts
        for n in range(count)
    ]
    table = made(appointments=[*rows, visit("again", "2026-07-03", "completed1", branch="Север")])
    assert table[["side", "patients"]].to_numpy().tolist() == [
        ["clinic", 80], ["branch", 1], ["doctor", 80],
    ]  # fmt: skip
    doctor = table.iloc[2]
    assert doctor[["no_show", "cancelled", "undecided", "repeat_visits"]].tolist() == [
        0.2,
        0.2,
        3,
        0,
    ]
    assert table.iloc[1]["repeat_visits"] == 1
    assert isnan(doctor["calls"])
    small = made(replace(PERIOD, min_patients=5), appointments=[
        *rows, visit("again", "2026-07-03", "completed1", branch="Север"),
    ])  # fmt: skip
    assert small["name"].tolist() == ["Все", "Прочее", "Орлов А. В."]


def test_reviews_are_counted_by_doctor() -> None:
    rows = [review(n, rating, doctor="Белова Н. С.") for n, rating in enumerate((5, 5, 4, 1))]
    rows[0]["answered_at"] = "2026-07-02T12:00Z"
    for _, row in made(reviews=rows).iterrows():
        assert row[["reviews", "rating", "bad", "unanswered"]].tolist() == [4, 3.75, 0.25, 0.75]


def test_nothing_is_shown_of_nothing() -> None:
    assert made().empty


@pytest.mark.parametrize("text", ["9-21", "21:00–09:00", "09:00–25:00", ""])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="09:00–21:00"):
        working_minutes(text)
    assert working_minutes("9:30 - 18:00") == (570, 1080)


STATUSES = ("answered", "missed", "")


@settings(max_examples=10)
@given(
    st.lists(
        st.tuples(st.sampled_from(STATUSES), st.booleans(), st.sampled_from("АБ")),
        min_size=1,
        max_size=12,
    )
)
def test_branches_add_up_to_the_clinic(rows: list[tuple[str, bool, str]]) -> None:
    calls = [
        call(f"C{n}", f"2026-07-01T10:{n:02}", status=status, branch=branch,
             call_direction="out" if out else "in")
        for n, (status, out, branch) in enumerate(rows)
    ]  # fmt: skip
    table = made(calls=calls)
    counts = ["calls", "missed", "called_back"]
    whole = table.loc[table["side"] == "clinic", counts].sum()
    assert (table.loc[table["side"] == "branch", counts].sum() == whole).all()
    assert whole["calls"] == sum(not out for _, out, _ in rows)
    assert whole["called_back"] <= whole["missed"] <= whole["calls"]
