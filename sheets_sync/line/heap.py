"""Memory of a run: one heap for all, and what a stage needed is given back before the next one."""

from __future__ import annotations

import ctypes
from contextlib import suppress

import pyarrow as pa

#: Options of the GNU library's `mallopt`, and what they are set to here: a column of a large clinic
#: goes back to the system when it is let go, else it leaves a hole that the next one does not fit;
#: threads take from one heap, else each keeps holes of its own.
_MOST_KEPT, _MAPPED_FROM, _ARENAS = (-1, 32 * 2**20), (-3, 4 * 2**20), (-8, 1)


def share_heap() -> None:
    """Let Arrow take its memory where everybody does: of its own it keeps 50 MB for later."""
    pa.set_memory_pool(pa.system_memory_pool())
    with suppress(AttributeError, OSError):  # only the GNU library can
        for option in (_MOST_KEPT, _MAPPED_FROM, _ARENAS):
            ctypes.CDLL(None).mallopt(*option)


def release() -> None:
    """Give back to the system what nobody holds any more, or the peaks of the stages stack."""
    with suppress(AttributeError, OSError):  # only the GNU library can
        ctypes.CDLL(None).malloc_trim(0)
