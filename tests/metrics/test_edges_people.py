"""Edges of people that two careful readers took differently: whose lead, whose card, whose phone."""

from __future__ import annotations

import pytest

from metrics.measures.unit import units
from tests.metrics.clinic_rows import lead, paid, visit
from tests.metrics.edges import AVITO, RADIO, agreed, numbers, row, total

# The lead of an appointment: named, else the latest of the phone, 180 days to 24 hours.


def test_a_lead_id_that_points_nowhere_falls_to_the_phone():
    facts = agreed(
        leads=(lead("L1", "2026-03-01", "A", **AVITO), lead("L2", "2026-05-01", "A", **RADIO)),
        visits=(
            visit("A1", "2026-05-20", "card1", "ghost", person_key="A"),
            visit("A2", "2026-05-21", "card2", "ghost"),
        ),
    )
    assert row(facts, "QR и офлайн")["visits"] == 1
    assert row(facts, "Не определён")["visits"] == 1
    assert row(facts, "Авито")["visits"] == 0
    assert facts.counts["lead_id_unknown"] == 2


def test_a_named_lead_wins_over_a_later_one_of_the_phone_however_old():
    facts = agreed(
        leads=(lead("L1", "2025-01-01", "B", **AVITO), lead("L2", "2026-05-01", "A", **RADIO)),
        visits=(visit("A1", "2026-05-20", "card1", "L1", person_key="A"),),
    )
    assert row(facts, "Авито")["visits"] == 1


@pytest.mark.parametrize(
    ("created", "channel"),
    [
        ("2025-12-02T11:59:59", "Не определён"),
        ("2025-12-02T12:00:00", "Авито"),
        ("2026-06-01T12:00:00", "Авито"),
        ("2026-06-01T12:00:01", "Не определён"),
    ],
)
def test_a_lead_by_phone_is_180_days_old_at_most_and_24_hours_late_at_most(
    created: str, channel: str
):
    booking = visit("A1", "2026-06-20", "card1", booked="2026-05-31T12:00:00", person_key="A")
    facts = agreed(leads=(lead("L1", created, "A", **AVITO),), visits=(booking,))
    assert row(facts, channel)["visits"] == 1


def test_the_acquiring_lead_is_that_of_the_earliest_booked_appointment_that_has_one():
    facts = agreed(
        leads=(lead("L1", "2026-03-01", **AVITO), lead("L2", "2026-02-01", **RADIO)),
        visits=(
            visit("A1", "2026-03-20", "card1", "L1", booked="2026-03-10"),
            visit("A2", "2026-03-12", "card1", "L2", booked="2026-03-11"),
            visit("A3", "2026-03-15", "card1", booked="2026-03-09"),
        ),
    )
    assert numbers(row(facts, "Авито"), "bookings", "visits", "repeat_visits") == [1, 1, 2]
    assert row(facts, "QR и офлайн")["cr_lead_booking"] == 1


# People known by phone in one file and by card number in another.


def test_payments_by_phone_belong_to_the_one_patient_known_with_the_phone():
    facts = agreed(
        visits=(visit("A1", "2026-03-01", "card1", person_key="A"),),
        payments=(
            paid("P1", "2026-03-01", "", 100, person_key="A", cost=0),
            paid("P2", "2026-03-05", "card1", 200, cost=0),
        ),
    )
    assert numbers(total(facts), "visits", "new_patients", "contracts", "revenue") == [1, 1, 1, 3e4]


def test_with_two_patients_of_one_phone_the_phone_itself_is_a_third():
    facts = agreed(
        visits=(
            visit("A1", "2026-03-01", "mother", person_key="A"),
            visit("A2", "2026-03-02", "child", person_key="A"),
        ),
        payments=(paid("P1", "2026-03-03", "", 100, person_key="A", cost=0),),
    )
    cells = total(facts)
    assert numbers(cells, "bookings", "visits", "new_patients", "contracts") == [2, 2, 1, 0]


def test_a_visit_by_card_number_finds_the_lead_by_the_phone_of_the_card():
    facts = agreed(
        leads=(lead("L1", "2026-03-01", "A", **AVITO),),
        visits=(visit("A1", "2026-03-05", "card1"),),
        payments=(paid("P1", "2026-03-05", "card1", 100, person_key="A", cost=0),),
    )
    assert numbers(row(facts, "Авито"), "leads", "visits", "revenue") == [1, 1, 10_000]


def test_mother_and_child_of_one_lead_are_two_patients_of_it():
    facts = agreed(
        leads=(lead("L1", "2026-03-01", "A", **AVITO),),
        visits=(
            visit("A1", "2026-03-05", "mother", person_key="A"),
            visit("A2", "2026-03-05", "child", person_key="A"),
        ),
        payments=(
            paid("P1", "2026-03-05", "mother", 100, cost=0),
            paid("P2", "2026-03-05", "child", 100, cost=0),
        ),
    )
    assert numbers(row(facts, "Авито"), "leads", "bookings", "new_patients") == [1, 2, 2]
    unit = units(facts, "channel").iloc[0]
    assert (unit["ua"], unit["b"], unit["cr"]) == (1, 2, 2)
