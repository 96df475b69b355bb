"""Sums that are no roubles: of another currency, or of a formula that failed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.reading.deeds import doubt
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.money import currency
from sheets_sync.reading.reader import Reader
from sheets_sync.reading.values import Bools, distinct, has_text, map_cells, truth
from sheets_sync.reading.words import letters

_BROKEN = (
    "в ячейке ошибка формулы (#ССЫЛКА!, #ЗНАЧ!, #REF!): исправьте формулу и выгрузите файл снова"
)


def _is_converted(grid: Grid, name: str) -> bool:
    """Whether a sum is «в рублях» beside one «в валюте», of which the column of currency speaks."""
    others = [words for shown in grid.header.names if (words := letters(shown))]
    beside = any("валюте" in words and words[0].startswith("сумм") for words in others)
    return beside and grid.header.unit(name).currency == "RUB"


def refuse_foreign(reader: Reader, name: str, ok: Bools) -> None:
    """Refuse sums that are not in roubles: by their header, their cell, their column of currency."""
    rows = reader.rows
    for number, grid in enumerate(rows.grids):
        unit = grid.header.unit(name)
        if unit.is_foreign:
            here = (rows.file == number) & has_text(rows.get(name))
            reader.quarantine.refuse(here, name, f"сумма в валюте {unit.currency}, а не в рублях")
    currencies = rows.get("currency")
    in_roubles = np.array([_is_converted(grid, name) for grid in rows.grids], dtype=bool)
    if in_roubles.any():
        currencies = pc.if_else(pa.array(in_roubles[rows.file]), "", currencies)
    foreign = {t for t in distinct(currencies) if currency(t) not in {"", "RUB"}}
    if foreign:
        rows_ = int(truth(pc.is_in(currencies, value_set=pa.array(sorted(foreign)))).sum())
        reader.doubts += doubt(
            "currency", "Строки в другой валюте", rows_, "Выгрузите суммы в рублях."
        )
    for text in sorted(foreign):
        here = truth(pc.equal(currencies, text))
        reader.quarantine.refuse(here, "currency", f"валюта {currency(text)}, а не рубли")
    unread = has_text(rows.get(name)) & ~ok
    if unread.any():
        broken = truth(pc.starts_with(rows.get(name), "#"))
        reader.quarantine.refuse(unread & broken, name, _BROKEN)
        cells = map_cells(rows.get(name), lambda t: currency(t) if any(map(str.isdigit, t)) else "")
        there = truth(pc.and_(pc.not_equal(cells, ""), pc.not_equal(cells, "RUB")))
        reader.quarantine.refuse(unread & there, name, "сумма не в рублях")
