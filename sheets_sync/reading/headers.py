"""Where a sheet's header row is, and what its columns mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.across_sums import TOTAL, is_sum
from sheets_sync.reading.aliases import ADDED, PARTS, SEVERAL, canonical, ranks
from sheets_sync.reading.cells import shape
from sheets_sync.reading.evidence import settle
from sheets_sync.reading.fits import kind_of
from sheets_sync.reading.free_columns import dates, sums
from sheets_sync.reading.heads import MOST_COLUMNS, Head, Names, heads, readings
from sheets_sync.reading.looks import SAMPLE, Look
from sheets_sync.reading.meaning import Decision, Reason, decide
from sheets_sync.reading.money import ROUBLE, Unit
from sheets_sync.reading.questions import lacking, nothing_found
from sheets_sync.reading.rivals import ask
from sheets_sync.reading.sheet import Range
from sheets_sync.reading.surroundings import complete, unit_above
from sheets_sync.reading.systems import Place, System
from sheets_sync.reading.words import plain

_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}|\d{4}-\d\d-\d\d")
#: A header lies in the first rows or nowhere.
SEARCH_ROWS = 40
#: Kinds of columns whose dates and numbers may be seen; and whose words.
_OPEN = frozenset({"date", "day", "sum", "clock", "count"})
_WORDS = frozenset({"words", "flag"})
#: A table of which no header is known has so many columns at least.
_FEWEST = 2
#: How many rows after one that names everything may name more: the lower half of a merged header.
_MORE_ROWS = 2
#: So many rows under a header show that its lower half parts it.
_PARTED = 4


@dataclass(frozen=True)
class Header:
    """`row` is the last header row, counted from 0; data begins after it. `names` are the headers
    as shown, duplicates numbered; `columns` says which columns of the sheet give a canonical one;
    `constants` are values for all its rows; `reasons` say of a column by its place why it was
    understood so; `system` is the program that the export seems to be of, "" for none, `words` are
    its own codes."""

    row: int
    names: tuple[str, ...]
    columns: Mapping[str, tuple[int, ...]]
    constants: Mapping[str, str]
    reasons: Mapping[int, Reason] = field(default_factory=dict)
    heads: tuple[Head, ...] = ()
    notes: tuple[str, ...] = ()
    system: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    #: A few cells of a column by its place, as anybody may see them.
    cells: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    #: What a sum without a unit of its own is worth, in kopecks: «тыс. руб.» above the header.
    size: int = ROUBLE
    #: How the cells of a name are read before all else.
    reads: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    #: Headers of columns that were not taken and look like money or dates.
    left: tuple[str, ...] = ()

    @property
    def meanings(self) -> dict[str, str]:
        """Header -> canonical name, "" where it is unknown or dropped."""
        meanings = {i: name for name, places in self.columns.items() for i in places}
        return {mask(name): meanings.get(i, "") for i, name in enumerate(self.names) if name}

    def shown(self, name: str) -> str:
        """How the sheet calls a canonical column, "" where it has none."""
        places = self.columns.get(name, ())
        return self.names[places[0]] if places else ""

    def vat(self, name: str) -> bool | None:
        """What the header of a canonical column says of VAT; None if nothing."""
        places = self.columns.get(name, ())
        return self.heads[places[0]].vat if places and self.heads else None

    def unit(self, name: str) -> Unit:
        """What the numbers of a canonical column are counted in."""
        places = self.columns.get(name, ())
        if name == "amount" and not places:
            places = next((self.columns[part] for part in PARTS if part in self.columns), ())
        unit = self.heads[places[0]].unit if places and self.heads else Unit()
        return replace(unit, kopecks=self.size) if unit.kopecks == ROUBLE else unit


def find_row(
    top: Sequence[Sequence[str]],
    merged: Sequence[Range],
    entity: str,
    source_columns: Mapping[str, str],
    where: str,
) -> tuple[int, Names]:
    """The row among the first ones of a sheet, or two rows under one another, whose texts are the
    most of what the entity needs.

    Raises FileError for a name in `source_columns` that the entity does not have, and where no row
    names anything.
    """
    unknown = [name for name in source_columns if name not in canonical(entity)]
    if unknown:
        raise FileError(
            f"в [source.columns] неизвестный столбец {unknown[0]}.",
            where=where,
            hint=f"Для {entity} бывают: {', '.join(canonical(entity))}.",
        )
    best: tuple[tuple[int, int], int, Names] | None = None
    last = min(len(top), SEARCH_ROWS)
    row = 0
    while row < last:
        if best is not None and _is_below(top[row], top[best[1]], is_whole=not best[0][0]):
            row += 1
            continue
        for names in readings(top, row, merged):
            decision = _by_names(names, entity, source_columns)
            if _is_upper_half(top, row, decision):
                continue
            score = (-len(decision.missing()), len(decision.columns))
            if decision.columns and (best is None or score > best[0]):
                best = (score, row, names)
                if score[0] == 0:
                    last = min(last, row + 1 + _MORE_ROWS)
        row += 1
    if best is None:
        if (row := _by_shape(top)) < 0:
            raise nothing_found(entity, where)
        return row, readings(top, row, merged)[0]
    return best[1:]


def _is_upper_half(top: Sequence[Sequence[str]], row: int, decision: Decision) -> bool:
    """Whether a column that a row names is parted by the row under it: «План» and «Факт» under
    «Бюджет», and sums under them."""
    below = top[row + 1 : row + 1 + _PARTED]
    for places in decision.columns.values():
        both = (places[0], places[0] + 1)
        cells = [[r[i].strip() if i < len(r) else "" for i in both] for r in (top[row], *below)]
        if len(cells) < _PARTED or not cells[0][0] or cells[0][1] or not all(cells[1]):
            continue
        if any(map(is_sum, cells[1])):
            continue
        sums = [cell for pair in cells[2:] for cell in pair if cell]
        if sums and all(map(is_sum, sums)):
            return True
    return False


def _is_below(row: Sequence[str], header: Sequence[str], *, is_whole: bool) -> bool:
    """Whether a row is data under a header of words alone that is as wide, or names all that is
    needed: a sign of the file's own may part a cell of its data."""
    filled, above = ([c for c in cells if c.strip()] for cells in (row, header))
    dated = any(_DATE.match(cell.strip()) for cell in filled)
    fits = is_whole or len(filled) <= len(above)
    return dated and fits and not any(map(str.isdigit, "".join(above)))


