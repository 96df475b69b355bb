"""The words of a readable text, each with what stands between it and the word before."""

from __future__ import annotations

import re
from typing import NamedTuple

LETTERS = re.compile(r"[^\W\d_]+")
#: Nobody's name is longer.
LONGEST_NAME = 40
CAMEL = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])")
#: What may stand between two words of one name.
_GAP = re.compile(r"[\s._+\-\u2010-\u2014'\"«»()*/\\=&~,;|:]{0,4}")
_LIST = frozenset(",;|:")
#: A number of a house, no year and no date.
_HOUSE = re.compile(r"[\s.]{0,3}\d{1,3}(?![.\-/:\s]?\d)")


class Token(NamedTuple):
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
        return self.joined and not self.is_listed

    @property
    def is_listed(self) -> bool:
        """Whether a sign that divides a list stands before it."""
        return not _LIST.isdisjoint(self.gap)

    @property
    def is_initial(self) -> bool:
        return self.is_letter and self.is_capital

    @property
    def is_letter(self) -> bool:
        return len(self.text) == 1


def tokens_of(text: str) -> list[Token]:
    """Every word that may be of a name; ПлантовИван is two."""
    tokens: list[Token] = []
    end = 0
    for match in LETTERS.finditer(text):
        start = match.start()
        if len(match[0]) > LONGEST_NAME:
            continue
        for part in CAMEL.split(match[0]):
            gap = text[end:start] if start - end < 5 else "\n" * 5
            joined = bool(tokens) and _GAP.fullmatch(gap) is not None
            tokens.append(Token(part, start, start + len(part), joined, gap))
            start = end = start + len(part)
    return tokens


def follows(text: str, token: Token) -> str:
    """The first letter, digit or sign after a token and the signs that close it."""
    return text[token.stop : token.stop + 4].lstrip(". ")[:1]


def house_follows(text: str, token: Token) -> bool:
    """Whether the number of a house stands after a token."""
    return _HOUSE.match(text, token.stop) is not None
