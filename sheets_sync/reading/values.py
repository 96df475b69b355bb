"""Columns of texts to columns of values: each distinct text is read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.reading.characters import has_byte
from sheets_sync.reading.few_texts import by_texts, few
from sheets_sync.reading.looks import KINDS
from sheets_sync.reading.money import ROUBLE, Signs, is_doubtful, kopecks, signs
from sheets_sync.reading.words import vocabulary, word

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
#: Sums as programs write them.
_PLAIN = r"^-?[0-9]{1,13}([.,][0-9]{1,2})?$"


def truth(mask: Any) -> Bools:
    """An arrow mask as numpy."""
    return np.asarray(mask.to_numpy(zero_copy_only=False), dtype=bool)


def has_text(text: pa.Array) -> Bools:
    """Which cells are not empty."""
    return truth(pc.not_equal(text, ""))


def map_cells(text: pa.Array, change: Callable[[str], str]) -> pa.Array:
    """Every cell changed, "" staying ""."""
    return map_all(text, lambda texts: map(change, texts))


def map_all(text: pa.Array, change: Callable[[Iterable[str]], Iterable[str]]) -> pa.Array:
    """Every cell changed, all distinct texts but "" at once; the column itself where none is."""
    coded = by_texts(text)
    values = coded.dictionary.to_pylist()
    nothing = values.index("") if "" in values else len(values)
    changed = list(change(values[:nothing] + values[nothing + 1 :]))
    if nothing < len(values):
        changed.insert(nothing, "")
    if changed == values:
        return text
    return pa.array(changed, pa.string()).take(coded.indices)


def unlike(text: pa.Array, values: pa.Array) -> tuple[tuple[str, int], ...]:
    """Texts that were given and became "", with how often, the most frequent first."""
    lost = text.filter(pc.and_(pc.not_equal(text, ""), pc.equal(values, "")))
    counts = [(c["values"], c["counts"]) for c in pc.value_counts(lost).to_pylist()]
    return tuple(sorted(counts, key=lambda item: (-item[1], item[0])))


def numbers(text: pa.Array, read: Callable[[str], int | None]) -> tuple[Ints, Bools]:
    """(values, which cells are numbers); a cell that is empty or unreadable is 0 and not one."""
    coded = by_texts(text)
    values = [read(t) if t else None for t in coded.dictionary.to_pylist()]
    codes = np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    if not values:
        return np.zeros(len(text), dtype=np.int64), np.zeros(len(text), dtype=bool)
    ints = np.array([v or 0 for v in values], dtype=np.int64)
    return ints[codes], np.array([v is not None for v in values], dtype=bool)[codes]


def flags(text: pa.Array) -> tuple[Ints, Bools]:
    """A column of «да» and «нет»: 1 and 0, and which cells say either."""
    meant, words = {"yes": 1, "no": 0}, vocabulary("flag")
    return numbers(text, lambda t: meant.get(word(t, words)))


def undone(text: pa.Array) -> tuple[Ints, Bools]:
    """A column that says «да» or «нет», or when something was done, which says «да», too."""
    values, ok = flags(text)
    dated = truth(pc.match_substring_regex(text, KINDS["date"]))
    dated |= truth(pc.match_substring_regex(text, KINDS["clock"]))
    return np.where(dated, 1, values), ok | dated


def distinct(text: pa.Array) -> list[str]:
    coded = few(text)
    words = pc.unique(text) if coded is None else coded.dictionary
    return [t for t in words.to_pylist() if t]


def _has(text: pa.Array, sign: str) -> bool:
    """Whether any cell has an ASCII sign."""
    return has_byte(text, sign.encode()) and bool(pc.any(pc.match_substring(text, sign)).as_py())


def _pointed(text: pa.Array) -> pa.Array:
    """A column with points for its commas, from its bytes: a quarter of what Arrow takes."""
    _, ends, data = text.buffers()
    points = pa.py_buffer(data.to_pybytes().replace(b",", b"."))
    return pa.StringArray.from_buffers(len(text), ends, points, offset=text.offset)


def sums(text: pa.Array, size: int = ROUBLE) -> tuple[Ints, Bools, Bools, Signs]:
    """A column of money: kopecks, which cells are sums, which may be thousands or fractions, and
    what the column's signs mean. `size` is what one is worth, in kopecks. Sums as programs write
    them are read all at once."""
    plain = truth(pc.match_substring_regex(text, _PLAIN)) & (size == ROUBLE)
    shown = text if plain.all() else text.filter(pa.array(plain))
    points = {sign for sign in ".," if _has(shown, sign)}
    coded = text.filter(pa.array(~plain)).dictionary_encode()
    rest = coded.dictionary.to_pylist()
    seen = signs(t for t in rest if t)
    seen = Signs(seen.decimal | points, seen.grouping)

    values, ok, doubtful = np.zeros(len(text), dtype=np.int64), plain.copy(), np.zeros_like(plain)
    pointed = _pointed(shown) if "," in points else shown
    values[plain] = np.rint(pc.cast(pointed, pa.float64()).to_numpy() * 100)  # 15 digits: exact
    read = [kopecks(t, seen, size) if t else None for t in rest]
    doubts = [v is None and is_doubtful(t) for v, t in zip(read, rest, strict=True)]
    codes = coded.indices.to_numpy()
    values[~plain] = np.array([v or 0 for v in read], dtype=np.int64)[codes]
    ok[~plain] = np.array([v is not None for v in read], dtype=bool)[codes]
    doubtful[~plain] = np.array(doubts, dtype=bool)[codes]
    return values, ok, doubtful, seen