def _by_shape(top: Sequence[Sequence[str]]) -> int:
    """The row of words, as wide as the rows of dates right under it, where no word of it is known; -1 if
    there is none. A cell of data may be a person's, but no row of data is without a date."""
    for row, cells in enumerate(top[:-1]):
        filled = [i for i, cell in enumerate(cells) if cell.strip()]
        below = top[row + 1]
        if len(filled) < _FEWEST or len([c for c in below if c.strip()]) > len(filled):
            continue
        look = Look([cells[i] for i in filled])
        under = Look(below)
        if look.share("letters") == 1 and not look.share("date") and under.share("date"):
            return row
    return -1


def _by_names(names: Names, entity: str, source_columns: Mapping[str, str]) -> Decision:
    """What a row would mean by its texts alone."""
    shown = heads(*names)
    return decide(shown, [Look(())] * len(shown), entity, source_columns)


def decision_of(
    names: Names,
    sample: Sequence[Sequence[str]],
    entity: str,
    source_columns: Mapping[str, str],
    place: Place,
    hidden: frozenset[int] = frozenset(),
) -> tuple[Decision, System | None]:
    """What the columns under a header mean, by it, by the rows after it and by what is around them,
    and the program whose export it seems to be. Of `hidden` columns only what no visible one gives
    is taken."""
    shown = heads(*names)
    width = min(len(shown), MOST_COLUMNS)
    rows = [r for r in sample[:SAMPLE] if sum(1 for cell in r[:width] if cell.strip()) > 1]
    rows = [r for r in rows if not TOTAL.match(next(filter(str.strip, r)))] or rows
    cells = [[r[i] if i < len(r) else "" for r in rows] for i in range(width)]
    decision = decide(shown, [Look(column) for column in cells], entity, source_columns, hidden)
    settle(decision)
    return decision, complete(decision, place)


