"""«Сверка»: 100 contacts, 120 rows of the CRM and 99 leads of one month add up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.join.join import attribute, prepare
from metrics.measures.contacts import CONTACTS, CRM
from metrics.reports.missed_contacts import missed_contacts
from metrics.reports.reconciliation import reconciliation
from metrics.settings import Settings
from tests.examples import examples
from tests.metrics.clinic_rows import Row, lead, paid, visit
from tests.rows import frame

PERIOD = Settings(date(2026, 7, 15), date(2026, 4, 1), date(2026, 7, 14))


def call(number: int | str, at: str, person: str, **more: object) -> Row:
    return {
        "source": "uis:u", "call_id": f"C{number}", "started_at": f"{at}Z", "person_key": person,
        "status": "answered", "is_unique": True,
    } | more  # fmt: skip


def made(
    leads: list[Row],
    calls: list[Row],
    visits: Sequence[Row] = (),
    payments: Sequence[Row] = (),
) -> tuple[pd.DataFrame, pd.Series]:
    rows = {
        "leads": frame("leads", *leads),
        "calls": frame("calls", *calls),
        "appointments": frame("appointments", *visits),
        "payments": frame("payments", *payments),
    }
    joined = prepare(rows, PERIOD)
    facts = attribute(joined, PERIOD.attribution)
    return reconciliation(facts, joined, rows), missed_contacts(facts, joined, rows).iloc[0]


def only(leads: list[Row], calls: list[Row], visits: Sequence[Row] = ()) -> dict[str, float]:
    """What is not 0 of the month's «Итого»."""
    total = made(leads, calls, visits)[0].iloc[-1]
    return {
        name: total[name] for name in (*CONTACTS, *CRM, "tracking_leads", "leads") if total[name]
    }


@pytest.mark.parametrize(
    ("of_call", "kind"),
    [
        ({"call_direction": "out"}, "outgoing"),
        ({"person_key": ""}, "no_phone"),
        ({"is_unique": False}, "repeated"),
        ({"is_target": False}, "off_target"),
        ({"status": "spam"}, "off_target"),
        ({"status": "missed"}, "missed"),
        ({"status": "", "talk_duration": 0}, "missed"),
        ({"status": "", "talk_duration": 9}, "not_in_crm"),
        ({}, "not_in_crm"),
    ],
)
def test_a_contact_is_the_first_that_holds(of_call: Row, kind: str) -> None:
    counted = only([], [call(1, "2026-07-01T10:00", "p") | of_call])
    assert counted[kind] == 1
    assert sum(counted.get(name, 0) for name in CONTACTS) == 1
    paired = only(
        [lead("L", "2026-07-02T09:00", "p")], [call(1, "2026-07-01T10:00", "p") | of_call]
    )
    alone = of_call.get("call_direction") == "out" or of_call.get("person_key") == ""
    assert ("in_crm" in paired) == (not alone)


def test_a_patient_who_calls_again_is_none_of_the_lost() -> None:
    counted = only([], [call(1, "2026-07-03T10:00", "p")],
                   [visit("V", "2026-07-01", "K", person_key="p")])  # fmt: skip
    assert counted == {"patients": 1}


@pytest.mark.parametrize(
    ("of_lead", "kind"),
    [
        ({"status": "spam"}, "spam"),
        ({"status": "duplicate"}, "duplicates"),
        ({"person_key": ""}, "crm_no_phone"),
        ({"contact_type": "messenger"}, "other_way"),
        ({"contact_type": "form"}, "not_in_tracking"),
    ],
)
def test_a_row_of_the_crm_is_the_first_that_holds(of_lead: Row, kind: str) -> None:
    counted = only([lead("L", "2026-07-01", "p") | of_lead], [])
    assert counted.pop(kind) == 1
    assert counted == ({} if kind in ("spam", "duplicates") else {"leads": 1})


def test_the_nearest_are_one_and_nobody_is_taken_twice() -> None:
    calls = [call(1, "2026-07-01T10:00", "p"), call(2, "2026-07-01T12:00", "p", is_unique=False)]
    rows = [lead("L", "2026-07-01T12:10", "p")]
    assert only(rows, calls) == {
        "in_crm": 1,
        "not_in_crm": 1,
        "duplicates": 1,
        "tracking_leads": 1,
        "leads": 1,
    }
    far = [lead("L", "2026-07-02T10:01", "p")]
    assert "in_crm" not in only(far, calls[:1])


def test_a_form_of_call_tracking_is_a_contact() -> None:
    form = lead("F", "2026-07-01T10:00", "p", role="tracking", contact_type="form")
    assert only([form], []) == {"not_in_crm": 1, "tracking_leads": 1, "leads": 1}


