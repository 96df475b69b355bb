"""Names with initials: «Плантов И. И.», «и.с. Плантов», «Мария П.», «Плантова НМ»."""

from __future__ import annotations

from collections.abc import Sequence

from sheets_sync.privacy.before_names import PLACES
from sheets_sync.privacy.given_names import beginnings, plain_of
from sheets_sync.privacy.morphology import Word, is_verb, read
from sheets_sync.privacy.words_of_text import Token, follows, house_follows

_MOST_INITIALS = 3
#: Letters that are left of a given name: «Вл.», «Крист.».
_CUT = range(2, 7)
#: Letters with a point that are no initials: т. е., г. о. Королёв, р. п. Кольцово.
_ABBREVIATIONS = frozenset({
    "го", "рп", "тд", "тп", "те", "тк", "тч", "мб", "ио", "пр", "пгт", "др", "руб", "ст", "ул",
    "см", "кг", "мл", "шт", "пп",
})  # fmt: skip
#: Two capitals after a surname that are no initials of his.
_NO_INITIALS = frozenset({
    "РФ", "КТ", "ВК", "МК", "ЕК", "ТВ", "ПЦ", "ЛО", "МО", "СК", "ТЦ", "БЦ", "ЖК", "ИП", "ПК", "ЧП",
    "ОК", "ЯД", "ЯК", "УЗ", "НН", "СЗ", "ЮЗ", "СВ", "ЮВ", "РТ", "РБ", "ХМ", "ДР", "БК", "ДК", "ЦО",
    "МЦ", "НП", "ТО", "АО", "НА", "ПО", "ОТ", "ДО", "ЗА", "ИЗ", "НЕ", "ДА",
})  # fmt: skip
#: A letter that says street, house or city before it says anybody's name.
_OF_PLACES = frozenset("гдкспмоубхрш")


def with_initials(text: str, tokens: Sequence[Token], place: int) -> tuple[int, int]:
    """The first and the last token of the name that begins at `place`, else `place` twice."""
    first = place
    while first < len(tokens) and not tokens[first].is_letter:
        first += 1
    last = first
    while last + 1 < len(tokens) and tokens[last + 1].is_letter and tokens[last + 1].is_close:
        last += 1
        if last - first == _MOST_INITIALS:
            return place, place
    letters = tokens[first : last + 1]
    if _are_last_letters(text, tokens, place, first):
        return place, last
    dotted = all(text[t.stop : t.stop + 1] == "." for t in letters)
    capital = all(t.is_capital for t in letters)
    if not (capital or dotted) or "".join(t.text for t in letters) in _ABBREVIATIONS:
        return place, place
    after = tokens[last + 1] if last + 1 < len(tokens) and tokens[last + 1].is_close else None
    if after and dotted and _may_follow(tokens, first, last, after):
        return first, last + 1
    if first == place or not tokens[first].is_close:
        return place, place
    if _may_precede(text, tokens, place, last, dotted=dotted):
        return place, last
    return place, place


def are_letters_of(one: Token, other: Token, *, alone: bool) -> bool:
    """Whether two capitals without points are initials of the surname before: «Плантова НМ»."""
    letters = other.text
    if not (len(letters) == 2 and letters.isupper() and one.is_capital and other.is_close):
        return False
    word = read(one.text)
    sure = (word.is_surname and not word.place) or (alone and word.is_foreign)
    return sure and not one.text.isupper() and letters not in _NO_INITIALS


def with_cut_forename(text: str, tokens: Sequence[Token], place: int) -> int:
    """The last token of a surname and cut given names that begin at `place`, «Плантов Вл. Ал.»,
    «Крист. Плантова»; 0 if none do."""
    one, other = tokens[place], tokens[place + 1]
    if not other.is_close or _is_cut(text, one) == _is_cut(text, other):
        return 0
    surname = read(one.text if _is_cut(text, other) else other.text)
    if surname.place or not (surname.is_surname or surname.is_foreign):
        return 0
    last = place + 1
    while last + 1 < len(tokens) and tokens[last + 1].is_close and _is_cut(text, tokens[last + 1]):
        last += 1
    return last


def _is_cut(text: str, token: Token) -> bool:
    """Whether a word is the beginning of a given name and a point."""
    if text[token.stop : token.stop + 1] != "." or len(token.text) not in _CUT:
        return False
    plain = plain_of(token.text)
    return plain in beginnings() and plain not in PLACES and plain not in _ABBREVIATIONS


def _may_follow(tokens: Sequence[Token], first: int, last: int, token: Token) -> bool:
    word = read(token.text)
    letters = tokens[first : last + 1]
    if not tokens[first].is_capital:
        sure = word.is_surname and not word.place
        if len(letters) > 1:
            return sure or word.surname > 0 or word.is_strange or _may_be(token, word)
        return (sure or word.is_foreign) and letters[0].text not in "гдпстхш"
    if word.surname or not (word.is_ordinary or word.place):
        return token.is_capital or word.is_surname
    first_or_two = len(letters) > 1 or stands_first(tokens, first)
    return token.is_capital and bool(word.nickname_of) and first_or_two


def _are_last_letters(text: str, tokens: Sequence[Token], place: int, first: int) -> bool:
    """Whether small letters without points end a text that a surname begins: «плантов в», «Цой в в»."""
    if place or first != 1 or tokens[first].is_capital:
        return False
    letters = tokens[first:]
    if any(t.is_capital or not t.is_letter for t in letters):
        return False
    if text[letters[-1].stop :].strip() or not all(t.is_close for t in letters):
        return False
    word = read(tokens[0].text)
    if len(letters) == 1:
        return word.is_surname and not word.place and letters[0].text not in _OF_PLACES
    return (word.is_surname and not word.place) or word.is_foreign


def _may_be(token: Token, word: Word) -> bool:
    if not token.is_capital:
        return False
    return bool(word.nickname_of) or not (word.is_ordinary or word.place or len(token.text) < 3)


def _may_precede(
    text: str, tokens: Sequence[Token], place: int, last: int, *, dotted: bool
) -> bool:
    token, after = tokens[place], follows(text, tokens[last])
    word = read(token.text)
    letter = tokens[last].text
    if last > place + 1:
        sure = token.is_capital and letter.isupper()
        return bool(word.surname) or (
            dotted and (sure or word.is_strange or bool(word.nickname_of))
        )
    if house_follows(text, tokens[last]):
        return False
    sure = (word.is_surname or word.is_forename) and not word.place
    if not letter.isupper():
        sure = sure or (word.is_foreign and len(tokens) == 2)
        return sure and not (letter in _OF_PLACES and after.isalpha())
    if not dotted:
        return token.is_capital and word.is_surname and not word.place and not after.isalnum()
    may_be = bool(word.surname or word.forename) or (
        word.nickname_of and stands_first(tokens, place)
    )
    return token.is_capital and bool(may_be) and (sure or not after.islower())


def stands_first(tokens: Sequence[Token], place: int) -> bool:
    """Whether no word, or a verb or a preposition, stands before a token."""
    before = tokens[place - 1] if place and tokens[place].is_close else None
    return before is None or is_verb(before.text)
