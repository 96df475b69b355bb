"""Outside cells to values: sums, words, dates, phones, as Russian programs and people write them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.schema import APPOINTMENT_STATUSES, CONTACT_TYPES, LEAD_STATUSES, PAYMENT_KINDS
from sheets_sync import contacts, normalize
from sheets_sync.normalize import Signs, kopecks, plain, signs, vocabulary, word
from sheets_sync.reading.dates import DateOrderError, date_order, moments
from sheets_sync.reading.people import e164
from sheets_sync.reading.spelled import period

MOSCOW = ZoneInfo("Europe/Moscow")


def read(*texts: str, order: str = "", zone: str = "Europe/Moscow") -> list[str]:
    """Cells of a date column as UTC texts, "" where they are not understood."""
    moments_ = moments(pa.array(texts), date_order(order)).utc(ZoneInfo(zone))
    return [m.strftime("%Y-%m-%d %H:%M:%S") if m == m else "" for m in moments_]


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


# Dates


def test_dates_of_every_usual_form_are_the_same_moment() -> None:
    cells = (
        "01.02.2026 9:05",
        "01.02.2026, 09:05:00",
        "2026-02-01 09:05",
        "2026-02-01T09:05:00+03:00",
        "2026-02-01 11:05:00+0500",
        "2026-02-01T06:05:00Z",
        "1 февраля 2026 г. 9:05",
        "20260201090500",
        "46054.37847222",
        "01.02.26 9:05",
    )
    assert read(*cells) == ["2026-02-01 06:05:00"] * len(cells)


def test_days_that_do_not_exist_are_not_moved() -> None:
    assert (
        read(
            "31.02.2026",
            "00.00.2026",
            "29.02.2025",
            "вчера",
            "01.02.2026 24:00",
            "01.02.0202",
            "12345",
        )
        == [""] * 7
    )
    assert read("29.02.2024") == ["2024-02-28 21:00:00"]


def test_the_order_of_slashes_is_decided_on_all_rows() -> None:
    assert read("2/1/2018", "2/26/2018") == ["2018-01-31 21:00:00", "2018-02-25 21:00:00"]
    assert read("2/1/2018", "26/2/2018") == ["2018-01-01 21:00:00", "2018-02-25 21:00:00"]
    assert read("01-02-2026 09:05:00", "13-02-2026 00:00:00")[0] == "2026-02-01 06:05:00"
    assert read("05/05/2026") == ["2026-05-04 21:00:00"]


@pytest.mark.parametrize(
    ("cells", "found", "rows"),
    [
        (("", "01/02/2026"), "не видно, что стоит первым", (1,)),
        (("2/26/2018", "26/2/2018"), "в одних строках первым стоит день", (1, 0)),
        (("2018-01-02", "2/26/2018"), "таблица уже переставила", (1, 0)),
    ],
)
def test_a_column_in_doubt_is_an_error(
    cells: tuple[str, ...], found: str, rows: tuple[int, ...]
) -> None:
    with pytest.raises(DateOrderError, match=found) as caught:
        read(*cells)
    assert caught.value.rows == rows


def test_a_format_given_settles_the_doubt() -> None:
    assert read("01/02/2026", order="дд/мм/гггг") == ["2026-01-31 21:00:00"]
    assert read("01/02/2026", order="%m/%d/%Y %H:%M") == ["2026-01-01 21:00:00"]
    assert read("2/26/2018", "26/2/2018", order="mm/dd/yyyy") == ["2018-02-25 21:00:00", ""]
    with pytest.raises(ValueError, match="как обычно"):
        date_order("как обычно")


def test_a_time_that_comes_twice_is_the_first_and_one_that_never_comes_is_moved_forward() -> None:
    assert read("26.10.2014 01:30") == ["2014-10-25 21:30:00"]
    assert read("29.03.2026 02:30", zone="Europe/Berlin") == ["2026-03-29 01:00:00"]


def test_a_column_of_times_is_joined_to_its_dates() -> None:
    found = moments(pa.array(["01.02.2026", "01.02.2026"]), None, pa.array(["9:05", "0,4375"]))
    assert [str(m) for m in found.utc(MOSCOW)] == [
        "2026-02-01 06:05:00+00:00",
        "2026-02-01 07:30:00+00:00",
    ]


@pytest.mark.parametrize(
    ("cell", "ends"),
    [
        ("01.02.2026 - 28.02.2026", ("01.02.2026", "28.02.2026")),
        ("01.02.2026–28.02.2026", ("01.02.2026", "28.02.2026")),
        ("01.02.2026-28.02.2026", ("01.02.2026", "28.02.2026")),
        ("с 01.02.2026 по 28.02.2026", ("01.02.2026", "28.02.2026")),
        ("01.02 - 28.02.2026", ("01.02.2026", "28.02.2026")),
        ("2026-02-01/2026-02-28", ("2026-02-01", "2026-02-28")),
        ("февраль 2026", ("2026-02-01", "2026-02-28")),
        ("Февраль 2024 г.", ("2024-02-01", "2024-02-29")),
        ("02.2026", ("2026-02-01", "2026-02-28")),
        ("13.2026", ("13.2026", "")),
        ("01.02.2026", ("01.02.2026", "")),
        ("2026-02-01", ("2026-02-01", "")),
    ],
)
def test_a_period_has_a_first_and_a_last_day(cell: str, ends: tuple[str, str]) -> None:
    assert period(cell) == ends


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 12, 31)))
def test_any_day_survives_being_written_in_russian(at: datetime) -> None:
    assert read(f"{at:%d.%m.%Y %H:%M:%S}", zone="UTC") == [f"{at:%Y-%m-%d %H:%M:%S}"]


# Phones


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("8 (495) 123-45-67", ["+74951234567"]),
        ("+7(916)1234567", ["+79161234567"]),
        ("9161234567", ["+79161234567"]),
        ("8-800-555-35-35", ["+78005553535"]),
        ("8 916 123 45 67 доб. 12", ["+79161234567"]),
        ("79161234567.0", ["+79161234567"]),
        ("7.9161234567E+10", ["+79161234567"]),
        ("т. 8 916 123 45 67 Мама", ["+79161234567"]),
        ("+7 900 000-00-02, 8 900 000 00 03", ["+79000000002", "+79000000003"]),
        ("8 900 000 00 02 8 900 000 00 03", ["+79000000002", "+79000000003"]),
        ("+7 701 234 56 78", ["+77012345678"]),
        ("+375 29 123-45-67", ["+375291234567"]),
        ("7.91612E+10", []),
        ("7916123456.0", []),
        ("8916123456", []),
        ("+7 999 999 99 99", []),
        ("мама", []),
        ("", []),
    ],
)
def test_phones_of_a_cell(cell: str, numbers: list[str]) -> None:
    assert list(contacts.phones(cell)) == numbers


_digits = st.text("0123456789", min_size=9, max_size=11)
_written = st.builds(
    lambda prefix, digits, gaps: (
        prefix + "".join(d + g for d, g in zip(digits, gaps, strict=False))
    ),
    st.sampled_from(["", "8", "7", "+7", "8 ", "+7 ("]),
    st.one_of(_digits, _digits.map(lambda d: "9" + d[:9]), _digits.map(lambda d: "495" + d[:7])),
    st.lists(st.sampled_from(["", "", "", " ", "-", ") "]), min_size=11, max_size=11),
)


@given(_written)
def test_the_short_way_gives_what_phonenumbers_gives(cell: str) -> None:
    try:
        parsed = phonenumbers.parse(cell, "RU")
        valid = phonenumbers.is_valid_number(parsed)
    except phonenumbers.NumberParseException:
        valid = False
    number = (
        phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if valid else ""
    )
    if valid and len(set(number[2:])) > 1:
        assert contacts.phones(cell)[:1] == (number,)
    column, _ = e164(pa.array([cell, "8 916 123-45-67"]))
    assert column.to_pylist() == [next(iter(contacts.phones(cell)), ""), "+79161234567"]


def test_e_mails_are_lower_case_and_stubs_are_none() -> None:
    cells = ("MAILTO:Masha@Mail.RU.", "masha@mail.ru", "no@mail.ru", "нет")
    assert [contacts.email(c) for c in cells] == ["masha@mail.ru", "masha@mail.ru", "", ""]
