"""Edges of time that two careful readers took differently: midnights, as_of, equal moments."""

from __future__ import annotations

import math

import pytest

from tests.metrics.clinic_rows import lead, paid, visit
from tests.metrics.edges import AVITO, RADIO, agreed, numbers, row, total

# Minutes around midnight in the clinic's zone: Yekaterinburg is UTC+5.


@pytest.mark.parametrize(
    ("moment", "counted"),
    [
        ("2026-02-28T18:59:59", 0),
        ("2026-02-28T19:00:00", 1),
        ("2026-03-31T18:59:59", 1),
        ("2026-03-31T19:00:00", 0),
    ],
)
def test_a_day_begins_at_the_midnight_of_the_clinic(moment: str, counted: int):
    facts = agreed(
        timezone="Asia/Yekaterinburg",
        first="2026-03-01",
        last="2026-03-31",
        leads=(lead("L1", moment),),
        visits=(visit("A1", moment, "card1"),),
        payments=(paid("P1", moment, "card2", 100, cost=0),),
    )
    names = ("leads", "bookings", "visits", "new_patients")
    assert numbers(total(facts), *names) == [counted] * 4
    assert total(facts)["revenue"] == 10_000 * counted


def test_two_payments_around_midnight_are_two_paid_visits():
    moments = ("2026-03-01T20:59:59", "2026-03-01T21:00:00", "2026-03-02T20:59:59")
    payments = tuple(paid(f"P{n}", at, "card1", 300, cost=0) for n, at in enumerate(moments))
    facts = agreed(payments=payments)
    assert total(facts)["avg_check_visit"] == 45_000


# Rows dated after as_of do not exist; as_of itself is included.


def test_an_appointment_exists_from_its_booking_and_its_visit_from_its_start():
    facts = agreed(
        as_of="2026-03-31",
        last="2026-06-30",
        visits=(
            visit("A1", "2026-04-01", "card1", booked="2026-03-31"),
            visit("A2", "2026-03-31", "card2", booked="2026-03-01"),
            visit("A3", "2026-04-02", "card3", booked="2026-04-01"),
        ),
    )
    assert numbers(total(facts), "bookings", "visits") == [2, 1]
    assert math.isnan(total(facts)["cac"])


def test_equal_moments_are_told_apart_by_the_smaller_id():
    facts = agreed(
        leads=(lead("L1", "2026-03-01", **AVITO), lead("L2", "2026-03-01", **RADIO)),
        visits=(
            visit("A2", "2026-03-05", "card1", "L1", direction="терапия"),
            visit("A1", "2026-03-05", "card1", "L2", direction="детская"),
        ),
    )
    assert row(facts, "QR и офлайн")["visits"] == 1
    assert numbers(row(facts, "Авито"), "bookings", "visits") == [0, 0]
