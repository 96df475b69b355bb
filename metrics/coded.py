"""Text columns as integer codes: what makes joins and sums over a million rows cheap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

#: Makes numbers of words that hardly ever meet; where two do, it is seen.
_MIX, _HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(31)
#: Products of cardinalities beyond this are made dense first, so that a key fits int64.
_ROOM = 2**62


def fold(text: str) -> str:
    """Text for comparing: no case, ё = е, no spaces around."""
    return text.casefold().replace("ё", "е").strip()


@dataclass(frozen=True)
class Coded:
    """A text column: `values[codes[i]]` is the text of row i; values are distinct."""

    codes: Ints
    values: list[str]

    def __len__(self) -> int:
        return len(self.codes)

    def with_texts(self, texts: Sequence[str]) -> Coded:
        """The column with `texts` for its values, one each; equal texts become one value."""
        distinct = list(dict.fromkeys(texts))
        place = {text: i for i, text in enumerate(distinct)}
        new = np.array([place[text] for text in texts], dtype=np.int64)
        return Coded(new[self.codes] if len(new) else self.codes, distinct)

    def take(self, rows: Ints | Bools) -> Coded:
        """The column at `rows`."""
        return Coded(self.codes[rows], self.values)

    def text(self) -> pd.Series:
        """The column as text."""
        return pd.Series(np.array(self.values, dtype=object)[self.codes], dtype="str")

    def category(self) -> pd.Series:
        """The column as a pandas category: codes stay codes."""
        return pd.Series(pd.Categorical.from_codes(self.codes, pd.Index(self.values, dtype="str")))

    def where(self, mask: Bools) -> Bools:
        """Rows whose value is marked in `mask`, which runs over `values`."""
        return mask[self.codes]

    def filled(self) -> Bools:
        """Rows that are not ""."""
        return self.where(np.array([v != "" for v in self.values], dtype=bool))


def encode(column: pd.Series) -> Coded:
    """Code a text column; missing becomes ""."""
    array = pa.chunked_array([pa.array(column, type=pa.large_string())])
    encoded = pc.fill_null(array, "").combine_chunks().dictionary_encode()
    return Coded(encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist())


def constant(value: str, rows: int) -> Coded:
    """The same text in every row."""
    return Coded(np.zeros(rows, dtype=np.int64), [value])


def concat(columns: Sequence[Coded]) -> Coded:
    """One column under the other, with one list of values."""
    values: dict[str, int] = {}
    parts = []
    for column in columns:
        new = np.array([values.setdefault(v, len(values)) for v in column.values], dtype=np.int64)
        parts.append(new[column.codes] if len(new) else column.codes)
    return Coded(np.concatenate(parts) if parts else np.zeros(0, np.int64), list(values))


def encode_keys(*columns: pd.Series) -> tuple[list[Ints], int]:
    """Code several columns of keys with one dictionary; "" is -1.

    Returns the codes of each column and how many distinct keys there are.
    """
    whole = pa.concat_arrays([_texts(column) for column in columns])
    filled, words = _words(whole)
    if words is None:
        encoded = whole.filter(pa.array(filled)).dictionary_encode()
        code, count = encoded.indices.to_numpy(), len(encoded.dictionary)
    else:
        code, count = _encode_words(words)
    codes = np.full(len(whole), -1, dtype=np.int64)
    codes[filled] = code
    ends = np.cumsum([len(c) for c in columns])
    return np.split(codes, ends[:-1]), count


def _texts(column: pd.Series) -> pa.LargeStringArray:
    """A text column as one Arrow array; missing becomes ""."""
    array = pa.array(column, type=pa.large_string())
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return pc.fill_null(array, "")


def _words(texts: pa.LargeStringArray) -> tuple[Bools, npt.NDArray[np.uint64] | None]:
    """Which texts are not "", and these as rows of 8-byte words; None where they are not all of
    one length that is a multiple of 8, as keys are."""
    length = pc.binary_length(texts).to_numpy()
    filled: Bools = length > 0
    width = int(length.max(initial=0))
    if not width or width % 8 or (length[filled] != width).any():
        return filled, None
    begin = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset]
    words = np.frombuffer(texts.buffers()[2], np.uint64, int(filled.sum()) * width // 8, begin)
    return filled, words.reshape(-1, width // 8)


def _encode_words(words: npt.NDArray[np.uint64]) -> tuple[Ints, int]:
    """Code rows of words by one number made of each: a third of what their letters take."""
    columns = [np.ascontiguousarray(column) for column in words.T]
    number = columns[0]
    for column in columns[1:]:
        number = (number ^ (number >> _HALF)) * _MIX + column
    code, first = _encode_numbers(number)
    if any((column[first][code] != column).any() for column in columns):  # two met in one number
        coded = [_encode_numbers(column) for column in columns]
        code, first = combine([(code, len(first)) for code, first in coded], len(number))
    return code, len(first)


def _encode_numbers(numbers: npt.NDArray[np.integer[Any]]) -> tuple[Ints, Ints]:
    """The code of each number, and the first row of each code."""
    codes, distinct = pd.factorize(numbers)
    first = np.zeros(len(distinct), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return codes.astype(np.int64, copy=False), first


def begins(codes: Ints, size: int) -> Ints:
    """Where the rows of each code begin once they are sorted by it: those of code k are
    begins[k] … begins[k + 1]."""
    return np.append(0, np.cumsum(np.bincount(codes, minlength=size)))


def look_up(column: pd.Series, among: pd.Series) -> Ints:
    """For each cell of `column` the row of `among` that equals it, or -1; "" finds nothing."""
    values = pa.array(column, type=pa.large_string())
    places = pc.index_in(values, value_set=pa.array(among, type=pa.large_string()))
    rows: Ints = pc.fill_null(places, -1).to_numpy().astype(np.int64)
    blank: Bools = pc.equal(values, "").to_numpy(zero_copy_only=False)
    rows[blank] = -1
    return rows


def combine(columns: Sequence[tuple[Ints, int]], rows: int) -> tuple[Ints, Ints]:
    """Make one dense code of several (codes, how many values) columns of `rows` rows.

    Returns the code of each row and, for each code, the first row that has it.
    """
    key, size = np.zeros(rows, dtype=np.int64), 1
    for codes, count in columns:
        if size * max(count, 1) >= _ROOM:
            key, first = pd.factorize(key)
            size = len(first)
        key, size = key * max(count, 1) + codes, size * max(count, 1)
    return _encode_numbers(key)


def distinct(values: Ints) -> Ints:
    """The distinct integers, rising: numpy's own `unique` hashes, which is slower than sorting."""
    ordered = np.sort(values)
    fresh = np.ones(len(ordered), dtype=bool)
    fresh[1:] = ordered[1:] != ordered[:-1]
    return ordered[fresh]


