"""Names in the midst of a text: any case and order, Latin, with initials, glued by underscores.

One word alone is nobody: a clinic may be called «Мария». Two words that agree are a person.
Works on a `readable` text, in time that grows with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources

from sheets_sync.privacy.initials import are_letters_of, with_initials
from sheets_sync.privacy.morphology import Word, ends_as_surname, is_suspect, read
from sheets_sync.privacy.words_of_text import (
    CAMEL,
    LETTERS,
    LONGEST_NAME,
    Token,
    house_follows,
    tokens_of,
)

Span = tuple[int, int]

_TWO_CAPITALS = re.compile(
    r"[A-ZА-ЯЁ][^\W\d_]*[\s._+\-'\"«»()*/\\=&~,;|:]{1,4}[A-ZА-ЯЁ]|(?:\b|_)[^\W\d_]\.|[a-zа-яё][A-ZА-ЯЁ]"
)
#: Words after which a name is a street, a hospital, a park.
_PLACE_WORDS = frozenset({
    "им", "имени", "алл", "аллея", "ул", "улица", "улице", "улицы", "пр", "просп", "проспект", "пер", "переулок",
    "пл", "площадь", "наб", "набережная", "ш", "шоссе", "бульвар", "бул", "проезд", "мкр",
    "микрорайон", "метро", "м", "станция", "ст", "парк", "сквер", "памятник", "г", "гор", "город",
    "село", "поселок", "п", "д", "деревня", "с", "тц", "трц", "бц", "жк",
})  # fmt: skip
#: How a street is called after somebody: «Малышева Уктус» is a street and its part of a city.
_STREET = re.compile(r"(?:[оеё]ва|ина|ого|ича)\Z", re.IGNORECASE)
#: Words after which a surname alone is a person's.
_PERSON_WORDS = frozenset({
    "фамилия", "фамилии", "фамилией", "фио", "пациент", "пациента", "пациенту", "пациентка",
    "пациентки", "пациентке", "пац", "клиент", "клиента", "клиенту", "клиентка", "гражданин",
    "гражданка", "господин", "госпожа",
})  # fmt: skip
#: From this share of its uses on a word in lower case is taken for a given name beside a surname.
_LEAST_FORENAME = 0.05
#: Short surnames of the East, and a syllable that follows them.
_FAMILIES = frozenset({
    "ким", "ли", "пак", "цой", "чой", "хан", "тен", "шин", "сон", "лим", "хван", "юн", "о", "хо",
    "чан", "чон", "ан", "но", "нам", "кан", "квон", "у", "со", "мун", "ян", "пэ", "чу", "ван",
    "чжан", "лю", "чэнь", "чен", "хуан", "чжао", "сунь", "ма", "го", "хэ", "гао", "ло", "лян", "се",
    "тан", "фан", "нгуен", "фам", "буй", "до", "данг", "хоанг", "ву", "во", "kim", "lee",
    "li", "pak", "park", "choi", "tsoy", "khan", "ten", "shin", "wang", "zhang", "liu", "chen",
    "yang", "huang", "nguyen", "tran", "pham",
})  # fmt: skip
_SYLLABLE = re.compile(
    r"(?:дж|чж|нг|тх|кх|[бвгджзклмнпрстфхцчшщй])?(?:[аеёиоуыэюя]|ый|уа|иа|ён|ео|уо|иен|ыо)(?:нг|нь|ль|[нмкптйлрхо])?"
    r"|(?:ch|sh|zh|ph|th|kh|ng|tr|[bcdfghjklmnpqrstvwxyz])?[aeiouy]{1,3}(?:ng|nh|[nmkpthlro])?"
)


def name_spans(text: str) -> list[Span]:
    """Where full names stand, their initials included."""
    spans: list[Span] = []
    if not _may_hold_name(text):
        return spans
    tokens = tokens_of(text)
    place = floor = 0
    while place < len(tokens) - 1:
        one, other = tokens[place], tokens[place + 1]
        if one.text.lower() in _PERSON_WORDS and other.is_close and _is_surname(read(other.text)):
            spans.append((other.start, other.stop))
            place = floor = place + 1
            continue
        if other.joined and _is_suspect(one, other):
            first, last = _name_at(text, tokens, place, floor)
            if last > first:
                if not _is_place(tokens, first, last, floor):
                    spans.append((tokens[first].start, _end(text, tokens[last])))
                place = last
                floor = last + 1
        place += 1
    return spans


def surname_spans(text: str) -> list[Span]:
    """Where surnames stand, alone ones, too: «Плантова.xlsx»."""
    surnames = [t for t in tokens_of(text) if not t.is_letter and _is_surname(read(t.text))]
    return [(token.start, token.stop) for token in surnames]


def _is_surname(word: Word) -> bool:
    return word.is_surname and not (word.place or word.forename > word.surname)


def _may_hold_name(text: str) -> bool:
    """A cheap look that most texts fail: no given name, surname, patronymic, initial, two capitals."""
    words = LETTERS.findall(text)
    if len(words) < 2 and not CAMEL.search(text):
        return False
    if _TWO_CAPITALS.search(text) or any(len(w) <= LONGEST_NAME and is_suspect(w) for w in words):
        return True
    short = [w for w in words if len(w) <= LONGEST_NAME]
    if not _PERSON_WORDS.isdisjoint(map(str.lower, short)):
        return True
    return any(map(ends_as_surname, short)) and any(
        read(w).forename > _LEAST_FORENAME for w in short
    )


def _is_suspect(one: Token, other: Token) -> bool:
    """A cheap look at two words: is it worth asking the dictionary?"""
    if not one.is_letter and one.text.lower() in _PLACE_WORDS:
        return False  # «алл. Есенина»
    if one.is_letter or other.is_letter or (one.is_capital and other.is_capital):
        return True
    return any(is_suspect(word) or ends_as_surname(word) for word in (one.text, other.text))


def _name_at(text: str, tokens: Sequence[Token], place: int, floor: int) -> tuple[int, int]:
    """The first and the last token of a name that the two tokens at `place` begin; else equal.
    Tokens before `floor` are another name's."""
    one, other = tokens[place], tokens[place + 1]
    if last := _eastern(tokens, place):
        return place, last
    if one.is_letter or other.is_letter:
        return with_initials(text, tokens, place)
    if are_letters_of(one, other):
        return place, place + 1
    house, alone = house_follows(text, other), len(tokens) == 2
    if not _are_name(one.text, other.text, listed=other.is_listed, house=house, alone=alone):
        return place, place
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


