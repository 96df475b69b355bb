"""Groups that a sheet shows by depth: by its outline, the indent of its cells, spaces before words."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from metrics.schema import ENTITIES
from metrics.wording import counted
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.across_sums import TOTAL
from sheets_sync.reading.headings import day, readers
from sheets_sync.reading.outline import GroupHeading, OutlineRows
from sheets_sync.reading.sheet import Sheet

#: What parts the names of a header over cells of several kinds: «Площадка / Кампания».
_PARTS = ("/", "\\", ">", ",", "\n")


def by_levels(
    sheet: Sheet, top: Sequence[list[str]], table: OutlineRows, where: str
) -> Sheet | None:
    """The sheet with what its headings say in columns of their own, beside the rows under them, and
    without their sums; None where no row stands deeper than another, or where what stands higher is
    no heading. `top` are the rows above the header.

    Raises FileError where headings hold sums and most of them are not those of the rows under them.
    """
    depths = _depths(sheet, len(top), table)
    if len(set(depths.values())) < 2:
        return None
    order = list(depths)
    # Excel's own groups stand over their sum, a report's under their heading.
    is_below = depths[order[0]] > min(depths.values())
    paths, heads = _paths(table, depths, order[::-1] if is_below else order)
    if not heads or not _set_label(table, heads):
        return None
    summed = [g for g in heads if g.sum is not None]
    wrong = table.wrong(heads)
    if 2 * len(wrong) > len(summed):
        # A space or an indent that somebody left is no layout.
        deep = sum(depth > min(depths.values()) for depth in depths.values())
        if 2 * deep < len(depths):
            return None
        raise FileError(
            "строки сгруппированы, а суммы групп не сходятся со строками под ними.",
            where=where,
            hint="Выгрузите без группировки или удалите строки групп.",
        )
    return _laid(sheet, top, table, paths, heads)


def has_depths(sheet: Sheet, rows: Sequence[list[str]]) -> bool:
    """Whether some rows may stand deeper than others."""
    firsts = [next(filter(str.strip, cells), "") for cells in rows]
    spaced = {len(first) - len(first.lstrip()) for first in firsts if first}
    return bool(sheet.levels) or len(spaced) > 1


def _depths(sheet: Sheet, above: int, table: OutlineRows) -> dict[int, int]:
    """How deep each row stands that is no blank and no total."""
    depths: dict[int, int] = {}
    for row, cells in enumerate(table.rows):
        first = next(filter(str.strip, cells), "")
        if not first or TOTAL.match(first.strip()):
            continue
        number = above + 1 + row
        number = sheet.numbers[number] - 1 if sheet.numbers else number
        depths[row] = (
            sheet.levels.get(number, 0) if sheet.levels else len(first) - len(first.lstrip())
        )
    return depths


def _paths(
    table: OutlineRows, depths: dict[int, int], order: Sequence[int]
) -> tuple[dict[int, tuple[int, ...]], list[GroupHeading]]:
    """The rows over each row of data, the highest first; and the headings, each with the rows of
    data under it."""
    paths: dict[int, tuple[int, ...]] = {}
    heads: dict[int, GroupHeading] = {}
    over: list[int] = []
    for row, after in zip(order, [*order[1:], -1], strict=True):
        while over and depths[over[-1]] >= depths[row]:
            over.pop()
        if after >= 0 and depths[after] > depths[row]:
            over.append(row)
            heads[row] = GroupHeading(row, table.kopecks(row))
            continue
        paths[row] = tuple(over)
        for head in over:
            heads[head].under.append(row)
    return paths, [head for head in heads.values() if head.under]


def _set_label(table: OutlineRows, heads: Sequence[GroupHeading]) -> bool:
    """Let the column of labels be the one that headings stand in; False where they are none: some
    say more than one thing."""
    words = [c for c in range(len(table.decision.heads)) if c not in table.counted]
    table.label = next((c for c in words if all(table.at(g.row, c) for g in heads)), -1)
    table.others = [c for c in words if c != table.label]
    return table.label >= 0 and all(table.is_alone(g.row) for g in heads)


def _laid(
    sheet: Sheet,
    top: Sequence[list[str]],
    table: OutlineRows,
    paths: dict[int, tuple[int, ...]],
    heads: Sequence[GroupHeading],
) -> Sheet:
    shown = [head.shown for head in table.decision.heads]
    width, deepest = len(shown), max(map(len, paths.values()))
    kinds = _names(table, paths, deepest)
    ways = [way for _, way in kinds]
    kinds_shown = [kind for kind, _ in kinds]
    shown[table.label] = kinds_shown[-1]
    rows: list[list[str]] = [*top, [*shown, *kinds_shown[:-1]]]
    numbers = [*range(1, len(top) + 2)]
    for row, cells in enumerate(table.rows):
        first = next(filter(str.strip, cells), "").strip()
        if row not in paths and not TOTAL.match(first):
            continue
        path = paths.get(row, ())
        names = [read(table.at(h, table.label)) for h, read in zip(path, ways, strict=False)]
        wide = [*cells, *[""] * (width - len(cells))]
        if names and not wide[table.label].strip():
            wide[table.label] = names[-1]
        rows.append([*wide, *names, *[""] * (deepest - len(names))])
        numbers.append(len(top) + 2 + row)
    return dataclasses.replace(
        sheet,
        rows=iter(rows),
        merged=(),
        batches=None,
        levels={},
        numbers=tuple(sheet.numbers[n - 1] if sheet.numbers else n for n in numbers),
        notes=(*sheet.notes, *_notes(table, heads, kinds_shown[:-1])),
    )


#: A header, and how what stands under it is read.
_Kind = tuple[str, Callable[[str], str]]


def _names(table: OutlineRows, paths: dict[int, tuple[int, ...]], deepest: int) -> list[_Kind]:
    """Headers of what stands at each depth of the column of labels, that of the rows last, and how
    each is read: the card of «Иванова А. (00017)»."""
    shown = table.decision.heads[table.label].shown
    labels = [[part.strip() for part in shown.split(sign)] for sign in _PARTS]
    several = next((own for own in labels if len(own) == deepest + 1), None)
    # What 1С heads its groups by; the documents under them have no header.
    several = several or next(([*own, ""] for own in labels if len(own) == deepest > 1), None)
    entity = table.decision.entity
    has_days = table.decision.has((ENTITIES[entity].when,))
    names: list[str] = []
    reads: list[Callable[[str], str]] = []
    for depth in range(deepest):
        cells = {table.at(path[depth], table.label) for path in paths.values() if len(path) > depth}
        ways = readers(entity, cells)
        fits = [(header, read) for _, header, read in ways if all(map(read, cells))]
        own, read = fits[0] if fits else ("", str)
        names.append(own or ("" if shown in names else shown))
        reads.append(read)
    if several:
        return list(zip(several, [*reads, str], strict=True))
    leaves = {table.at(row, table.label) for row in paths}
    are_days = not has_days and all(day(cell) for cell in leaves if cell)
    is_campaign = entity == "costs" and not table.decision.has(("campaign",))
    inner = "Дата" if are_days and any(leaves) else "Кампания" if is_campaign else ""
    if entity == "costs" and deepest > 1 and names[-1] == "":
        names[-1] = "Кампания"
    is_known = any(table.label in places for places in table.decision.columns.values())
    names.append(shown if is_known and shown not in names else inner or shown)
    return list(zip(names, [*reads, str], strict=True))


def _notes(table: OutlineRows, heads: Sequence[GroupHeading], kinds: Sequence[str]) -> list[str]:
    rows = counted(len(heads), "строка-заголовок", "строки-заголовка", "строк-заголовков")
    names = ", ".join(f"«{mask(kind)}»" for kind in kinds if kind)
    labels = f"названия приняты столбцом {names}" if names else "названия не взяты"
    return [
        f"{rows} групп (по отступам и уровням): {labels}, подытоги не учтены.",
        *table.complaints(heads),
    ]
