"""Names in the midst of a text: any case and order, Latin, with initials, glued by underscores.

One word alone is nobody: a clinic may be called «Мария». Two words that agree are a person.
Works on a `readable` text, in time that grows with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

from sheets_sync.privacy.morphology import Word, ends_as_surname, is_suspect, read

Span = tuple[int, int]

_LETTERS = re.compile(r"[^\W\d_]+")
#: Nobody's name is longer.
_LONGEST = 40
_CAMEL = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])")
_TWO_CAPITALS = re.compile(
    r"[A-ZА-ЯЁ][^\W\d_]*[\s._+\-'\"«»()*/\\=&~,]{1,4}[A-ZА-ЯЁ]|(?:\b|_)[^\W\d_]\.|[a-zа-яё][A-ZА-ЯЁ]"
)
#: What may stand between two words of one name.
_GAP = re.compile(r"[\s._+\-\u2010-\u2014'\"«»()*/\\=&~,]{0,4}")
#: Words after which a name is a street, a hospital, a park.
_PLACE_WORDS = frozenset({
    "им", "имени", "ул", "улица", "улице", "улицы", "пр", "просп", "проспект", "пер", "переулок",
    "пл", "площадь", "наб", "набережная", "ш", "шоссе", "бульвар", "бул", "проезд", "мкр",
    "микрорайон", "метро", "м", "станция", "ст", "парк", "сквер", "памятник", "г", "гор", "город",
    "село", "поселок", "п", "д", "деревня", "с", "тц", "трц", "бц", "жк",
})  # fmt: skip
#: From this share of its uses on a word in lower case is taken for a given name beside a surname.
_LEAST_FORENAME = 0.05
_MOST_INITIALS = 3


class _Token(NamedTuple):
    """A word of a text, and whether only light signs stand between it and the word before."""

    text: str
    start: int
    stop: int
    joined: bool
    gap: str

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def is_close(self) -> bool:
        """Whether not even a comma stands before it."""
        return self.joined and "," not in self.gap

    @property
    def is_initial(self) -> bool:
        return self.is_letter and self.is_capital

    @property
    def is_letter(self) -> bool:
        return len(self.text) == 1


def name_spans(text: str) -> list[Span]:
    """Where full names stand, their initials included."""
    spans: list[Span] = []
    if not _may_hold_name(text):
        return spans
    tokens = _tokens(text)
    place = 0
    while place < len(tokens) - 1:
        one, other = tokens[place], tokens[place + 1]
        if other.joined and _is_suspect(one, other):
            first, last = _name_at(text, tokens, place)
            if last > first:
                if not _is_place(tokens, first, last):
                    spans.append((tokens[first].start, _end(text, tokens[last])))
                place = last
        place += 1
    return spans


def _may_hold_name(text: str) -> bool:
    """A cheap look that most texts fail: no given name, patronymic, initial, two capitals."""
    words = _LETTERS.findall(text)
    if len(words) < 2 and not _CAMEL.search(text):
        return False
    return (
        any(len(w) <= _LONGEST and is_suspect(w) for w in words)
        or _TWO_CAPITALS.search(text) is not None
    )


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    end = 0
    for match in _LETTERS.finditer(text):
        start = match.start()
        if len(match[0]) > _LONGEST:
            continue
        for part in _CAMEL.split(match[0]):
            gap = text[end:start] if start - end < 5 else "\n" * 5
            joined = bool(tokens) and _GAP.fullmatch(gap) is not None
            tokens.append(_Token(part, start, start + len(part), joined, gap))
            start = end = start + len(part)
    return tokens


def _is_suspect(one: _Token, other: _Token) -> bool:
    """A cheap look at two words: is it worth asking the dictionary?"""
    if one.is_letter or other.is_letter:
        letter, word = (one, other) if one.is_letter else (other, one)
        return letter.is_capital or ends_as_surname(word.text)
    if is_suspect(one.text) or is_suspect(other.text):
        return True
    both = one.is_capital and other.is_capital
    return both and (ends_as_surname(one.text) or ends_as_surname(other.text))


def _name_at(text: str, tokens: Sequence[_Token], place: int) -> tuple[int, int]:
    """The first and the last token of a name that the two tokens at `place` begin; else equal."""
    one, other = tokens[place], tokens[place + 1]
    if one.is_letter or other.is_letter:
        return _with_initials(text, tokens, place)
    if not _are_name(one, other, _follows(text, other)):
        return place, place
    first, last = place, place + 1
    while first and tokens[first].joined and _belongs(tokens[first - 1], tokens[first]):
        first -= 1
    while last + 1 < len(tokens) and tokens[last + 1].joined:
        if not _belongs(tokens[last + 1], tokens[last + 1]):
            break
        last += 1
    return first, last


def _are_name(one: _Token, other: _Token, follows: str) -> bool:
    """Whether two neighbours are words of one person's name."""
    a, b = read(one.text), read(other.text)
    capital = one.is_capital and other.is_capital
    if b.particle:
        return not a.is_ordinary
    if b.patronymic or a.patronymic:
        rest = a if b.patronymic else b
        return bool(rest.forename or rest.surname) or (capital and not rest.is_ordinary)
    if "," in other.gap and (follows.isdigit() or a.place or b.place):
        return False  # «Мария, Кирова 5»
    return any(
        _agree(forename, surname, capital=capital, certain="," in other.gap)
        for forename, surname in ((a, b), (b, a))
    )


