"""Edges of people and leads that two careful readers took differently, each from literal rows."""

from __future__ import annotations

import math
from typing import Any

import pytest

from metrics.campaigns import campaigns
from metrics.unit_economics import unit_economics
from tests.clinic_rows import lead, paid, visit
from tests.edges import agreed, numbers, row, total

AVITO: dict[str, Any] = {"utm_source": "avito"}
RADIO: dict[str, Any] = {"source_raw": "Радио"}


# A row of the same person less than 30 × 24 hours after a kept lead is a duplicate of it.


@pytest.mark.parametrize(
    ("second", "leads"),
    [("2026-03-31T11:59:59", 1), ("2026-03-31T12:00:00", 2), ("2026-03-31T12:00:01", 2)],
)
def test_a_request_is_a_duplicate_for_thirty_days_less_a_second(second: str, leads: int):
    facts = agreed(leads=(lead("L1", "2026-03-01T12:00:00", "A"), lead("L2", second, "A")))
    assert total(facts)["leads"] == leads
    assert facts.counts["duplicates"] == 2 - leads


def test_a_duplicate_is_measured_from_the_kept_lead_not_from_another_duplicate():
    requests = (lead("L1", "2026-03-01", "A"), lead("L2", "2026-03-20", "A"))
    facts = agreed(leads=(*requests, lead("L3", "2026-04-10", "A")))
    assert total(facts)["leads"] == 2
    assert facts.counts["duplicates"] == 1


def test_what_names_a_duplicate_means_the_kept_lead_whose_channel_stays():
    facts = agreed(
        leads=(lead("L1", "2026-03-01", "A", **AVITO), lead("L2", "2026-03-05", "A", **RADIO)),
        visits=(visit("A1", "2026-03-06", "card1", "L2"),),
        payments=(paid("P1", "2026-03-06", "card1", 1000, cost=0),),
    )
    assert numbers(row(facts, "Авито"), "leads", "bookings", "visits", "revenue") == [1, 1, 1, 1e5]
    assert row(facts, "QR и офлайн") == {}


def test_rows_of_spam_take_part_in_nothing():
    """A spam row does not make the next request a duplicate, and a visit that names it falls to
    the phone."""
    facts = agreed(
        leads=(
            lead("L1", "2026-03-01", "A", status="spam", **RADIO),
            lead("L2", "2026-03-02", "A", **AVITO),
        ),
        visits=(visit("A1", "2026-03-03", "card1", "L1", person_key="A"),),
    )
    assert numbers(row(facts, "Авито"), "leads", "visits") == [1, 1]
    assert numbers(total(facts), "leads", "visits") == [1, 1]
    assert facts.counts["lead_id_unknown"] == 1


def test_requests_without_a_phone_are_each_a_lead():
    facts = agreed(leads=(lead("L1", "2026-03-01"), lead("L2", "2026-03-01")))
    assert total(facts)["leads"] == 2


# A lead of a person who had visited more than 24 hours before it is a repeat request.


@pytest.mark.parametrize(
    ("at", "status", "leads", "repeats"),
    [
        ("2026-03-02T12:00:00", "completed", 1, 0),
        ("2026-03-02T12:00:01", "completed", 0, 1),
        ("2026-03-02T12:00:01", "arrived", 0, 1),
        ("2026-03-02T12:00:01", "no_show", 1, 0),
    ],
)
def test_a_request_after_a_visit_is_repeated_from_24_hours_and_a_second(
    at: str, status: str, leads: int, repeats: int
):
    facts = agreed(
        leads=(lead("L1", at, "A"),),
        visits=(visit("A1", "2026-03-01T12:00:00", "card1", status=status, person_key="A"),),
    )
    assert numbers(total(facts), "leads", "repeat_requests") == [leads, repeats]


def test_a_repeat_request_is_in_no_conversion_and_no_unit_economics():
    facts = agreed(
        leads=(lead("L1", "2026-02-01", "A"), lead("L2", "2026-04-01", "A")),
        visits=(
            visit("A1", "2026-02-02", "card1", person_key="A"),
            visit("A2", "2026-04-02", "card1", person_key="A", status="no_show"),
        ),
        payments=(paid("P1", "2026-02-02", "card1", 500, cost=0),),
    )
    cells = total(facts)
    assert numbers(cells, "leads", "repeat_requests", "bookings") == [1, 1, 1]
    assert numbers(cells, "cr_lead_booking", "cr_booking_visit", "cr_visit_contract") == [1, 1, 1]
    unit = unit_economics(facts, "channel").iloc[0]
    assert (unit["ua"], unit["b"], unit["cm"]) == (1, 1, 50_000)


def test_a_visit_known_by_card_number_makes_the_phone_of_the_card_a_repeat_request():
    facts = agreed(
        leads=(lead("L1", "2026-04-01", "A"),),
        visits=(visit("A1", "2026-03-01", "card1"),),
        payments=(paid("P1", "2026-03-01", "card1", 500, person_key="A", cost=0),),
    )
    assert numbers(total(facts), "leads", "repeat_requests") == [0, 1]


# A walk-in who becomes a lead later.


@pytest.mark.parametrize(
    ("filled", "channel"),
    [("2026-03-02T12:00:00", "Авито"), ("2026-03-02T12:00:01", "QR и офлайн")],
)
def test_a_walk_in_who_fills_in_a_form_a_day_later_stays_a_walk_in(filled: str, channel: str):
    facts = agreed(
        leads=(lead("L1", filled, "A", **AVITO),),
        visits=(
            visit("A1", "2026-03-01T12:00:00", "card1", source_raw="Радио"),
            visit("A2", "2026-03-20T12:00:00", "card1", "L1"),
        ),
        payments=(paid("P1", "2026-03-20", "card1", 700, cost=0),),
    )
    cells = row(facts, channel)
    assert numbers(cells, "bookings", "visits", "repeat_visits", "revenue") == [1, 1, 1, 70_000]


def test_a_walk_in_of_no_known_source_is_not_assigned_and_has_the_direction_of_the_visit():
    facts = agreed(
        visits=(
            visit("A1", "2026-03-01", "card1", direction="терапия", status="no_show"),
            visit("A2", "2026-03-02", "card1", direction="имплантация"),
        ),
        payments=(paid("P1", "2026-03-02", "card1", 700, cost=0, direction="детская"),),
    )
    (only,) = campaigns(facts).to_dict("records")
    assert (only["campaign"], only["channel"]) == ("", "Не определён")
    assert (only["direction"], only["revenue"]) == ("имплантация", 70_000)


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
    unit = unit_economics(facts, "channel").iloc[0]
    assert (unit["ua"], unit["b"], unit["cr"]) == (1, 2, 2)


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
