"""Columns whose headers say nothing of ours: which of them hold dates, sums, words of a kind."""

from __future__ import annotations

from collections.abc import Callable

from sheets_sync.reading.aliases import other
from sheets_sync.reading.looks import Look
from sheets_sync.reading.meaning import Decision
from sheets_sync.reading.words import letters

#: Cells of a kind that say what a column is whose header is unknown.
ENOUGH = 0.9
#: Beginnings of words in a header that are the entity's own, and of dates that are never wanted.
_OWN = {
    "leads": ("созд", "обращ", "заяв", "лид", "поступ"),
    "appointments": ("прием", "визит", "посещ", "сеанс", "запис"),
    "payments": ("опла", "плат", "чек", "операц"),
    "calls": ("звон", "вызов"),
}
NEVER = (
    "рожд",
    "оконч",
    "конец",
    "измен",
    "обнов",
    "закры",
    "срок",
    "действ",
    "след",
    "редакт",
    "birth",
)
_SAID = {"date": "даты", "phone": "телефоны", "email": "e-mail"}


def dates(decision: Decision) -> list[int]:
    """Free columns of dates; of several those whose header speaks of the entity."""
    places = such(decision, lambda look: look.share("date"), never=NEVER, others=other("dates"))
    own = [i for i in places if speaks_of(decision, i, _OWN.get(decision.entity, ()))]
    return own if len(own) == 1 else places


def sums(decision: Decision) -> list[int]:
    """Free columns of sums, none of a known kind that is no payment and no cost."""
    places = such(decision, lambda look: look.share("sum"), others=other("sums"))
    return [i for i in places if "%" not in letters(decision.heads[i].shown)]


def such(
    decision: Decision,
    share: Callable[[Look], float],
    least: float = ENOUGH,
    never: tuple[str, ...] = (),
    others: frozenset[str] = frozenset(),
) -> list[int]:
    """Free columns most of whose cells are such, but those whose header says otherwise."""
    return [
        i
        for i in sorted(decision.free)
        if decision.looks[i].filled
        and share(decision.looks[i]) >= least
        and not others.intersection(decision.heads[i].ranks)
        and not speaks_of(decision, i, never)
    ]


def speaks_of(decision: Decision, place: int, starts: tuple[str, ...]) -> bool:
    return (
        any(word.startswith(starts) for word in letters(decision.heads[place].shown))
        if starts
        else False
    )


def take_only(decision: Decision, name: str, places: list[int], kind: str) -> None:
    """Take a column that is the only one of its kind."""
    if len(places) == 1:
        decision.by_cells(name, places[0], _SAID.get(kind, kind))
