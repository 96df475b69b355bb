"""Which rows of a tab are ours: those whose keys the last write wrote, and no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from sheets_sync.books.google.wire import Row, Wire
from templates_sheets.tab import Table

#: What a row is called: the cells of its key columns as text.
Id = tuple[str, ...]

#: Bits of the filter for each row. A longer table is not remembered: it would cost kilobytes with
#: every new row, and is so wide that nobody types a line that looks like one of ours.
_BITS, _MOST_ROWS = 16, 2000
#: A shorter table is remembered as if it had so many: in a few bits every other name would be found.
_FEWEST_ROWS = 32
_HASHES = 11
#: A character holds so many bits, so that none of them is special to anybody.
_PACKED, _FIRST = 14, 0x4E00


def key_places(table: Table) -> list[int]:
    """The columns that name a row: the first where the tab declares none."""
    titles = [column.title for column in table.columns]
    return [titles.index(title) for title in table.tab.row_key] or [0]


def identities(table: Table, rows: Sequence[Row]) -> list[Id]:
    """What each stored row is called; of two of one name the second is another."""
    at = key_places(table)
    names = [tuple(_plain(row[i]) for i in at) for row in rows]
    if len(set(names)) == len(names):
        return names
    seen: Counter[Id] = Counter()
    ids = []
    for name in names:
        ids.append((*name, str(seen[name])) if seen[name] else name)
        seen[name] += 1
    return ids


def _plain(cell: Wire) -> str:
    return cell if isinstance(cell, str) else f"{cell:.12g}"


def remembered(ids: Sequence[Id]) -> str:
    """A Bloom filter of these names, as text: `among` says which names are in it.

    One name of 2 000 that are not in it seems to be. "" where there are too many.
    """
    if not 0 < len(ids) <= _MOST_ROWS:
        return ""
    size = -(-_BITS * max(len(ids), _FEWEST_ROWS) // _PACKED) * _PACKED
    field = np.zeros(size, dtype=np.int64)
    field[_places(ids, size)] = 1
    codes = field.reshape(-1, _PACKED) @ (1 << np.arange(_PACKED))
    return "".join(chr(_FIRST + code) for code in codes.tolist())


def among(filter_: str, ids: Sequence[Id]) -> list[bool]:
    """For each name whether it is in the filter; of "" none is."""
    if not filter_ or not ids:
        return [False] * len(ids)
    codes = np.array([ord(letter) - _FIRST for letter in filter_])
    field = (codes[:, None] >> np.arange(_PACKED) & 1).ravel()
    bits = field[_places(ids, len(field))]
    return [bool(all_set) for all_set in np.all(bits, axis=1).tolist()]


def _places(ids: Sequence[Id], size: int) -> npt.NDArray[np.int64]:
    """The bits of each name, a row of them each."""
    digests = b"".join(blake2b("\x1f".join(i).encode(), digest_size=8).digest() for i in ids)
    pairs = np.frombuffer(digests, dtype="<u4").astype(np.int64).reshape(-1, 2)
    return (pairs[:, :1] + np.arange(_HASHES) * (pairs[:, 1:] | 1)) % size