def understand(
    row: int, names: Names, decision: Decision, system: System | None, place: Place
) -> Header:
    """The header of a table whose columns are decided.

    Raises FileError where a needed column is not there: it names all that is missing, what was
    found, and the lines to write.
    """
    if decision.missing():
        raise lacking(decision, row, place.name)
    ask(decision, place.name)
    shown, size = decision.heads, unit_above(decision, place)
    return Header(
        row, names[0], decision.columns, decision.constants, decision.reasons, tuple(shown),
        (*_same(decision), *_contradicted(decision), *_hidden(decision), *decision.notes), system.name if system else "",
        {plain(k): v for k, v in system.words.items()} if system else {},
        {i: _shown_cells(decision, i) for i in range(len(decision.looks))},
        size,
        decision.reads,
        tuple(shown[i].shown for i in sorted({*dates(decision), *_moneys(decision)})),
    )  # fmt: skip


def _moneys(decision: Decision) -> list[int]:
    """Columns of fractions of roubles: whole numbers may be anything."""
    if decision.entity not in {"payments", "costs", "phrases"}:
        return []
    return [i for i in sums(decision) if decision.looks[i].share("whole") < 0.5]


def _shown_cells(decision: Decision, place: int) -> tuple[str, ...]:
    """Three cells of a column: as they are where it holds dates, sums or words, else their shapes."""
    names = [n for n, places in decision.columns.items() if place in places]
    words = bool(names) and kind_of(names[0], decision.entity) in _WORDS
    look = decision.looks[place]
    shown = [mask(c) if words else shape(c) for c in look.cells.unique().to_pylist()[:3]]
    if names and kind_of(names[0], decision.entity) in _OPEN:
        plain_ = look.of("date", "serial", "clock", "sum").unique().to_pylist()[:3]
        shown = [str(cell) for cell in plain_] or shown
    return tuple(shown)


def _contradicted(decision: Decision) -> list[str]:
    """Notes of columns that are called like one that nobody gives, and hold other things."""
    notes = []
    for place, reason in decision.reasons.items():
        if not reason.certainty and reason.rival and not decision.has((reason.rival,)):
            notes.append(f"Столбец «{mask(decision.heads[place].shown)}» не взят: {reason.why}.")
    return notes


def _hidden(decision: Decision) -> list[str]:
    """Notes of columns that nobody sees in the file: which of them were taken."""
    notes = []
    for is_taken, fate in ((True, "взяты, видимых таких нет"), (False, "не взяты")):
        names = [
            f"«{mask(decision.heads[i].shown)}»" for i in sorted(decision.hidden)
            if i < len(decision.heads) and decision.heads[i].shown
            and is_taken == any(i in places for places in decision.columns.values())
        ]  # fmt: skip
        if names:
            notes.append(f"Скрытые столбцы {', '.join(names)} {fate}.")
    return notes


def _same(decision: Decision) -> list[str]:
    """Notes of columns that might have been taken for one that was."""
    notes = []
    for name, places in decision.columns.items():
        first = decision.heads[places[0]].shown
        reason = decision.reasons.get(places[0])
        if len(places) > 1 and name in ADDED and len({decision.heads[i].key for i in places}) > 1:
            every = ", ".join(f"«{mask(decision.heads[i].shown)}»" for i in places)
            notes.append(f"Столбцы {every} сложены: это части одного платежа.")
        elif len(places) > 1 and name not in SEVERAL:
            notes.append(f"Столбцов «{mask(first)}» несколько: где первый пуст, взят следующий.")
        elif reason and reason.rival and reason.rival not in ranks(decision.entity):
            other = next((i for i, h in enumerate(decision.heads) if h.shown == reason.rival), -1)
            if other in decision.free:
                notes.append(
                    f"Столбцы «{mask(first)}» и «{mask(reason.rival)}» похожи, взят «{mask(first)}». "
                    "Если нужен другой, назовите его в [source.columns]."
                )
    return notes
