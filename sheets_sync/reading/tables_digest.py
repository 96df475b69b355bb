"""What the tables of a pull say, as one number: it tells rows that were read before, in whatever bytes."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from sheets_sync.reading.characters import spread
from sheets_sync.reading.grid import Grid


def tables_digest(grids: Sequence[Grid]) -> str:
    """A SHA-256 over all that rows are read from: cells, the numbers of their rows, what headers mean.

    Equal where a file was only saved anew: in another encoding, with other quotes, under another
    moment of its making. What a header `reads` is in its cells by then.
    """
    content = hashlib.sha256()
    for grid in grids:
        content.update(_about(grid).encode())
        for part in _cells(grid):
            content.update(np.ascontiguousarray(part).data)
    return content.hexdigest()


def _about(grid: Grid) -> str:
    """All that a table says beside its cells, and how many bytes of these follow."""
    header = dataclasses.replace(grid.header, reads={})
    bare = dataclasses.replace(grid, header=header, columns={}, rows=grid.rows[:0], made=None)
    return f"{bare!r} {[*grid.columns]} {[part.nbytes for part in _cells(grid)]}\n"


def _cells(grid: Grid) -> Iterator[npt.NDArray[np.generic]]:
    """A table's rows by their numbers, which of them were made, and of each column how long its cells
    are and what they hold."""
    yield grid.rows
    yield np.zeros(0, dtype=bool) if grid.made is None else grid.made
    for text in grid.columns.values():
        begins, bytes_ = spread(text)
        yield np.diff(begins)
        yield bytes_[begins[0] : begins[-1]]
