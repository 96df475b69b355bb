"""The person key of a Russian number, read from the definitions (§1) once more, digit by digit."""

from __future__ import annotations

from itertools import pairwise

import phonenumbers


def russian_number(cell: str) -> tuple[str, ...] | None:
    """The E.164 of a cell of digits: none for a stub, None where the definitions are silent.

    «A Russian number (7, 8 or +7 and ten digits, or ten digits alone) makes a key if the library
    knows it or the first of the ten is 3, 4, 8 or 9; but ten digits alone that begin with 8 need
    the library».
    """
    ten = cell[-10:]
    alone = len(cell) == 10
    if not (known(ten) or ten[0] in "349" or (ten[0] == "8" and not alone)):
        return None
    return () if is_stub(ten) else ("+7" + ten,)


def known(ten: str) -> bool:
    """Whether the library's plan of numbers has these ten digits."""
    number = phonenumbers.PhoneNumber(country_code=7, national_number=int(ten))
    return ten[0] != "0" and phonenumbers.is_valid_number_for_region(number, "RU")


def is_stub(number: str) -> bool:
    """«Its last seven digits are equal, or each is the one before plus 1, or … minus 1»."""
    last = [int(digit) for digit in number[-7:]]
    steps = {after - before for before, after in pairwise(last)}
    return steps in ({0}, {1}, {-1})
