"""Phones in the midst of a text: glued to words, spread by signs, without 8, of other countries.

Works on a `readable` text, in time that grows with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sheets_sync.privacy.contact_details import is_phone, may_be_abroad
from sheets_sync.privacy.digits_in_disguise import lettered_phones, spelled_phones

Span = tuple[int, int]

_SHORTEST, _LONGEST = 10, 15
#: What stands for a plus before a number of another country; its digits come after.
_ABROAD = re.compile(r"00(?=[1-9])|810(?=[1-9])|011(?=[1-9])")
_LONGEST_ABROAD = 18
#: Digits of an advertising mark stand in no more groups.
_MARKED = 2
#: A number whose parts any signs divide, for no other number has such parts.
_SIGN = r"(?:\W{1,3}|[xх_]{1,2})"
_PARTED = re.compile(
    rf"(?<![\d.,])(?:\+?7|8){_SIGN}[3489]\d\d{_SIGN}\d{{3}}{_SIGN}?\d\d{_SIGN}?\d\d(?!\d)"
)
#: What people put between the digits of one number, at most three signs at once.
_GAP = re.compile(r"[ \t.()\-\u2010-\u2015\u2212/\\_*'+]{1,3}")
_DIGITS = re.compile(r"\d+")
#: A date is no part of a phone: 01.02.2026, 2026-02-01.
_DATE = re.compile(
    r"(?<!\d)(?:\d{1,2}([./-])\d{1,2}\1(?:19|20)\d\d|(?:19|20)\d\d([./-])\d\d\2\d\d)(?!\d)"
)
_PHONE_WORD = re.compile(
    r"(?:^|[\W_])(?:т|тел|тлф|телефон\w{0,4}|моб|мобильн\w{1,3}|сот|сотов\w{1,3}|конт|контакт\w{0,3}"
    r"|звон\w{1,5}|перезвон\w{1,5}|номер\w{0,2}|(?:город|домаш|рабоч)\w{2,5}|number|whats?app|wa(?:\.me/)?|вац?т?сап|вотсап|viber|вайбер|telegram|tg"
    r"|телеграмм?|phone|tel|mob|mobile|cell|msisdn|call|sms|смс)[\s.:;=№#()_+\-]{0,4}$",
    re.IGNORECASE,
)
_ID_WORD = re.compile(
    r"(?:[#№]|(?:^|[\W_])(?:no|id|ид|cid|inn|инн|огрн|заявк\w|заказ\w?|сделк\w|лид\w?|договор\w?|сч[её]т\w?"
    r"|карт\w|кампани\w|объявлени\w|групп\w|артикул|код|акт|чек|order|deal|lead|ad|campaign))\W{0,3}$",
    re.IGNORECASE,
)
_LOCAL = re.compile(
    r"(?:тел|телефон\w{0,4}|phone)\W{0,4}\d(?:[ \-]?\d){4,6}(?!\d)|(?<![^\W_])(?:т|моб|дом|сот)\.\s?\d(?:[ \-]?\d){5,6}(?!\d)",
    re.IGNORECASE,
)
_BEFORE = 24
#: Cheap looks that most texts fail.
_ENOUGH = re.compile(r"\d(?:\D{0,4}\d){9}")
_WORD = re.compile(r"тел|phone|(?<![^\W_])(?:т|моб|дом|сот)\.", re.IGNORECASE)
#: Countries whose numbers are known without a plus: the neighbours, Israel, the Emirates.
_COUNTRIES = (
    "77",
    "375",
    "380",
    "998",
    "996",
    "992",
    "993",
    "994",
    "995",
    "374",
    "373",
    "972",
    "971",
)
#: Signs that make digits a part of an advertising token, as in `rsya_79161234567`; the last three
#: do so only before them.
_JOINTS = "_-|/=.,+"
#: How cities' numbers are grouped after their code.
_CITY = {(3, 3, 2, 2), (3, 3, 4), (3, 7), (3, 2, 2, 3), (4, 2, 2, 2), (4, 6), (5, 1, 2, 2), (5, 5)}


class _Group(NamedTuple):
    """Digits in a row, and what stands between them and the group before."""

    start: int
    stop: int
    gap: str


def phone_spans(text: str, *, bare: bool) -> list[Span]:
    """Where phones stand. `bare` False: a column of marks, where digits in a row are ids unless
    a word says "phone" or Cyrillic letters touch them."""
    spans = spelled_phones(text)
    if not _DIGITS.search(text):
        return spans
    spans += [match.span() for match in _LOCAL.finditer(text)] if _WORD.search(text) else []
    spans += lettered_phones(text)
    if not _ENOUGH.search(text):
        return spans
    spans += [match.span() for match in _PARTED.finditer(text)]
    for groups in _chains(text):
        place = 0
        while place < len(groups):
            end = _end_of_phone(text, groups, place, bare=bare)
            if end:
                spans.append((_start(text, groups[place].start), groups[end - 1].stop))
            place = end or place + 1
    return spans


def _start(text: str, start: int) -> int:
    """The phone's first sign: a plus or a bracket belongs to it."""
    while start and text[start - 1] in "+(":
        start -= 1
    return start


