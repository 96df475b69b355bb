"""Edges of leads that two careful readers took differently: duplicates, repeats and walk-ins."""

from __future__ import annotations

import pytest

from metrics.measures.unit import units
from metrics.reports.campaigns import campaigns
from tests.metrics.clinic_rows import lead, paid, visit
from tests.metrics.edges import AVITO, RADIO, agreed, numbers, row, total

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
    unit = units(facts, "channel").iloc[0]
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
