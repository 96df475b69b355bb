"""Columns that are parts of one sum, added up: «Карта» beside «СБП», refunds by means, parts of a cost."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.reading.aliases import ADDED
from sheets_sync.reading.values import has_text, sums


def add_parts(columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Columns with one for each sum, of the several (`refund`, `refund:1`) that give it. One that is
    the sum of the others is their total and stands for them; a cell that nobody can read stays, to be
    refused."""
    whole = dict(columns)
    for name in ADDED:
        several = [n for n in columns if n.partition(":")[0] == name]
        if len(several) > 1:
            parts = {n: whole.pop(n) for n in several}
            whole[name] = _together(list(parts.values()))
    return whole


def _together(parts: list[pa.Array]) -> pa.Array:
    read = [sums(part) for part in parts]
    every = np.asarray(np.sum([values for values, *_ in read], axis=0), dtype=np.int64)
    for part, (values, *_) in zip(parts, read, strict=True):
        if values.any() and (2 * values == every).all():
            return part
    text = parts[0]
    for part in parts[1:]:
        text = pc.if_else(pc.equal(text, ""), part, text)
    good = np.ones(len(text), dtype=bool)
    for part, (_, ok, *_) in zip(parts, read, strict=True):
        unread = has_text(part) & ~ok
        text = pc.if_else(pa.array(unread), part, text)
        good &= ~unread
    both = good & (np.sum([has_text(part) for part in parts], axis=0) > 1)
    exact = pa.array([f"{kopecks / 100:.2f}" for kopecks in every[both].tolist()], pa.string())
    return pc.replace_with_mask(text, pa.array(both), exact)
