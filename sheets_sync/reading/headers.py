"""Where a sheet's header row is, and which of its columns mean what."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from metrics.schema import ENTITIES
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.sheet import Range
from sheets_sync.reading.words import plain

#: A header lies in the first rows or nowhere.
SEARCH_ROWS = 40
MOST_COLUMNS = 500
#: What an export may name besides an entity's own columns. A `time` is joined to the row's date.
OUTSIDE = ("phone", "email", "patient_id", "time")
#: Columns of parts of a payment, and the kind of each part; read where there is no whole sum.
PARTS = {
    "paid_cash": "payment",
    "paid_card": "payment",
    "paid_credit": "payment",
    "paid_prepayment": "prepayment",
    "paid_insurance": "insurance",
    "paid_balance": "balance_spend",
    "paid_bonus": "bonus",
}
#: Columns that several headers may give: a person's mobile and home phone.
SEVERAL = ("phone", "email")
#: At least one of each group must be there for a row to be whole.
NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "leads": (("created_at",),),
    "appointments": (
        ("starts_at",),
        ("status",),
        ("patient_id", "phone", "email", "patient_key", "person_key"),
    ),
    "payments": (
        ("paid_at",),
        ("amount", *PARTS),
        ("patient_id", "phone", "email", "patient_key", "person_key"),
    ),
    "costs": (("date_from",), ("cost",), ("platform", "utm_source")),
    "calls": (("started_at",),),
    "touches": (("at",), ("ym_client_id", "phone", "email", "person_key")),
    "traffic": (("date",),),
}
#: What may stand in a header beside its name. «тыс. руб.» is not here: it changes the sum.
_UNITS = re.compile(
    r"\b(?:в )?(?:руб(?:лях|лей|\.)?|р\.|rub|rur)(?!\w)|₽|\b(?:в т\.? ?ч\.?|с|без|включая) ндс\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r" \d$")
_MOST_OF_ONE = 4
#: How many rows after one that names everything may name more: the lower half of a merged header.
_MORE_ROWS = 2


@dataclass(frozen=True)
class Header:
    """`row` is the last header row, counted from 0; data begins after it. `names` are the headers
    as shown, duplicates numbered; `columns` says which columns of the sheet give a canonical one;
    `constants` are values that a clinic's file gives for the whole file (`platform = "=2ГИС"`)."""

    row: int
    names: tuple[str, ...]
    columns: Mapping[str, tuple[int, ...]]
    constants: Mapping[str, str]
    #: Pairs of headers that mean the same: (taken, left).
    doubled: tuple[tuple[str, str], ...] = ()

    @property
    def meanings(self) -> dict[str, str]:
        """Header -> canonical name, "" where it is unknown or dropped."""
        given = {i: name for name, places in self.columns.items() for i in places}
        return {mask(name): given.get(i, "") for i, name in enumerate(self.names) if name}


def canonical(entity: str) -> tuple[str, ...]:
    """Every name that a column of an export of this entity may have."""
    own = [c.name for c in ENTITIES[entity].columns if not c.ours]
    return tuple(dict.fromkeys((*own, *OUTSIDE, *(PARTS if entity == "payments" else ()))))


@cache
def aliases(entity: str) -> dict[str, tuple[str, ...]]:
    """Canonical name -> its aliases, the preferred first, the canonical name itself before all."""
    text = resources.files("sheets_sync.reading").joinpath("aliases.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    merged = {
        **tables[entity],
        **{k: v for k, v in tables["any"].items() if k not in tables[entity]},
    }
    return {name: (name, *merged.get(name, ())) for name in (*merged, *canonical(entity))
            if name in canonical(entity)}  # fmt: skip


@cache
def _places(entity: str) -> dict[str, dict[str, int]]:
    """Canonical name -> plain alias -> how much it is preferred, 0 most."""
    return {
        name: {plain(word): place for place, word in reversed(list(enumerate(words)))}
        for name, words in aliases(entity).items()
    }


def find_header(
    top: Sequence[Sequence[str]],
    merged: Sequence[Range],
    entity: str,
    given: Mapping[str, str],
    where: str,
) -> Header:
    """The header among the first rows of a sheet: the row, or two rows under one another, that
    names most of what the entity needs. `given` is [source.columns] and stands above the aliases.

    Raises FileError where a needed column is not found: it names the headers that were, the
    aliases looked for, and the line to write.
    """
    _check_given(entity, given, where)
    best: tuple[tuple[int, int], Header] | None = None
    last = min(len(top), SEARCH_ROWS)
    row = 0
    while row < last:
        for names in _readings(top, row, merged):
            header = _understand(names, row, entity, given)
            score = (-len(_missing(header, entity, given)), len(header.columns))
            if header.columns and (best is None or score > best[0]):
                best = (score, header)
                if score[0] == 0:
                    last = min(last, row + 1 + _MORE_ROWS)
        row += 1
    if best is None or _missing(best[1], entity, given):
        raise _not_found(best[1] if best else None, entity, given, where)
    return best[1]


def _check_given(entity: str, given: Mapping[str, str], where: str) -> None:
    unknown = [name for name in given if name not in canonical(entity)]
    if unknown:
        raise FileError(
            f"в [source.columns] неизвестный столбец {unknown[0]}.",
            where=where,
            hint=f"Для {entity} бывают: {', '.join(canonical(entity))}.",
        )


#: Names of a header's columns: what is shown, and the ways to look each up.
_Names = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]


