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
#: A Russian number without its filling; its last ten digits.
NATIONAL = re.compile(r"(?:\+?7|8)?(?P<national>\d{10})")
_FILLING = re.compile(FILLING)
#: A number that a spreadsheet took for an amount: `79161234567.0`.
_FLOAT = re.compile(r"\+?(\d{10,15})[.,]0+")
_EXPONENT = re.compile(r"(\d)[.,](\d+)[eE]\+?(\d+)")
_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
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

    A number is read as Russian unless it starts with another country's code. Numbers of one
    repeated digit are nobody's. A number that a spreadsheet has shortened (`7.9E+10`) is none.
    """
    if whole := _FLOAT.fullmatch(text.strip()):
        text = whole[1]
    for parts in (_BETWEEN.split(text), _RUN.findall(text)):
        found = (_one(part) for part in parts)
        if valid := tuple(dict.fromkeys(number for number in found if number)):
            return valid
    if sum(c.isdigit() for c in text) < 10:
        return ()
    matches = phonenumbers.PhoneNumberMatcher(unicodedata.normalize("NFKC", text), "RU")
    numbers = (phonenumbers.format_number(m.number, _E164) for m in matches)
    return tuple(dict.fromkeys(n for n in numbers if not _is_stub(n)))


def is_phone(digits: str) -> bool:
    """Whether mere digits are a whole phone of any country, as in `79161234567`, `375291234567`.

    A ClientID or yclid is longer than any phone.
    """
    return 10 <= len(digits) <= _LONGEST and bool(phones(digits) or phones(f"+{digits}"))


def _one(text: str) -> str:
    """The E.164 of a text that is one phone and nothing else, or ""."""
    plain = unicodedata.normalize("NFKC", text).strip()
    short = NATIONAL.fullmatch(_FILLING.sub("", plain))
    if short and _russian().fullmatch(short[1]):
        number = "+7" + short[1]
        return "" if _is_stub(number) else number
    if power := _EXPONENT.fullmatch(plain):
        if len(power[2]) != int(power[3]):
            return ""
        plain = power[1] + power[2]
    try:
        parsed = phonenumbers.parse(plain, "RU")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(parsed):
        return ""
    number = phonenumbers.format_number(parsed, _E164)
    return "" if _is_stub(number) else number


def _is_stub(number: str) -> bool:
    """`+7 999 999 99 99` is valid by the plan, and typed where a field must be filled."""
    return len(set(number[2:])) == 1


def email(text: str) -> str:
    """The e-mail of a cell, lower-case, or "" where there is none or a stub such as `no@mail.ru`."""
    found = _EMAIL.search(unicodedata.normalize("NFKC", text).lower().removeprefix("mailto:"))
    if not found or _NO_EMAIL.fullmatch(found[0]):
        return ""
    return found[0].strip(".")
