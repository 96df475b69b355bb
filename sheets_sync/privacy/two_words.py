"""Whether two neighbouring words are one person's name.

Two words that agree are a person: «Плантова Мария», «ирина белая»; one word alone is nobody.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from sheets_sync.privacy.morphology import Word, read

#: How a street is called after somebody: «Малышева Уктус» is a street and its part of a city.
_STREET = re.compile(r"(?:[оеё]ва|ина|ого|ича)\Z", re.IGNORECASE)
#: How women's given names end that nobody knows: «Асанова Бегимай».
_WOMANS = re.compile(r"(?:[ая]|[аиеэ]й|ль)\Z")
#: From this share of its uses on a word in lower case is taken for a given name beside a surname.
LEAST_FORENAME = 0.05


class Placement(NamedTuple):
    """How two neighbours stand: both in capitals; a comma between them; the number of a house after
    them; no other word beside them, or none before; a noun after them that the second qualifies, or a
    thing before them that has a brand; a hyphen between them."""

    capital: bool
    listed: bool
    house: bool
    alone: bool
    first: bool
    brand: bool
    double: bool


@lru_cache(maxsize=100_000)
def are_name(one: str, other: str, placement: Placement) -> bool:
    """Whether two neighbours are words of one person's name."""
    a, b = read(one), read(other)
    if b.particle:
        return not a.is_ordinary
    if b.patronymic or a.patronymic:
        rest = a if b.patronymic else b
        may_be = bool(rest.forename or rest.surname) or rest.is_strange
        return may_be or (placement.capital and not rest.is_ordinary)
    if placement.listed and (placement.house or a.place or b.place):
        return False  # «Мария, Кирова 5»
    street = bool(_STREET.search(one)) and not _WOMANS.search(other)
    return any(
        _agree(forename, surname, placement)
        or (
            (not placement.listed or surname is a) and _is_nickname(forename, surname, placement, b)
        )
        or (not (surname is a and street) and _is_unheard_of(forename, surname, placement))
        or ((not placement.listed or surname is a) and _is_from_abroad(forename, surname))
        for forename, surname in ((a, b), (b, a))
    )


def _agree(forename: Word, surname: Word, placement: Placement) -> bool:
    if not (forename.forename and surname.surname):
        return False
    if not forename.forename_of & surname.surname_of:  # «Иванов Мария» is somebody's slip
        sure = forename.is_forename and surname.is_surname and not surname.place
        return sure and placement.capital and not placement.listed
    if placement.house and forename.is_genitive:
        return False  # «Бориса Богаткова 22»
    if placement.listed or surname.place:
        return forename.is_forename and (surname.is_surname or placement.capital)
    if placement.capital:
        return forename.is_forename or surname.is_surname
    if placement.alone and forename.is_forename and not forename.is_town:
        return True
    return surname.is_surname and forename.forename >= LEAST_FORENAME


def _is_nickname(forename: Word, surname: Word, placement: Placement, last: Word) -> bool:
    """Whether beside a sure given name stands a word that is a surname there alone: «Алёна Хмурая»,
    «Степанида Круглик», «ирина белая»; «белая роза» is nobody."""
    if placement.house or not forename.is_forename or forename.is_town:
        return False
    fits = bool(surname.nickname_of & forename.forename_of)
    being = surname.is_beast and placement.alone
    if not placement.capital:
        fits = fits and (placement.alone or (placement.first and surname is last))
        being = being and surname is last
    elif surname.is_strange:
        return not placement.brand
    return (fits or being) and not (placement.brand or forename.is_thing)


def _is_unheard_of(forename: Word, surname: Word, placement: Placement) -> bool:
    """Whether beside a sure surname stands a word that nobody knows: a given name, likely."""
    sure = surname.is_surname and not (surname.place or surname.forename)
    unlike = placement.listed or placement.house or placement.brand or placement.double
    stands = placement.capital and not unlike
    return stands and sure and forename.is_strange


def _is_from_abroad(forename: Word, surname: Word) -> bool:
    return forename.is_forename and not forename.is_town and surname.is_foreign
