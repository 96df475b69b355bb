"""Phones and e-mails as people type them, made E.164 and lower-case: the same person, the same text."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata

#: Everything that people put between the digits of one number; an expression of RE2, too.
FILLING = "[\\s\u00a0\u202f().\\-\u2010-\u2015\u2212\u200b\u200e\u202a\u202c\ufeff]"
#: What stands between two numbers in one cell.
_BETWEEN = re.compile(r"[,;/\n|]|\s(?:и|или)\s")
_RUN = re.compile(rf"(?<!\d)(?:\+?7|8)(?:{FILLING}{{0,3}}\d){{10}}(?!\d)")
#: A Russian number without its filling: what stands before its last ten digits, and those.
NATIONAL = re.compile(r"(?P<before>(?:\+?7|8)?)(?P<national>\d{10})")
#: Ten digits that make a number though the library's plan does not know them yet; without 7 or 8
#: before them 8 does not: 8916123456 is a mobile short of a digit. Expressions of RE2, too.
UNPLANNED, UNPLANNED_BARE = r"[3489]\d{9}", r"[349]\d{9}"
#: Last digits that are typed where a field must be filled.
STUB = (
    "(?:"
    + "|".join(
        [*(str(digit) * 7 for digit in range(10))]
        + ["".join(str(digit + step) for step in range(7)) for digit in range(4)]
        + ["".join(str(digit + 6 - step) for step in range(7)) for digit in range(4)]
    )
    + ")"
)
_STUB = re.compile(rf"{STUB}\Z")
_FILLING = re.compile(FILLING)
#: A number that a spreadsheet took for an amount: `79161234567.0`.
_FLOAT = re.compile(r"\+?(\d{10,15})[.,]0+")
_EXPONENT = re.compile(r"(\d)[.,](\d+)[eE]\+?(\d+)")
_EMAIL = re.compile(r"[\w.+\-]{1,64}@[\w\-]+(?:\.[\w\-]+)+")
#: Nobody's phones and e-mails fill more of a cell.
_LONGEST_CELL = 1_000
#: Digits of the longest phone (E.164).
_LONGEST = 15
_E164 = phonenumbers.PhoneNumberFormat.E164
_NO_EMAIL = re.compile(r"(?:no|net|none|нет|test|нет_почты|noemail|no-?mail|mail)@.*")


@cache
def russian_pattern() -> str:
    """What valid ten-digit Russian numbers look like, by the very patterns of phonenumbers."""
    region = PhoneMetadata.metadata_for_region("RU")
    kinds = ("fixed_line", "mobile", "toll_free", "premium_rate", "personal_number")
    return "|".join(f"(?:{getattr(region, kind).national_number_pattern})" for kind in kinds)


@cache
def _russian() -> re.Pattern[str]:
    return re.compile(russian_pattern())


def phones(text: str) -> tuple[str, ...]:
    """Every valid phone of a cell as E.164, in order: `8 (900) 000-00-01, 8 900 …` gives two.

    A number is read as Russian unless it starts with another country's code; stubs such as
    `+7 999 999 99 99` are nobody's (definitions §1, person key). A number that a spreadsheet has
    shortened (`7.9E+10`) is none.
    """
    text = text[:_LONGEST_CELL]
    if whole := _FLOAT.fullmatch(text.strip()):
        text = whole[1]
    for parts in (_BETWEEN.split(text), _RUN.findall(text)):
        candidates = (_one(part) for part in parts)
        if valid := tuple(dict.fromkeys(number for number in candidates if number)):
            return valid
    if sum(c.isdigit() for c in text) < 10:
        return ()
    matches = phonenumbers.PhoneNumberMatcher(unicodedata.normalize("NFKC", text), "RU")
    candidates = (phonenumbers.format_number(m.number, _E164) for m in matches)
    return tuple(dict.fromkeys(n for n in candidates if not _is_stub(n)))


def is_phone(digits: str) -> bool:
    """Whether mere digits are a whole phone of any country, as in `79161234567`, `375291234567`.

    A ClientID or yclid is longer than any phone.
    """
    if not 10 <= len(digits) <= _LONGEST:
        return False
    short = NATIONAL.fullmatch(digits)
    if short and _is_russian(short["national"], bare=not short["before"]):
        return True
    return _valid(f"+{digits}") is not None


def may_be_abroad(digits: str) -> bool:
    """Whether digits after 00 or 8-10 are as long as a phone of the country they begin with."""
    try:
        parsed = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(parsed)


def _one(text: str) -> str:
    """The E.164 of a text that is one phone and nothing else, or ""."""
    plain = unicodedata.normalize("NFKC", text).strip()
    short = NATIONAL.fullmatch(_FILLING.sub("", plain))
    if short and _is_russian(short["national"], bare=not short["before"]):
        number = "+7" + short["national"]
        return "" if _is_stub(number) else number
    if power := _EXPONENT.fullmatch(plain):
        if len(power[2]) != int(power[3]):
            return ""
        plain = power[1] + power[2]
    parsed = _valid(plain)
    number = phonenumbers.format_number(parsed, _E164) if parsed else ""
    return "" if _is_stub(number) else number


def _valid(text: str) -> phonenumbers.PhoneNumber | None:
    """The number that a text is by the library's plan, Russian unless it says another country."""
    try:
        parsed = phonenumbers.parse(text, "RU")
    except phonenumbers.NumberParseException:
        return None
    return parsed if phonenumbers.is_valid_number(parsed) else None


def _is_russian(national: str, *, bare: bool) -> bool:
    unplanned = UNPLANNED_BARE if bare else UNPLANNED
    return bool(_russian().fullmatch(national) or re.fullmatch(unplanned, national))


def _is_stub(number: str) -> bool:
    """Whether the last seven digits are equal, rise by one or fall by one."""
    return _STUB.search(number) is not None


def email(text: str) -> str:
    """The e-mail of a cell, lower-case, or "" where there is none or a stub such as `no@mail.ru`."""
    plain = unicodedata.normalize("NFKC", text[:_LONGEST_CELL]).lower().removeprefix("mailto:")
    match = _EMAIL.search(plain)
    if not match or _NO_EMAIL.fullmatch(match[0]):
        return ""
    return match[0].strip(".")
