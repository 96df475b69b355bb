"""Unit economics, from rows: the article's numbers, its break-evens, and the edges around them."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.facts import Facts
from metrics.unit_economics import unit_economics
from tests.clinic_rows import Row, clinic, lead, paid, spent, touch, visit

SEARCH = {"utm_source": "yandex", "utm_medium": "cpc", "utm_campaign": "implant_search"}
MARCH = ("2026-03-01", "2026-03-31")


def implants(patients: int = 30, leads: int = 400, **more: Row) -> dict[str, list[Row]]:
    """Twice the month of S3: 2 or 3 procedures a patient at 4 000 ₽, 1 200 ₽ each, 500 ₽ off."""
    money = []
    for i in range(patients):
        money += [
            paid(f"P{i}-{n}", f"2026-03-{12 + n}", f"K{i}", 4000, cost=1200)
            for n in range(2 + i % 2)
        ]
        money.append(paid(f"B{i}", "2026-03-12", f"K{i}", 500, kind="bonus"))
    return {
        "leads": [lead(f"L{i:03}", "2026-03-10", **SEARCH, **more) for i in range(leads)],
        "visits": [visit(f"V{i}", "2026-03-12", f"K{i}", f"L{i:03}") for i in range(patients)],
        "payments": money,
        "costs": [spent(*MARCH, 200_000, campaign="implant_search", direction="имплантация")],
    }


def row_of(facts: Facts, value: str, by: str = "direction") -> pd.Series:
    table = unit_economics(facts, by)
    return table[table[by] == value].iloc[0]


S3 = {
    "cr": 0.075,
    "cpa": 50_000,
    "cac": 666_666.6667,
    "avp": 400_000,
    "apc": 2.5,
    "cogs": 120_000,
    "first_cogs": 50_000,
    "arppu": 650_000,
    "arpu": 48_750,
    "breakeven_cr": 0.07692307692,
    "breakeven_avp": 406_666.6667,
    "breakeven_apc": 2.5595238,
    "breakeven_first_cogs": 33_333.3333,
}


def test_s3_from_rows_of_two_such_months() -> None:
    row = row_of(clinic(*MARCH, "2026-06-30", **implants()), "имплантация")
    for name, value in S3.items():
        assert row[name] == pytest.approx(value), name
    assert (row["ua"], row["b"], row["ac"], row["cm"]) == (400, 30, 20_000_000, -500_000)
    assert row["breakeven_ac"] == pytest.approx(19_500_000)
    assert row["cm_agrees"]
    assert (row["lever"], row["lever_text"].replace("\u00a0", " ")) == (
        "AvP",
        "AvP: с 4 000 ₽ до 4 067 ₽",
    )


def test_s3_itself_where_two_channels_share_every_lead() -> None:
    rows = implants()
    for i, one in enumerate(rows["leads"]):
        one["ym_client_id"] = f"{i}"
    rows["touches"] = [
        touch(f"{i}-{n}", f"2026-03-0{8 + n}", f"{i}", **how)
        for i in range(400)
        for n, how in enumerate((SEARCH | {"traffic_source": "ad"}, {"traffic_source": "organic"}))
    ]
    rows["costs"] = [spent(*MARCH, 100_000, campaign="implant_search")]
    row = row_of(
        clinic(*MARCH, "2026-06-30", attribution="linear", **rows), "Директ — поиск", "channel"
    )
    for name, value in S3.items():
        assert row[name] == pytest.approx(value), name
    assert (row["ua"], row["b"], row["ac"], row["cm"]) == (200, 15, 10_000_000, -250_000)
    assert row["breakeven_ac"] == pytest.approx(9_750_000)
    assert row["cm_agrees"]


def test_a_profitable_row_says_how_much_may_be_lost() -> None:
    rows = implants() | {"costs": [spent(*MARCH, 100_000, campaign="implant_search")]}
    row = row_of(clinic(*MARCH, "2026-06-30", **rows), "Без направления")
    assert row["cm"] == 9_500_000
    assert row["lever"] == "AvP"
    assert row["lever_text"].replace("\u00a0", " ") == "AvP: с 4 000 ₽ до 2 733 ₽ (запас)"


def test_a_row_without_cost_has_no_cac_and_break_even_spend_is_its_margin() -> None:
    row = row_of(clinic(*MARCH, "2026-06-30", **implants() | {"costs": []}), "Без направления")
    assert pd.isna(row[["cpa", "cac", "ltv_cac"]]).all()
    assert (row["ac"], row["cm"], row["breakeven_ac"]) == (0, 19_500_000, 19_500_000)
    assert row["cm_agrees"]
    assert "Расходов нет" in row["verdict"]


def test_leads_without_patients_and_cost_without_leads_are_rows_with_empty_ratios() -> None:
    facts = clinic(
        *MARCH,
        "2026-06-30",
        leads=[lead("L1", "2026-03-05", direction="терапия")],
        costs=[spent(*MARCH, 1000, direction="ортодонтия")],
    )
    table = unit_economics(facts, "direction").set_index("direction")
    assert table.index.tolist() == ["терапия", "ортодонтия"]
    assert table["ua"].tolist() == [1, 0]
    assert table["cr"].tolist()[0] == 0
    assert pd.isna(table.loc["ортодонтия", ["cr", "cpa", "cac", "avp", "arppu", "lifetime"]]).all()
    assert table["cm"].tolist() == [0, -100_000]
    breakevens = [c for c in table.columns if c.startswith("breakeven_")]
    assert pd.isna(table[breakevens].to_numpy(dtype=float)).all()
    assert table["lever_text"].tolist() == ["", ""]
    assert table["cm_agrees"].all()


def test_impossible_break_evens_are_empty() -> None:
    """Sold below cost: no conversion, price of acquisition or number of procedures helps."""
    money = [paid("P1", "2026-03-12", "K1", 1000, cost=1500)]
    facts = clinic(
        *MARCH,
        "2026-06-30",
        leads=[lead("L1", "2026-03-10", direction="терапия"), lead("L2", "2026-03-10")],
        visits=[visit("V1", "2026-03-12", "K1", "L1")],
        payments=money,
        costs=[spent(*MARCH, 300, direction="терапия")],
    )
    row = row_of(facts, "терапия")
    assert row["arppu"] == -50_000
    assert pd.isna(row[["breakeven_cr", "breakeven_ac", "breakeven_apc"]]).all()
    assert pd.isna(row["breakeven_first_cogs"])
    assert row["breakeven_avp"] == 180_000
    assert row["lever"] == "AvP"


def test_a_conversion_above_one_is_no_break_even() -> None:
    rows = implants() | {"costs": [spent(*MARCH, 3_000_000, direction="имплантация")]}
    for one in rows["leads"]:
        one["direction"] = "имплантация"
    row = row_of(clinic(*MARCH, "2026-06-30", **rows), "имплантация")
    assert row["cm"] < 0
    assert pd.isna(row["breakeven_cr"])


def test_the_base_is_leads_of_the_period_and_all_their_money_by_as_of() -> None:
    facts = clinic(
        *MARCH,
        "2026-06-30",
        leads=[lead("L0", "2026-02-28", "p0"), lead("L1", "2026-03-01", "p1")],
        visits=[visit("V0", "2026-03-12", "K0", "L0"), visit("V1", "2026-04-12", "K1", "L1")],
        payments=[
            paid("P0", "2026-03-12", "K0", 9000, cost=0),
            paid("P1", "2026-04-12", "K1", 5000, cost=0, service="чистка", direction="гигиена"),
            paid("P2", "2026-06-30", "K1", 7000, cost=0),
            paid("P3", "2026-07-01", "K1", 7000, cost=0),
            paid("P4", "2026-04-12", "K9", 8000, cost=0),
        ],
    )
    table = unit_economics(facts, "direction")
    assert table["direction"].tolist() == ["Без направления"]
    row = table.iloc[0]
    assert (row["ua"], row["b"], row["cm"], row["apc"]) == (1, 1, 1_200_000, 2)
    assert row["rpr"] == 1
    assert row["lifetime"] == pytest.approx(79 / 30.4375)
    assert row["margin_share"] == 1


def test_a_repeat_request_is_neither_a_lead_nor_a_way_to_be_acquired() -> None:
    facts = clinic(
        *MARCH,
        "2026-06-30",
        leads=[lead("L1", "2026-01-10", "p1"), lead("L2", "2026-03-10", "p1")],
        visits=[
            visit("V1", "2026-01-12", "K1", "L1", person_key="p1"),
            visit("V2", "2026-03-12", "K1", "L2", person_key="p1"),
        ],
        payments=[paid("P1", "2026-03-12", "K1", 9000, cost=0)],
    )
    assert unit_economics(facts, "direction").empty


def test_only_bonuses_of_the_first_visits_day_are_first_cogs() -> None:
    rows = implants()
    rows["payments"].append(paid("late", "2026-03-13", "K0", 999, kind="bonus"))
    row = row_of(clinic(*MARCH, "2026-06-30", **rows), "имплантация")
    assert row["first_cogs"] == 50_000


def test_a_refund_lowers_the_average_check_and_is_not_an_item() -> None:
    rows = implants()
    rows["payments"].append(paid("R", "2026-04-02", "K0", 4000, cost=1200, kind="refund"))
    row = row_of(clinic(*MARCH, "2026-06-30", **rows), "имплантация")
    assert row["apc"] == 2.5
    assert row["avp"] == pytest.approx((75 * 400_000 - 400_000) / 75)
    assert row["cm"] == -500_000 - 280_000
    assert row["cm_agrees"]


def test_a_margin_that_is_unknown_empties_what_is_made_of_it() -> None:
    rows = implants()
    rows["payments"].append(paid("X", "2026-03-20", "K0", 100))
    row = row_of(clinic(*MARCH, "2026-06-30", **rows), "имплантация")
    empty = ["cogs", "arppu", "arpu", "cm", "margin_share", "breakeven_ac", "breakeven_avp"]
    assert pd.isna(row[empty]).all()
    assert row["b"] == 30
    assert row["avp"] == pytest.approx((75 * 400_000 + 10_000) / 76)
    assert row["lever_text"] == ""
    assert row["cm_agrees"]
    assert row["verdict"].startswith("Маржа известна не по всем оплатам")


def test_leads_of_a_campaign_whose_cost_has_no_direction_are_said_to_be_free() -> None:
    rows = implants()
    rows["costs"].append(spent(*MARCH, 50_000, campaign="brand_search"))
    rows["leads"] += [
        lead(
            f"F{i}",
            "2026-03-11",
            **SEARCH | {"utm_campaign": "brand_search"},
            direction="имплантация",
        )
        for i in range(100)
    ]
    table = unit_economics(clinic(*MARCH, "2026-06-30", **rows), "direction").set_index("direction")
    assert table.loc["имплантация", "free_lead_share"] == 0.2
    assert (
        table.loc["имплантация", "verdict"]
        .replace("\u00a0", " ")
        .endswith(
            "20 % лидов пришли из кампаний без направления: их расходы стоят в строке "
            "«Без направления», поэтому CAC здесь занижен."
        )
    )
    rest = str(table.loc["Без направления", "verdict"])
    assert "лидов пришли" not in rest
    assert rest.endswith(
        "Здесь стоят расходы кампаний без направления: опишите эти кампании в «Направления» или "
        "разделите расходы по лидам в «Настройки»."
    )


def test_costs_spread_over_leads_leave_nothing_free() -> None:
    rows = implants()
    rows["costs"].append(spent(*MARCH, 50_000, campaign="brand_search"))
    rows["leads"].append(
        lead(
            "F", "2026-03-11", **SEARCH | {"utm_campaign": "brand_search"}, direction="имплантация"
        )
    )
    row = row_of(clinic(*MARCH, "2026-06-30", spread_costs="leads", **rows), "имплантация")
    assert row["ac"] == 25_000_000
    assert row["free_lead_share"] == 0


def test_the_share_of_leads_at_least_ninety_days_old() -> None:
    facts = clinic(
        "2026-03-01", "2026-06-29", "2026-06-30",
        leads=[lead("L1", "2026-04-01"), lead("L2", "2026-04-02"), lead("L3", "2026-06-01")],
    )  # fmt: skip
    assert row_of(facts, "Без направления")["older_90"] == pytest.approx(1 / 3)


def test_no_rows_at_all_give_an_empty_table_with_its_columns() -> None:
    table = unit_economics(clinic(*MARCH, "2026-06-30"), "channel")
    assert table.empty
    assert {"channel", "cm", "verdict"} <= set(table.columns)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 7),
            st.integers(1, 28),
            st.integers(1, 90_000),
            st.integers(0, 90_000),
            st.sampled_from(["payment", "refund", "bonus", "insurance", "balance_spend"]),
        ),
        max_size=30,
    ),
    st.integers(0, 100_000),
)
def test_cm_is_the_same_by_both_roads_whatever_is_paid(
    money: list[tuple[int, int, int, int, str]], cost: int
) -> None:
    facts = clinic(
        *MARCH,
        "2026-06-30",
        leads=[
            lead(f"L{i}", "2026-03-01", direction="ab"[i % 2], source_raw=f"друг {i % 3}")
            for i in range(8)
        ],
        visits=[visit(f"V{i}", "2026-03-02", f"K{i}", f"L{i}") for i in range(8)],
        payments=[
            paid(f"P{n}", f"2026-03-{day:02}", f"K{who}", amount, cost=dear, kind=kind)
            for n, (who, day, amount, dear, kind) in enumerate(money)
        ],
        costs=[spent(*MARCH, cost, direction="a")],
    )
    for by in ("direction", "channel"):
        table = unit_economics(facts, by)
        assert table["cm_agrees"].all()
        margin = facts.payments[facts.payments["revenue"]]["margin"].sum()
        bonus = sum(a * 100 for _, day, a, _, kind in money if kind == "bonus" and day == 2)
        assert table["cm"].sum() == margin - bonus - cost * 100
