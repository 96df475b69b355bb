"""Names in the midst of a text: any case and order, Latin, with initials, glued by underscores.

One word alone is nobody: a clinic may be called «Мария». Two words that agree are a person.
Works on a `readable` text, in time that grows with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources

from sheets_sync.privacy.before_names import (
    BRANCHES,
    PLACES,
    calls,
    is_device,
    is_sure_call,
    may_call,
    says_person,
)
from sheets_sync.privacy.eastern import eastern_end, linked_end
from sheets_sync.privacy.initials import are_letters_of, with_cut_forename, with_initials
from sheets_sync.privacy.morphology import (
    CALLING,
    ENDING_OF_SURNAME,
    SUSPECT,
    Word,
    is_of_case,
    is_trade_of,
    qualifies,
    read,
    sign_of,
)
from sheets_sync.privacy.two_words import LEAST_FORENAME, Placement, are_name
from sheets_sync.privacy.words_of_text import (
    CAMEL,
    LETTERS,
    LONGEST_NAME,
    Token,
    house_follows,
    tokens_of,
)

Span = tuple[int, int]

#: Two capitals, an initial.
_SIGN = re.compile(
    r"[A-ZА-ЯЁ][^\W\d_]*[\s._+\-'\"«»()*/\\=&~,;|:]{1,4}[A-ZА-ЯЁ]|(?:\b|_)[^\W\d_]\.|[a-zа-яё][A-ZА-ЯЁ]"
)
_SHORT_PERSON = re.compile(r"(?<![^\W_])[гпкбдГПКБД]-[а-я]{1,3}(?![^\W_])")
_CAPITAL = re.compile(r"[\W_][А-ЯЁ]")
_LONGEST_ABBREVIATION = 3
#: Cheap signs of words that say of nobody whose the surname after them is.
_OF_NO_CALL = frozenset({0, ENDING_OF_SURNAME})
#: Signs that divide one person from another.
_DIVIDING = frozenset(",;|")
#: Sites that are called like people.
_BRANDS = frozenset(("продокторов", "prodoctorov"))


def name_spans(text: str, *, eager: bool = False) -> list[Span]:
    """Where full names stand, their initials included.

    `eager`: a text that is likely to be somebody's, where a surname alone is a name, too.
    """
    if eager:
        return _full_names(text, eager=True) + _surnames(text)
    return _full_names(text, eager=False) if _may_hold_name(text) else []


def _full_names(text: str, *, eager: bool) -> list[Span]:
    spans: list[Span] = []
    tokens = tokens_of(text)
    place = floor = 0
    while place < len(tokens) - 1:
        one, other = tokens[place], tokens[place + 1]
        if _is_called(text, tokens, place):
            spans.append((other.start, other.stop))
            place = floor = place + 1
            continue
        if other.joined and _is_suspect(one, other):
            first, last = _name_at(text, tokens, place, floor, eager=eager)
            if last > first:
                if not _is_place(tokens, first, last, floor):
                    spans.append((tokens[first].start, _end(text, tokens[last])))
                place = last
                floor = last + 1
        place += 1
    return spans


def _surnames(text: str) -> list[Span]:
    """Where surnames stand, alone ones, too: «Плантова.xlsx»."""
    tokens = tokens_of(text)
    surnames = [
        t
        for before, t in zip((None, *tokens), tokens, strict=False)
        if not t.is_letter
        and t.text.lower() not in _BRANDS
        and _is_surname(read(t.text))
        and not (before and house_follows(text, t) and read(before.text).place)
    ]
    return [(token.start, token.stop) for token in surnames]


def _is_surname(word: Word) -> bool:
    return word.is_surname and not (word.place or word.forename > word.surname)


def _is_called(text: str, tokens: Sequence[Token], place: int) -> bool:
    """Whether a word says that the surname after it is a person's: «мама Плантовой», «врач Цой»."""
    before, other = tokens[place], tokens[place + 1]
    if sign_of(before.text) in _OF_NO_CALL and before.gap != "-":
        return False
    in_short = before.gap == "-" and tokens[place - 1].is_letter
    if not other.joined or not _DIVIDING.isdisjoint(other.gap):
        return False
    whole = f"{tokens[place - 1].text}-{before.text}" if in_short else before.text
    if not says_person(whole):
        if not (other.is_capital or other.text.isascii()):
            return False
        of_trade = may_call(before.text) or is_trade_of(before.text)
        return of_trade and _is_visited(text, tokens, place)
    word = read(other.text)
    may_be = word.is_foreign or (word.surname > 0 and not word.place)
    return _is_surname(word) or (other.is_capital and may_be)


def _is_visited(text: str, tokens: Sequence[Token], place: int) -> bool:
    """Whether a surname stands after a trade or a preposition: «хирург Цой», «записан к Цой»."""
    before, other = tokens[place], tokens[place + 1]
    if other.text.lower() in _BRANDS:
        return False
    if not calls([t.text for t in tokens[max(0, place - 1) : place + 1]], other.text):
        return False
    word = read(other.text)
    if word.place or word.forename > word.surname or house_follows(text, other):
        return False
    if not other.is_capital:
        return word.is_surname and other.text.isascii()
    if other.text.isupper() and len(other.text) <= _LONGEST_ABBREVIATION:
        return word.is_surname and before.text.isupper()  # «врач ЭКО»
    if is_sure_call(before.text):
        return word.surname > 0 or (word.is_foreign and not other.text.isupper())
    if other.text.endswith("ой"):  # «с ангиной», but «к Рогожиной»
        return word.surname > 0 and (before.text in "КкУу" or not word.is_ordinary)
    return word.is_surname and is_of_case(before.text, other.text)


