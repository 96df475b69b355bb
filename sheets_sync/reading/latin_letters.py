"""Russian words in Latin letters, as old telephone exchanges and tables of ten letters write them."""

from __future__ import annotations

import re

#: The longer first: «shch» is one letter; what begins «ish» is «исходящий».
_LETTERS = (
    ("ish", "исх"), ("shch", "щ"), ("shh", "щ"), ("sch", "щ"), ("zh", "ж"), ("ch", "ч"), ("sh", "ш"), ("kh", "х"), ("ts", "ц"),
    ("yu", "ю"), ("ju", "ю"), ("ya", "я"), ("ja", "я"), ("yo", "е"), ("jo", "е"), ("'", "ь"),
    *zip("abvgdeziklmnoprstufhcj", "абвгдезиклмнопрстуфхцй", strict=True),
)  # fmt: skip
_OF = dict(_LETTERS)
_PARTS = re.compile(r"\b" + "|".join(letters for letters, _ in _LETTERS) + "|y")
_LATIN = re.compile(r"[a-z][a-z' ]*[a-z'.]", re.IGNORECASE)
_VOWELS = "аеиоуыэюя"


def in_cyrillic(text: str) -> str:
    """`Propushchen` as «пропущен», `vhodyashchiy` as «входящий»; "" for what is not of Latin letters alone."""
    if not text.isascii() or not _LATIN.fullmatch(text):
        return ""
    out = ""
    last = 0
    low = text.lower()
    for match in _PARTS.finditer(low):
        out += low[last : match.start()]
        letter = _OF.get(match[0]) or ("й" if out[-1:] in tuple(_VOWELS) else "ы")
        out += letter
        last = match.end()
    return out + low[last:]
