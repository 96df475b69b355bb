"""Cells of money to whole kopecks: every spelling, thousands, and what is no sum of roubles."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.reading.money import Signs, Unit, currency, kopecks, signs, unit
from sheets_sync.reading.words import letters


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1 234,50 ₽", 123450),
        ("12\u00a0500,00", 1250000),
        ("12\u202f500,00 руб.", 1250000),
        ("12500.00", 1250000),
        ("12'500", 1250000),
        ("1,234.50", 123450),
        ("1.234,50", 123450),
        ("1.234.567", 123456700),
        ("-500", -50000),
        ("−500 р.", -50000),
        ("–500", -50000),
        ("500-", -50000),
        ("(1 200,00)", -120000),
        ("₽ 0,5", 50),
        (",5", 50),
        ("33.333333", 3333),
        ("0.125", 12),
        ("0.135", 14),
        ("0", 0),
    ],
)
def test_a_sum_is_read_to_the_kopeck(cell: str, expected: int) -> None:
    assert kopecks(cell, Signs()) == expected


@pytest.mark.parametrize(
    "cell",
    ["", "-", "уточнить", "12 50", "1e3", "1_000", "12,5,0", "1 2 3", "5 ₽ 50", "9" * 20, "١٢٣x"],
)
def test_what_is_no_sum_is_not_guessed(cell: str) -> None:
    assert kopecks(cell, Signs()) is None


def test_a_thousand_or_a_fraction_is_decided_by_the_rest_of_the_column() -> None:
    assert kopecks("1,234", signs(["1,234", "5.50"])) == 123400
    assert kopecks("1,234", signs(["1,234", "5,50"])) == 123
    assert kopecks("1,234", signs(["1,234", "1,234,567"])) == 123400
    assert kopecks("1,234", signs(["1,234", "500"])) is None
    assert kopecks("1,234", signs(["5.50", "5,50"])) is None


@given(
    st.integers(-(10**14), 10**14),
    st.sampled_from([" ", "\u00a0", "\u202f", ""]),
    st.sampled_from(",."),
)
def test_a_sum_survives_being_written_in_russian(value: int, space: str, sign: str) -> None:
    text = f"{abs(value) // 100:,}".replace(",", space) + f"{sign}{abs(value) % 100:02d} ₽"
    assert kopecks(("−" if value < 0 else "") + text, Signs()) == value


@given(st.decimals("-1e9", "1e9", places=4, allow_nan=False))
def test_extra_decimals_are_rounded_half_to_even(value: Decimal) -> None:
    assert kopecks(str(value), Signs()) == round(value * 100)


@pytest.mark.parametrize(
    ("cell", "size", "expected"),
    [
        ("12,5 тыс. ₽", 100, 1250000),
        ("1,2 млн", 100, 120000000),
        ("12,345", 100_000, 1234500),
        ("12.5", 100_000, 1250000),
        ("12345", 1, 12345),
        ("0,5", 1, 0),
    ],
)
def test_thousands_and_kopecks_are_what_they_say(cell: str, size: int, expected: int) -> None:
    assert kopecks(cell, Signs(), size) == expected


@pytest.mark.parametrize("cell", ["120 USD", "$100", "5 000 KZT", "100 €", "15 %", "9" * 70])
def test_money_of_another_country_and_shares_are_no_sums(cell: str) -> None:
    assert kopecks(cell, Signs()) is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Расход", Unit()),
        ("Расход, руб.", Unit(100, "RUB")),
        ("Расход, тыс. ₽", Unit(100_000, "RUB")),
        ("Расход, $", Unit(100, "USD")),
        ("Сумма (EUR)", Unit(100, "EUR")),
        ("Сумма, коп.", Unit(1, "")),
        ("Сумма, у.е.", Unit(100, "USD")),
        ("Сумма в бел. руб.", Unit(100, "BYN")),
        ("Сумма, тенге", Unit(100, "KZT")),
        ("Бюджет, млн руб", Unit(100_000_000, "RUB")),
    ],
)
def test_a_header_says_what_its_sums_are_counted_in(header: str, expected: Unit) -> None:
    assert unit(letters(header)) == expected


def test_a_cell_names_its_currency() -> None:
    cells = ("RUB", "руб.", "₽", "KZT", "120 $", "доллары США", "500", "", "фантики")
    named = ["RUB", "RUB", "RUB", "KZT", "USD", "USD", "", "", "фантики"]
    assert [currency(cell) for cell in cells] == named
