"""«Что изменилось»: changes made one at a time are told by their causes, which always add up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from metrics.entity_rows import alone
from metrics.join.join import join
from metrics.join.rules import default_rules
from metrics.measures.monthly import monthly, months_until
from metrics.measures.revised import COUNTED, Course
from metrics.past import Past, Revision
from metrics.reports.changes import CAUSES, changes
from metrics.reports.quality import quality
from metrics.schema import ENTITIES
from metrics.settings import ALL, Settings
from tests.examples import examples
from tests.metrics.clinic_rows import Row, lead, paid, spent, touch, visit
from tests.rows import frame

Rows = dict[str, list[Row]]
UTM = {"utm_source": "yandex", "utm_medium": "cpc", "utm_campaign": "poisk"}
SHOWN, TODAY = date(2026, 6, 5), date(2026, 6, 6)
THEN = Settings(SHOWN, date(2026, 3, 7), date(2026, 6, 4), margin_rate=Decimal("0.5"))
NOW = replace(THEN, as_of=TODAY, first=date(2026, 3, 8), last=date(2026, 6, 5))


def rows() -> Rows:
    """Three patients of Директ in May and one of nowhere; one lead without a booking."""
    people = ("a", "b", "c")
    return {
        "leads": [lead(f"L{p}", "2026-05-02", p, **UTM) for p in people] + [lead("L0", "2026-05-03", "z")],
        "appointments": [visit(f"V{p}", "2026-05-10", p, f"L{p}", person_key=p) for p in people],
        "payments": [paid(f"P{p}", "2026-05-10", p, 1_000, cost=400) for p in people]
        + [paid("Pw", "2026-05-11", "w", 500)],
        "costs": [spent("2026-05-01", "2026-05-31", 3_100, campaign="poisk"),
                  spent("2026-05-01", "2026-05-31", 3_100, campaign="poisk")],
        "touches": [],
        "calls": [],
    }  # fmt: skip


def frames(of: Rows) -> dict[str, pd.DataFrame]:
    return {entity: frame(entity, *of[entity]) for entity in COUNTED}


def revision(entity: str, before: pd.DataFrame, now: pd.DataFrame) -> Revision:
    """The rows of each side, those of equal content left out, as the store would."""
    key = ENTITIES[entity].key
    if not key:
        return Revision(before, now)
    merged = before.merge(now, how="left", indicator=True)
    same = set(merged.loc[merged["_merge"] == "both", key])
    return Revision(before[~before[key].isin(same)], now[~now[key].isin(same)])


def told(was: Rows, now: Rows, then: Settings = THEN, today: Settings = NOW) -> pd.DataFrame:
    before, after = frames(was), frames(now)
    past = Past(
        then,
        same_program=True,
        numbers=monthly(join(before, then), months_until(then.as_of)),
        revisions={e: revision(e, before[e], after[e]) for e in COUNTED},
    )
    return changes(join(after, today), after, past)


def of_all(table: pd.DataFrame) -> dict[str, Any]:
    """Rows of «Все»: measure -> its causes that are not 0."""
    return {
        row["measure"]: {c: row[c] for c in CAUSES if row[c]}
        for row in table[table["channel"] == ALL].to_dict("records")
    }


def edit(entity: str, place: int, **cells: object) -> Callable[[Rows], None]:
    return lambda of: of[entity].__setitem__(place, of[entity][place] | cells)


def add(entity: str, *new: Row) -> Callable[[Rows], None]:
    return lambda of: of[entity].extend(new)


def drop(entity: str, place: int) -> Callable[[Rows], None]:
    return lambda of: of[entity].__delitem__(place)


ONE_AT_A_TIME: dict[str, tuple[Callable[[Rows], None], dict[str, Any]]] = {
    "a late payment": (
        add("payments", paid("Pa2", "2026-05-20", "a", 100, cost=0)),
        {m: {"new_payments": 100_00} for m in ("revenue", "margin")},
    ),
    "a refund": (
        add("payments", paid("Pr", "2026-05-20", "b", 250, cost=0, kind="refund")),
        {m: {"new_refunds": -250_00} for m in ("revenue", "margin")},
    ),
    "a cost": (
        add("costs", spent("2026-05-07", "2026-05-07", 30, campaign="rsya")),
        {"cost": {"new_costs": 30_00}},
    ),
    "one of two equal costs is corrected": (
        edit("costs", 1, cost=3_000_00),
        {"cost": {"corrected": -100_00}},
    ),
    "one of two equal costs is in another file, and corrected": (
        edit("costs", 1, cost=3_000_00, source="file:other", file="new.csv"),
        {"cost": {"corrected": -100_00}},
    ),
    "one of two equal costs is gone": (drop("costs", 0), {"cost": {"vanished": -3_100_00}}),
    "a lead": (add("leads", lead("L9", "2026-05-30", "q")), {"leads": {"new_leads": 1}}),
    "a lead becomes spam": (edit("leads", 3, status="spam"), {"leads": {"corrected": -1}}),
    "a patient's payment is gone": (
        drop("payments", 0),
        {
            "new_patients": {"vanished": -1},
            "revenue": {"vanished": -1_000_00},
            "margin": {"vanished": -600_00},
        },
    ),
    "nothing": (lambda of: None, {}),
    "only this month": (add("leads", lead("L8", "2026-06-06", "y")), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_AT_A_TIME)
def test_a_change_is_told_by_its_cause(name: str) -> None:
    change, expected = ONE_AT_A_TIME[name]
    now = rows()
    change(now)
    assert of_all(told(rows(), now)) == expected


def test_a_booking_that_came_late_moves_a_patient_to_its_channel() -> None:
    now = rows()
    now["appointments"].append(
        visit("Vw", "2026-05-11", "w", "L0", booked="2026-05-05", person_key="z")
    )
    was = rows()
    for of in (was, now):
        of["leads"][3] |= UTM
    table = told(was, now)
    moved = table[table["measure"] == "new_patients"].set_index("channel")["new_bookings"]
    assert moved.to_dict() == {"Директ — поиск": 1, "Не определён": -1}
    assert set(table["channel"]) == {"Директ — поиск", "Не определён"}


def test_a_touch_that_came_late_is_a_new_lead() -> None:
    was = rows()
    was["leads"][3]["ym_client_id"] = "1"
    now = {**was, "touches": [touch("T", "2026-05-03T09:00", "1", **UTM, traffic_source="ad")]}
    table = told(was, now)
    assert set(table["channel"]) == {"Директ — поиск", "Не определён"}
    assert (table["change"] == table["new_leads"]).all()


def test_a_day_that_came_and_a_rule_that_changed() -> None:
    was = rows()
    was["leads"].append(lead("L7", "2026-05-30", "a2"))
    was["appointments"].append(visit("V7", "2026-06-06", "w", "L7", booked="2026-05-30"))
    assert of_all(told(was, was)) == {}
    other = replace(NOW, margin_rate=Decimal("0.4"))
    assert of_all(told(was, was, today=other)) == {"margin": {"rules": -50_00}}
    rules = tuple(r for r in default_rules() if r.channel != "Директ — поиск")
    moved = told(was, was, today=replace(NOW, rules=rules))
    assert ALL not in set(moved["channel"])
    assert (moved["change"] == moved["rules"]).all()


def test_where_an_empty_margin_meets_a_number_there_are_no_causes() -> None:
    unknown = replace(THEN, margin_rate=None)
    table = told(rows(), rows(), then=unknown)
    margin = table[(table["measure"] == "margin") & (table["channel"] == ALL)].iloc[0]
    assert np.isnan([margin["before"], margin["change"], *margin[list(CAUSES)]]).all()
    assert margin["after"] == (3 * 600 + 250) * 100
    # Also on the way: a payment of unknown margin came and another setting knows it.
    now = rows()
    now["payments"].append(paid("Px", "2026-05-12", "a", 100))
    was = rows()
    was["payments"].pop()
    table = told(was, now, then=unknown)
    margin = table[(table["measure"] == "margin") & (table["channel"] == ALL)].iloc[0]
    assert margin["change"] == (250 + 50) * 100 + 0
    assert np.isnan(margin[list(CAUSES)].to_numpy(dtype=float)).all()


def test_a_month_that_had_not_ended_is_not_compared() -> None:
    then = replace(THEN, as_of=date(2026, 5, 31))
    now = rows()
    now["payments"].append(paid("Pa2", "2026-05-20", "a", 100, cost=0))
    assert told(rows(), now, then=then).empty
    assert not told(rows(), now, then=replace(THEN, as_of=date(2026, 6, 1))).empty


def test_no_snapshot_is_no_row() -> None:
    of = frames(rows())
    assert changes(join(of, NOW), of, None).empty


def test_largest_first_in_the_units_that_are_shown() -> None:
    now = rows()
    now["payments"].append(paid("Pn", "2026-05-20", "new", 100, cost=0))
    table = told(rows(), now)
    shown = table[["channel", "measure", "before"]].to_numpy().tolist()
    assert shown == [
        [ALL, "revenue", 3_500_00],
        [ALL, "margin", 2_050_00],
        ["Не определён", "revenue", 500_00],
        ["Не определён", "margin", 250_00],
        [ALL, "new_patients", 4],
        ["Не определён", "new_patients", 1],
    ]
    assert set(table["shown"]) == {pd.Timestamp(SHOWN)}
    assert set(table["month"]) == {pd.Timestamp(2026, 5, 1)}


def test_the_same_program_that_counts_otherwise_is_a_fault_of_quality() -> None:
    of = frames(rows())
    facts = join(of, NOW)
    numbers = monthly(join(of, THEN), months_until(SHOWN)) + 1
    past = Past(THEN, same_program=True, numbers=numbers)
    table = changes(facts, of, past)
    assert (table["program"] == -1).all()
    line = quality(facts, (), table).set_index("key").loc["program_fault"]
    assert not line["ok"]
    newer = changes(facts, of, replace(past, same_program=False))
    assert (newer["program"] == -1).all()
    for fine in (newer, table.head(0), None):
        assert "program_fault" not in set(quality(facts, (), fine)["key"])


@hypothesis_settings(max_examples=examples(4))
@given(st.data())
def test_causes_add_up_and_the_walk_ends_at_todays_rows(data: st.DataObject) -> None:
    was, now = rows(), rows()
    done = [
        data.draw(st.sampled_from(sorted(set(ONE_AT_A_TIME) - {"nothing"})))
        for _ in range(data.draw(st.integers(1, 4)))
    ]
    for name in done:
        change, _ = ONE_AT_A_TIME[name]
        if name not in done[: done.index(name)] and all(len(r) > 1 for r in (now["costs"],)):
            change(now)
    model = data.draw(st.sampled_from(["last_significant", "linear"]))
    rate = data.draw(st.sampled_from([Decimal("0.5"), Decimal("0.3")]))
    then, today = (replace(s, attribution=model) for s in (THEN, replace(NOW, margin_rate=rate)))
    for of in (was, now):
        of["leads"][0]["ym_client_id"] = "1"
        of["touches"] = [touch("T1", "2026-05-01T09:00", "1", traffic_source="organic"),
                         touch("T2", "2026-05-01T10:00", "1", **UTM, traffic_source="ad")]  # fmt: skip
    for entity, rows_now in now.items():
        rows_now[:] = list(
            {str(r.get(ENTITIES[entity].key, n)): r for n, r in enumerate(rows_now)}.values()
        )
    table = told(was, now, then, today)
    causes = table[[*CAUSES]].astype(float).sum(axis=1)  # nothing changed: no row, and no dtype
    assert np.allclose(causes, table["change"].astype(float), rtol=0, atol=1e-9)
    assert (table["program"] == 0).all()
    _check_course(frames(was), frames(now))


def _check_course(before: Mapping[str, pd.DataFrame], now: Mapping[str, pd.DataFrame]) -> None:
    course = Course.of(now, {e: revision(e, before[e], now[e]) for e in COUNTED})
    for entity in COUNTED:
        names = ENTITIES[entity].names
        for step, expected in ((None, before[entity]), ("vanished", now[entity])):
            assert_frame_equal(
                alone(course.at(step)[entity]).sort_values(names, ignore_index=True),
                expected.sort_values(names, ignore_index=True),
            )
