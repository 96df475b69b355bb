"""Unit economics, from rows: the article's numbers, its break-evens, and what stays empty."""

import pandas as pd
import pytest

from metrics.measures.unit import units
from tests.metrics.clinic_rows import clinic, lead, paid, spent, touch, visit
from tests.metrics.unit_rows import MARCH, SEARCH, implants, row_of

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
    table = units(facts, "direction").set_index("direction")
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


@pytest.mark.parametrize(
    ("spend", "column", "even"), [(110, "breakeven_cr", 1.0), (33, "breakeven_first_cogs", 0.0)]
)
def test_a_break_even_that_is_just_possible_is_not_lost(spend: int, column: str, even: float):
    """Ten leads, three patients, seven purchases of 100 ₽ that leave 11 ₽ of each patient."""
    days = {n: f"2026-03-{10 + n}" for n in range(10)}
    facts = clinic(
        *MARCH,
        "2026-06-30",
        leads=[lead(f"L{n}", day, direction="терапия") for n, day in days.items()],
        visits=[visit(f"V{n}", days[n], f"K{n}", f"L{n}") for n in range(3)],
        payments=[
            paid(f"P{n}", days[n], f"K{n % 3}", 100, cost=97 if n == 0 else 95) for n in range(7)
        ],
        costs=[spent(*MARCH, spend, direction="терапия")],
    )
    assert row_of(facts, "терапия")[column] == even


def test_a_conversion_above_one_is_no_break_even() -> None:
    rows = implants() | {"costs": [spent(*MARCH, 3_000_000, direction="имплантация")]}
    for one in rows["leads"]:
        one["direction"] = "имплантация"
    row = row_of(clinic(*MARCH, "2026-06-30", **rows), "имплантация")
    assert row["cm"] < 0
    assert pd.isna(row["breakeven_cr"])


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


def test_no_rows_at_all_give_an_empty_table_with_its_columns() -> None:
    table = units(clinic(*MARCH, "2026-06-30"), "channel")
    assert table.empty
    assert {"channel", "cm", "verdict"} <= set(table.columns)
