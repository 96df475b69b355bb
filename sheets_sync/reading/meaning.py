"""Which column means what: by the clinic's file, by its header, by its cells, and how surely."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow.compute as pc

from metrics.wording import percent
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import ADDED, NEEDED, PARTS, SEVERAL, WHOLES, ranks
from sheets_sync.reading.fits import contradiction, fit
from sheets_sync.reading.heads import LOOSE, Head, bags, part_of
from sheets_sync.reading.looks import Look
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.words import letters, plain

#: How many columns may give one meaning.
_MOST_OF_ONE = 4
#: Less sure than any alias: a sum in another currency.
_FOREIGN = 10 * LOOSE
_EMPTY = 100 * LOOSE
#: Beginnings of words in a header of the phone of another person than the patient.
_ANOTHERS = (
    "плательщ",
    "представ",
    "родител",
    "мам",
    "пап",
    "отца",
    "матери",
    "заказчик",
    "довер",
    "поручит",
    "payer",
    "parent",
)
#: How surely a column is understood by its cells alone.
_BY_CELLS = 0.7
#: Below this a meaning is uncertain, and told.
SURE = 0.75


@dataclass(frozen=True)
class Reason:
    """How surely a column was understood (0 … 1), why, and what else it may be ("" = nothing)."""

    certainty: float
    why: str
    rival: str = ""


@dataclass
class Decision:
    """What the columns under a header mean. `columns` says which of them give a canonical name,
    `source_columns` what the clinic's file says of that; `constants` are values for all rows;
    `reasons` stand by a column's place."""

    heads: Sequence[Head]
    looks: Sequence[Look]
    entity: str
    source_columns: Mapping[str, str]
    columns: dict[str, tuple[int, ...]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    reasons: dict[int, Reason] = field(default_factory=dict)
    free: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    hidden: frozenset[int] = frozenset()
    #: How the cells of a name are read before all else: the phone within one, the day of a month.
    reads: dict[str, Callable[[str], str]] = field(default_factory=dict)

    def take(self, name: str, places: Sequence[int], reason: Reason) -> None:
        """Let columns mean a name, and nothing else."""
        self.columns[name] = tuple(places)
        self.free -= set(places)
        for place in places:
            self.reasons[place] = reason

    def by_cells(self, name: str, place: int, content: str) -> None:
        """Let a column mean a name because of its cells alone, and tell of it."""
        self.take(name, (place,), Reason(_BY_CELLS, f"содержимое: {content}; название незнакомо"))
        self.notes.append(
            f"Столбец «{mask(self.heads[place].shown)}» принят за {name} по содержимому ({content}). Если это не "
            f"так: {to_write('columns', column_line(name), there=self.source_columns)}"
        )

    def has(self, names: Sequence[str]) -> bool:
        """Whether any of some names is there."""
        return any(n in self.columns or n in self.constants for n in names)

    def missing(self) -> list[tuple[str, ...]]:
        """What is lacking: headers that the clinic's file names, groups of needed columns."""
        named = [(n,) for n, h in self.source_columns.items() if h and not self.has((n,))]
        return named + [group for group in NEEDED[self.entity] if not self.has(group)]


def decide(
    heads: Sequence[Head],
    looks: Sequence[Look],
    entity: str,
    source_columns: Mapping[str, str],
    hidden: frozenset[int] = frozenset(),
) -> Decision:
    """What each column means, by the clinic's file and by the headers that their cells allow. Of
    `hidden` columns only what no visible one gives is taken."""
    decision = Decision(heads, looks, entity, source_columns, hidden=hidden)
    decision.free = {place for place, head in enumerate(heads) if head.shown}
    _take_given(decision)
    names = [n for n in ranks(entity) if n not in source_columns]
    names = [n for n in names if not (n in {*WHOLES, *PARTS} and "amount" in source_columns)]
    unseen = decision.free & hidden
    decision.free = decision.free - hidden
    for name in names:
        _take_named(decision, name)
    if unseen:
        decision.free |= unseen
        # A phone says more beside a card's number; a second sum or date says another thing.
        groups = [g for g in NEEDED[entity] if decision.has(g) and "phone" not in g]
        for name in names:
            if not decision.has((name,)) and not any(name in group for group in groups):
                _take_named(decision, name)
        decision.free -= unseen
    return decision


def _take_given(decision: Decision) -> None:
    """What [source.columns] says; one header may serve two names."""
    places: set[int] = set()
    for name, header in decision.source_columns.items():
        if header.startswith("="):
            decision.constants[name] = header[1:].strip()
        elif header:
            heads = list(enumerate(decision.heads))
            same = [i for i, head in heads if plain(head.shown) == plain(header)]
            same = same or [i for i, head in heads if plain(header) in head.ranks]
            if same:
                decision.columns[name] = (same[0],)
                decision.reasons[same[0]] = Reason(1.0, "названо в файле клиники")
                places.add(same[0])
    decision.free -= places


def _take_named(decision: Decision, name: str) -> None:
    """The column whose header is the surest alias of a name, and those beside it of that header."""
    places = candidates(decision, name)
    if not places:
        return
    first, *rest = places
    if name in SEVERAL and (decision.entity != "calls" or name != "phone"):
        columns = sorted(places, key=lambda i: (_is_anothers(decision.heads[i]), i))[:_MOST_OF_ONE]
    elif (
        name in ADDED
        and name != "cost"
        and len(keys := {decision.heads[i].key: i for i in reversed(places)}) > 1
    ):
        columns = sorted(keys.values())
    else:
        key = decision.heads[first].key
        columns = [first, *(i for i in rest if decision.heads[i].key == key)][:_MOST_OF_ONE]
    if name == "status" and decision.entity == "appointments":
        columns += [i for i in rest if i not in columns and _fills(decision, first, i)]
    others = [decision.heads[i].shown for i in rest if i not in columns]
    decision.take(name, columns, _reason(decision, name, first, others[0] if others else ""))


def _fills(decision: Decision, place: int, other: int) -> bool:
    """Whether a column of known statuses says something where the one that was taken is empty."""
    look, second = decision.looks[place], decision.looks[other]
    if look.filled == len(look.text) or second.words("appointment_status") < 0.9:
        return False
    blank = pc.and_(pc.equal(look.text, ""), pc.not_equal(second.text, ""))
    return bool(pc.any(blank).as_py())


def _is_anothers(head: Head) -> bool:
    """Whether a header speaks of somebody who pays or answers for the patient."""
    return any(word.startswith(_ANOTHERS) for word in letters(head.shown))


def candidates(decision: Decision, name: str) -> list[int]:
    """Free columns that a name's aliases fit and whose cells do not contradict, the surest first."""
    aliases = ranks(decision.entity)[name]
    choices = []
    for place in decision.free:
        head, look = decision.heads[place], decision.looks[place]
        rank = min(
            (aliases[k] + loose for k, loose in head.ranks.items() if k in aliases), default=-1
        )
        if rank < 0 and name in {*PARTS, "refund"} and part_of(head.shown) == name:
            rank = LOOSE
        if rank < 0 and look.filled and head.bag in bags(decision.entity)[name]:
            rank = LOOSE + bags(decision.entity)[name][head.bag]
        if rank < 0 or (rank >= LOOSE and _is_named(decision.entity, head)):
            continue
        if why := contradiction(name, decision.entity, look):
            decision.reasons[place] = Reason(0.0, f"похоже на {name} по названию, но {why}", name)
            continue
        rank += _FOREIGN * head.unit.is_foreign + _EMPTY * (not look.filled)
        choices.append((rank, head.vat is False, place))
    return [place for _, _, place in sorted(choices)]


def _is_named(entity: str, head: Head) -> bool:
    """Whether a header is an alias of any name as it is written."""
    exact = [key for key, loose in head.ranks.items() if not loose]
    return any(key in own for own in ranks(entity).values() for key in exact)


def _reason(decision: Decision, name: str, place: int, rival: str) -> Reason:
    """Why the column at a place was taken for a name by its header."""
    look = decision.looks[place]
    if not look.filled:
        return Reason(0.8, "название столбца; ячейки пусты", rival)
    match = fit(name, decision.entity, look)
    if match is None:
        return Reason(0.9, "название столбца", rival)
    share, content = match
    certainty = 0.95 if share >= 0.5 else 0.6 + share / 4
    return Reason(certainty, f"название столбца; {content} – {percent(share)} ячеек", rival)
