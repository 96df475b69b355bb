"""A sheet under its header: columns of clean texts, without titles, totals, group rows and blanks."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from metrics.schema import ENTITIES
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.above import by_marks, by_total, in_merges
from sheets_sync.reading.across import rows_of_columns
from sheets_sync.reading.add_parts import add_parts
from sheets_sync.reading.aliases import ADDED, PARTS, SEVERAL, WHOLES, ranks
from sheets_sync.reading.batches import Batch
from sheets_sync.reading.blocks import side_by_side, stacked
from sheets_sync.reading.bonus_costs import without_bonuses
from sheets_sync.reading.cells import clean
from sheets_sync.reading.characters import has_byte
from sheets_sync.reading.fits import kind_of
from sheets_sync.reading.headers import SEARCH_ROWS, Header, decision_of, find_row, understand
from sheets_sync.reading.heads import Names, one_header, with_units
from sheets_sync.reading.kopecks_apart import kopecks_apart
from sheets_sync.reading.levels import by_levels, has_depths
from sheets_sync.reading.looks import SAMPLE
from sheets_sync.reading.meaning import Decision
from sheets_sync.reading.numbered_columns import numbered
from sheets_sync.reading.outline import MOST_GROUPED, OutlineRows, flat_groups
from sheets_sync.reading.periods import years_inside
from sheets_sync.reading.sheet import NOT_COMPUTED, Sheet
from sheets_sync.reading.sorter import Sorter
from sheets_sync.reading.systems import Place
from sheets_sync.reading.values import map_cells

#: Columns whose sums may be counted twice.
_MONEY = ("cost", "amount", *WHOLES, *PARTS)
#: A row of data has no more headings of groups above it than that.
_MOST_HEADINGS = 20
#: A cell that is a dash alone.
_DASH = r"^\s*[-–—−]+\s*$"
#: How such a cell begins in UTF-8, less its spaces.
_DASHES = b"-\xe2"


@dataclass
class Grid:
    """Columns by canonical name (a second phone is `phone:1`), and the sheet's row of each line.

    `wide` are rows with more cells than the header has columns. `totals` maps the row of each total
    left out to its cells by canonical name. `groups` counts rows that hold one heading for those
    under them, `repeats` the header's repetitions. Of the title above its header `place` keeps the
    years, which days may lack: the rest is understood by now, and often the moment of the export.
    """

    where: str
    place: Place
    header: Header
    columns: dict[str, pa.Array]
    rows: npt.NDArray[np.int64]
    wide: list[int] = field(default_factory=list)
    totals: dict[int, dict[str, str]] = field(default_factory=dict)
    groups: int = 0
    repeats: int = 0
    #: Rows that were made of a cell beside the sum of another: a refund. None: no row.
    made: npt.NDArray[np.bool_] | None = None


def read_grid(
    sheet: Sheet, entity: str, source_columns: Mapping[str, str], where: str, file: str = ""
) -> Grid:
    """Find the header of a sheet and read the columns that the entity knows, as texts.

    `where` is how messages call the sheet, `file` the name of its file. Unknown columns (names, comments, birth dates …) are dropped here: of their cells only shares
    are known. Raises FileError as `find_row` and `understand` do, and for a formula without a value.
    """
    top = list(islice(sheet.rows, SEARCH_ROWS))
    words = {name for names in ranks(entity).values() for name in names}
    top = one_header(top, words, is_deep=bool(sheet.levels))
    sheet, top = _laid_out(sheet, top, entity, source_columns, where, file)
    row, names = find_row(top, sheet.merged, entity, source_columns, where)
    below = [*top[row + 1 :], *islice(sheet.rows, SAMPLE)]
    over = top[:row]
    if united := with_units(names, below):
        row, names, below, over = row + 1, united, below[1:], [*over, []]
    for together in (stacked, side_by_side, numbered, kopecks_apart):
        if one := together(sheet, top, row, below, entity):
            return read_grid(one, entity, source_columns, where, file)
    title = tuple(" ".join(filter(None, map(str.strip, cells))) for cells in over)
    place = Place(file or where, sheet.name, title)
    decision, system = decision_of(names, below, entity, source_columns, place, sheet.hidden)
    if flat := _flat(sheet, over, names, decision, below, where):
        return read_grid(flat, entity, source_columns, where, file)
    header = understand(row, names, decision, system, place)
    places = {
        name if number == 0 else f"{name}:{number}": place
        for name, several in header.columns.items()
        for number, place in enumerate(several)
    }
    sorter = Sorter(_low(names), places, ENTITIES[entity].key, ENTITIES[entity].when)
    numbers, columns = _rows_below(sheet, below, header, sorter, entity, where)
    columns = by_marks(in_merges(columns, places, numbers, sheet.merged))
    columns |= {n: map_cells(columns[n], read) for n, read in header.reads.items() if n in columns}
    columns, above = by_total(entity, header, columns, sorter.totals)
    if sheet.notes or above:
        header = dataclasses.replace(header, notes=(*sheet.notes, *header.notes, *above))
    if sheet.numbers:
        numbers = np.array(sheet.numbers, dtype=np.int64)[numbers - 1]
    place = dataclasses.replace(place, title=years_inside(*title))
    grid = Grid(
        where, place, header, without_bonuses(add_parts(_first_filled(columns, header))), numbers,
        sorter.wide, sorter.totals, sorter.groups, sorter.repeats,
    )  # fmt: skip
    _check_computed(grid)
    return grid


def _low(names: Names) -> tuple[str, ...]:
    """What the lower row of a header says, or its only one."""
    return tuple(" ".join(way[-1:]) for way in names[1])


def _rows_below(
    sheet: Sheet, below: list[list[str]], header: Header, sorter: Sorter, entity: str, where: str
) -> tuple[npt.NDArray[np.int64], dict[str, pa.Array]]:
    """The numbers of the rows of data under a header, and the columns that are wanted of them.

    Raises FileError where lines of one cell are far more than could head the rows that there are.
    """
    chunks: dict[str, list[pa.Array]] = {name: [] for name in sorter.places}
    numbers = [np.zeros(0, dtype=np.int64)]
    start = header.row + 2
    for batch in chain([Batch.of_rows(below)], sheet.rest(len(header.names))):
        rows, cells = sorter.data(batch, start)
        numbers.append(rows)
        start += batch.size
        lines = sum(map(len, numbers))
        if sorter.groups > _MOST_HEADINGS * (lines + _MOST_HEADINGS):
            raise FileError(
                f"до строки {start}: полных строк {lines}, а тех, где заполнена одна ячейка, {sorter.groups}.",
                where=where,
                hint="Скорее всего, где-то выше лишняя или незакрытая кавычка либо это не та выгрузка: "
                "исправьте файл или выгрузите его в XLSX.",
            )
        for name, column in zip(sorter.places, cells, strict=True):
            chunks[name].append(column)
    # Pieces of a column are let go as soon as it is whole.
    return np.concatenate(numbers), {
        name: _joined(chunks.pop(name), kind_of(name.partition(":")[0], entity), entity)
        for name in sorter.places
    }


def _flat(
    sheet: Sheet,
    top: list[list[str]],
    names: Names,
    decision: Decision,
    below: list[list[str]],
    where: str,
) -> Sheet | None:
    """The sheet with its groups laid flat: where its rows stand at several depths, where they say
    what its columns lack, or where costs stand together with their subtotals."""
    if sheet.flat or any(len(ways) > 1 for ways in names[1]):
        return None
    is_deep = has_depths(sheet, below) and (decision.missing() or decision.has(_MONEY))
    may_be = decision.entity == "costs" or _lacks_days(decision)
    if not (is_deep or decision.missing()) and (
        not may_be or flat_groups(sheet, top, decision, below, where) is None
    ):
        return None
    below += islice(sheet.rows, MOST_GROUPED)
    if is_deep and (flat := by_levels(sheet, top, OutlineRows(decision, below), where)):
        return dataclasses.replace(flat, flat=True)
    flat = flat_groups(sheet, top, decision, below, where)
    return dataclasses.replace(flat, flat=True) if flat else None


def _lacks_days(decision: Decision) -> bool:
    """Whether some rows of a table of money have no day of their own."""
    places = decision.columns.get(ENTITIES[decision.entity].when, ())
    looks = [decision.looks[place] for place in places[:1]]
    return decision.has(_MONEY) and any(look.filled < len(look.text) for look in looks)


def _laid_out(
    sheet: Sheet,
    top: list[list[str]],
    entity: str,
    source_columns: Mapping[str, str],
    where: str,
    file: str,
) -> tuple[Sheet, list[list[str]]]:
    """The sheet with a fact a row, and the first of its rows."""
    if (
        entity not in {"costs", "traffic"}
        or {"cost", "visits"} & source_columns.keys()
        or sheet.flat
    ):
        return sheet, top
    for _ in range(2):  # months over platforms
        if (laid := rows_of_columns(sheet, top, entity, file, where)) is None:
            break
        sheet, top = laid, list(islice(laid.rows, SEARCH_ROWS))
    return sheet, top


def _joined(parts: list[pa.Array], kind: str, entity: str) -> pa.Array:
    """A column whole and clean. Beside pluses a dash is a minus; among costs it is nought."""
    text = pa.concat_arrays(parts) if parts else pa.array([], pa.string())
    if kind in {"flag", "words"} and has_byte(text, b"+"):
        if pc.any(pc.equal(pc.utf8_trim_whitespace(text), "+")).as_py():
            text = pc.replace_substring_regex(text, _DASH, "нет")
    elif kind == "sum" and entity in {"costs", "phrases"} and has_byte(text, _DASHES):
        text = pc.replace_substring_regex(text, _DASH, "0")
    return clean(text)


def _first_filled(columns: dict[str, pa.Array], header: Header) -> dict[str, pa.Array]:
    """Of several columns of one header the first that is filled, row by row."""
    apart = {
        name for name, places in header.columns.items()
        if name in SEVERAL or (name in ADDED and len({header.heads[i].key for i in places}) > 1)
    }  # fmt: skip
    firsts: dict[str, pa.Array] = {}
    for name, column in columns.items():
        own, _, number = name.partition(":")
        if number and own not in apart:
            firsts[own] = pc.if_else(pc.equal(firsts[own], ""), column, firsts[own])
        else:
            firsts[name] = column
    return firsts


def _check_computed(grid: Grid) -> None:
    for name, column in grid.columns.items():
        may_be = has_byte(column, NOT_COMPUTED.encode()[:1])
        at = pc.index(column, NOT_COMPUTED).as_py() if may_be else -1
        if at >= 0:
            place = grid.header.columns[name.partition(":")[0]][0]
            raise FileError(
                f"строка {grid.rows[at]}, столбец «{mask(grid.header.names[place])}»: "
                "формула без вычисленного значения.",
                where=grid.where,
                hint="Откройте файл в Excel, дождитесь пересчёта и сохраните его.",
            )
