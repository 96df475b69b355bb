"""Numbers of an export that the store's rows show to be no ids: then rows are known by content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd

from metrics.schema import ENTITIES, conform
from sheets_sync.reading.ids import content_ids
from sheets_sync.reading.numbering import KEYS, Numbering, numbering
from sheets_sync.sources.source import Stored

#: Rows that the store gives at once.
_PAGE = 100_000
_MADE = "~"

#: Reads the same files again under other numbers that are no ids.
Again = Callable[[Numbering], pd.DataFrame]


@dataclass(frozen=True)
class Renumbering:
    """frame: the pull's rows, and with them stored ones that get an id of their content; gone: the
    numbers these had; no_ids: what is no id ever after; rows: how many stored ones."""

    frame: pd.DataFrame
    gone: tuple[str, ...]
    no_ids: Numbering
    rows: int = 0


def renumber(
    entity: str,
    frame: pd.DataFrame,
    no_ids: Numbering,
    stored: Stored | None,
    prefix: str,
    zone: ZoneInfo,
    again: Again,
) -> Renumbering:
    """A number that meets another person on another day is no id, be the other row of this pull or
    of the store (definitions §1). `prefix` stands before every id of the source's system."""
    key = ENTITIES[entity].key
    if not key or entity == "touches" or stored is None or frame.empty:
        return Renumbering(frame, (), no_ids)
    people = [name for name in KEYS if name in frame.columns]
    own = frame.loc[
        ~frame[key].str.startswith(prefix + _MADE), [key, ENTITIES[entity].when, *people]
    ]
    held, others = stored.changed(entity, own, people)
    numbers = no_ids
    if len(others):
        rows = pd.concat([others, own[own[key].isin(others[key])]], ignore_index=True)
        numbers |= numbering(ENTITIES[entity], _bare(rows, key, prefix), zone, held)
    if numbers == no_ids and not no_ids:
        return Renumbering(frame, (), no_ids)
    if numbers != no_ids:
        frame = again(numbers)
    gone = sorted(i for i in stored.ids(entity) if _is_none(i, prefix, numbers))
    rows = _bare(_read(stored, entity, gone), key, prefix)
    if rows.empty:
        return Renumbering(frame, (), numbers)
    rows[key] = [prefix + made for made in content_ids(ENTITIES[entity], rows)]
    whole = pd.concat([frame, rows[~rows[key].isin(frame[key])]], ignore_index=True)
    return Renumbering(conform(entity, whole), tuple(gone), numbers, len(rows))


def _is_none(stored_id: str, prefix: str, no_ids: Numbering) -> bool:
    bare = stored_id.removeprefix(prefix)
    return bare in no_ids.ids or (no_ids.column and not bare.startswith(_MADE))


def _read(stored: Stored, entity: str, ids: list[str]) -> pd.DataFrame:
    pages = [ids[n : n + _PAGE] for n in range(0, len(ids), _PAGE)] or [[]]
    return pd.concat([stored.read(entity, page) for page in pages], ignore_index=True)


def _bare(rows: pd.DataFrame, key: str, prefix: str) -> pd.DataFrame:
    return rows.assign(**{key: rows[key].str.slice(len(prefix))})
