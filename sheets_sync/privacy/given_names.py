"""The list of given names: how one begins, how its diminutives and its cases end.

Words come as `plain`: lower case, Cyrillic letters, ё = е.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources

from sheets_sync.privacy.latin import in_cyrillic, is_latin, other_spellings

#: Letters that are enough to suspect a given name; a shorter word is one but for its ending.
STEM, ENDING = 5, 3
#: Diminutives that their endings make of a given name: Анютка, Светочка, Витёк, Серёга.
_DIMINUTIVE = re.compile(
    r"ь?(?:(?:[оеюу]?ч|ень|онь|юш|уш|иш|ют|ус|юс|ул)?к|[уюоеая]?х|[уюая]?ш|[уюа]н|[уюоеа]с|[уюа]л|г|ц)"
    r"(?:а|я|и|ы|е|у|ю|ой|ей|ою)"
    r"|ь?(?:(?:чик|ик|ок|ек|он|ян|ич|ас|ус)(?:а|у|ом|е)?|к(?:а|у|ом|е))"
)
_LONGEST_STEM = 9
#: Letters of the neighbours' Cyrillic -> the nearest Russian ones: Тимофій, Ғалия.
_RUSSIAN = str.maketrans("ёіїєґәңғүұқөһўҳҷӣӯ", "еииегангуукохухчиу", "ʼ’'")
#: How names of the East are made that no list has: Асемгуль, Шерзодбек, Бибинисо.
_EASTERN = re.compile(
    r"[а-я]{2,}(?:г[уюо]ль?|бек|бай|д?ж[ао]н|хон|зода|нисо|ул+а|мур[ао]т|мурод|султан|гали|гельды|берди)"
    r"(?:а|я|и|ы|у|ю|ом|ем|е|ой|ей)?"
)
#: What the cases of a given name end with.
_CASES = frozenset(("", *"аяыиеуюй", "ом", "ем", "ой", "ей", "ью"))


@lru_cache(maxsize=100_000)
def plain_of(word: str) -> str:
    """Lower case, Russian letters, ё = е."""
    lower = word.lower()
    if not is_latin(lower):
        return lower.translate(_RUSSIAN)
    plain = in_cyrillic(lower)
    if is_listed(plain):
        return plain
    return next((other for other in other_spellings(lower) if is_listed(other)), plain)


@cache
def forenames() -> frozenset[str]:
    text = resources.files("sheets_sync.privacy").joinpath("given_names.txt")
    names = text.read_text(encoding="utf-8").split()
    return frozenset(in_cyrillic(n) if is_latin(n) else n.translate(_RUSSIAN) for n in names)


@cache
def stems() -> frozenset[str]:
    """How longer given names begin."""
    return frozenset(name[:STEM] for name in forenames() if len(name) > STEM)


@cache
def bases() -> frozenset[str]:
    """Given names without the letter that changes with the case."""
    return frozenset(name[:-1] if name[-1] in "аяйь" else name for name in forenames())


@cache
def beginnings() -> frozenset[str]:
    """What may be left of a given name that a point cuts: «вл», «крист»."""
    return frozenset(n[:cut] for n in forenames() for cut in range(2, len(n) - 1))


def is_listed(plain: str) -> bool:
    """Whether a word outside the dictionary is one of our given names in some case."""
    cuts = range(max(ENDING, len(plain) - 2), len(plain) + 1)
    return any(plain[:cut] in bases() and plain[cut:] in _CASES for cut in cuts)


def is_eastern(plain: str) -> bool:
    """Whether a word outside the dictionary is made as given names of the East are."""
    return _EASTERN.fullmatch(plain) is not None


def is_diminutive(plain: str) -> bool:
    """Whether an ending makes a word of a given name."""
    cuts = range(2, min(len(plain), _LONGEST_STEM))
    return any(plain[:cut] in bases() and _DIMINUTIVE.fullmatch(plain, cut) for cut in cuts)