def _readings(top: Sequence[Sequence[str]], row: int, merged: Sequence[Range]) -> list[_Names]:
    """The row alone, and the row under the one above it, whose merged cells stretch."""
    low = [" ".join(cell.split()) for cell in top[row]][:MOST_COLUMNS]
    alone = _numbered(low), tuple((name,) for name in low)
    if not row:
        return [alone]
    high = [" ".join(cell.split()) for cell in top[row - 1]][:MOST_COLUMNS]
    for (first, left), (_, right) in merged:
        if first == row - 1 and left < len(high):
            high += [""] * (min(right + 1, MOST_COLUMNS) - len(high))
            high[left : right + 1] = [high[left]] * len(high[left : right + 1])
    width = max(len(low), len(high))
    pairs = list(
        zip(high + [""] * (width - len(high)), low + [""] * (width - len(low)), strict=True)
    )
    shown = [f"{a} / {b}" if a and b else a or b for a, b in pairs]
    ways = tuple((f"{a} {b}", f"{b} {a}", b) if b else (a,) for a, b in pairs)
    return [alone, (_numbered(shown), ways)]


def _numbered(names: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
    counts: dict[str, int] = {}
    out = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        out.append(f"{name} ({counts[name]})" if name and counts[name] > 1 else name)
    return tuple(out)


def _understand(names: _Names, row: int, entity: str, given: Mapping[str, str]) -> Header:
    """What each column means: by the clinic's file, else by the most preferred alias."""
    shown, ways = names
    keys = [[k for way in several for k in _keys(way)] for several in ways]
    free = {i for i, name in enumerate(shown) if name}
    columns: dict[str, tuple[int, ...]] = {}
    constants: dict[str, str] = {}
    doubled: list[tuple[str, str]] = []
    for name, header in given.items():
        if header.startswith("="):
            constants[name] = header[1:].strip()
        elif header:
            same = [i for i in free if plain(shown[i]) == plain(header)]
            same = same or sorted(i for i in free if plain(header) in keys[i])
            if same:
                columns[name] = (same[0],)
                free.discard(same[0])
    for name, wanted in _places(entity).items():
        if name in given:
            continue
        ranks = {i: min((wanted[k] for k in keys[i] if k in wanted), default=-1) for i in free}
        matched = sorted((rank, i) for i, rank in ranks.items() if rank >= 0)
        if not matched:
            continue
        if name in SEVERAL:
            columns[name] = tuple(sorted(i for _, i in matched)[:_MOST_OF_ONE])
        else:
            columns[name] = (matched[0][1],)
            doubled += [(shown[matched[0][1]], shown[i]) for _, i in matched[1:]]
        free -= set(columns[name])
    if "amount" in columns:
        columns = {name: places for name, places in columns.items() if name not in PARTS}
    left = {shown[i] for i in free}
    return Header(row, shown, columns, constants, tuple(d for d in doubled if d[1] in left))


def _keys(name: str) -> list[str]:
    """The ways to look a header up: as it is, without its unit, without its number."""
    bare = _UNITS.sub(" ", name)
    ways = (plain(name), plain(bare), _NUMBERED.sub("", plain(bare)))
    return [way for way in dict.fromkeys(ways) if way]


def says_vat(name: str) -> bool | None:
    """What a cost's header says of VAT: «Расход (с НДС)», «без НДС»; None if nothing."""
    lowered = name.casefold()
    if "ндс" not in lowered:
        return None
    return "без ндс" not in lowered and "без учета ндс" not in lowered


def _missing(header: Header, entity: str, given: Mapping[str, str]) -> list[tuple[str, ...]]:
    """What a header lacks: headers that the clinic's file names, groups of needed columns."""
    there = {*header.columns, *header.constants}
    named = [(n,) for n, h in given.items() if h and n not in there]
    return named + [group for group in NEEDED[entity] if not there.intersection(group)]


def _not_found(
    header: Header | None, entity: str, given: Mapping[str, str], where: str
) -> FileError:
    if header is None:
        return FileError(
            "не нашёл строку с названиями столбцов.",
            where=where,
            hint=f"Нужны как минимум: {_wanted(NEEDED[entity], entity)}.",
        )
    missing = _missing(header, entity, given)[0]
    # One word alone may be a cell of data that happens to be called like a column.
    sure = len(header.columns) > 1
    found = ", ".join(f"«{mask(n)}»" for n in header.names if n)[:600] if sure else "не показываю"
    if missing[0] in given:
        return FileError(
            f"нет столбца «{given[missing[0]]}» ({missing[0]} в [source.columns]). Нашёл: {found}.",
            where=where,
            hint="Исправьте название в файле клиники.",
        )
    return FileError(
        f"не нашёл столбец {' или '.join(missing)}. В строке {header.row + 1} нашёл: {found}.",
        where=where,
        hint=f"Ожидал {_wanted((missing,), entity)}. Если столбец называется иначе, допишите "
        f'в файл клиники под этим [[source]]: [source.columns] {missing[0]} = "название столбца".',
    )


def _wanted(groups: Sequence[tuple[str, ...]], entity: str) -> str:
    """The needed columns, each with the first of its aliases."""
    return "; ".join(
        " или ".join(f"{name} («{'», «'.join(aliases(entity)[name][1:5])}»)"
                     if aliases(entity)[name][1:] else name for name in group)
        for group in groups
    )  # fmt: skip
