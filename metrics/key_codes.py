"""Keys of people as numbers: one code for one key, in whichever column it stands."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from metrics.coded import Ints, arrow_texts, combine, encode_numbers

#: Makes numbers of words that hardly ever meet; where two do, another number tells.
_MIX = np.uint64(0x9E3779B97F4A7C15)


def encode_keys(*columns: pd.Series) -> tuple[list[Ints], int]:
    """Code several columns of keys with one dictionary; "" is -1.

    Returns the codes of each column and how many distinct keys there are.
    """
    texts = [arrow_texts(column) for column in columns]
    length = [pc.binary_length(part).to_numpy() for part in texts]
    keys = [int(np.count_nonzero(part)) for part in length]
    width = max((int(part.max(initial=0)) for part in length), default=0)
    # None is longer than `width`, so all are as long if together they are.
    if width % 8 or sum(int(part.sum()) for part in length) < width * sum(keys):
        filled = pa.array(np.concatenate(length) > 0)
        code, count = _encode_texts(pa.concat_arrays(texts).filter(filled))
    else:
        code, count = _encode_words([_words(part, width // 8) for part in texts])
    parts = np.split(code, np.cumsum(keys)[:-1])
    return [_laid(part, of) for part, of in zip(parts, length, strict=True)], count


def _laid(code: Ints, length: Ints) -> Ints:
    """Codes of the keys in a column of cells that are so long; "" is -1."""
    if len(code) == len(length):
        return code
    codes = np.full(len(length), -1, dtype=np.int64)
    codes[length > 0] = code
    return codes


def _encode_texts(texts: pa.LargeStringArray) -> tuple[Ints, int]:
    """Code texts; numbers written in one way only, as ClientIDs are, by what they are."""
    if not pc.any(pc.starts_with(texts, "0")).as_py():
        with suppress(pa.ArrowInvalid):
            return encode_numbers(texts.cast(pa.uint64()).to_numpy())
    encoded = texts.dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), len(encoded.dictionary)


def _words(texts: pa.LargeStringArray, width: int) -> npt.NDArray[np.uint64]:
    """Texts that are "" or of so many 8-byte words as rows of words; "" is no row."""
    if not len(texts) or not width:
        return np.zeros((0, max(width, 1)), dtype=np.uint64)
    ends = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset :]
    begin, end = int(ends[0]), int(ends[len(texts)])
    words = np.frombuffer(texts.buffers()[2] or b"", np.uint64, (end - begin) // 8, begin)
    return words.reshape(-1, width)


def _encode_words(parts: list[npt.NDArray[np.uint64]]) -> tuple[Ints, int]:
    """Code rows of words by one number made of each: a quarter of what their letters take. A
    second number tells whether two have met in the first; both are as long as a key."""
    powers = np.arange(parts[0].shape[1], dtype=np.uint64)
    ends = np.cumsum([len(part) for part in parts])
    number, other = np.empty((2, ends[-1]), dtype=np.uint64)
    for mix, made in ((_MIX, number), (_MIX + 1, other)):
        for part, of_part in zip(parts, np.split(made, ends[:-1]), strict=True):
            np.matmul(part, mix**powers, out=of_part)
    code, count = encode_numbers(number)
    of_code = np.empty(count, dtype=np.uint64)
    of_code[code] = other
    if (of_code[code] != other).any():
        columns = [np.concatenate([part[:, at] for part in parts]) for at in powers]
        coded = [encode_numbers(column) for column in columns]
        return encode_numbers(combine(coded, len(number))[0])
    return code, count
