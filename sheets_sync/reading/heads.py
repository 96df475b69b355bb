"""A header's cell: what is shown of it, the ways to look it up, the unit and the VAT that it names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from sheets_sync.reading.aliases import PAID, PARTS, USED, aliases
from sheets_sync.reading.money import Unit, unit, without_unit
from sheets_sync.reading.sheet import Range
from sheets_sync.reading.words import letters, phrase, plain, stem

MOST_COLUMNS = 500
#: How much less sure a header is that was found without its brackets.
LOOSE = 1_000
#: The ways to read a header of two rows as one; the upper row alone says less.
_TOGETHER = 3
#: Units of what is no money.
_UNITS = frozenset({"%", "шт", "ед", "дд.мм.гггг", "мин", "чч:мм", "дата"})
_NUMBERED = re.compile(r" \d$")
#: Where a program's own name has its second word: `CampaignName`.
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: How Metrica's logs call a field: `ym:s:lastsignTrafficSource`.
_LOGGED = re.compile(
    r"^ym:[a-z]{1,2}:(?:(?:first|last|lastsign|automatic|cross_device_[a-z_]+|last_yandex_direct_click)(?=[A-Z]))?"
)
#: How a pivot of Excel calls a column of sums.
_PIVOT = re.compile(r"^(?:сумма по полю|sum of) ", re.IGNORECASE)
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_VAT = re.compile(
    r"\b(?:(?:в т ч|в том числе|с учетом|без учета|не включая|включая|вкл|с|без) )?(?:ндс|vat)\b(?: \d+ ?%)?"
)
#: How a header of what a sum beside it holds begins.
_INSIDE = (["из", "них"], ["в", "том", "числе"], ["в", "т", "ч"], ["включая"], ["of", "which"])
#: Words in a header's brackets that make it another thing.
_OTHER = re.compile(r"%|план|долг|скид|без|\bне\b|остат|прогноз|возвр|комис")


@dataclass(frozen=True)
class Head:
    """One column's header. `ranks` says how to look it up: key -> how much less sure it is."""

    shown: str
    ranks: dict[str, int]
    unit: Unit
    vat: bool | None

    @cached_property
    def bag(self) -> str:
        """Its words in no order, number and case; "" for a single one."""
        return bag_of(self.shown)

    @property
    def key(self) -> str:
        return next(iter(self.ranks), "")


def heads(shown: Sequence[str], ways: Sequence[tuple[str, ...]]) -> tuple[Head, ...]:
    """Headers as shown, each with the texts it may be read by."""
    return tuple(_head(name, several) for name, several in zip(shown, ways, strict=True))


def _head(shown: str, ways: tuple[str, ...]) -> Head:
    ranks: dict[str, int] = {}
    ways, over = ways[:_TOGETHER], ways[_TOGETHER:]
    ways = tuple(_LOGGED.sub("", _PIVOT.sub("", way)) for way in ways)
    for way in (*ways, *(_CAMEL.sub(" ", way) for way in ways if _CAMEL.search(way))):
        for key in (plain(way), _bare(way), _NUMBERED.sub("", _bare(way))):
            ranks.setdefault(key, 0)
    for way in ways:
        inside = " ".join(a or b for a, b in _BRACKETS.findall(way))
        if inside and not _OTHER.search(" ".join(letters(inside))):
            ranks.setdefault(_bare(_BRACKETS.sub(" ", way)), LOOSE)
    for way in over:
        ranks.setdefault(plain(way), LOOSE)
    ranks.pop("", None)
    words = letters(shown)
    return Head(shown, ranks, unit(words), _vat(" ".join(words)))


def bag_of(name: str) -> str:
    """The words of a header in no order, number and case: «Пациент №» is «Номер пациента»."""
    if " " not in name.strip():
        return ""
    words = sorted(stem(" ".join(without_unit(letters(name)))).split())
    return " ".join(words) if len(words) > 1 else ""


@cache
def bags(entity: str) -> dict[str, dict[str, int]]:
    """Canonical name -> words of an alias in no order -> how much it is preferred, 0 most. What may
    be two names is none."""
    own = {
        name: {
            bag: place for place, word in reversed(list(enumerate(words))) if (bag := bag_of(word))
        }
        for name, words in aliases(entity).items()
    }
    seen = Counter(bag for several in own.values() for bag in several)
    return {
        name: {b: p for b, p in several.items() if seen[b] == 1} for name, several in own.items()
    }


