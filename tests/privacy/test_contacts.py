"""Phones and e-mails of a cell, however they are written."""

from __future__ import annotations

import time

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.privacy import contact_details
from sheets_sync.privacy.addresses import email_spans
from sheets_sync.reading.people import e164
from tests.reference import phones


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("8 (495) 123-45-60", ["+74951234560"]),
        ("+7(916)1234560", ["+79161234560"]),
        ("9161234560", ["+79161234560"]),
        ("8-800-555-35-35", ["+78005553535"]),
        ("8 916 123 45 60 доб. 12", ["+79161234560"]),
        ("79161234560.0", ["+79161234560"]),
        ("7.9161234560E+10", ["+79161234560"]),
        ("т. 8 916 123 45 60 Мама", ["+79161234560"]),
        ("+7 900 000-00-02, 8 900 000 00 03", ["+79000000002", "+79000000003"]),
        ("8 900 000 00 02 8 900 000 00 03", ["+79000000002", "+79000000003"]),
        ("+7 701 234 56 08", ["+77012345608"]),
        ("+375 29 123-45-60", ["+375291234560"]),
        ("7.91612E+10", []),
        ("7916123456.0", []),
        ("8916123456", []),
        ("+7 999 999 99 99", []),
        ("8 916 123 45 67", []),
        ("+7 (958) 777-12-34", ["+79587771234"]),
        ("8 300 765 43 20", ["+73007654320"]),
        ("7 800 000 12 34", ["+78000001234"]),
        ("3007654320", ["+73007654320"]),
        ("8007654320", ["+78007654320"]),
        ("8107654320", []),
        ("8 916 000 00 00", []),
        ("8 495 111 11 11", []),
        ("8 916 0 12 34 56", []),
        ("8 916 123 45 60, 8 916 3456789", ["+79161234560"]),
        ("+7 916 987 65 43", []),
        ("8 916 765 43 21", []),
        ("+375 29 111 11 11", []),
        ("8 912 345 67 80", ["+79123456780"]),
        ("мама", []),
        ("", []),
    ],
)
def test_phones_of_a_cell(cell: str, numbers: list[str]) -> None:
    assert list(contact_details.phones(cell)) == numbers


_digits = st.text("0123456089", min_size=9, max_size=11)
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
    if valid and not phones.is_stub(number):
        assert contact_details.phones(cell)[:1] == (number,)
    column, _ = e164(pa.array([cell, "8 916 123-45-60"]))
    assert column.to_pylist() == [next(iter(contact_details.phones(cell)), ""), "+79161234560"]


_russian = st.builds(
    str.__add__,
    st.sampled_from(["", "7", "8", "+7"]),
    st.text("0123456089", min_size=10, max_size=10),
)


@given(_russian)
def test_russian_numbers_are_what_the_definitions_say(cell: str) -> None:
    expected = phones.russian_number(cell)
    if expected is not None:
        assert contact_details.phones(cell) == expected


@pytest.mark.parametrize("piece", ["1", "1 ", "(", "a", "a@", "8 916 ", "+7", ".", "и "])
def test_a_cell_of_any_length_is_read_at_once(piece: str) -> None:
    cell = (piece * 131_072)[:131_072]
    begin = time.process_time()
    contact_details.phones(cell)
    contact_details.email(cell)
    assert time.process_time() - begin < 1


def test_e_mails_are_lower_case_and_stubs_are_none() -> None:
    cells = ("MAILTO:Masha@Mail.RU.", "masha@mail.ru", "no@mail.ru", "нет")
    assert [contact_details.email(c) for c in cells] == ["masha@mail.ru", "masha@mail.ru", "", ""]


def test_an_address_that_says_its_sign_in_a_pet_name_is_an_address() -> None:
    assert email_spans("x plan (собачка) mail.ru", bare=True) == [(2, 24)]
