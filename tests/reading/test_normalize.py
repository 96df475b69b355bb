"""Outside cells to values: sums, words, ids and addresses, as programs and people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.schema import APPOINTMENT_STATUSES, CONTACT_TYPES, LEAD_STATUSES, PAYMENT_KINDS
from sheets_sync.reading import normalize
from sheets_sync.reading.normalize import Signs, kopecks, plain, signs, vocabulary, word

# Money


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


# Words


def test_words_of_the_lists_mean_canonical_words() -> None:
    statuses = vocabulary("appointment_status")
    assert word("Пришёл (оплатил картой)", statuses) == "arrived"
    assert word("СОСТОЯЛСЯ", statuses) == "completed"
    assert word("неявка", statuses) == "no_show"
    assert word("Не\u00a0пришел ", statuses) == "no_show"
    assert word("отмена", statuses) == "cancelled"
    assert word("no_show", statuses) == "no_show"
    assert word("принят отказ", statuses) == ""


@pytest.mark.parametrize(
    ("table", "allowed"),
    [
        ("lead_status", LEAD_STATUSES),
        ("appointment_status", APPOINTMENT_STATUSES),
        ("contact_type", CONTACT_TYPES),
        ("payment_kind", PAYMENT_KINDS),
    ],
)
def test_the_lists_know_every_canonical_word_and_no_other(
    table: str, allowed: tuple[str, ...]
) -> None:
    assert set(vocabulary(table).values()) == set(allowed)
    assert all(word(meaning, vocabulary(table)) == meaning for meaning in allowed)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("Возврат аванса", "refund"),
        ("Предоплата", "prepayment"),
        ("аванс", "prepayment"),
        ("Оплата по ДМС", "insurance"),
        ("Страховая компания", "insurance"),
        ("Бонусы", "bonus"),
        ("Оплата с лицевого счёта", "balance_spend"),
        ("Списание с баланса", "balance_spend"),
        ("Карта", "payment"),
        ("наличные", "payment"),
        ("что-то новое", ""),
    ],
)
def test_a_payment_kind_is_known_by_a_part_of_a_word(cell: str, kind: str) -> None:
    assert normalize.payment_kind(cell) == kind


def test_headers_are_compared_without_case_marks_and_look_alikes() -> None:
    latin_c, decomposed = "Cтатус", "При\u0438\u0306дёт"
    assert plain(latin_c) == plain("СТАТУС")
    assert plain(decomposed) == plain("прийдет")
    assert plain("№ карты") == plain("Номер_карты")


# Ids and addresses


def test_ids_stay_texts() -> None:
    assert normalize.native_id("00123") == "00123"
    assert normalize.native_id("124.0") == "124"
    assert normalize.native_id("A-7.0") == "A-7.0"


@pytest.mark.parametrize(
    ("cell", "path"),
    [
        ("https://clinic.ru/implant?phone=79160000000#form", "/implant"),
        ("https://clinic.ru", "/"),
        ("clinic.ru/a/b", "/a/b"),
        ("/a?utm_source=x", "/a"),
        ("https://clinic.ru/%D0%B8%D0%BC", "/им"),
        ("http://[", ""),
    ],
)
def test_of_a_page_only_its_path_is_kept(cell: str, path: str) -> None:
    assert normalize.landing_path(cell) == path


@pytest.mark.parametrize(
    ("cell", "site"),
    [
        ("https://www.Yandex.ru/search?text=a", "yandex.ru"),
        ("google.com", "google.com"),
        ("https://user:p@site.ru:8080/x", "site.ru"),
        ("не знаю", ""),
    ],
)
def test_of_a_referrer_only_its_site_is_kept(cell: str, site: str) -> None:
    assert normalize.referrer_domain(cell) == site


def test_durations_and_counts() -> None:
    assert [normalize.seconds(t) for t in ("95", "1:35", "00:01:35", "95 сек", "долго")] == [
        95,
        95,
        95,
        95,
        None,
    ]
    assert [normalize.count(t) for t in ("1 234", "12.0", "-5", "1,5")] == [1234, 12, None, None]
