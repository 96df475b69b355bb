"""A sheet under its header: columns of clean texts, without titles, totals, group rows and blanks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from metrics.schema import ENTITIES
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import SEVERAL
from sheets_sync.reading.batches import Batch
from sheets_sync.reading.cells import clean
from sheets_sync.reading.fits import is_counted
from sheets_sync.reading.headers import SEARCH_ROWS, Header, find_row, understand
from sheets_sync.reading.looks import SAMPLE
from sheets_sync.reading.sheet import NOT_COMPUTED, Range, Sheet
from sheets_sync.reading.sorter import Sorter
from sheets_sync.reading.systems import Place


@dataclass
class Grid:
    """Columns by canonical name (a second phone is `phone:1`), and the sheet's row of each line.

    `wide` are rows with more cells than the header has columns. `totals` maps the row of each total
    left out to its cells by canonical name. `groups` counts rows that hold one heading for those
    under them, `repeats` the header's repetitions.
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
    sheet: Sheet, entity: str, given: Mapping[str, str], where: str, file: str = ""
) -> Grid:
    """Find the header of a sheet and read the columns that the entity knows, as texts.

    `where` is how messages call the sheet, `file` the name of its file. Unknown columns (names, comments, birth dates …) are dropped here: of their cells only shares
    are known. Raises FileError as `find_row` and `understand` do, and for a formula without a value.
    """
    top = list(islice(sheet.rows, SEARCH_ROWS))
    row, names = find_row(top, sheet.merged, entity, given, where)
    below = [*top[row + 1 :], *islice(sheet.rows, SAMPLE)]
    title = tuple(" ".join(filter(None, map(str.strip, cells))) for cells in top[:row])
    place = Place(file or where, sheet.name, title)
    header = understand(row, names, below, entity, given, place)
    places = {
        name if number == 0 else f"{name}:{number}": place
        for name, several in header.columns.items()
        for number, place in enumerate(several)
    }
    sorter = Sorter(header.names, places, ENTITIES[entity].key, ENTITIES[entity].when)
    chunks: dict[str, list[pa.Array]] = {name: [] for name in places}
    kept = [np.zeros(0, dtype=np.int64)]
    start = header.row + 2
    for batch in chain([Batch.of_rows(below)], sheet.rest(len(header.names))):
        rows, cells = sorter.data(batch, start)
        kept.append(rows)
        start += batch.size
        for name, column in zip(places, cells, strict=True):
            chunks[name].append(column)
    numbers = np.concatenate(kept)
    columns = {name: _joined(parts) for name, parts in chunks.items()}
    columns = _as_above(columns, places, numbers, sheet.merged)
    grid = Grid(
        where, place, header, _first_filled(columns), numbers,
        sorter.wide, sorter.totals, sorter.groups, sorter.repeats,
    )  # fmt: skip
    _check_computed(grid)
    return grid


def _as_above(
    columns: dict[str, pa.Array],
    places: Mapping[str, int],
    rows: npt.NDArray[np.int64],
    merged: Sequence[Range],
) -> dict[str, pa.Array]:
    """Cells of a merged range that reaches over several rows say what its first one does; a sum or
    a count stands once."""
    down: dict[int, list[tuple[int, int]]] = {}
    for (first, left), (last, right) in merged:
        if last > first:
            for place in range(left, right + 1):
                down.setdefault(place, []).append((first + 1, last + 1))
    found = dict(columns)
    for name, place in places.items():
        if place not in down or is_counted(name):
            continue
        source = np.arange(len(rows))
        for first, last in down[place]:
            begin, end = np.searchsorted(rows, [first, last + 1])
            if begin < end and rows[begin] == first:
                source[begin:end] = begin
        found[name] = found[name].take(pa.array(source))
    return found


def _joined(parts: list[pa.Array]) -> pa.Array:
    return clean(pa.concat_arrays(parts) if parts else pa.array([], pa.string()))


def _first_filled(columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Of several columns of one header the first that is filled, row by row."""
    found: dict[str, pa.Array] = {}
    for name, column in columns.items():
        own, _, number = name.partition(":")
        if number and own not in SEVERAL:
            found[own] = pc.if_else(pc.equal(found[own], ""), column, found[own])
        else:
            found[name] = column
    return found


def _check_computed(grid: Grid) -> None:
    for name, column in grid.columns.items():
        at = pc.index(column, NOT_COMPUTED).as_py()
        if at >= 0:
            place = grid.header.columns[name.partition(":")[0]][0]
            raise FileError(
                f"строка {grid.rows[at]}, столбец «{mask(grid.header.names[place])}»: "
                "формула без вычисленного значения.",
                where=grid.where,
                hint="Откройте файл в Excel, дождитесь пересчёта и сохраните его.",
            )