def inside(shown: str) -> list[str]:
    """What a header calls a part of a sum beside it: «из них бонусами» is «бонусами»."""
    words = letters(shown)
    return next((words[len(start) :] for start in _INSIDE if words[: len(start)] == start), [])


def part_of(shown: str) -> str:
    """The part of a payment that a header tells by what it was paid of: «Оплачено с аванса»; plain
    money has headers of its own."""
    words = letters(shown)
    rest = inside(shown) or (words[1:] if words and words[0].startswith(PAID) else [])
    rest = rest or (words if len(words) > 1 and any(w.startswith(USED) for w in words) else [])
    kind = phrase(" ".join(rest), "payment_kind")
    if kind == "refund" and inside(shown):
        return kind
    plain_kinds = {"payment", "prepayment", "refund"}
    return next((n for n, k in PARTS.items() if k == kind and k not in plain_kinds), "")


def _bare(name: str) -> str:
    """A header without its unit and without what it says of VAT."""
    return plain(" ".join(without_unit(_VAT.sub(" ", " ".join(letters(name))).split())))


def _vat(words: str) -> bool | None:
    """What a header says of VAT: «Расход (с НДС)», «без НДС»; None if nothing."""
    match = _VAT.search(words)
    return None if not match else not re.search(r"без|не включая", match[0])


#: Names of a header's columns: what is shown, and the texts to look each up by.
Names = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]


def readings(top: Sequence[Sequence[str]], row: int, merged: Sequence[Range]) -> list[Names]:
    """The row alone, and the row under the one above it, whose merged cells stretch."""
    low = [" ".join(cell.split()) for cell in top[row]][:MOST_COLUMNS]
    alone = distinct_names(low), tuple((name,) for name in low)
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
    alone_over = [a and high[i + 1 : i + 2] not in ([a], [""]) for i, (a, _) in enumerate(pairs)]
    ways = tuple(
        (f"{a} {b}", f"{b} {a}", b, *([a] if is_over else [])) if b else (a,)
        for (a, b), is_over in zip(pairs, alone_over, strict=True)
    )
    return [alone, (distinct_names(shown), ways)]


def one_header(
    top: list[list[str]], names: Container[str], *, is_deep: bool = False
) -> list[list[str]]:
    """First rows with a header that stands over several rows of one column on its last one: «Врач»,
    «Карта пациента», «Дата», as 1С writes groups. `names` are plain headers; `is_deep`: the rows stand
    at several levels, and a header of two rows names two of them."""
    for row, cells in enumerate(top):
        filled = [c for c, cell in enumerate(cells) if cell.strip()]
        if len(filled) < 2:
            continue
        place, stack = filled[0], [cells[filled[0]].strip()]
        for under in top[row + 1 :]:
            alone = [c for c, cell in enumerate(under) if cell.strip()]
            if alone != [place] or plain(under[place]) not in names:
                break
            stack.append(under[place].strip())
        # of two rows `readings` knows
        if len(stack) > (1 if is_deep else 2) and plain(stack[0]) in names:
            last = row + len(stack) - 1
            head = [*cells[:place], " / ".join(stack), *cells[place + 1 :]]
            return [*top[:row], *([[]] * (last - row)), head, *top[last + 1 :]]
    return top


def with_units(names: Names, below: Sequence[Sequence[str]]) -> Names | None:
    """A header with the units that the row under it names: «Оплачено» over «тыс. руб.»; None where that
    row says another thing."""
    cells = [cell.strip() for cell in below[0]] if below else []
    filled = [cell for cell in cells if cell]
    if not filled or len(cells) > len(names[0]) or not all(map(_is_unit, filled)):
        return None
    cells += [""] * (len(names[0]) - len(cells))
    shown = tuple(f"{a}, {b}" if a and b else a or b for a, b in zip(names[0], cells, strict=True))
    ways = tuple(
        tuple(f"{way}, {b}" if b else way for way in own)
        for own, b in zip(names[1], cells, strict=True)
    )
    return shown, ways


def _is_unit(cell: str) -> bool:
    words = letters(cell)
    return (
        bool(words)
        and not any(map(str.isdigit, cell))
        and (not without_unit(words) or cell.strip(" .").casefold() in _UNITS)
    )


def distinct_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names with the second and further of one spelling numbered: «Источник (2)»."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
    counts: dict[str, int] = {}
    out = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        out.append(f"{name} ({counts[name]})" if name and counts[name] > 1 else name)
    return tuple(out)
