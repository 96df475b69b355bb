"""Edges of costs: days of a row, which source wins a channel's day, days that two files hold."""

from __future__ import annotations

from typing import Any

import pytest

from metrics.reports.quality import quality
from tests.metrics.clinic_rows import Row, lead, spent, visited
from tests.metrics.edges import agreed, row, total


@pytest.mark.parametrize(
    ("first", "last", "cost"),
    [
        ("2026-03-01", "2026-03-01", 33),
        ("2026-03-02", "2026-03-02", 33),
        ("2026-03-03", "2026-03-31", 34),
        ("2026-02-01", "2026-03-02", 66),
        ("2026-03-01", "2026-03-03", 100),
    ],
)
def test_a_cost_row_over_days_counts_floor_a_day_and_the_remainder_on_the_last(
    first: str, last: str, cost: int
):
    costs = (spent("2026-03-01", "2026-03-03", 1, "Авито"),)
    assert total(agreed(first=first, last=last, costs=costs))["cost"] == cost


def test_days_of_a_cost_row_after_as_of_do_not_exist():
    costs = (spent("2026-03-30", "2026-04-02", 4, "Авито"),)
    assert total(agreed(as_of="2026-03-31", last="2026-04-30", costs=costs))["cost"] == 200


def test_of_two_sources_for_a_channel_and_day_one_wins_and_the_other_keeps_its_other_days():
    sheet = {"source": "sheet:Расходы"}
    costs = (
        spent("2026-03-01", "2026-03-01", 10, "Яндекс Директ", source="direct:main"),
        spent("2026-03-01", "2026-03-02", 14, "директ") | sheet,
        spent("2026-03-01", "2026-03-01", 3, "Авито") | sheet,
    )
    facts = agreed(costs=costs)
    assert row(facts, "Директ (тип не определён)")["cost"] == 1_700
    assert total(facts)["cost"] == 2_000
    assert facts.counts["cost_lost_amount"] == 700
    turned = agreed(costs=costs, cost_order=("sheet", "file", "metrica", "direct"))
    assert total(turned)["cost"] == 1_700
    # Kinds that the order does not name come after it in the usual order: still never both.
    assert total(agreed(costs=costs, cost_order=("file",)))["cost"] == 2_000


@pytest.mark.parametrize("order", [(), ("sheet",), ("direct", "file")])
def test_two_kinds_never_win_one_day_whether_the_order_names_them_or_not(order: tuple[str, ...]):
    kinds = ("telepathy", "carrier_pigeon", "upload", "file", "metrica", "avito", "vk_ads")
    costs = tuple(
        spent("2026-03-01", "2026-03-01", 10 + n, "Авито", source=f"{kind}:x")
        for n, kind in enumerate(kinds)
    )
    winner = 12_00 + 100 if order == ("direct", "file") else 16_00
    facts = agreed(costs=costs, cost_order=order)
    assert total(facts)["cost"] == winner
    assert facts.counts["cost_lost_rows"] == len(kinds) - 1
    assert total(agreed(costs=costs[:2], cost_order=order))["cost"] == 11_00


def test_a_kind_without_a_cost_above_0_leaves_the_day_to_the_next():
    direct = spent("2026-03-01", "2026-03-01", 0, "Яндекс Директ", source="direct:a", clicks=3)
    typed = spent("2026-03-01", "2026-03-01", 5, "директ", source="sheet:Расходы")
    given_back = spent("2026-03-01", "2026-03-01", -7, "директ", source="file:costs")
    assert total(agreed(costs=(direct, typed)))["cost"] == 500
    other_day = spent("2026-03-02", "2026-03-02", 10, "директ", source="file:costs")
    assert total(agreed(costs=(direct, given_back, other_day)))["cost"] == 300
    assert agreed(costs=(direct, typed)).counts["cost_lost_rows"] == 0


def held(file: str, day: str, roubles: int, **more: Any) -> Row:
    """A day of costs in one file; the platform and the campaign are one's own words."""
    return spent(day, day, roubles, "VK Реклама", file=file, campaign="Лето", **more)


def test_of_two_files_that_hold_a_campaigns_day_the_later_counts_and_the_rest_is_told():
    """costs-overlap: ten days of January once more, and a day of February."""
    old = tuple(held("costs_02.csv", f"2026-01-{n:02}", 1000) for n in range(1, 11))
    new = tuple(held("costs_01-02.csv", f"2026-01-{n:02}", 900) for n in range(1, 11))
    facts = agreed(costs=(*old, *new, held("costs_01-02.csv", "2026-02-01", 500)))
    assert total(facts)["cost"] == 10_500_00
    assert (facts.counts["cost_twice_days"], facts.counts["cost_twice_amount"]) == (10, 9_000_00)
    (told,) = quality(facts, ()).query("key == 'cost_twice'").to_dict("records")
    assert told["text"] == "10\xa0дней на 9\xa0000\xa0₽"


