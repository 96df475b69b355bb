"""Cells as they come from a file made clean: no invisible signs, no outer spaces, no «не указано»."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.reading.characters import bytes_at, has_byte, is_untidy
from sheets_sync.reading.few_texts import cell_by_cell
from sheets_sync.reading.words import nothing

#: Invisible characters of formatting, white space that is not a plain space, and cells that have
#: any of it, or spaces where they do not belong.
_INVISIBLE = "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
_SPACES = "[\u00a0\u2000-\u200a\u202f\u205f\u3000\\s]+"
_UNTIDY = (
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00a0\u2000-\u200a\u202f\u205f\u3000"
    "\t\r\n\x0b\x0c]|^ | $|  "
)
#: No cell is untidy without a plain space in the wrong place or one of these bytes: how others begin
#: in UTF-8.
_SUSPECT = b"\t\r\n\x0b\x0c\xc2\xe2\xe3\xef"


def clean(text: pa.Array) -> pa.Array:
    """Cells without invisible characters and outer spaces; those that mean "nothing" are ""."""
    return cell_by_cell(text, _clean)


def _clean(text: pa.Array) -> pa.Array:
    if (is_untidy(text) or has_byte(text, _SUSPECT)) and _any(
        pc.match_substring_regex(text, _UNTIDY)
    ):
        text = pc.replace_substring_regex(text, _INVISIBLE, "")
        text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, _SPACES, " "))
    if not _begins_nothing()[bytes_at(text, 0)].any():
        return text
    empty = pc.is_in(text, value_set=_nothing())
    return pc.if_else(empty, "", text) if _any(empty) else text


@cache
def _nothing() -> pa.Array:
    words = nothing()
    return pa.array(sorted({*words, *map(str.upper, words), *map(str.capitalize, words)}))


@cache
def _begins_nothing() -> npt.NDArray[np.bool_]:
    """Whether a cell that means "nothing" may begin with each of the bytes."""
    firsts = {text.encode()[0] for text in _nothing().to_pylist()}
    return np.isin(np.arange(256), [*firsts])


def _any(mask: pa.Array) -> bool:
    return bool(pc.any(mask).as_py())


_LONGEST_SHAPE = 24


def shape(text: str) -> str:
    """What a cell looks like and not what it says: «Аааа А. А.», «+0 000 000-00-00»."""
    text = " ".join(text.split())
    signs = (
        "0" if c.isdigit() else ("А" if c.isupper() else "а") if c.isalpha() else c
        for c in text[:_LONGEST_SHAPE]
    )
    return "".join(signs) + ("…" if len(text) > _LONGEST_SHAPE else "")
