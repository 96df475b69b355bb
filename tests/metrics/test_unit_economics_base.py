"""Which leads, payments and costs a row of unit economics is made of."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.measures.unit import units
from tests.metrics.clinic_rows import clinic, lead, paid, spent, visit
from tests.metrics.unit_rows import MARCH, SEARCH, implants, row_of


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
    table = units(facts, "direction")
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
    assert units(facts, "direction").empty


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
    table = units(clinic(*MARCH, "2026-06-30", **rows), "direction").set_index("direction")
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


@settings(max_examples=20)
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
        table = units(facts, by)
        assert table["cm_agrees"].all()
        margin = facts.payments[facts.payments["revenue"]]["margin"].sum()
        bonus = sum(a * 100 for _, day, a, _, kind in money if kind == "bonus" and day == 2)
        assert table["cm"].sum() == margin - bonus - cost * 100
