"""What a word may be of a person's name, by the dictionary of pymorphy3 and by its ending.

The dictionary (20 MB, 0.2 s) is loaded when the first word is asked about: cheap signs come first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from sheets_sync.privacy.latin import in_cyrillic

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer

#: Letters that are enough to suspect a given name; a shorter word is one but for its ending.
_STEM = 5
_ENDING = 3
_CITIES = ("екатеринб", "владивост", "владикав", "петрозав")
#: From this share of its uses on a word is a name first of all.
_SURE = 0.4
#: A Latin word in lower case that is no shorter must end as surnames do to be one.
_SHORT = 4
_HE, _SHE = frozenset({"masc"}), frozenset({"femn"})
_ANY = _HE | _SHE
_LONGEST = 40
_VERBS = frozenset({"VERB", "INFN", "PRTF", "PRTS", "GRND", "PRCL", "PREP", "CONJ", "NPRO", "ADVB"})

_PATRONYMIC = re.compile(
    r"(?!(?:царевн|королевн|поповн|деревн|харчевн|ровн|основн|духовн|церковн)[а-я]*\Z)[а-я]{2,}"
    r"(?:(?:[ое]вич|ьич|мич|кич|нич)(?:а|у|ем|е)?|(?:[ое]вн|ичн|иничн)(?:а|ы|е|у|ой))"
)
#: Endings of surnames that no dictionary knows -> whose they are.
_ENDINGS = (
    (re.compile(r"[а-я]{2,}(?:[ое]в|[иы]н)(?:ым)?"), _HE),
    (re.compile(r"[а-я]{2,}(?:[ое]в|[иы]н)ой"), _SHE),
    (re.compile(r"[а-я]{2,}(?:[ое]в|[иы]н)[ауе]"), _ANY),
    (re.compile(r"[а-я]{2,}[сц]к(?:ий|ого|ому|им)"), _HE),
    (re.compile(r"[а-я]{2,}[сц]к(?:ая|ую|ой)"), _SHE),
    (re.compile(r"[а-я]{3,}(?:енко|ченко|чук|юк|швили|дзе|[иы]х|ян|янц)"), _ANY),
    (re.compile(r"[а-я]{3,}ян(?:а|у|ом|е)"), _HE),
)
PARTICLES = frozenset({
    "оглы", "оглу", "огли", "угли", "кызы", "кизи", "гызы", "кзы", "улы", "уулу", "заде",
    "ogly", "oglu", "ogli", "kyzy", "kizi", "qizi", "gizi", "uulu",
})  # fmt: skip


@dataclass(frozen=True)
class Word:
    """What a word may be; `forename` and `surname` are shares of its uses, 0 for "never"; `of` says
    whose, his or hers. An ordinary word is in the dictionary, and as no name."""

    forename: float = 0.0
    surname: float = 0.0
    forename_of: frozenset[str] = frozenset()
    surname_of: frozenset[str] = frozenset()
    patronymic: bool = False
    particle: bool = False
    place: bool = False
    is_ordinary: bool = False

    @property
    def is_forename(self) -> bool:
        return self.forename >= _SURE

    @property
    def is_surname(self) -> bool:
        return self.surname >= _SURE


@lru_cache(maxsize=100_000)
def is_suspect(word: str) -> bool:
    """Whether a word has a cheap sign of a given name, a patronymic or … кызы."""
    plain = _plain(word)
    if plain.startswith(_CITIES):
        return False
    if plain[:_STEM] in stems() or plain in PARTICLES or word.lower() in PARTICLES:
        return True
    ends = range(max(2 if len(plain) < _STEM else 3, len(plain) - _ENDING), len(plain) + 1)
    return any(plain[:end] in bases() for end in ends) or bool(_PATRONYMIC.fullmatch(plain))


def ends_as_surname(word: str) -> bool:
    """Whether a word ends as surnames that no dictionary knows."""
    return _ending(_plain(word), latin=word.isascii()) is not None


@lru_cache(maxsize=100_000)
def read(word: str) -> Word:
    """What a word, in any case and in Cyrillic or Latin letters, may be of a name."""
    plain = _plain(word)
    if plain in PARTICLES or word.lower() in PARTICLES:
        return Word(particle=True)
    parses = _dictionary().parse(plain)
    forenames = [p for p in parses if "Name" in p.tag]
    surnames = [p for p in parses if "Surn" in p.tag]
    as_place = sum(p.score for p in parses if "Geox" in p.tag)
    if word.isascii() and word.islower() and len(word) >= _SHORT and not ends_as_surname(word):
        surnames = []  # brand, search: Brand is a surname, too
    share = sum(p.score for p in surnames)
    forename_share = sum(p.score for p in forenames)
    of = _genders(surnames)
    place = as_place > share
    if not surnames and (not parses or place) and (ending := _ending(plain, latin=word.isascii())):
        share, of = (_SURE / 2 if place else _SURE), ending
    if not forenames and plain in _forenames():
        forename_share = _SURE
    patronymic = any("Patr" in p.tag for p in parses) or (
        not parses and bool(_PATRONYMIC.fullmatch(plain))
    )
    return Word(
        forename_share,
        share,
        _genders(forenames) or _ANY,
        of,
        patronymic,
        place=place,
        is_ordinary=bool(parses) and not (forenames or surnames or patronymic or place),
    )


@lru_cache(maxsize=10_000)
def is_verb(word: str) -> bool:
    """Whether a word is first of all a verb, a participle or a small word: «перезвонить», «на»."""
    if len(word) > _LONGEST:
        return False
    parses = _dictionary().parse(_plain(word))
    return bool(parses) and parses[0].tag.POS in _VERBS


def _genders(parses: list[object]) -> frozenset[str]:
    genders = {str(p.tag.gender) for p in parses}  # type: ignore[attr-defined]
    return _ANY if genders - _ANY else frozenset(genders)


def _ending(plain: str, *, latin: bool) -> frozenset[str] | None:
    if latin and plain.rstrip("ауыемо").endswith("ин"):  # LinkedIn, admin
        return None
    return next((of for form, of in _ENDINGS if form.fullmatch(plain)), None)


@lru_cache(maxsize=100_000)
def _plain(word: str) -> str:
    """Lower case, Cyrillic letters, ё = е."""
    lower = word.lower().replace("ё", "е")
    return in_cyrillic(lower) if lower.isascii() else lower


@cache
def _forenames() -> frozenset[str]:
    text = resources.files("sheets_sync.privacy").joinpath("given_names.txt")
    return frozenset(_plain(name) for name in text.read_text(encoding="utf-8").split())


@cache
def stems() -> frozenset[str]:
    """How longer given names begin."""
    return frozenset(name[:_STEM] for name in _forenames() if len(name) > _STEM)


@cache
def bases() -> frozenset[str]:
    """Given names without the letter that changes with the case."""
    return frozenset(name[:-1] if name[-1] in "аяйь" else name for name in _forenames())


@cache
def _dictionary() -> MorphAnalyzer:
    from pymorphy3 import MorphAnalyzer  # noqa: PLC0415 - most runs never need it
    from pymorphy3.units import DictionaryAnalyzer  # noqa: PLC0415

    return MorphAnalyzer(units=[DictionaryAnalyzer()])
