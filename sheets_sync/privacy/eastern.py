"""Names of other lands: a family's and syllables, «Ким Ю Ри», «Ван Сяомин»; with a link, «Ахмед аль Хасан»."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sheets_sync.privacy.morphology import read
from sheets_sync.privacy.words_of_text import Token

#: Short surnames of the East, and a syllable that follows them.
_FAMILIES = frozenset({
    "ким", "ли", "пак", "цой", "чой", "хан", "тен", "шин", "сон", "лим", "хван", "юн", "о", "хо",
    "чан", "чон", "ан", "но", "нам", "кан", "квон", "у", "со", "мун", "ян", "пэ", "чу", "ван",
    "чжан", "лю", "чэнь", "чен", "хуан", "чжао", "сунь", "ма", "го", "хэ", "гао", "ло", "лян", "се",
    "тан", "фан", "нгуен", "фам", "буй", "до", "данг", "хоанг", "ву", "во", "kim", "lee",
    "li", "pak", "park", "choi", "tsoy", "khan", "ten", "shin", "wang", "zhang", "liu", "chen",
    "yang", "huang", "nguyen", "tran", "pham",
})  # fmt: skip
_SYLLABLE = (
    r"(?:(?:дж|чж|нг|тх|кх|[бвгджзклмнпрстфхцчшщй])?(?:[аеёиоуыэюя]|ый|[уи]а|яо|ён|[еу]о|иен|ыо)(?:нг|нь|ль|[нмкптйлрхо])?"
    r"|(?:ch|sh|zh|ph|th|kh|ng|tr|[bcdfghjklmnpqrstvwxyz])?[aeiouy]{1,3}(?:ng|nh|[nmkpthlro])?)"
)
#: Letters of the shortest word that two syllables make.
_LONG = 5
_ONE, _TWO = re.compile(_SYLLABLE), re.compile(_SYLLABLE + "{2}")

#: Between a forename and a surname of the East or the West: «Ахмед аль Хасан».
_LINKS = frozenset(
    {"аль", "эль", "ибн", "бин", "фон", "де", "ди", "дель", "al", "el", "ibn", "bin", "von"}
)


def eastern_end(tokens: Sequence[Token], place: int) -> int:
    """The last token of such a name that begins at `place`; 0 if none does."""
    if tokens[place].text.lower() not in _FAMILIES:
        return 0
    words = tokens[place : place + 3]
    if not all(t.is_capital for t in words[:2]) or not words[1].is_close:
        return 0
    if _TWO.fullmatch(words[1].text.lower()) and _is_unknown(words[1]):
        return place + 1
    if len(words) < 3 or not (words[2].is_capital and words[2].is_close):
        return 0
    return place + 2 if all(_ONE.fullmatch(t.text.lower()) for t in words[1:]) else 0


def linked_end(tokens: Sequence[Token], place: int) -> int:
    """The last token of a name with a link that begins at `place`, «Ахмед аль Хасан»; 0 if none does."""
    if tokens[place + 1].text.lower() not in _LINKS or place + 2 == len(tokens):
        return 0
    one, link, last = tokens[place : place + 3]
    close = link.is_close and last.is_close and last.is_capital
    return (
        place + 2 if close and read(one.text).is_forename and not read(last.text).is_ordinary else 0
    )


def _is_unknown(token: Token) -> bool:
    word = read(token.text)
    if word.is_ordinary or word.place or word.forename:
        return False
    return len(token.text) >= _LONG and not (token.text.isascii() or token.text.isupper())
