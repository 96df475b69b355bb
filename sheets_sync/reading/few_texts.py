"""Columns of few texts by their distinct ones: what is asked of a column is asked of these."""

from __future__ import annotations

import weakref
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

#: Cells that tell whether a column's texts repeat.
_LOOKED = 500
#: The distinct texts of columns by their id, as long as these live.
_REMEMBERED: dict[int, pa.DictionaryArray] = {}


def few(text: pa.Array) -> pa.DictionaryArray | None:
    """The column by its distinct texts, if they repeat."""
    if id(text) in _REMEMBERED:
        return _REMEMBERED[id(text)]
    first = text[:_LOOKED]
    if 2 * len(pc.unique(first)) > len(first):
        return None
    _REMEMBERED[id(text)] = coded = text.dictionary_encode()
    weakref.finalize(text, _REMEMBERED.pop, id(text)).atexit = False
    return coded


def by_texts(text: pa.Array) -> pa.DictionaryArray:
    """The column by its distinct texts."""
    coded = few(text)
    return text.dictionary_encode() if coded is None else coded


def texts_of(text: pa.Array) -> pa.Array:
    """All texts of a column, each once if they are few."""
    coded = few(text)
    return text if coded is None else coded.dictionary


def match(text: pa.Array, pattern: str) -> pa.Array:
    """Which cells hold what an expression of RE2 tells, each distinct text looked at once."""
    coded = few(text)
    if coded is None:
        return pc.match_substring_regex(text, pattern)
    return pc.match_substring_regex(coded.dictionary, pattern).take(coded.indices)


def cell_by_cell(text: pa.Array, change: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """The column with every cell changed; itself where none is."""
    before = texts_of(text)
    after = change(before)
    if after is before or after.equals(before):
        return text
    coded = few(text)
    return after if coded is None else after.take(coded.indices)
