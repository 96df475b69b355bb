"""Words as they are compared: signs that change a meaning are kept, the rest of the spelling is not."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from sheets_sync.reading.latin_letters import in_cyrillic

#: No word of a vocabulary is longer; what is, is not looked into.
LONGEST = 200
#: Cyrillic letters that look like Latin ones: `CАЙТ` typed with a Latin C is the same word.
_LOOK_ALIKES = str.maketrans("авекмнорстух", "abekmhopctyx")
_TO_CYRILLIC = str.maketrans("abekmhopctyx", "авекмнорстух")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
#: Per cent, currencies, ticks, crosses and arrows are words of their own.
#: Which way a call went; the first two are what the others are compared as.
ARROWS = "→←↙↗➡⬅⇒⇐⟶⟵➔"
_SIGNS = f"%‰$€£₽₸₴¥✓✔☑✅✗✘☒✖✕❌{ARROWS}"
_NOT_WORD = re.compile(rf"[^\w{_SIGNS}]+|_+")
_SIGN = re.compile(rf"([{_SIGNS}])")
_DASHES = "-\u2212\u2010\u2011\u2012\u2013\u2014\u2015"
_MINUS = re.compile(rf"\s*[{_DASHES}]\s*(?=\d)")
#: «N карты»: the sign of a number as a keyboard without it writes it.
_NUMBER_SIGN = re.compile(r"^\s*n[°º]?\s+(?=[а-я])")
_TICKS = str.maketrans("✔☑✅✘☒✖✕❌⬅⇐⟵↙➡⇒⟶➔↗", "✓✓✓✗✗✗✗✗←←←←→→→→→")

#: Ends of Russian adjectives, participles and nouns; what is left of «отменённых» and «отменён» is
#: one stem.
_ENDING = re.compile(
    r"(?:ого|его|ому|ему|ыми|ими|ая|яя|ое|ее|ые|ие|ый|ий|ой|ых|их|ым|им|ую|юю|ом|ем|а|я|о|е|ы|и|у|ю|ь)$"
)
_SHORTEST_STEM = 4
#: What turns the word after it over.
_NOT = frozenset({"не", "ни", "без", "нет", "not", "no", "never"})

Vocabulary = Mapping[str, str]


@cache
def _tables() -> dict[str, dict[str, Any]]:
    text = resources.files("sheets_sync.reading").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def nothing() -> frozenset[str]:
    """Cells that mean "not given", in lower case."""
    return frozenset(_tables()["nothing"]["cells"])


class _VocabularyStems:
    """Words of the vocabularies in any gender, number and case: what a refused cell may show."""

    def __init__(self) -> None:
        cells = [
            part
            for table in _tables().values()
            for group in _lists(table)
            for cell in group
            for part in str(cell).split()
        ]
        self._beginnings = tuple(
            part[:-1] for part in cells if part.endswith("*") and len(part) > 2
        )
        self._stems = frozenset(stem(part) for part in cells)

    def __contains__(self, word: object) -> bool:
        text = str(word)
        return text.startswith(self._beginnings) or stem(text) in self._stems


def _lists(table: Mapping[str, Any]) -> Iterator[list[str]]:
    """Every list of a table and of the tables within it."""
    for value in table.values():
        if isinstance(value, list):
            yield value
        elif isinstance(value, Mapping):
            yield from _lists(value)


@cache
def vocabulary_words() -> Container[str]:
    """Words that a refused cell may show: those of every vocabulary, in lower case."""
    return _VocabularyStems()


def plain(text: str) -> str:
    """A header or word as it is compared: no case, ё = е, № = номер, no punctuation, and Cyrillic
    and Latin letters that look the same made one. A minus before a number, a plus that stands
    alone, per cent and currency signs stay: «-1» is not «1», «Расход, $» is not «Расход»."""
    return " ".join(_parts(text)).translate(_LOOK_ALIKES)


@lru_cache(maxsize=10_000)  # a header is asked for in many ways
def _parts(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, signs that change its meaning among them."""
    text = text[: 2 * LONGEST].replace("№", " номер ")
    text = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").translate(_TICKS)
    text = _NUMBER_SIGN.sub(" номер ", text)
    minus = _MINUS.match(text)
    words = _SIGN.sub(r" \1 ", _NOT_WORD.sub(" ", text)).split()
    if minus and words:
        words[0] = "-" + words[0]
    return tuple(words) or (("+",) if text.strip() == "+" else ())


