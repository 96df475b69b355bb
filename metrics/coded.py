"""Text columns as integer codes: what makes joins and sums over a million rows cheap."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from metrics.entity import is_coded

#: Rows that tell whether a column's texts repeat.
_LOOKED = 500

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

    def take(self, rows: Ints | Bools | slice) -> Coded:
        """The column at `rows`."""
        return Coded(self.codes[rows], self.values)

    def tight(self) -> Coded:
        """The column without the values that no row has."""
        used = np.bincount(self.codes, minlength=len(self.values)) > 0
        if used.all():
            return self
        values = [value for value, seen in zip(self.values, used.tolist(), strict=True) if seen]
        return Coded((np.cumsum(used) - 1)[self.codes], values)

    def text(self) -> pd.Series:
        """The column as text."""
        return pd.Series(np.array(self.values, dtype=object)[self.codes], dtype="str")

    def category(self) -> pd.Series:
        """The column as a pandas category: codes stay codes."""
        return pd.Series(
            pd.Categorical.from_codes(
                self.codes, pd.Index(self.values, dtype="str"), validate=False
            )
        )

    def where(self, mask: Bools) -> Bools:
        """Rows whose value is marked in `mask`, which runs over `values`."""
        return mask[self.codes]

    def filled(self) -> Bools:
        """Rows that are not ""."""
        return self.where(np.array([v != "" for v in self.values], dtype=bool))


def encode(column: pd.Series) -> Coded:
    """Code a text column; missing becomes "", values that no row has are dropped."""
    if is_coded(column):
        there = column.array
        return Coded(there.codes.astype(np.int64), there.categories.tolist()).tight()
    texts = arrow_texts(column)
    if len(texts) and not pc.max(pc.binary_length(texts)).as_py():
        return constant("", len(texts))
    encoded = texts.dictionary_encode()
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
        same = (new == np.arange(len(new))).all()  # of the first column always
        parts.append(column.codes if same else new[column.codes])
    return Coded(np.concatenate(parts) if parts else np.zeros(0, np.int64), list(values))


def filled(column: pd.Series) -> Bools:
    """Cells of a text column that are neither missing nor ""."""
    if is_coded(column):
        return encode(column).filled()
    long: Bools = pc.binary_length(arrow_texts(column)).to_numpy() > 0
    return long


def plain(column: pd.Series) -> pd.Series:
    """A text column as texts, whatever it is."""
    if not is_coded(column):
        return column
    return pd.Series(arrow_texts(column), dtype="str", index=column.index)


def repeats(texts: pa.Array) -> bool:
    """Whether rows share the texts of a column, so that its codes take less: each of the first ones
    stands twice on average."""
    first = texts[:_LOOKED]
    return bool(0 < 2 * len(pc.unique(first)) <= len(first))


def code(frame: pd.DataFrame, names: Collection[str]) -> pd.DataFrame:
    """The frame with those of its text columns `names` as codes whose texts rows share."""
    coded = {}
    for name in names:
        if repeats(texts := arrow_texts(frame[name])):
            coded[name] = texts.dictionary_encode()
    columns = pa.table(coded).to_pandas()
    return frame.assign(**{name: columns[name].array for name in coded})


def arrow_texts(column: pd.Series) -> pa.LargeStringArray:
    """A text column as one Arrow array; missing becomes ""."""
    if is_coded(column):
        texts = pa.array(column.array.categories, type=pa.large_string())
        return texts.take(pa.array(column.array.codes))
    array = pa.array(column, type=pa.large_string())
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return pc.fill_null(array, "")


def encode_numbers(numbers: npt.NDArray[np.integer[Any]]) -> tuple[Ints, int]:
    """The code of each number, by first appearance, and how many codes there are."""
    encoded = pa.array(numbers).dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), len(encoded.dictionary)


def _with_first(codes: Ints, count: int) -> tuple[Ints, Ints]:
    """The codes and the first row of each."""
    first = np.zeros(count, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return codes, first


def in_order(numbers: Ints, most: int) -> Ints:
    """Rows by rising number (0 … `most`), then as they stand. Of 16 bits at a time numpy counts how
    many have each instead of comparing: a quarter of what a sort of whole numbers takes."""
    rows: Ints = np.argsort(numbers.astype(np.uint16), kind="stable")
    for shift in range(16, most.bit_length(), 16):
        rows = rows[np.argsort((numbers >> shift).astype(np.uint16)[rows], kind="stable")]
    return rows


def by_code(codes: Ints, value: Ints | None = None) -> Ints:
    """Rows by rising code (dense, not below 0), then `value`, then as they stand."""
    if (codes[1:] >= codes[:-1]).all():
        order = np.arange(len(codes))
    else:
        order = in_order(codes, int(codes.max()))
    if value is None or not (value[1:] < value[:-1]).any():
        return order
    codes, value = codes[order], value[order]
    falls = np.flatnonzero((codes[1:] == codes[:-1]) & (value[1:] < value[:-1]))
    if len(falls):  # rows mostly come by time: only codes whose rows do not are sorted by it
        mixed = np.zeros(int(codes[-1]) + 1, dtype=bool)
        mixed[codes[falls]] = True
        rows = np.flatnonzero(mixed[codes])
        order[rows] = order[rows[np.lexsort((value[rows], codes[rows]))]]
    return order


def begins(codes: Ints, size: int) -> Ints:
    """Where the rows of each code begin once they are sorted by it: those of code k are
    begins[k] … begins[k + 1]."""
    return np.append(0, np.cumsum(np.bincount(codes, minlength=size)))


def look_up(column: pd.Series, among: pd.Series) -> Ints:
    """For each cell of `column` the first row of `among` that equals it, or -1; "" finds nothing."""
    whole = arrow_texts(column).dictionary_encode()
    # The table is made of what is looked for, which mostly is less than where.
    place = pc.fill_null(pc.index_in(arrow_texts(among), value_set=whole.dictionary), -1).to_numpy()
    hits = np.flatnonzero(place >= 0)[::-1]
    row = np.full(len(whole.dictionary), -1, dtype=np.int64)
    row[place[hits]] = hits
    row[pc.equal(whole.dictionary, "").to_numpy(zero_copy_only=False)] = -1
    rows: Ints = row[whole.indices.to_numpy()]
    return rows


def combine(columns: Sequence[tuple[Ints, int]], rows: int) -> tuple[Ints, Ints]:
    """Make one dense code of several (codes, how many values) columns of `rows` rows.

    Returns the code of each row and, for each code, the first row that has it.
    """
    key, size = np.zeros(rows, dtype=np.int64), 1
    for codes, count in columns:
        if size * max(count, 1) >= _ROOM:
            key, size = encode_numbers(key)
        if count > 1:
            key *= count
            key += codes
            size *= count
    if size > 4 * rows + 10_000:
        return _with_first(*encode_numbers(key))
    present, code = dense(key, size)
    return _with_first(code, len(present))


def distinct(values: Ints) -> Ints:
    """The distinct integers, rising: numpy's own `unique` hashes, which is slower than sorting."""
    if not len(values):
        return values
    low, most = int(values.min()), int(values.max())
    near = most - low < _ROOM
    ordered = values[in_order(values - low, most - low)] if near else np.sort(values)
    return ordered[_fresh(ordered)]


