"""Which characters a column of texts has, told from its bytes: most columns need no second look."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

#: Bytes copied at once: they stay in the processor's cache.
_PIECE = 2**17
_SPACE = 32


def spread(text: Any) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Where each cell of an Arrow string array begins among its bytes, and where the last one ends;
    and the bytes, which may be of more cells than its own."""
    _, offsets, data = text.buffers()
    places = np.frombuffer(offsets, np.int32) if offsets else np.zeros(1, dtype=np.int32)
    bytes_ = np.frombuffer(data, np.uint8) if data else np.zeros(0, dtype=np.uint8)
    return places[text.offset : text.offset + len(text) + 1], bytes_


def bytes_at(text: Any, place: int) -> npt.NDArray[np.uint8]:
    """The byte at a place of every cell of an Arrow string array, 0 where it is shorter."""
    ends, bytes_ = spread(text)
    there = ends[1:] > ends[:-1] + place
    if there.all():
        return bytes_[ends[:-1] + place]
    signs = np.zeros(len(text), dtype=np.uint8)
    signs[there] = bytes_[ends[:-1][there] + place]
    return signs


def is_untidy(text: Any) -> bool:
    """Whether spaces may stand at the edge of a cell of an Arrow string array, or two together."""
    ends, bytes_ = spread(text)
    signs = bytes_[ends[0] : ends[-1]]
    has_space = False
    for start in range(0, len(signs), _PIECE):
        spaces = signs[start : start + _PIECE + 1] == _SPACE
        if (spaces[1:] & spaces[:-1]).any():
            return True
        has_space = has_space or bool(spaces.any())
    if not has_space:
        return False
    begins, after = ends[:-1] - ends[0], ends[1:] - ends[0]
    filled = after > begins
    edges = (signs[begins[filled]] == _SPACE) | (signs[after[filled] - 1] == _SPACE)
    return bool(edges.any())


def has_byte(text: Any, any_of: bytes) -> bool:
    """Whether a byte of `any_of` stands somewhere in an Arrow column of texts (string or
    large_string, as UTF-8). A slice may answer True for its neighbours' bytes, never False for its
    own."""
    chunks = text.chunks if isinstance(text, pa.ChunkedArray) else [text]
    for data in filter(None, (chunk.buffers()[2] for chunk in chunks)):
        for start in range(0, data.size, _PIECE):
            raw = data[start : start + _PIECE].to_pybytes()
            if any(byte in raw for byte in any_of):  # each by memchr
                return True
    return False
