"""Numbers that only number rows: one that meets another person on another day is no id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from metrics.schema import Entity

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


def remembered(state: Mapping[str, Any], entity: str) -> Numbering:
    """The numbering of an entity that a source's state holds."""
    kept = state.get(entity, {}).get("numbering", {})
    return Numbering(frozenset(kept.get("ids", ())), bool(kept.get("column")))


def numbering(entity: Entity, rows: pd.DataFrame, zone: ZoneInfo) -> Numbering:
    """Repeated numbers, two of whose rows have two different persons (or patients) and two local
    days; where more than half of the repeated ones are such, the column numbers rows.

    In: rows of one source by metrics.schema, those of a pull and of the store alike: only their id,
    keys and moment are looked at.
    """
    ids = rows[entity.key]
    again = rows[ids.duplicated(keep=False) & (ids != "")]
    if again.empty:
        return Numbering()
    day = again[entity.when].dt.tz_convert(zone).dt.normalize()
    bad: set[str] = set()
    for name in ("person_key", "patient_key"):
        if name not in again.columns:
            continue
        known = again[name] != ""
        seen = pd.DataFrame({"id": again[entity.key], "who": again[name], "day": day})[known]
        counts = seen.groupby("id", sort=False).nunique()
        bad |= set(counts.index[(counts["who"] > 1) & (counts["day"] > 1)])
    return Numbering(frozenset(bad), 2 * len(bad) > again[entity.key].nunique())
