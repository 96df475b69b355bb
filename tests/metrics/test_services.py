"""Services and doctors, from rows."""

import pandas as pd

from metrics.reports.services import COLUMNS, services
from tests.metrics.clinic_rows import Row, clinic, lead, paid, spent, touch, visit

MARCH = ("2026-03-01", "2026-03-31")
IMPLANT = {"service": "имплант", "doctor": "Врач 1", "direction": "имплантация"}
CLEANING = {"service": "чистка", "doctor": "Врач 2", "direction": "гигиена"}


def money() -> list[Row]:
    return [
        paid("P1", "2026-03-05", "K1", 30_000, cost=12_000, **IMPLANT),
        paid("P2", "2026-03-05", "K1", 10_000, cost=3_000, **IMPLANT),
        paid("P3", "2026-03-05", "K1", 4_000, cost=1_000, **CLEANING),
        paid("P4", "2026-03-09", "K2", 4_000, cost=1_000, **CLEANING),
        paid("P5", "2026-03-31", "K2", 6_000, cost=0),
    ]


def test_what_was_sold_by_its_own_service_and_doctor_most_revenue_first() -> None:
    table = services(clinic(*MARCH, "2026-04-30", payments=money()))
    assert tuple(table.columns) == COLUMNS
    assert table.to_dict("records") == [
        IMPLANT
        | {
            "paid_visits": 1,
            "items": 2,
            "revenue": 4_000_000,
            "margin": 2_500_000,
            "margin_share": 2_500_000 / 3_700_000,
            "avg_check_visit": 4_000_000,
        },
        CLEANING
        | {
            "paid_visits": 2,
            "items": 2,
            "revenue": 800_000,
            "margin": 600_000,
            "margin_share": 600_000 / 3_700_000,
            "avg_check_visit": 400_000,
        },
        {
            "service": "",
            "doctor": "",
            "direction": "",
            "paid_visits": 1,
            "items": 1,
            "revenue": 600_000,
            "margin": 600_000,
            "margin_share": 600_000 / 3_700_000,
            "avg_check_visit": 600_000,
        },
    ]


def test_the_period_counts_money_on_its_own_day() -> None:
    rows = [
        paid("P1", "2026-02-28", "K1", 100, cost=0),
        paid("P2", "2026-03-01", "K1", 200, cost=0),
        paid("P3", "2026-04-01", "K1", 400, cost=0),
    ]
    assert services(clinic(*MARCH, "2026-04-30", payments=rows))["revenue"].tolist() == [20_000]


def test_a_refund_lowers_revenue_and_is_neither_an_item_nor_a_paid_visit() -> None:
    rows = [*money(), paid("R", "2026-03-20", "K1", 4_000, cost=1_000, kind="refund", **CLEANING)]
    row = services(clinic(*MARCH, "2026-04-30", payments=rows)).iloc[2]
    assert row["service"] == "чистка"
    assert (row["paid_visits"], row["items"], row["revenue"]) == (2, 2, 400_000)
    assert row["margin"] == 300_000


def test_bonuses_and_balance_are_not_sales() -> None:
    rows = [
        paid("B", "2026-03-20", "K1", 500, kind="bonus", **CLEANING),
        paid("S", "2026-03-20", "K1", 500, kind="balance_spend", **CLEANING),
    ]
    assert services(clinic(*MARCH, "2026-04-30", payments=rows)).empty


def test_an_unknown_margin_empties_its_row_and_every_share() -> None:
    rows = [*money(), paid("X", "2026-03-20", "K1", 500, **CLEANING)]
    table = services(clinic(*MARCH, "2026-04-30", payments=rows)).set_index("service")
    assert pd.isna(table.loc["чистка", "margin"])
    assert table.loc["имплант", "margin"] == 2_500_000
    assert table["margin_share"].isna().all()


def test_shares_of_a_fractional_lead_are_one_sale() -> None:
    facts = clinic(
        *MARCH,
        "2026-04-30",
        attribution="linear",
        leads=[lead("L1", "2026-03-02", ym_client_id="7")],
        touches=[
            touch("T1", "2026-03-01", "7", traffic_source="organic"),
            touch("T2", "2026-03-01", "7", traffic_source="social"),
        ],
        visits=[visit("V1", "2026-03-05", "K1", "L1")],
        payments=[paid("P1", "2026-03-05", "K1", 301, cost=0)],
        costs=[spent(*MARCH, 10)],
    )
    assert len(facts.payments) == 2
    row = services(facts).iloc[0]
    assert (row["paid_visits"], row["items"], row["revenue"]) == (1, 1, 30_100)


def test_nothing_sold_is_an_empty_table_with_its_columns() -> None:
    table = services(clinic(*MARCH, "2026-04-30"))
    assert table.empty
    assert tuple(table.columns) == COLUMNS


def test_a_direction_is_written_as_in_the_other_tabs() -> None:
    costs = [spent("2026-03-01", "2026-03-01", 100, direction="Терапия")]
    sold = [paid("P1", "2026-03-05", "K1", 10_000, direction="терапия")]
    facts = clinic(*MARCH, "2026-04-30", payments=sold, costs=costs)
    assert services(facts)["direction"].tolist() == ["Терапия"]
    assert "терапия" not in facts.groups["direction"].tolist()
