"""Digits that a person hides from machines: letters like them, words for them.

Works on a `readable` text, in time that grows with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

Span = tuple[int, int]

_LOOKS_LIKE = {"OoОо": "0", "lIІі|": "1", "ЗзZz": "3", "Чч": "4", "Ss": "5", "б": "6", "ВB": "8"}
_ALIKE = str.maketrans({sign: digit for signs, digit in _LOOKS_LIKE.items() for sign in signs})
_LETTERS = "".join(_LOOKS_LIKE)
#: Ten or eleven signs that are digits or look like them, with what people put between digits.
_RUN = re.compile(
    rf"(?<![A-Za-z0-9])[0-9{_LETTERS}](?:[ \t.()\-]{{0,3}}[0-9{_LETTERS}]){{9,10}}(?![^\W_])"
)
_FEWEST_DIGITS = 5
#: Bars divide columns before they are digits.
_MOST_BARS = 2
#: Cheap looks that most texts fail.
_SOME_DIGITS = re.compile(r"\d(?:\D{0,12}\d){4}")
_SIGNS = re.compile(
    r"три|пят|сем|шест|сорок|девя|восем|один|два|ноль|четыр|one|five|seven|zero|nine"
)
#: A Russian number: with 8 or 7, or a mobile without it.
_RUSSIAN = re.compile(r"[78][3489]\d{9}|9\d{9}")

_UNITS = ["один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"]
_TEENS = [
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
]
_TENS = [
    "двадцать",
    "тридцать",
    "сорок",
    "пятьдесят",
    "шестьдесят",
    "семьдесят",
    "восемьдесят",
    "девяносто",
]
_HUNDREDS = [
    "сто",
    "двести",
    "триста",
    "четыреста",
    "пятьсот",
    "шестьсот",
    "семьсот",
    "восемьсот",
    "девятьсот",
]
_VALUES = {
    "ноль": 0,
    "нуль": 0,
    "нол": 0,
    "zero": 0,
    "одна": 1,
    "две": 2,
    **{word: n for n, word in enumerate(_UNITS, 1)},
    **{
        word: n
        for n, word in enumerate(
            ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], 1
        )
    },
    **{word: n for n, word in enumerate(_TEENS, 10)},
    **{word: 10 * n for n, word in enumerate(_TENS, 2)},
    **{word: 100 * n for n, word in enumerate(_HUNDREDS, 1)},
}
_NUMERAL = re.compile("|".join(sorted(_VALUES, key=len, reverse=True)), re.IGNORECASE)
_GLUED = re.compile(f"(?:{_NUMERAL.pattern}){{2,}}", re.IGNORECASE)
_WORD = re.compile(r"\d{1,11}|[^\W\d_]+")
_GAP = re.compile(r"[\s,.\-()\u2010-\u2015+_/]{0,4}")
#: From so many words for digits on they spell a phone; a mobile with 8 or 7 is one with a word.
_FEWEST_WORDS, _WORDS_OF_MOBILE = 3, 1
_MOBILE = re.compile(r"[78]9\d{9}")
_LONGEST = 11
#: Signs of the shortest text that spells one.
_SHORTEST = 20


class _Number(NamedTuple):
    """Digits of a text or what words spell, where they stand, and whether words spell them."""

    digits: str
    start: int
    stop: int
    words: int


def lettered_phones(text: str) -> list[Span]:
    """Where Russian phones stand some of whose digits are letters: «8916555OO17»."""
    if not _SOME_DIGITS.search(text):
        return []
    return [run.span() for run in _RUN.finditer(text) if _is_phone(run[0])]


def _is_phone(run: str) -> bool:
    real = sum(sign.isdigit() for sign in run)
    digits = "".join(sign for sign in run.translate(_ALIKE) if sign.isdigit())
    if run.count("|") > _MOST_BARS:
        return False
    return _FEWEST_DIGITS <= real < len(digits) and _RUSSIAN.fullmatch(digits) is not None


def spelled_phones(text: str) -> list[Span]:
    """Where phones stand whose digits, or some of them, are words: «8 916 один два три …»."""
    spans: list[Span] = []
    if len(text) < _SHORTEST:
        return spans
    small = text.lower()
    if not _SIGNS.search(small):
        return spans
    if len(_NUMERAL.findall(small)) < _FEWEST_WORDS and not _SOME_DIGITS.search(text):
        return spans
    for row in _rows(text):
        place = 0
        while place < len(row):
            end = _end_of_phone(row, place)
            if end:
                spans.append((row[place].start, row[end - 1].stop))
            place = end or place + 1
    return spans


def _end_of_phone(row: list[_Number], first: int) -> int:
    digits, words = "", 0
    for place in range(first, len(row)):
        digits += row[place].digits
        words += row[place].words
        if len(digits) > _LONGEST:
            return 0
        if words >= _FEWEST_WORDS and _RUSSIAN.fullmatch(digits):
            return place + 1
        if words >= _WORDS_OF_MOBILE and _MOBILE.fullmatch(digits):
            return place + 1
    return 0


def _rows(text: str) -> Iterator[list[_Number]]:
    """Numbers with nothing but filling between them; «девятьсот шестнадцать» is one."""
    row: list[_Number] = []
    end = 0
    for match in _words(text):
        word = match[0].lower()
        value = _VALUES.get(word)
        if row and word == "и":
            end = match.end()
            continue
        if value is None and not word.isdigit():
            if row:
                yield row
            row = []
            continue
        if row and not _GAP.fullmatch(text[end : match.start()]):
            yield row
            row = []
        end = match.end()
        digits = word if value is None else str(value)
        number = _Number(digits, match.start(), end, int(value is not None))
        if row and (joined := _joined(row[-1], number)):
            row[-1] = joined
        else:
            row.append(number)
    if row:
        yield row


def _words(text: str) -> Iterator[re.Match[str]]:
    """Words and digits; «восемьдевять» is two."""
    for match in _WORD.finditer(text):
        if _GLUED.fullmatch(match[0]):
            yield from _NUMERAL.finditer(text, *match.span())
        else:
            yield match


def _joined(one: _Number, other: _Number) -> _Number | None:
    """Two words of one number: «девятьсот» and «шестнадцать», «сорок» and «пять»."""
    if not (one.words and other.words) or other.digits == "0":
        return None
    zeros = len(one.digits) - len(one.digits.rstrip("0"))
    if one.digits == "0" or len(other.digits) > zeros:
        return None
    digits = str(int(one.digits) + int(other.digits))
    return _Number(digits, one.start, other.stop, one.words + other.words)
