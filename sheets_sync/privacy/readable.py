"""A text as a person reads it: whatever disguises its letters and digits is taken away."""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import unquote

#: Signs that nobody sees: zero width, soft hyphens, directions, accents, fillers, keycaps, tags.
_UNSEEN = re.compile(
    "[\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u20e3\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]+"
)
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}")
_ENTITY = re.compile(r"&(?:#\w{2,8}|\w{2,8});")
_FOREIGN_DIGIT = re.compile(r"[^\W\D0-9]|[\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792]")
#: What plain Russian and Latin texts do not hold.
_STRANGE = re.compile(r"[^\x00-\x7fА-Яа-яЁё«»—–№₽]|[а-яё][a-z]|[a-z][а-яё]", re.IGNORECASE)
_MIXED = re.compile(r"[а-яё][a-z]|[a-z][а-яё]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
#: Latin letters that pass for Cyrillic ones inside a Cyrillic word.
_LOOK_ALIKES = str.maketrans("aceopxyABCEHKMOPTXY", "асеорхуАВСЕНКМОРТХУ")
_LATIN = re.compile(r"[a-zA-Z]")
#: As often as addresses are encoded one inside another.
_TIMES = 3


def readable(text: str) -> str:
    """The text with `%D0%B8`, `&#64;`, full-width and foreign digits, unseen signs and Latin
    letters within Cyrillic words put into plain letters and digits."""
    for _ in range(_TIMES):
        if "%" not in text or not _PERCENT.search(text):
            break
        text = unquote(text)
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
    if not _STRANGE.search(text):
        return text
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    text = _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.digit(digit[0])), text)
    return _WORD.sub(_of_one_script, text) if _MIXED.search(text) else text


def _of_one_script(word: re.Match[str]) -> str:
    plain = word[0].translate(_LOOK_ALIKES)
    return plain if not _LATIN.search(plain) else word[0]
