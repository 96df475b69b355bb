"""Edges of visits: several rows of one visit, and leads that go by other ids."""

from __future__ import annotations

import pytest

from tests.metrics.clinic_rows import lead, visit
from tests.metrics.edges import AVITO, RADIO, agreed, row, total

AT = "2026-03-05T10:00"


def test_rows_of_one_patient_and_one_start_are_one_visit():
    """Three services of one visit, and another patient's visit of one."""
    services = tuple(visit(f"A{n}", AT, "card1", service=str(n)) for n in range(3))
    facts = agreed(visits=(*services, visit("B1", AT, "card2")))
    assert (total(facts)["visits"], total(facts)["repeat_visits"]) == (2, 0)


def test_a_phone_and_a_card_of_one_patient_are_one_patient():
    facts = agreed(
        visits=(
            visit("A1", AT, "card1", person_key="ann"),
            visit("A2", AT, "", person_key="ann"),
        )
    )
    assert total(facts)["visits"] == 1


@pytest.mark.parametrize(
    ("statuses", "visits"),
    [
        (("cancelled", "arrived"), 1),
        (("no_show", "rescheduled"), 0),
        (("booked", "completed", "no_show"), 1),
    ],
)
def test_what_became_of_a_visit_is_the_best_of_its_rows(statuses: tuple[str, ...], visits: int):
    rows = tuple(visit(f"A{n}", AT, "card1", status=s) for n, s in enumerate(statuses))
    assert total(agreed(visits=rows))["visits"] == visits


def test_a_visit_has_the_earliest_booking_and_the_first_lead_that_is_named():
    facts = agreed(
        leads=(lead("L1", "2026-03-01", **AVITO), lead("L2", "2026-03-01", **RADIO)),
        visits=(
            visit("A1", AT, "card1", booked="2026-03-04", direction="терапия"),
            visit("A2", AT, "card1", "L2", booked="2026-02-20"),
            visit("A3", AT, "card1", "L1", booked="2026-03-02"),
        ),
    )
    assert row(facts, "QR и офлайн")["visits"] == 1
    assert facts.patients["booking_day"].tolist() == [(20_454 + 50)]


def test_records_of_one_visit_number_are_one_visit_within_their_source():
    number = {"visit_id": "77"}
    facts = agreed(
        visits=(
            visit("A1", "2026-03-05T10:00", "card1", **number),
            visit("A2", "2026-03-05T10:30", "card1", **number),
            visit("A3", "2026-03-05T11:00", "card1", source="file:other", **number),
        )
    )
    assert (total(facts)["visits"], total(facts)["repeat_visits"]) == (1, 1)


def test_a_lead_is_found_by_the_other_ids_it_goes_by_the_sure_one_first():
    facts = agreed(
        leads=(
            lead("D5", "2026-03-01", aliases="L5 ?7", **AVITO),
            lead("L7", "2026-03-01", aliases="7", **RADIO),
        ),
        visits=(
            visit("A1", "2026-03-05", "card1", "L5"),
            visit("A2", "2026-03-05", "card2", "7"),
            visit("A3", "2026-03-05", "card3", "77"),
        ),
    )
    assert (row(facts, "Авито")["visits"], row(facts, "QR и офлайн")["visits"]) == (1, 1)
    assert facts.counts["lead_id_unknown"] == 1