def _chains(text: str) -> Iterator[list[_Group]]:
    """Groups of digits with nothing but filling between them, ten digits or more; no dates."""
    dates = [match.span() for match in _DATE.finditer(text)]
    chain: list[_Group] = []
    for match in _DIGITS.finditer(text):
        start, stop = match.span()
        while dates and dates[0][1] <= start:
            dates.pop(0)
        gap = text[chain[-1].stop : start] if chain else ""
        if dates and dates[0][0] <= start:
            yield from _long(chain)
            chain = []
        elif chain and _GAP.fullmatch(gap):
            chain.append(_Group(start, stop, gap))
        else:
            yield from _long(chain)
            chain = [_Group(start, stop, "")]
    yield from _long(chain)


def _long(chain: list[_Group]) -> Iterator[list[_Group]]:
    if sum(stop - start for start, stop, _ in chain) >= _SHORTEST:
        yield chain


def _end_of_phone(text: str, groups: Sequence[_Group], first: int, *, bare: bool) -> int:
    """After which group a phone ends that begins with the group `first`; 0 if none does."""
    digits = ""
    start = groups[first].start
    may_be_spread = text[start] in "034789" or "+" in text[max(0, start - 2) : start]
    for place in range(first, len(groups) if may_be_spread else first + 1):
        digits += text[groups[place].start : groups[place].stop]
        if len(digits) > (_LONGEST_ABROAD if _ABROAD.match(digits) else _LONGEST):
            return 0
        if len(digits) >= _SHORTEST and _is_phone(
            text, digits, groups[first : place + 1], bare=bare
        ):
            return place + 1
    return 0


def _is_phone(text: str, digits: str, groups: Sequence[_Group], *, bare: bool) -> bool:
    start = groups[0].start
    sizes = tuple(stop - start for start, stop, _ in groups)
    gaps = [gap for _, _, gap in groups[1:]]
    if text[max(0, start - 2) : start].endswith(("+", "+ ", "+(")):
        return len(digits) > _SHORTEST and (digits[0] != "7" or len(digits) == 11)
    if abroad := _ABROAD.match(digits):
        number, whole = digits[abroad.end() :], sizes[0] > 1 or digits[0] == "8"
        spread = bare or len(groups) > _MARKED
        if spread and (may_be_abroad(number) if whole else is_phone(number)):
            return True
        if digits[0] == "0":
            return False
    if len(groups) == 1:
        return _is_bare_phone(text, groups[0], digits, bare=bare)
    foreign = digits.startswith(_COUNTRIES) and bare
    if sizes[0] < 4 and set(sizes[1:]) == {3} and {*gaps} <= {" ", "."} and not foreign:
        return False  # 89 000 000 000 roubles
    if len(digits) == 11 and digits[0] in "78" and digits[1] in "3489":
        return True
    if len(digits) == 10:
        return _is_without_eight(text, digits, groups, sizes, gaps, bare=bare)
    return foreign and is_phone(digits)


def _is_without_eight(
    text: str,
    digits: str,
    groups: Sequence[_Group],
    sizes: tuple[int, ...],
    gaps: Sequence[str],
    *,
    bare: bool,
) -> bool:
    """(916) 123-45-67, 916-123-4567, (3412) 12-34-56."""
    if digits[0] not in "3489":
        return False
    in_brackets = text[groups[0].start - 1 : groups[0].start] == "(" and ")" in gaps[0]
    if in_brackets or sizes == (3, 3, 2, 2):
        return True
    spaced = all(gap == " " for gap in gaps)
    if digits[0] == "9":
        return bare or not spaced
    return bare and not spaced and sizes in _CITY and is_phone(digits)


def _is_bare_phone(text: str, group: _Group, digits: str, *, bare: bool) -> bool:
    """Digits in a row: a phone where they stand alone or a word says so, an id within a token."""
    russian = (len(digits) == 11 and digits[0] in "78" and digits[1] in "3489") or (
        len(digits) == 10 and digits[0] == "9"
    )
    before, after = text[max(0, group.start - _BEFORE) : group.start], text[group.stop :][:2]
    if _PHONE_WORD.search(before):
        return russian or is_phone(digits)
    foreign = digits.startswith(_COUNTRIES) and is_phone(digits)
    if not (russian or foreign):
        return False
    if _is_cyrillic(before.rstrip("=:")[-1:]) or _is_cyrillic(after[:1]):
        return True
    if not bare or (len(digits) != 11 and _ID_WORD.search(before)):
        return False
    return _stands_alone(before[::-1], _JOINTS) and _stands_alone(after, _JOINTS[:-3])


def _stands_alone(outwards: str, joints: str) -> bool:
    """Whether digits are no part of a Latin token, by the text from them outwards."""
    if not outwards or not (outwards[0].isalnum() or outwards[0] in joints):
        return True
    beyond = outwards.lstrip(joints + " ")[:1]
    return not beyond or _is_cyrillic(beyond)


def _is_cyrillic(sign: str) -> bool:
    return "а" <= sign.lower() <= "я" or sign.lower() == "ё"
