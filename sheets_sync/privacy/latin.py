"""Russian names in Latin letters, read back into Cyrillic: Yulia, Yuliya and Iuliia are Юлия."""

from __future__ import annotations

import re

_LETTERS = {
    "shch": "щ", "sch": "щ", "yo": "е", "jo": "е", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч",
    "sh": "ш", "yu": "ю", "iu": "ю", "ju": "ю", "ya": "я", "ja": "я", "iya": "ия", "iia": "ия",
    "ia": "ия", "ye": "е", "je": "е", "iy": "ий", "ii": "ий", "yy": "ый", "ey": "ей", "ay": "ай",
    "oy": "ой", "uy": "уй", "ei": "ей", "ai": "ай", "oi": "ой", "ph": "ф", "ck": "к", "x": "кс",
    "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и",
    "j": "й", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р",
    "s": "с", "t": "т", "u": "у", "v": "в", "w": "в", "y": "ы", "z": "з",
}  # fmt: skip
_PIECE = re.compile("|".join(sorted(_LETTERS, key=len, reverse=True)))


def in_cyrillic(word: str) -> str:
    """The likeliest Cyrillic spelling of a Latin word in lower case."""
    return _PIECE.sub(lambda piece: _LETTERS[piece[0]], word)
