"""Empty cells that say what the one above them does: in merged ranges, and where a total shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from metrics.schema import ENTITIES
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import WHOLES
from sheets_sync.reading.characters import has_byte
from sheets_sync.reading.few_texts import match
from sheets_sync.reading.fits import is_counted
from sheets_sync.reading.headers import Header
from sheets_sync.reading.sheet import Range
from sheets_sync.reading.values import Bools, has_text, sums, truth

#: Kopecks that a total may be off.
_ROUNDING = 100
#: Of a column's days, so many may be forgotten ones.
_FORGOTTEN = 0.02
#: Marks for «as above», and the bytes without one of which no cell holds one.
_AS_ABOVE = r"^[-–—−=\s]*(?://|\|\||[\"”“„〃»«]|'')[-–—−=\s]*$"
_MARKING = b"/|\"'\xc2\xe2\xe3"


def in_merges(
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
    cells = dict(columns)
    for name, place in places.items():
        if place not in down or is_counted(name):
            continue
        source = np.arange(len(rows))
        for first, last in down[place]:
            begin, end = np.searchsorted(rows, [first, last + 1])
            if begin < end and rows[begin] == first:
                source[begin:end] = begin
        cells[name] = cells[name].take(pa.array(source))
    return cells


def by_marks(columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Cells of marks that mean «as above», «-//-», say what the one above them does; a sum or a count
    that is not written is none."""
    cells = dict(columns)
    for name, text in columns.items():
        if is_counted(name) or not has_byte(text, _MARKING):
            continue
        marked = truth(match(text, _AS_ABOVE))
        if marked.any():
            source = np.maximum.accumulate(np.where(marked, 0, np.arange(len(marked))))
            cells[name] = text.take(pa.array(source))
    return cells


def by_total(
    entity: str,
    header: Header,
    columns: dict[str, pa.Array],
    totals: Mapping[int, Mapping[str, str]],
) -> tuple[dict[str, pa.Array], tuple[str, ...]]:
    """Days and platforms that stand once over their rows, as a pivot writes them: filled where the
    sheet's own total is that of all its rows, else told; and notes."""
    own = ENTITIES[entity]
    ordered = sorted(
        (places[0], name) for name, places in header.columns.items()
        if name in columns and name != own.key and not is_counted(name)
    )  # fmt: skip
    if not ordered or ordered[0][1] not in {own.when, "platform", "date_from"}:
        return columns, ()
    cells, notes = dict(columns), []
    blank: Bools | None = None
    for _, name in ordered:
        here = ~has_text(columns[name])
        blank = here if blank is None else blank & here
        if name not in {own.when, "platform"} or not blank.any() or blank[0]:
            break
        shown = mask(header.shown(name))
        count = int(blank.sum())
        if not _fits(header, columns, totals):
            # A day that somebody forgot among many is no layout: its row is refused for it anyway.
            if name != own.when or count > len(blank) * _FORGOTTEN:
                notes.append(
                    f"Столбец «{shown}»: пустых ячеек {count}. Если они значат «как выше», заполните "
                    "их или выгрузите вместе с итогом."
                )
            break
        source = np.maximum.accumulate(np.where(blank, 0, np.arange(len(blank))))
        cells[name] = columns[name].take(pa.array(source))
        notes.append(
            f"Столбец «{shown}»: пустых ячеек {count}, они значат «как выше»: итог файла – это сумма всех строк."
        )
    return cells, tuple(notes)


def _fits(
    header: Header,
    columns: Mapping[str, pa.Array],
    totals: Mapping[int, Mapping[str, str]],
) -> bool:
    """Whether the last total is the sum of all rows."""
    money = next((n for n in ("cost", "amount", *WHOLES) if n in columns), "")
    cells = [totals[row].get(money, "").strip() for row in sorted(totals)]
    last = next(filter(None, reversed(cells)), "")
    if not last or not money:
        return False
    total, ok, _, _ = sums(pa.array([last]), header.unit(money).kopecks)
    added = sums(columns[money], header.unit(money).kopecks)[0].sum()
    return bool(ok[0]) and abs(int(added) - int(total[0])) <= _ROUNDING