def _agree(forename: Word, surname: Word, *, capital: bool, certain: bool) -> bool:
    if not (forename.forename and surname.surname and forename.forename_of & surname.surname_of):
        return False
    if certain or surname.place:
        return forename.is_forename and (surname.is_surname or capital)
    if capital:
        return forename.is_forename or surname.is_surname
    return surname.is_surname and forename.forename >= _LEAST_FORENAME


def _belongs(token: _Token, after: _Token) -> bool:
    """Whether a neighbour of a name is one more word of it."""
    if token.is_letter:
        return token.is_capital
    word = read(token.text)
    if after.gap == "-" and token.is_capital and not word.is_ordinary:
        return True
    certain = word.is_forename or word.is_surname or word.patronymic or word.particle
    return certain or (token.is_capital and bool(word.forename or word.surname))


def _with_initials(text: str, tokens: Sequence[_Token], place: int) -> tuple[int, int]:
    """«Плантов И. И.», «И. Плантов», «Мария П.»: the name that begins at `place`, else equal."""
    first = place
    while first < len(tokens) and not tokens[first].is_letter:
        first += 1
    last = first
    while last + 1 < len(tokens) and tokens[last + 1].is_letter and tokens[last + 1].is_close:
        last += 1
        if last - first == _MOST_INITIALS:
            return place, place
    letters = tokens[first : last + 1]
    dotted = all(text[t.stop : t.stop + 1] == "." for t in letters)
    capital = all(t.is_capital for t in letters)
    if not (capital or (dotted and len(letters) > 1)):
        return place, place
    after = tokens[last + 1] if last + 1 < len(tokens) and tokens[last + 1].is_close else None
    if after and dotted and _may_follow_initials(after):
        return first, last + 1
    if first == place or not tokens[first].is_close:
        return place, place
    return (
        (place, last)
        if _may_precede_initials(text, tokens, place, last, dotted=dotted)
        else (place,) * 2
    )


def _may_follow_initials(token: _Token) -> bool:
    word = read(token.text)
    if not token.is_capital:
        return word.is_surname
    return bool(word.surname) or not (word.is_ordinary or word.place)


def _may_precede_initials(
    text: str, tokens: Sequence[_Token], place: int, last: int, *, dotted: bool
) -> bool:
    token, follows = tokens[place], _follows(text, tokens[last])
    word = read(token.text)
    if last > place + 1:
        return bool(word.surname) or (dotted and token.is_capital)
    if follows.isdigit():
        return False  # a house
    if dotted:
        return token.is_capital and bool(word.surname or word.forename) and not follows.islower()
    return token.is_capital and word.is_surname and not word.place and not follows.isalnum()


def _follows(text: str, token: _Token) -> str:
    """The first letter, digit or sign after a token and the signs that close it."""
    return text[token.stop : token.stop + 4].lstrip(". ")[:1]


def _end(text: str, token: _Token) -> int:
    return token.stop + (token.is_letter and text[token.stop : token.stop + 1] == ".")


def _is_place(tokens: Sequence[_Token], first: int, last: int) -> bool:
    """A street, a square, a hospital that bears a person's name."""
    before = tokens[first - 1] if first and tokens[first].joined else None
    if before and not before.is_initial and before.text.lower() in _PLACE_WORDS:
        return True
    named = " ".join(t.text.lower().replace("ё", "е") for t in tokens[first : last + 1])
    return named in _places()


@cache
def _places() -> frozenset[str]:
    text = resources.files("sheets_sync.privacy").joinpath("places.txt")
    return frozenset(text.read_text(encoding="utf-8").split("\n"))