def _fresh(ordered: Ints) -> Ints:
    """Where each of the numbers, which rise, stands first."""
    fresh = np.ones(len(ordered), dtype=bool)
    fresh[1:] = ordered[1:] != ordered[:-1]
    return np.flatnonzero(fresh)


def dense(key: Ints, size: int) -> tuple[Ints, Ints]:
    """The distinct keys (0 … size - 1), rising, and for each row the place of its key."""
    if size > 4 * len(key) + 1_000_000:
        rows = in_order(key, size - 1)
        ordered = key[rows]
        first = _fresh(ordered)
        place = np.empty(len(key), dtype=np.int64)
        place[rows] = np.repeat(np.arange(len(first)), np.diff(first, append=len(key)))
        return ordered[first], place
    place = np.zeros(size, dtype=np.int64)
    place[key] = 1
    present = np.flatnonzero(place)
    place[present] = np.arange(len(present))
    return present, place[key]


def first_of(group: Ints, value: Ints, rows: Ints, groups: int) -> Ints:
    """For each group the row with the smallest `value`, ties to the smaller row; -1 if none.

    `group` and `value` run over all rows; only `rows` (rising) take part.
    """
    own, mine = (group, value) if len(rows) == len(group) else (group[rows], value[rows])
    least = np.full(groups, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(least, own, mine)
    best = np.flatnonzero(mine == least[own])[::-1]
    firsts = np.full(groups, -1, dtype=np.int64)
    firsts[own[best]] = rows[best]
    return firsts
