"""Groups laid flat: a heading over its rows becomes their column, its subtotal is left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from metrics.schema import ENTITIES
from metrics.wording import counted, roubles
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.across_sums import TOTAL
from sheets_sync.reading.aliases import PARTS, WHOLES
from sheets_sync.reading.fits import is_counted
from sheets_sync.reading.headings import day, readers
from sheets_sync.reading.meaning import Decision
from sheets_sync.reading.money import kopecks, signs
from sheets_sync.reading.sheet import Sheet
from sheets_sync.reading.words import plain

#: Rows of a table that is looked through whole.
MOST_GROUPED = 200_000
#: Kopecks that a subtotal may be off; one of so many subtotals may not fit its rows.
_ROUNDING, _MOST_WRONG = 100, 5
#: Words by which a column says that a row is the sum of others; nothing beside their names, too.
_NAMED_LEVELS = frozenset(
    {"", *map(plain, ("кампания", "campaign", "аккаунт", "account", "группа"))}
)


@dataclass
class GroupHeading:
    """A heading: its row, its kopecks (None: it has no sum), the rows under it."""

    row: int
    sum: int | None
    under: list[int] = field(default_factory=list)


class OutlineRows:
    """Rows under a header, seen by its columns: the first of labels, others of words, the money."""

    def __init__(self, decision: Decision, rows: Sequence[list[str]]) -> None:
        self.rows, self.decision = rows, decision
        columns = decision.columns
        self.counted = {p for name, places in columns.items() if is_counted(name) for p in places}
        names = ("cost", "amount", *WHOLES, *PARTS)
        self.money = next((columns[n][0] for n in names if n in columns), -1)
        width = len(decision.heads)
        filled = [c for c in range(width) if any(self.at(r, c) for r in range(len(rows)))]
        self.label = next((c for c in filled if c not in self.counted), -1)
        self.others = [c for c in filled if c not in self.counted and c != self.label]
        self.seen = signs(self.at(r, self.money) for r in range(len(rows)) if self.money >= 0)

    def at(self, row: int, column: int) -> str:
        cells = self.rows[row]
        return cells[column].strip() if 0 <= column < len(cells) else ""

    def named(self) -> list[int]:
        """Columns of words that are no days: what tells one subtotal from another."""
        own = self.decision.columns.get(ENTITIES[self.decision.entity].when, ())
        return [c for c in (self.label, *self.others) if c not in own]

    def alone(self) -> list[str]:
        """Labels of the rows that have no other words."""
        return [self.at(r, self.label) for r in range(len(self.rows)) if self.is_alone(r)]

    def is_alone(self, row: int) -> bool:
        """Whether a row has its label and no other words."""
        return bool(self.at(row, self.label)) and not any(self.at(row, c) for c in self.others)

    def kopecks(self, row: int) -> int | None:
        return kopecks(self.at(row, self.money), self.seen) if self.at(row, self.money) else None

    def groups(self, is_head: Callable[[int], bool]) -> list[GroupHeading]:
        """Headings, each with the rows after it up to the next one or a total."""
        headings: list[GroupHeading] = []
        for row in range(len(self.rows)):
            first = next(filter(str.strip, self.rows[row]), "").strip()
            if not first:
                continue
            if TOTAL.match(first):
                headings.append(GroupHeading(-1, None))
            elif is_head(row):
                headings.append(GroupHeading(row, self.kopecks(row)))
            elif headings:
                headings[-1].under.append(row)
            else:
                headings.append(GroupHeading(-1, None, [row]))
        return headings

    def wrong(self, groups: Sequence[GroupHeading]) -> list[GroupHeading]:
        """Headings whose sum is not that of their rows."""
        return [
            g
            for g in groups
            if g.sum is not None
            and abs(sum(self.kopecks(r) or 0 for r in g.under) - g.sum) > _ROUNDING
        ]

    def complaints(self, groups: Sequence[GroupHeading]) -> list[str]:
        """Notes of headings whose sum is not that of their rows."""
        notes = []
        for group in self.wrong(groups)[:3]:
            added = sum(self.kopecks(r) or 0 for r in group.under)
            notes.append(
                f"Подытог «{mask(self.at(group.row, self.label))}» {roubles(group.sum or 0, 2)} не сходится со строками "
                f"под ним: {roubles(added, 2)}. Проверьте, целиком ли выгрузка."
            )
        return notes


def flat_groups(
    sheet: Sheet,
    top: Sequence[list[str]],
    decision: Decision,
    rows: Sequence[list[str]],
    where: str,
) -> Sheet | None:
    """The sheet without headings of groups and their subtotals, which stand in a column instead;
    None where there are none, or where the rows do not fit them. `top` are the rows above its
    header, `rows` all under it.

    Raises FileError where rows seem to count twice and nothing says which of them are subtotals.
    """
    if len(rows) > MOST_GROUPED:
        return None
    table = OutlineRows(decision, rows)
    if table.label < 0:
        return None
    for shape in (_in_columns, _in_one_column):
        if (groups := shape(table)) is not None:
            return _flat(sheet, top, table, *groups)
    heads = _by_sums(table) if decision.entity == "costs" else []
    if not heads:
        return None
    if _is_total(table, heads) or _levels(table, heads) & _NAMED_LEVELS:
        return _flat(sheet, top, table, heads, "", str)
    raise FileError(
        f"строки с подытогами стоят вместе со своими слагаемыми ({counted(len(heads), 'группа', 'группы', 'групп')}): "
        "расход посчитался бы дважды.",
        where=where,
        hint="Выгрузите без группировки или удалите строки подытогов.",
    )


#: Headings, the header of their column ("" = it has one already), and how a heading is read.
_Found = tuple[list[GroupHeading], str, Callable[[str], str]]


def _in_columns(table: OutlineRows) -> _Found | None:
    """A heading in the first column, rows with that cell empty in the others: a pivot."""
    if not table.others:
        return None
    groups = [g for g in table.groups(table.is_alone) if g.row >= 0]
    under = [r for g in groups for r in g.under if not table.at(r, table.label)]
    if not under or not all(g.under for g in groups) or len(under) != sum(len(g.under) for g in groups):  # fmt: skip
        return None
    return (groups, "", str) if _is_sound(table, groups) else None


def _in_one_column(table: OutlineRows) -> _Found | None:
    """Headings of another kind than the rows under them, in their column or alone in a row."""
    for name, header, read in readers(table.decision.entity, table.alone()):
        if table.decision.has((name,)) and name != "platform":
            continue
        groups = table.groups(partial(_is_head, table, read))
        heads = [g for g in groups if g.row >= 0]
        loose = [g for g in groups if g.row < 0 and g.under]
        if heads and not loose and all(g.under for g in heads) and _is_sound(table, heads):
            return heads, header, read
    return _dates_under(table)


def _is_head(table: OutlineRows, read: Callable[[str], str], row: int) -> bool:
    return table.is_alone(row) and bool(read(table.at(row, table.label)))


def _dates_under(table: OutlineRows) -> _Found | None:
    """«Площадка / Дата»: words over days, in one column whose header names both."""
    shown = table.decision.heads[table.label].shown
    outer, slash, inner = shown.partition("/")
    if not slash or not inner.strip():
        return None
    heads = [
        g
        for g in table.groups(lambda r: table.is_alone(r) and not day(table.at(r, table.label)))
        if g.row >= 0
    ]
    if not heads or not all(g.under for g in heads) or not _is_sound(table, heads):
        return None
    return heads, outer.strip(), str


def _is_sound(table: OutlineRows, groups: Sequence[GroupHeading]) -> bool:
    """Whether headings have no sums, or those of their rows."""
    summed = [g for g in groups if g.sum is not None]
    return not summed or _MOST_WRONG * len(table.wrong(groups)) <= len(summed)


def _flat(
    sheet: Sheet, top: Sequence[list[str]], table: OutlineRows, groups: list[GroupHeading], header: str, read: Callable[[str], str]
) -> Sheet:  # fmt: skip
    shown = [head.shown for head in table.decision.heads]
    if header and "/" in shown[table.label]:
        shown[table.label] = shown[table.label].partition("/")[2].strip()
    of_row = {r: read(table.at(g.row, table.label)) for g in groups for r in g.under}
    heads = {g.row for g in groups}
    rows: list[list[str]] = [*top, [*shown, header] if header else shown]
    numbers = [*range(1, len(top) + 2)]
    for place, cells in enumerate(table.rows):
        if place in heads:
            continue
        wide = [*cells, *[""] * (len(shown) - len(cells))]
        if header:
            wide = [*wide[: len(shown)], of_row.get(place, ""), *wide[len(shown) :]]
        elif place in of_row and not table.at(place, table.label):
            wide[table.label] = of_row[place]
        rows.append(wide)
        numbers.append(len(top) + 2 + place)
    return dataclasses.replace(
        sheet,
        rows=iter(rows),
        merged=(),
        batches=None,
        numbers=tuple(sheet.numbers[n - 1] if sheet.numbers else n for n in numbers),
        notes=(*sheet.notes, *_notes(table, groups, header or shown[table.label])),
    )


def _notes(table: OutlineRows, groups: list[GroupHeading], header: str) -> list[str]:
    summed = [g for g in groups if g.sum is not None]
    rows = counted(len(groups), "строка-заголовок", "строки-заголовка", "строк-заголовков")
    notes = [f"{rows} групп: их названия приняты столбцом «{mask(header)}» для строк под ними{', их подытоги не учтены' if summed else ''}."]  # fmt: skip
    return [*notes, *table.complaints(groups)]


def _by_sums(table: OutlineRows) -> list[GroupHeading]:
    """Rows each of which is the sum of those after it, where the whole table is made so."""
    rows = [
        r
        for r, cells in enumerate(table.rows)
        if not TOTAL.match(next(filter(str.strip, cells), ""))
    ]
    sums = [(r, v) for r in rows if (v := table.kopecks(r))]
    heads: list[GroupHeading] = []
    place = 0
    while place < len(sums):
        row, total = sums[place]
        added = 0
        under: list[int] = []
        while added < total and place + len(under) + 1 < len(sums):
            next_row, value = sums[place + len(under) + 1]
            under.append(next_row)
            added += value
        if added != total:
            return []
        heads.append(GroupHeading(row, total, under))
        place += len(under) + 1
    several = sum(len(g.under) > 1 for g in heads)
    if several and len(heads) > 1 and _levels(table, heads):
        return heads
    names = {tuple(table.at(g.row, c) for c in table.named()) for g in heads}
    return heads if several > 1 and len(names) == len(heads) else []


def _levels(table: OutlineRows, heads: Sequence[GroupHeading]) -> set[str]:
    """What a column writes at sums and at no row under them, folded: «кампания» over «группа», nothing
    («») over names of groups. Empty where no column parts the two."""
    for column in table.named():
        over = {plain(table.at(g.row, column)) for g in heads}
        under = {plain(table.at(r, column)) for g in heads for r in g.under}
        if len(over) == 1 and not over & under and (over == {""} or len(under) == 1):
            return over
    return set()


def _is_total(table: OutlineRows, heads: Sequence[GroupHeading]) -> bool:
    """Whether the table's own total is that of its headings."""
    totals = [
        r for r, cells in enumerate(table.rows) if TOTAL.match(next(filter(str.strip, cells), ""))
    ]
    return bool(totals) and table.kopecks(totals[-1]) == sum(g.sum or 0 for g in heads)