def test_rows_of_one_file_add_up_and_files_are_later_by_their_sources_place_then_by_name():
    day = "2026-03-01"
    twice = (held("b.csv", day, 1), held("b.csv", day, 2))
    assert total(agreed(costs=twice))["cost"] == 300
    other = held("a.csv", day, 10, source="file:other")
    assert (
        total(agreed(costs=(*twice, other), sources=("file:costs", "file:other")))["cost"] == 1_000
    )
    assert total(agreed(costs=(*twice, other), sources=("file:other", "file:costs")))["cost"] == 300
    assert total(agreed(costs=(*twice, held("c.csv", day, 0))))["cost"] == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"campaign_id": "7"}, {"campaign_id": "7", "campaign": "Зима"}, True),
        ({"campaign_id": "7"}, {"campaign_id": "8"}, False),
        ({"campaign_id": "7"}, {"campaign": "ЛЕТО"}, True),
        ({"campaign": "Зима"}, {}, False),
        ({"network": "search"}, {"network": "ad_network"}, False),
        ({"platform": "VK"}, {"platform": "вк"}, True),
        ({"platform": "Директ"}, {"platform": "Yandex.Direct"}, True),
        ({"platform": "Яндекс Карты"}, {"platform": "Яндекс Бизнес"}, False),
        ({"campaign": "", "utm_campaign": "a"}, {"utm_campaign": "A"}, True),
        ({"utm_campaign": "a", "campaign": "Зима"}, {"utm_campaign": "a"}, False),
        ({"platform": "VK"}, {"platform": "vk"}, True),
        ({"campaign": "", "utm_campaign": "a"}, {"campaign": "", "utm_campaign": "b"}, False),
        ({"campaign": ""}, {"campaign": ""}, True),
        ({"campaign": "", "campaign_id": "7"}, {"campaign": ""}, False),
    ],
)
def test_what_is_one_campaign_in_two_files(one: Row, other: Row, same: bool):
    costs = (held("a.csv", "2026-03-01", 3) | one, held("b.csv", "2026-03-01", 5) | other)
    assert total(agreed(costs=costs))["cost"] == (500 if same else 800)


def test_a_period_loses_only_the_days_that_the_later_file_has():
    costs = (
        spent("2026-03-01", "2026-03-04", 8, "Авито", file="a.csv"),
        spent("2026-03-02", "2026-03-03", 1, "Авито", file="b.csv"),
        spent("2026-03-02", "2026-03-02", 50, "Авито", source="sheet:Расходы"),
    )
    assert total(agreed(costs=costs))["cost"] == 500


def test_a_platforms_total_beside_its_campaigns_in_another_file_is_no_more_money():
    month = spent("2026-02-01", "2026-02-28", 2800, "Яндекс Директ", file="months.csv")
    days = [
        spent(f"2026-02-{n:02}", f"2026-02-{n:02}", roubles, "Директ", file="d.csv", campaign=name)
        for n in range(1, 29)
        for name, roubles in (("Импланты", 60), ("Бренд", 40))
    ]
    facts = agreed(costs=(month, *days))
    assert total(facts)["cost"] == 2_800_00
    assert (facts.counts["cost_total_rows"], facts.counts["cost_total_amount"]) == (1, 2_800_00)


def test_a_total_that_differs_from_its_campaigns_counts_and_is_told():
    bill = spent("2026-02-01", "2026-02-28", 3000, "Авито", file="bill.csv")
    days = [held("d.csv", f"2026-02-{n:02}", 100) | {"platform": "avito"} for n in range(1, 29)]
    facts = agreed(costs=(bill, *days))
    assert total(facts)["cost"] == 5_800_00
    assert (facts.counts["cost_mixed_rows"], facts.counts["cost_mixed_amount"]) == (1, 3_000_00)
    (told,) = quality(facts, ()).query("key == 'cost_mixed'").to_dict("records")
    assert not told["ok"]
    assert "посчитаны дважды" in told["action"]


def test_one_equal_day_of_a_platform_may_be_chance():
    whole = spent("2026-02-01", "2026-02-01", 100, "Авито", file="a.csv")
    facts = agreed(costs=(whole, held("d.csv", "2026-02-01", 100) | {"platform": "Авито"}))
    assert total(facts)["cost"] == 200_00
    assert facts.counts["cost_mixed_rows"] == 1


def test_visits_that_two_files_hold_count_once():
    old, new, other = "file:old.csv", "file:new.csv", "metrica:1"
    traffic = (
        visited("2026-03-01", 100, source=old),
        visited("2026-03-02", 110, source=old),
        visited("2026-03-02", 111, source=new),
        visited("2026-03-02", 7, source=new, utm_source="vk"),
        visited("2026-03-02", 5, source=other),
    )
    facts = agreed(traffic=traffic, sources=(old, new, other))
    assert total(facts)["sessions"] == 100 + 111 + 7 + 5
    assert facts.counts["traffic_twice"] == 110


def test_files_whose_days_are_all_to_come_cost_nothing_yet():
    costs = tuple(
        spent("2026-04-01", "2026-04-02", 4, "Авито", source=f"file:{name}", file=name)
        for name in ("one.csv", "two.csv")
    )
    made = agreed(
        as_of="2026-03-31", last="2026-04-30", costs=costs, leads=(lead("L", "2026-03-01"),)
    )
    assert total(made)["cost"] == 0