def _may_hold_name(text: str) -> bool:
    """A cheap look that most texts fail: no given name, surname, patronymic, initial, two capitals."""
    words = LETTERS.findall(text)
    if len(words) < 2 and not CAMEL.search(text):
        return False
    signs = set(map(sign_of, words))
    if SUSPECT in signs or _SIGN.search(text) or ("-" in text and _SHORT_PERSON.search(text)):
        return True
    if CALLING in signs and _CAPITAL.search(text) and any(map(_may_call, words, words[1:])):
        return True
    return ENDING_OF_SURNAME in signs and any(
        read(w).forename > LEAST_FORENAME for w in words if len(w) <= LONGEST_NAME
    )


def _may_call(before: str, word: str) -> bool:
    """A cheap look at two words: is the second a surname after a trade or a preposition?"""
    return word[0].isupper() and sign_of(before) == CALLING


def _is_suspect(one: Token, other: Token) -> bool:
    """A cheap look at two words: is it worth asking the dictionary?"""
    if not one.is_letter and one.text.lower() in PLACES:
        return False  # «алл. Есенина»
    if other.gap == "-" and read(f"{one.text}-{other.text}").place:
        return False  # «Алма-Ата»
    if one.is_letter or other.is_letter or (one.is_capital and other.is_capital):
        return True
    return sign_of(one.text) > 0 or sign_of(other.text) > 0


def _name_at(
    text: str, tokens: Sequence[Token], place: int, floor: int, *, eager: bool
) -> tuple[int, int]:
    """The first and the last token of a name that the two tokens at `place` begin; else equal.
    Tokens before `floor` are another name's."""
    one, other = tokens[place], tokens[place + 1]
    if last := eastern_end(tokens, place):
        return place, last
    if one.is_letter or other.is_letter:
        return with_initials(text, tokens, place)
    if are_letters_of(one, other, alone=len(tokens) == 2):
        return place, place + 1
    if last := with_cut_forename(text, tokens, place) or linked_end(tokens, place):
        return place, last
    if not _are_neighbours_name(text, tokens, place, eager=eager):
        return place, place + 2 * _is_hyphenated_name(tokens, place)
    first, last = place, place + 1
    core = [read(one.text), read(other.text)]
    while (
        first > floor and tokens[first].joined and _belongs(tokens[first - 1], tokens[first], core)
    ):
        first -= 1
        core.append(read(tokens[first].text))
    while last + 1 < len(tokens) and tokens[last + 1].joined:
        if not _belongs(tokens[last + 1], tokens[last + 1], core):
            break
        last += 1
        core.append(read(tokens[last].text))
    return first, last


def _is_hyphenated_name(tokens: Sequence[Token], place: int) -> bool:
    """Whether three tokens are two words of a name: «Анна Тер-Погосян», «Магомед-Салам Гасанов»."""
    words = tokens[place : place + 3]
    if len(words) < 3 or (words[1].gap == "-") == (words[2].gap == "-"):
        return False
    one, last = words[0], words[2]
    capital = one.is_capital and last.is_capital and words[1].is_close and last.is_close
    placement = Placement(
        capital=True, listed=False, house=False, alone=False, first=False, brand=False, double=False
    )
    return capital and are_name(one.text, last.text, placement)


def _are_neighbours_name(text: str, tokens: Sequence[Token], place: int, *, eager: bool) -> bool:
    one, other = tokens[place], tokens[place + 1]
    after = tokens[place + 2] if place + 2 < len(tokens) and tokens[place + 2].is_close else None
    first = eager or not (place and one.is_close)
    placement = Placement(
        capital=one.is_capital and other.is_capital,
        listed=other.is_listed,
        house=house_follows(text, other),
        alone=eager or (first and not after),
        first=first,
        brand=bool(place) and one.is_close and is_device(tokens[place - 1].text),
        double=other.gap == "-",
    )
    if not are_name(one.text, other.text, placement):
        return False
    if not after or after.is_capital != other.is_capital or not qualifies(other.text, after.text):
        return True
    return are_name(one.text, other.text, placement._replace(brand=True))


def _belongs(token: Token, after: Token, core: Sequence[Word]) -> bool:
    """Whether a neighbour of a name is one more word of it."""
    if token.is_letter:
        return token.is_capital
    word = read(token.text)
    if after.gap == "-" and token.is_capital and not word.is_ordinary:
        return True
    certain = word.is_forename or word.is_surname or word.patronymic or word.particle
    if certain or (token.is_capital and bool(word.forename or word.surname)):
        return True
    if any(w.surname > w.forename for w in core) or not any(w.patronymic for w in core):
        return False
    if word.surname or word.is_strange or word.nickname_of:
        return True
    return token.is_capital and token.text.isascii() and not word.is_ordinary


def _end(text: str, token: Token) -> int:
    return token.stop + (token.is_letter and text[token.stop : token.stop + 1] == ".")


def _is_place(tokens: Sequence[Token], first: int, last: int, floor: int) -> bool:
    """A street, a square, a hospital that bears a person's name."""
    before = tokens[first - 1] if first > floor and tokens[first].joined else None
    if before and not before.is_initial and before.text.lower() in PLACES:
        return True
    kind = tokens[first - 2].text.lower() if first > 1 else ""
    if before and before.text.lower() == "на" and kind in BRANCHES:
        return True
    named = " ".join(t.text.lower().replace("ё", "е") for t in tokens[first : last + 1])
    return named in _places()


@cache
def _places() -> frozenset[str]:
    text = resources.files("sheets_sync.privacy").joinpath("places.txt")
    return frozenset(text.read_text(encoding="utf-8").split("\n"))