def test_five_lost_contacts_are_worth_thirty_thousand() -> None:
    """Ten leads by phone in the CRM brought 60 000; five more callers were never written down."""
    rows = [
        lead(f"L{n}", f"2026-07-0{1 + n % 5}T10:00", f"p{n}", contact_type="call")
        for n in range(10)
    ]
    visits = [visit(f"V{n}", "2026-07-08", f"K{n}", f"L{n}") for n in range(10)]
    money = [paid(f"P{n}", "2026-07-08", f"K{n}", 15_000, cost=0) for n in range(6)]
    calls = [call(n, "2026-07-06T10:00", f"lost{n}") for n in range(5)]
    table, missed = made(rows, calls, visits, money)
    assert missed.tolist() == [5, 3_000_000]
    assert table.iloc[-1][["not_in_crm", "lost_margin", "leads"]].tolist() == [5, 3_000_000, 15]


def test_a_hundred_contacts_and_a_hundred_and_twenty_rows_are_ninety_nine_leads() -> None:
    at, june = "2026-07-05T10:00", "2026-06-01"
    people = [*(f"pair{n}" for n in range(68)), "twice0", "twice1"]
    form = {"role": "tracking", "contact_type": "form", "status": "spam"}
    calls = [
        *(call(p, at, p) for p in people),
        *(call(f"out{n}", at, f"out{n}", call_direction="out") for n in range(5)),
        call("hidden", at, ""),
        *(call(f"again{n}", at, f"again{n}", is_unique=False) for n in range(8)),
        *(call(f"lost{n}", at, f"lost{n}", status="missed") for n in range(3)),
        *(call(f"old{n}", at, f"old{n}") for n in range(2)),
        *(call(f"new{n}", at, f"new{n}") for n in range(5)),
    ]
    rows = [
        *(lead(f"N{n}", at, "", **form) for n in range(2)),
        *(lead(f"S{n}", at, f"off{n}", **form) for n in range(4)),
        *(lead(f"A{p}", at, p) for p in people),
        *(lead(f"B{n}", "2026-07-01", f"twice{n}") for n in range(2)),
        *(lead(f"C{n}", at, f"site{n}") for n in range(6)),
        *(lead(f"D{n}", at, f"spam{n}", status="spam") for n in range(10)),
        *(lead(f"E{n}", at, f"dup{n}", status="duplicate") for n in range(13)),
        *(lead(f"F{n}", at, f"back{n}") for n in range(5)),
        *(lead(f"G{n}", at, "") for n in range(2)),
        *(lead(f"H{n}", at, f"chat{n}", contact_type="messenger") for n in range(12)),
    ]
    came = [*(f"old{n}" for n in range(2)), *(f"back{n}" for n in range(5))]
    total = made(rows, calls, [visit(p, june, p, person_key=p) for p in came])[0]
    total = total[(total["channel"] == "Итого") & (total["contacts"] > 0)].iloc[0]
    assert total[["contacts", *CONTACTS]].tolist() == [100, 70, 5, 3, 8, 4, 3, 2, 5]
    assert total[["crm_rows", *CRM]].tolist() == [120, 10, 15, 5, 68, 2, 12, 8]
    assert total[["tracking_leads", "leads"]].tolist() == [9, 99]


ITEMS = st.lists(
    st.tuples(
        st.integers(0, 5), st.integers(0, 200), st.sampled_from(["call", "out", "form", "crm", "chat"]),
        st.sampled_from(["", "spam", "missed"]),
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=examples(15))
@given(ITEMS)
def test_both_sides_add_up_to_the_leads(items: list[tuple[int, int, str, str]]) -> None:
    calls, leads = [], []
    for n, (who, hour, what, status) in enumerate(items):
        at = f"{pd.Timestamp('2026-07-01') + pd.Timedelta(hours=hour):%Y-%m-%dT%H:%M}"
        person = f"p{who}" if who else ""
        if what in ("call", "out"):
            calls.append(call(n, at, person, call_direction="out" if what == "out" else "in",
                              is_unique=None, status="missed" if status else "answered"))  # fmt: skip
        else:
            role = "tracking" if what == "form" else "crm"
            leads.append(lead(f"L{n}", at, person, role=role, contact_type=what.replace("crm", ""),
                              status="spam" if status == "spam" else ""))  # fmt: skip
    table = made(leads, calls)[0]
    assert table["agrees"].all()
    totals = table[table["channel"] == "Итого"]
    tracked = sum(what in ("call", "out", "form") for _, _, what, _ in items)
    assert totals["contacts"].sum() == tracked
    assert totals["crm_rows"].sum() == len(items) - tracked
