"""Text columns as integer codes: what makes joins and sums over a million rows cheap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

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
    chunks = [pa.array(c, type=pa.large_string()) for c in columns]
    whole = pa.chunked_array(chunks, type=pa.large_string())
    encoded = whole.dictionary_encode().combine_chunks()
    codes = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
    blank = pc.index(encoded.dictionary, "").as_py()
    if blank >= 0:
        codes = np.where(codes == blank, -1, codes - (codes > blank))
    ends = np.cumsum([len(c) for c in columns])
    return np.split(codes, ends[:-1]), len(encoded.dictionary) - (blank >= 0)


def begins(codes: Ints, size: int) -> Ints:
    """Where the rows of each code begin once they are sorted by it: those of code k are
    begins[k] … begins[k + 1]."""
    return np.append(0, np.cumsum(np.bincount(codes, minlength=size)))


def look_up(column: pd.Series, among: pd.Series) -> Ints:
    """For each cell of `column` the row of `among` that equals it, or -1; "" finds nothing."""
    values = pa.array(column, type=pa.large_string())
    found = pc.index_in(values, value_set=pa.array(among, type=pa.large_string()))
    rows: Ints = pc.fill_null(found, -1).to_numpy().astype(np.int64)
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
    codes, uniques = pd.factorize(key)
    first_row = np.zeros(len(uniques), dtype=np.int64)
    first_row[codes[::-1]] = np.arange(rows - 1, -1, -1)
    return codes.astype(np.int64), first_row


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
    found = np.full(groups, -1, dtype=np.int64)
    found[group[best][::-1]] = best[::-1]
    return found
