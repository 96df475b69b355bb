"""Metrica's reports of visits and costs: their rows, and which days are asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.doubles.metrica import TOKEN, MetricaDouble
from tests.doubles.site import Expense, Visit
from tests.sources.metrica_pulls import pull_reports, state_of
from tests.sources.yandex import COUNTER, TODAY, YESTERDAY, Hands, at, metrica_source, small_counter

pytestmark = pytest.mark.usefixtures("yandex_token")


def _rows(frame, *columns):
    return frame[list(columns)].astype(str).values.tolist()


def test_a_day_of_traffic_has_a_row_per_source_and_a_row_per_goal_that_was_reached(
    metrica, tmp_path, clock
):
    (traffic,) = pull_reports(metrica, tmp_path, clock)

    day = traffic.frame[traffic.frame["date"] == str(YESTERDAY)]
    names = ("traffic_source", "source_engine", "adv_engine", "utm_source", "utm_campaign")
    assert _rows(day, *names, "visits", "users", "goal_id", "reaches") == [
        ["ad", "", "", "vk", "осень\\2026", "1", "1", "", "0"],
        ["ad", "ad.Яндекс: Директ", "ya_direct", "", "", "1", "1", "", "0"],
        ["ad", "ad.Яндекс: Директ", "ya_direct", "", "", "0", "0", "222333", "1"],
        ["organic", "organic.yandex", "", "", "", "1", "1", "", "0"],
        ["organic", "organic.yandex", "", "", "", "0", "0", "222333", "1"],
        ["organic", "organic.yandex", "", "", "", "0", "0", "222336", "2"],
    ]
    assert traffic.frame["source"].unique().tolist() == ["metrica:11111111"]


def test_what_is_asked_is_exact_and_without_robots(metrica, tmp_path, clock):
    pull_reports(metrica, tmp_path, clock)

    (asked,) = [a for a in metrica.asked if a.path == "/stat/v1/data"]
    assert asked.query["accuracy"] == "full"
    assert asked.query["include_undefined"] == "true"
    assert asked.query["filters"] == "ym:s:isRobot=='No'"
    assert asked.query["limit"] == "100000"
    assert (asked.query["date1"], asked.query["date2"]) == ("2026-11-14", "2026-11-24")
    assert TOKEN not in repr([(a.path, a.query) for a in metrica.asked])


def test_today_is_said_to_be_partial_and_is_read_again(metrica, tmp_path, clock):
    (first,) = pull_reports(metrica, tmp_path, clock)
    clock.sleep(3600)
    (second,) = pull_reports(metrica, tmp_path, clock, state=state_of([first]))

    assert first.partial_day == TODAY
    assert first.state["traffic"]["until"] == "2026-11-23"
    assert second.replace == (date(2026, 11, 21), TODAY)


def test_the_last_days_are_as_many_as_the_source_says(metrica, tmp_path, clock):
    (first,) = pull_reports(metrica, tmp_path, clock)
    source = metrica_source(trailing_days=7)
    (second,) = pull_reports(metrica, tmp_path, clock, source, state=state_of([first]))

    assert second.replace == (date(2026, 11, 17), TODAY)


def test_a_report_of_a_past_day_asks_for_nothing_after_it(metrica, tmp_path, clock):
    (traffic,) = pull_reports(metrica, tmp_path, clock, as_of=date(2026, 11, 22))

    assert traffic.replace == (date(2026, 11, 14), date(2026, 11, 22))
    assert traffic.partial_day is None


def test_days_are_those_of_the_counters_zone(tmp_path):
    # 01:30 in Yekaterinburg is still yesterday in Moscow, where the counter counts.
    clock = Hands(datetime(2026, 11, 23, 20, 30, tzinfo=UTC))
    with MetricaDouble([small_counter()], clock=clock) as metrica:
        (traffic,) = pull_reports(metrica, tmp_path, clock)

    assert traffic.replace[1] == date(2026, 11, 23)
    assert traffic.partial_day == date(2026, 11, 23)


def test_the_first_pull_goes_back_as_far_as_the_cohorts(metrica, tmp_path, clock):
    (traffic,) = pull_reports(metrica, tmp_path, clock, metrica_source(**{"from": None}))

    assert traffic.replace == (date(2024, 11, 1), TODAY)


def test_costs_of_metrica_are_exact_kopecks(metrica, tmp_path, clock):
    metrica.counters[COUNTER].expenses += [
        Expense(YESTERDAY, "ya_direct", "cpc", "300001", Decimal("0.29"), 1),
        Expense(YESTERDAY, "", "", "", Decimal("1000000.01")),
    ]
    _, costs = pull_reports(metrica, tmp_path, clock, metrica_source(costs=True))

    day = costs.frame[costs.frame["date_from"] == str(YESTERDAY)]
    assert _rows(day, "platform", "utm_medium", "campaign", "campaign_id", "cost", "clicks") == [
        ["Не указана", "", "", "", "100000001", "0"],
        ["vk", "cpc", "осень", "", "123457", "7"],
        ["Яндекс Директ", "cpc", "300001", "300001", "29", "1"],
    ]
    assert costs.notes == ()
    assert costs.replace == (date(2026, 11, 14), TODAY)
    assert costs.partial_day == TODAY


def test_tags_that_carry_a_person_are_emptied(metrica, tmp_path, clock):
    visit = Visit(at(YESTERDAY), "77", "1", "email", utm_source="ivan@mail.ru", utm_medium="email")
    metrica.counters[COUNTER].visits.append(visit)
    (traffic,) = pull_reports(metrica, tmp_path, clock)

    assert "ivan" not in traffic.frame.to_csv()
    assert traffic.frame["visits"].sum() == 16
