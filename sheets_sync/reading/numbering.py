"""Numbers that only number rows: one that meets another person on another day is no id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from metrics.coded import Bools, Ints, encode
from metrics.entity import Entity

#: Who a row is about.
KEYS = ("person_key", "patient_key")
#: So many numbers of a source are remembered.
_MOST = 10_000


@dataclass(frozen=True)
class Numbering:
    """Which numbers of a source's entity are no ids: some, or (`column`) all that it has."""

    ids: frozenset[str] = frozenset()
    column: bool = False

    def __bool__(self) -> bool:
        return self.column or bool(self.ids)

    def __or__(self, other: Numbering) -> Numbering:
        return Numbering(self.ids | other.ids, self.column or other.column)

    def state(self) -> dict[str, Any]:
        """As a source remembers it: what was no id once is none ever after."""
        kept = {"column": self.column, "ids": sorted(self.ids)[:_MOST]}
        return {"numbering": kept} if self else {}


def numbering_of(state: Mapping[str, Any], entity: str) -> Numbering:
    """The numbering of an entity that a source's state holds."""
    kept = state.get(entity, {}).get("numbering", {})
    return Numbering(frozenset(kept.get("ids", ())), bool(kept.get("column")))


def repeats(ids: pd.Series) -> bool:
    """Whether a value of a text column stands in two rows."""
    texts = pa.chunked_array([pa.array(ids, pa.large_string())]).combine_chunks()
    if len(texts) < 2 or pc.all(pc.less(texts[:-1], texts[1:])).as_py():  # in order, as most are
        return False
    return len(pc.unique(texts)) < len(texts)


def numbering(
    entity: Entity, rows: pd.DataFrame, zone: ZoneInfo, repeated_ids: int = 0
) -> Numbering:
    """Repeated numbers, two of whose rows have two different persons (or patients) and two local
    days; where one is such, so are those of two persons on one day, and where more than half of the
    repeated ones are such, the column numbers rows.

    In: rows of one source by metrics.schema, those of a pull and of the store alike: only their id,
    keys and moment are looked at. Rows that say nothing new of their number may be left out where
    `repeated_ids` says how many are repeated with them.
    """
    if not repeats(rows[entity.key]):
        return Numbering()
    code = encode(rows[entity.key])
    count = np.bincount(code.codes, minlength=len(code.values))
    repeated = (count > 1) & np.array([i != "" for i in code.values], dtype=bool)
    if not repeated.any():
        return Numbering()
    again = repeated[code.codes]
    ids = code.codes[again]
    local = rows[entity.when][again].dt.tz_convert(zone).dt.normalize()
    day = local.astype("int64").to_numpy()
    bad, met = np.zeros(len(count), dtype=bool), np.zeros(len(count), dtype=bool)
    for name in (n for n in KEYS if n in rows.columns):
        who = encode(rows[name][again])
        there = who.filled() & local.notna().to_numpy()
        persons, days = (_differ(ids[there], v[there], len(count)) for v in (who.codes, day))
        bad |= persons & days
        met |= persons
    bad |= met & bad.any()
    none = frozenset(code.values[place] for place in np.flatnonzero(bad))
    return Numbering(none, bool(2 * len(none) > (repeated_ids or repeated.sum())))


def _differ(group: Ints, value: Ints, groups: int) -> Bools:
    """Which groups hold two values that are not equal."""
    some = np.zeros(groups, dtype=np.int64)
    some[group] = value
    differ = np.zeros(groups, dtype=bool)
    differ[group[value != some[group]]] = True
    return differ