def dense(key: Ints, size: int) -> tuple[Ints, Ints]:
    """The distinct keys (0 … size - 1), rising, and for each row the place of its key."""
    if size > 4 * len(key) + 1_000_000:
        present = distinct(key)
        return present, np.searchsorted(present, key)
    place = np.zeros(size, dtype=np.int64)
    place[key] = 1
    present = np.flatnonzero(place)
    place[present] = np.arange(len(present))
    return present, place[key]


def is_sorted(column: pd.Series) -> bool:
    """True if a text column rises by code point."""
    values = pa.array(column, type=pa.large_string())
    return len(values) < 2 or bool(pc.all(pc.less_equal(values[:-1], values[1:])).as_py())


def sort_by_id(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """The frame by rising id, so that "the smaller id" is "the smaller row"."""
    if is_sorted(frame[key]):
        return frame.reset_index(drop=True)
    order = pc.sort_indices(pa.array(frame[key], type=pa.large_string())).to_numpy()
    ordered: pd.DataFrame = frame.iloc[order]
    return ordered.reset_index(drop=True)


def first_of(group: Ints, value: Ints, rows: Ints, groups: int) -> Ints:
    """For each group the row with the smallest `value`, ties to the smaller row; -1 if none.

    `group` and `value` run over all rows; only `rows` (rising) take part.
    """
    least = np.full(groups, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(least, group[rows], value[rows])
    best = rows[value[rows] == least[group[rows]]]
    firsts = np.full(groups, -1, dtype=np.int64)
    firsts[group[best][::-1]] = best[::-1]
    return firsts
