"""Names in Latin letters, read back into Cyrillic: Yulia, Yuliya and Iuliia are Юлия, Əliyeva Алиева."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_LETTERS = {
    "shch": "щ", "sch": "щ", "yo": "е", "jo": "е", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч",
    "sh": "ш", "yu": "ю", "iu": "ю", "ju": "ю", "ya": "я", "ja": "я", "iya": "ия", "iia": "ия",
    "ia": "ия", "ye": "е", "je": "е", "iy": "ий", "ii": "ий", "yy": "ый", "ey": "ей", "ay": "ай",
    "oy": "ой", "uy": "уй", "ei": "ей", "ai": "ай", "oi": "ой", "ph": "ф", "ck": "к", "x": "кс",
    "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и",
    "j": "й", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р",
    "s": "с", "t": "т", "u": "у", "v": "в", "w": "в", "y": "ы", "z": "з",
}  # fmt: skip
#: Letters of Turkish, Azeri, Tatar and Uzbek as Russians write them.
_TURKIC = str.maketrans(
    {"ə": "a", "ı": "i", "ş": "sh", "ç": "ch", "ñ": "n", "ʻ": None, "ʼ": None, "‘": None, "’": None}
)
#: Letters that Uzbek, Turkish and German read otherwise: Jasur, Cavid, Xolmatov.
_OTHERWISE = (("j", "zh"), ("j", "dzh"), ("c", "dzh"), ("x", "kh"))
_PIECE = re.compile("|".join(sorted(_LETTERS, key=len, reverse=True)))


def in_cyrillic(word: str) -> str:
    """The likeliest Cyrillic spelling of a Latin word in lower case."""
    if not word.isascii():
        word = unicodedata.normalize("NFD", word.translate(_TURKIC))
        word = "".join(sign for sign in word if sign.isascii())
    return _PIECE.sub(lambda piece: _LETTERS[piece[0]], word)


def other_spellings(word: str) -> Iterator[str]:
    """What else a Latin word in lower case may be in Cyrillic."""
    for letter, sound in _OTHERWISE:
        if letter in word:
            yield in_cyrillic(word.replace(letter, sound))


def is_latin(word: str) -> bool:
    """Whether a word begins with a Latin letter."""
    return word[:1] < "\u0370"
