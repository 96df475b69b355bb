"""Edges of calls and touches, each from literal rows to literal numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from metrics.join.join import join
from metrics.reports.channel_report import channel_report
from metrics.settings import Settings
from tests.rows import frame

SETTINGS = Settings(as_of=date(2026, 6, 30), first=date(2026, 1, 1), last=date(2026, 6, 30))
CALL = {
    "call_id": "1",
    "started_at": "2026-03-10T12:00:00Z",
    "person_key": "p",
    "source_raw": "Авито",
    "is_unique": True,
}
LEAD = {"lead_id": "1", "created_at": "2026-03-10T12:20:00Z", "person_key": "p", "status": "new"}


def leads_by_channel(settings: Settings = SETTINGS, **rows: Any) -> dict[str, float]:
    """Leads of the channel report without «Итого»; `rows` are dicts by entity."""
    frames = {entity: frame(entity, *found) for entity, found in rows.items()}
    report = channel_report(join(frames, settings)).set_index("channel")["leads"]
    return {channel: n for channel, n in report.drop("Итого").items() if n}


def test_a_unique_call_is_a_lead_of_its_source() -> None:
    assert leads_by_channel(calls=[CALL]) == {"Авито": 1}


def test_a_unique_call_without_a_source_is_a_call_without_a_source() -> None:
    assert leads_by_channel(calls=[{**CALL, "source_raw": ""}]) == {"Звонки без источника": 1}


def test_a_call_that_is_not_unique_or_not_said_to_be_is_no_lead() -> None:
    again, unsaid = {**CALL, "is_unique": False}, {**CALL, "call_id": "2", "is_unique": None}
    assert leads_by_channel(calls=[again]) == {}
    assert leads_by_channel(calls=[CALL, unsaid]) == {"Авито": 1}


def test_a_call_and_the_lead_that_the_crm_made_of_it_are_one_lead() -> None:
    own = [{**LEAD, "direction": "терапия"}]
    facts = join({"leads": frame("leads", *own), "calls": frame("calls", CALL)}, SETTINGS)
    group = facts.groups.iloc[facts.leads["group"]]
    assert len(facts.leads) == 1
    assert (group["channel"].item(), group["direction"].item()) == ("Авито", "терапия")


def test_a_lead_of_a_later_hour_is_a_duplicate_of_the_call() -> None:
    later = {**LEAD, "created_at": "2026-03-10T15:00:00Z", "source_raw": "2ГИС"}
    assert leads_by_channel(calls=[CALL], leads=[later]) == {"Авито": 1}


def test_an_appointment_finds_the_call_it_was_booked_by() -> None:
    visit = {
        "appointment_id": "a",
        "person_key": "p",
        "booked_at": "2026-03-10T12:05:00Z",
        "starts_at": "2026-03-11T09:00:00Z",
        "status": "completed",
    }
    facts = join(
        {"calls": frame("calls", CALL), "appointments": frame("appointments", visit)}, SETTINGS
    )
    assert facts.leads["visited"].tolist() == [True]
    assert facts.groups["channel"].iloc[facts.patients["group"]].tolist() == ["Авито"]


def touches(*rows: tuple[str, dict[str, str]]) -> pd.DataFrame:
    return frame(
        "touches",
        *({"touch_id": at, "at": at, "ym_client_id": "c", **more} for at, more in rows),
    )


def channel(model: str, found: pd.DataFrame) -> str:
    rows = {"leads": frame("leads", {**LEAD, "ym_client_id": "c"}), "touches": found}
    facts = join(rows, replace(SETTINGS, attribution=model))
    return str(facts.groups["channel"].iloc[facts.leads["group"].item()])


def test_an_internal_visit_at_the_end_gives_way_to_the_last_significant_one() -> None:
    found = touches(
        ("2026-03-01T09:00:00Z", {"traffic_source": "messenger"}),
        ("2026-03-05T09:00:00Z", {"traffic_source": "saved"}),
        ("2026-03-10T09:00:00Z", {"traffic_source": "internal"}),
    )
    assert channel("last", found) == "Мессенджеры"
    assert channel("last", found.iloc[:2]) == "Прямые заходы"


def test_a_context_click_of_direct_is_paid() -> None:
    found = touches(
        ("2026-03-01T09:00:00Z", {"utm_medium": "cpc"}),
        ("2026-03-05T09:00:00Z", {"utm_source": "ya", "utm_medium": "context"}),
        ("2026-03-09T09:00:00Z", {"traffic_source": "organic"}),
    )
    assert channel("last_paid", found) == "Директ (тип не определён)"


def test_the_odd_kopeck_of_equal_remainders_goes_by_the_direction_s_name() -> None:
    cost = {
        "date_from": "2026-05-02",
        "date_to": "2026-05-02",
        "platform": "VK Реклама",
        "campaign": "X",
        "cost": 5,
    }
    for names in (("терапия", "ортодонтия"), ("ортодонтия", "терапия")):
        leads = [
            {
                "lead_id": str(n),
                "created_at": "2026-05-03T09:00:00Z",
                "utm_campaign": "X",
                "direction": name,
            }
            for n, name in enumerate(names)
        ]
        facts = join(
            {"leads": frame("leads", *leads), "costs": frame("costs", cost)},
            replace(SETTINGS, spread_costs="leads"),
        )
        direction = facts.groups["direction"].to_numpy()[facts.costs["group"]]
        assert dict(zip(direction, facts.costs["cost"], strict=True)) == {
            "ортодонтия": 3,
            "терапия": 2,
        }


def test_a_call_that_tells_nothing_leaves_the_lead_its_own_words() -> None:
    lead = {**LEAD, "utm_source": "vk", "utm_medium": "cpc"}
    silent = {**CALL, "source_raw": ""}
    assert leads_by_channel(calls=[silent], leads=[lead]) == {"VK Реклама": 1}


def test_of_two_calls_of_one_moment_the_first_id_is_the_leads() -> None:
    # Neither is unique: they only tell where the lead came from.
    one = {**CALL, "is_unique": False}
    other = {**one, "call_id": "2", "source_raw": "2ГИС"}
    for lead in (LEAD, {**LEAD, "created_at": "2026-03-10T11:50:00Z"}):
        assert leads_by_channel(calls=[one, other], leads=[lead]) == {"Авито": 1}