@cache
def vocabulary(name: str) -> Vocabulary:
    """Plain word -> canonical word, of one table of `words.toml`; canonical words mean themselves."""
    table = _tables()[name]
    return {plain(word): meaning for meaning in table for word in (*table[meaning], meaning)}


def word(text: str, words: Vocabulary) -> str:
    """The canonical word that a whole cell means, with or without its brackets; "" if unknown."""
    if len(text) > LONGEST:
        return ""
    own = words.get(plain(text)) or words.get(plain(_BRACKETS.sub(" ", text)))
    return own or words.get(plain(in_cyrillic(text))) or ""


def meaning(text: str, name: str) -> str:
    """What a cell means by the vocabulary of a name, else by the phrases in it; "" if unknown.

    «Не пришёл (не предупредил)» is no_show by its phrase; where phrases of two meanings clash, as
    in «пришёл, отменили», the cell is unknown.
    """
    if len(text) > LONGEST:
        return ""
    own = word(text, vocabulary(name)) or phrase(text, name)
    return own or phrase(in_cyrillic(text), name)


def phrase(text: str, name: str) -> str:
    """What the phrases in a cell say: whole words in a row, none of them turned over by «не»."""
    tokens = letters(text)
    if not tokens:
        return ""
    meanings = [m for m, phrases in _phrases(name) if any(_stands(p, tokens) for p in phrases)]
    clash = _tables()["clash"].get(name, [])
    if len([1 for side in clash if not set(side).isdisjoint(meanings)]) > 1:
        return ""
    first = meanings[0].partition(".")[0] if meanings else ""
    return "" if first == "unknown" else first


def letters(text: str) -> list[str]:
    """The words of a cell, Russian ones in Cyrillic alone, for phrases and stems."""
    return [_cyrillic(part) for part in _parts(text[:LONGEST])]


def _cyrillic(part: str) -> str:
    """A word typed in both alphabets, in Cyrillic; a word of Latin letters stays."""
    return part if part.isascii() else part.translate(_TO_CYRILLIC)


@cache
def _phrases(name: str) -> tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]:
    """(meaning, its phrases as words) in the order of the table, which is their rank."""
    table = _tables()["phrases"].get(name, {})
    return tuple((m, tuple(tuple(p.split()) for p in table[m])) for m in table)


def _stands(patterns: Sequence[str], tokens: Sequence[str]) -> bool:
    """Whether words stand in a text in a row, `*` for any ending, and nothing turns them over."""
    size = len(patterns)
    for start in range(len(tokens) - size + 1):
        if not _is_like(tokens[start], patterns[0]):  # nearly always
            continue
        stop = start + size
        turned = _NOT.intersection(tokens[max(start - 1, 0) : start]) or tokens[
            stop : stop + 1
        ] == ["нет"]
        if not turned and all(map(_is_like, tokens[start:stop], patterns)):
            return True
    return False


def _is_like(token: str, pattern: str) -> bool:
    return token.startswith(pattern[:-1]) if pattern.endswith("*") else token == pattern


def stem(text: str) -> str:
    """A cell in no gender, number and case: «Отменённые» and «отменён» are one."""
    return " ".join(map(_stem, letters(text)))


def _stem(token: str) -> str:
    bare = _ENDING.sub("", token)
    bare = bare if len(bare) >= _SHORTEST_STEM else token
    return bare[:-1] if bare.endswith("нн") else bare


@cache
def stems(name: str) -> Vocabulary:
    """Stem -> canonical word, of one table of `words.toml`."""
    table = _tables()[name]
    return {stem(word): meaning for meaning in table for word in (*table[meaning], meaning)}


def whole(text: str, name: str) -> str:
    """What a whole cell means in any gender, number and case, brackets counted in; "" if unknown:
    «Оплачен» is paid, «Оплачен (частично)» is not known."""
    return "" if len(text) > LONGEST else stems(name).get(stem(text), "")