def _eastern(tokens: Sequence[Token], place: int) -> int:
    """The last token of a Korean, Chinese or Vietnamese name that begins at `place`; 0 if none does:
    a family's name and two syllables, «Ким Ю Ри»."""
    words = tokens[place : place + 3]
    if len(words) < 3 or words[0].text.lower() not in _FAMILIES:
        return 0
    syllables = all(t.is_close and _SYLLABLE.fullmatch(t.text.lower()) for t in words[1:])
    return place + 2 if syllables and all(t.is_capital for t in words) else 0


@lru_cache(maxsize=100_000)
def _are_name(one: str, other: str, *, listed: bool, house: bool, alone: bool) -> bool:
    """Whether two neighbours are words of one person's name; `listed`: a comma parts them."""
    a, b = read(one), read(other)
    capital = one[0].isupper() and other[0].isupper()
    if b.particle:
        return not a.is_ordinary
    if b.patronymic or a.patronymic:
        rest = a if b.patronymic else b
        may_be = bool(rest.forename or rest.surname) or rest.is_strange
        return may_be or (capital and not rest.is_ordinary)
    if listed and (house or a.place or b.place):
        return False  # «Мария, Кирова 5»
    return any(
        _agree(forename, surname, capital=capital, certain=listed, alone=alone)
        or (
            capital
            and not house
            and (not listed or surname is a)
            and _is_nickname(forename, surname)
        )
        or (
            capital
            and not (listed or house)
            and not (surname is a and _STREET.search(one))
            and _is_unheard_of(forename, surname)
        )
        or (
            (not listed or surname is a)
            and forename.is_forename
            and not forename.is_town
            and surname.is_foreign
        )
        for forename, surname in ((a, b), (b, a))
    )


def _agree(forename: Word, surname: Word, *, capital: bool, certain: bool, alone: bool) -> bool:
    if not (forename.forename and surname.surname):
        return False
    if not forename.forename_of & surname.surname_of:  # «Иванов Мария» is somebody's slip
        sure = forename.is_forename and surname.is_surname and not surname.place
        return sure and capital and not certain
    if certain or surname.place:
        return forename.is_forename and (surname.is_surname or capital)
    if capital:
        return forename.is_forename or surname.is_surname
    if alone and forename.is_forename and not forename.is_town:
        return True
    return surname.is_surname and forename.forename >= _LEAST_FORENAME


def _is_nickname(forename: Word, surname: Word) -> bool:
    """Whether beside a sure given name stands a word that is a surname there alone: «Алёна Хмурая»,
    «Степанида Круглик»."""
    if not forename.is_forename or forename.is_town:
        return False
    return surname.is_strange or bool(surname.nickname_of & forename.forename_of)


def _is_unheard_of(forename: Word, surname: Word) -> bool:
    """Whether beside a sure surname stands a word that nobody knows: a given name, likely."""
    sure = surname.is_surname and not (surname.place or surname.forename)
    return sure and forename.is_strange


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
    if before and not before.is_initial and before.text.lower() in _PLACE_WORDS:
        return True
    named = " ".join(t.text.lower().replace("ё", "е") for t in tokens[first : last + 1])
    return named in _places()


@cache
def _places() -> frozenset[str]:
    text = resources.files("sheets_sync.privacy").joinpath("places.txt")
    return frozenset(text.read_text(encoding="utf-8").split("\n"))
