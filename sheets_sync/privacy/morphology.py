"""What a word may be of a person's name, by the dictionary of pymorphy3 and by its ending.

The dictionary (20 MB, 0.2 s) is loaded when the first word is asked about: cheap signs come first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from sheets_sync.privacy.before_names import is_calling, may_call, says_person
from sheets_sync.privacy.given_names import (
    ENDING,
    STEM,
    bases,
    forenames,
    is_diminutive,
    is_eastern,
    is_listed,
    plain_of,
    stems,
)
from sheets_sync.privacy.latin import is_latin
from sheets_sync.privacy.surnames import (
    ANYBODY,
    ending_of,
    ends_abroad,
    genders,
    is_beast,
    is_foreign,
    is_strange,
    nickname_of,
)
from sheets_sync.privacy.words_of_text import LONGEST_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymorphy3 import MorphAnalyzer
    from pymorphy3.analyzer import Parse

#: What a cheap look at a word gives, the surer the greater.
ENDING_OF_SURNAME, SUSPECT = 1, 2
#: What it gives for a word that is no name, and may have a surname after it: «врач», «от».
CALLING = -1
_CITIES = ("екатеринб", "владивост", "владикав", "петрозав")
_TOWN = "владимир"
#: From this share of its uses on a word is a name first of all.
_SURE = 0.4
_HARDLY = 0.04
#: From this share of its uses on a given name is a thing as well: «Роза», «Надежда».
_THING = 0.2
#: A Latin word in lower case that is no shorter must end as surnames do to be one.
_SHORT = 4
_VERBS = frozenset({"VERB", "INFN", "PRTF", "PRTS", "GRND", "PRCL", "PREP", "CONJ", "NPRO", "ADVB"})
_PERSON = frozenset({"NOUN", "anim", "sing", "nomn"})

_PATRONYMIC = re.compile(
    r"(?!(?:царевн|королевн|поповн|деревн|харчевн|ровн|основн|духовн|церковн)[а-я]*\Z)[а-я]{2,}"
    r"(?:(?:[ое]вич|ьич|мич|кич|нич|[аи]ныч|алыч|[аеи]ич)(?:а|у|ем|е)?|(?:[ое]вн|ичн|иничн)(?:а|ы|е|у|ой))"
)
_HARD_BEFORE_VOWEL = re.compile(r"(?<=[бвгджзклмнпрстфх])(?=[яю])")
_HARD_L = re.compile(r"л(?=[бвгджзкмнпрстфхцчшщ]|\Z)")
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
    #: A town that is called by a given name.
    is_town: bool = False
    #: A given name in the genitive and in no nominative: «Бориса».
    is_genitive: bool = False
    #: A given name that is a thing, too: «Роза».
    is_thing: bool = False
    #: In no dictionary, and no word of the trade; `foreign` also ends as many surnames do.
    is_strange: bool = False
    is_foreign: bool = False
    #: A being that many are called after: «Лебедь»; none that works, heals or is a relative.
    is_beast: bool = False
    #: Whose surname an adjective or a noun may be: «Хмурая», «Заяц».
    nickname_of: frozenset[str] = frozenset()

    @property
    def is_forename(self) -> bool:
        return self.forename >= _SURE

    @property
    def is_surname(self) -> bool:
        return self.surname >= _SURE


@lru_cache(maxsize=100_000)
def sign_of(word: str) -> int:
    """A cheap look at a word: SUSPECT of being a given name, a patronymic, … кызы or «пациент»;
    ENDING_OF_SURNAME; CALLING; 0 for none."""
    if len(word) > LONGEST_NAME:
        return 0
    if _is_suspect(word) or (word.isascii() and may_call(word)):
        return SUSPECT
    if ends_as_surname(word):
        return ENDING_OF_SURNAME
    return CALLING * (may_call(word) or is_calling(plain_of(word)))


def _is_suspect(word: str) -> bool:
    plain = plain_of(word)
    if plain.startswith(_CITIES):
        return False
    if plain[:STEM] in stems() or plain in PARTICLES or word.lower() in PARTICLES:
        return True
    ends = range(max(2 if len(plain) < STEM else 3, len(plain) - ENDING), len(plain) + 1)
    if any(plain[:end] in bases() for end in ends) or is_diminutive(plain):
        return True
    return says_person(plain) or bool(_PATRONYMIC.fullmatch(plain))


@lru_cache(maxsize=100_000)
def ends_as_surname(word: str) -> bool:
    """Whether a word ends as surnames that no dictionary knows."""
    return ending_of(plain_of(word), latin=is_latin(word)) is not None


@lru_cache(maxsize=100_000)
def read(word: str) -> Word:
    """What a word, in any case and in Cyrillic or Latin letters, may be of a name."""
    plain = plain_of(word)
    if plain in PARTICLES or word.lower() in PARTICLES:
        return Word(particle=True)
    latin = is_latin(word)
    parses = _parses(plain, latin=latin)
    whole = sum(p.score for p in parses) or 1.0
    in_names = [p for p in parses if "Name" in p.tag]
    surnames = [p for p in parses if "Surn" in p.tag]
    as_place = sum(p.score for p in parses if "Geox" in p.tag) / whole
    if latin and word.islower() and len(word) >= _SHORT and not ends_as_surname(word):
        surnames = []  # brand, search: Brand is a surname, too
    share = sum(p.score for p in surnames) / whole
    forename_share = sum(p.score for p in in_names) / whole
    of = genders(surnames, plain)
    place = as_place > share
    adjective = any("ADJF" in p.tag and "Poss" not in p.tag for p in parses)
    if not (surnames or adjective) and (ending := ending_of(plain, latin=latin)):
        # «Зубов», «лапина» are words of the dictionary first of all
        share, of = (_SURE / 2 if place else _HARDLY if parses else _SURE), ending
    if not in_names:
        made = is_diminutive(plain) or (
            not parses and (is_eastern(plain) or (not word.isascii() and is_listed(plain)))
        )
        sure = _HARDLY if parses else _SURE  # «галка»
        forename_share = _SURE if plain in forenames() else sure * made
    patronymic = any("Patr" in p.tag for p in parses) or (
        not parses and bool(_PATRONYMIC.fullmatch(plain))
    )
    unheard = not (parses or share or forename_share)
    strange = unheard and not word.isascii() and is_strange(word, plain)
    return Word(
        forename_share,
        share,
        genders(in_names) or ANYBODY,
        of,
        patronymic,
        place=place,
        is_ordinary=bool(parses) and not (in_names or surnames or patronymic or place),
        is_town=plain.startswith(_TOWN),
        is_genitive=bool(in_names) and _is_genitive(in_names),
        is_thing=bool(in_names) and _share_of_things(parses) / whole >= _THING,
        is_strange=strange,
        is_foreign=(unheard and ends_abroad(word) and not word.islower())
        if latin
        else (strange and is_foreign(plain)),
        is_beast=share <= _HARDLY and is_beast(parses),
        nickname_of=frozenset() if share > _HARDLY else nickname_of(plain, parses),
    )


def _share_of_things(parses: list[Parse]) -> float:
    return float(sum(p.score for p in parses if "inan" in p.tag and "Geox" not in p.tag))


def _is_genitive(parses: list[Parse]) -> bool:
    cases = {p.tag.case for p in parses}
    return "gent" in cases and "nomn" not in cases


@lru_cache(maxsize=10_000)
def qualifies(adjective: str, noun: str) -> bool:
    """Whether one word is an adjective of the other: «белая улыбка»."""
    pair = (dictionary().parse(plain_of(word)) for word in (adjective, noun))
    ofs, nouns = ([p.tag for p in parses] for parses in pair)
    return any(
        "ADJF" in of
        and "NOUN" in tag
        and "Name" not in tag
        and of.case == tag.case
        and of.number == tag.number
        and of.gender == tag.gender
        for of in ofs
        for tag in nouns
    )


@lru_cache(maxsize=10_000)
def is_trade_of(word: str) -> bool:
    """Whether a word is what one person does, in the nominative: «менеджер»; «маршала» is a street."""
    plain = plain_of(word)
    if len(word) > LONGEST_NAME or not is_calling(plain):
        return False
    parses = dictionary().parse(plain)
    return bool(parses) and parses[0].tag.grammemes >= _PERSON


@lru_cache(maxsize=10_000)
def is_of_case(word: str, surname: str) -> bool:
    """Whether a surname may stand in a case of the word before it: «хирург Цой», no «хирург Гоголя»."""
    cases = {p.tag.case for p in dictionary().parse(plain_of(word)) if "NOUN" in p.tag}
    of = {p.tag.case for p in dictionary().parse(plain_of(surname)) if "Surn" in p.tag}
    return not (cases and of) or not cases.isdisjoint(of)


@lru_cache(maxsize=10_000)
def is_verb(word: str) -> bool:
    """Whether a word is first of all a verb, a participle or a small word: «перезвонить», «на»."""
    if len(word) > LONGEST_NAME:
        return False
    parses = dictionary().parse(plain_of(word))
    return bool(parses) and parses[0].tag.POS in _VERBS


def _parses(plain: str, *, latin: bool) -> list[Parse]:
    """What the dictionary has of a word, but for names in the plural; Latin letters hide soft signs."""
    for spelling in (plain, *(_softened(plain) if latin else ())):
        if parses := dictionary().parse(spelling):
            return [p for p in parses if {"Name", "plur"} not in p.tag]
    return []


def _softened(plain: str) -> Iterator[str]:
    yield _HARD_BEFORE_VOWEL.sub("ь", plain)
    yield _HARD_L.sub("ль", plain)


@cache
def dictionary() -> MorphAnalyzer:
    """The dictionary, loaded once."""
    from pymorphy3 import MorphAnalyzer  # noqa: PLC0415 - most runs never need it
    from pymorphy3.units import DictionaryAnalyzer  # noqa: PLC0415

    return MorphAnalyzer(units=[DictionaryAnalyzer()])
