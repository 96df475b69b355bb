"""A sheet under its header: columns of clean texts, without titles, totals, group rows and blanks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, islice
from operator import itemgetter

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from metrics.schema import ENTITIES
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.characters import has_byte
from sheets_sync.reading.headers import SEARCH_ROWS, Header, find_header
from sheets_sync.reading.sheet import NOT_COMPUTED, Sheet
from sheets_sync.reading.words import nothing

#: Few rows at a time: lists that die young cost the garbage collector nothing.
_CHUNK = 500
_TOTAL = re.compile(
    r"\W*(?:(?:общий |промежуточный )?итог|итого|всего|среднее|в среднем|(?:grand |sub)?total)\b",
    re.IGNORECASE,
)
#: «Всего 990 рублей» in a row with a date is the name of a campaign.
_PRICED = re.compile(r"\W*\w+\s+\d")
_GROUP = re.compile(r"[^\W\d].*")
_DIGITS = re.compile(r"\d{5}")
#: Invisible characters of formatting, white space that is not a plain space, and cells that have
#: any of it, or spaces where they do not belong.
_INVISIBLE = "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
_SPACES = "[\u00a0\u2000-\u200a\u202f\u205f\u3000\\s]+"
_UNTIDY = (
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00a0\u2000-\u200a\u202f\u205f\u3000"
    "\t\r\n\x0b\x0c]|^ | $|  "
)
#: No cell is untidy without one of these bytes: a space, or how the others begin in UTF-8.
_SUSPECT = b" \t\r\n\x0b\x0c\xc2\xe2\xe3\xef"


@dataclass
class Grid:
    """Columns by canonical name (a second phone is `phone:1`), and the sheet's row of each line.

    `wide` are rows with more cells than the header has columns. `totals` maps the row of each total
    left out to its cells by canonical name. `groups` counts rows that hold one heading for those
    under them, `repeats` the header's repetitions.
    """

    where: str
    header: Header
    columns: dict[str, pa.Array]
    rows: npt.NDArray[np.int64]
    wide: list[int] = field(default_factory=list)
    totals: dict[int, dict[str, str]] = field(default_factory=dict)
    groups: int = 0
    repeats: int = 0


def read_grid(sheet: Sheet, entity: str, given: Mapping[str, str], where: str) -> Grid:
    """Find the header of a sheet and read the columns that the entity knows, as texts.

    Unknown columns (names, comments, birth dates …) are dropped here, before anything looks at
    them. Raises FileError as `find_header` does, and for a formula without a value.
    """
    top = list(islice(sheet.rows, SEARCH_ROWS))
    header = find_header(top, sheet.merged, entity, given, where)
    places = {
        name if number == 0 else f"{name}:{number}": place
        for name, several in header.columns.items()
        for number, place in enumerate(several)
    }
    sorter = _Sorter(header, places, ENTITIES[entity].key, ENTITIES[entity].when)
    chunks: dict[str, list[pa.Array]] = {name: [] for name in places}
    numbers: list[int] = []
    rows = chain(top[header.row + 1 :], sheet.rows)
    start = header.row + 2
    pick = itemgetter(*places.values(), next(iter(places.values()), 0))
    while block := list(islice(rows, _CHUNK)):
        kept = sorter.data(block, start)
        start += len(block)
        numbers += [number for number, _ in kept]
        columns = zip(*(pick(row) for _, row in kept), strict=True)
        for name, cells in zip(places, columns, strict=False):
            chunks[name].append(pa.array(cells, pa.string()))
    clean = {name: _clean(pa.chunked_array(parts, pa.string())) for name, parts in chunks.items()}
    grid = Grid(
        where, header, clean, np.array(numbers, dtype=np.int64),
        sorter.wide, sorter.totals, sorter.groups, sorter.repeats,
    )  # fmt: skip
    _check_computed(grid)
    return grid


class _Sorter:
    """Tells rows of data from totals, group headings, repeated headers and blanks."""

    def __init__(self, header: Header, places: Mapping[str, int], key: str, when: str) -> None:
        self.width = len(header.names)
        self.names = list(header.names)
        self.places = places
        self.key, self.when = places.get(key, -1), places.get(when, -1)
        self.wide: list[int] = []
        self.totals: dict[int, dict[str, str]] = {}
        self.groups = self.repeats = 0

    def data(self, block: list[list[str]], start: int) -> list[tuple[int, list[str]]]:
        """(row's number, its cells, as many as the header has) of every row of data."""
        width = self.width
        kept = []
        for number, row in enumerate(block, start):
            first = next(filter(str.strip, row), None)
            if first is None:
                continue
            cells = row
            if len(row) != width:
                if any(map(str.strip, row[width:])):
                    self.wide.append(number)
                    continue
                cells = (row + [""] * width)[:width]
            worded = not first[0].isdigit()
            if worded and _TOTAL.match(first) and self._is_total(cells, first):
                self.totals[number] = {n: cells[place] for n, place in self.places.items()}
            elif worded and first in cells[:2] and not any(cells[2:]) and self._is_heading(cells):
                self.groups += 1
            elif worded and cells == self.names:
                self.repeats += 1
            else:
                kept.append((number, cells))
        return kept

    def _is_total(self, cells: list[str], first: str) -> bool:
        """False for a row of data whose first cell happens to begin so: it has an id and a date."""
        whole = [place for place in (self.key, self.when) if place >= 0]
        if self.key < 0 <= self.when and _PRICED.match(first):
            return cells[self.when].strip() in {"", first.strip()}
        return len(whole) < 2 or any(cells[p].strip() in {"", first.strip()} for p in whole)

    def _is_heading(self, cells: list[str]) -> bool:
        """One cell of words at the row's left: the doctor or the branch of the rows below."""
        filled = [cell for cell in cells if cell]
        return (
            self.width > 2
            and len(filled) == 1
            and _GROUP.match(filled[0].strip()) is not None
            and not _DIGITS.search(filled[0])
        )


def _clean(column: pa.ChunkedArray) -> pa.Array:
    """Cells without invisible characters and outer spaces; those that mean "nothing" are ""."""
    text = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())
    if has_byte(text, _SUSPECT) and _any(pc.match_substring_regex(text, _UNTIDY)):
        text = pc.replace_substring_regex(text, _INVISIBLE, "")
        text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, _SPACES, " "))
    empty = pc.is_in(text, value_set=_nothing())
    return pc.if_else(empty, "", text) if _any(empty) else text


@cache
def _nothing() -> pa.Array:
    words = nothing()
    return pa.array(sorted({*words, *map(str.upper, words), *map(str.capitalize, words)}))


def _any(mask_: pa.Array) -> bool:
    return bool(pc.any(mask_).as_py())


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
