"""Phones and e-mails of a cell, however they are written."""

from __future__ import annotations

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.privacy import contacts
from sheets_sync.reading.people import e164


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
