"""Which characters a column of texts has, told from its bytes: most columns need no second look."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

#: Bytes copied at once: they stay in the processor's cache.
_PIECE = 2**17


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
