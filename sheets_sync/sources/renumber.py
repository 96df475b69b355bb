"""Numbers of an export that the store's rows show to be no ids: then rows are known by content."""

from __future__ import annotations

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


@dataclass(frozen=True)
class Renumbering:
    """frame: the pull's rows, and with them stored ones that get an id of their content; gone: the
    numbers these had; rows: how many stored ones."""

    frame: pd.DataFrame
    gone: tuple[str, ...] = ()
    rows: int = 0


def numbers_met(
    entity: str,
    frame: pd.DataFrame,
    no_ids: Numbering,
    stored: Stored | None,
    prefix: str,
    zone: ZoneInfo,
) -> Numbering:
    """`no_ids` and those numbers of a pull that the store's rows show to be none: a number that meets
    another person on another day is no id (definitions §1). `prefix` stands before every id of the
    source's system."""
    key = ENTITIES[entity].key
    if stored is None or not _has_numbers(entity, frame):
        return no_ids
    people = [name for name in KEYS if name in frame.columns]
    names = [key, ENTITIES[entity].when, *people]
    own = frame.loc[~frame[key].str.startswith(prefix + _MADE), names]
    held, others = stored.changed(entity, own, people)
    if others.empty:
        return no_ids
    rows = pd.concat([others, own[own[key].isin(others[key])]], ignore_index=True)
    return no_ids | numbering(ENTITIES[entity], _bare(rows, key, prefix), zone, held)


def renumber(
    entity: str, frame: pd.DataFrame, no_ids: Numbering, stored: Stored | None, prefix: str
) -> Renumbering:
    """A pull that was read under `no_ids`, with the stored rows whose number is none."""
    key = ENTITIES[entity].key
    if not no_ids or stored is None or not _has_numbers(entity, frame):
        return Renumbering(frame)
    gone = sorted(i for i in stored.ids(entity) if _is_none(i, prefix, no_ids))
    rows = _bare(_read(stored, entity, gone), key, prefix)
    if rows.empty:
        return Renumbering(frame)
    rows[key] = [prefix + made for made in content_ids(ENTITIES[entity], rows)]
    whole = pd.concat([frame, rows[~rows[key].isin(frame[key])]], ignore_index=True)
    return Renumbering(conform(entity, whole), tuple(gone), len(rows))


def _has_numbers(entity: str, frame: pd.DataFrame) -> bool:
    """Whether there are rows, and numbers of theirs that may be ids; a visit's is its service's."""
    return bool(ENTITIES[entity].key) and entity != "touches" and not frame.empty


def _is_none(stored_id: str, prefix: str, no_ids: Numbering) -> bool:
    bare = stored_id.removeprefix(prefix)
    return bare in no_ids.ids or (no_ids.column and not bare.startswith(_MADE))


def _read(stored: Stored, entity: str, ids: list[str]) -> pd.DataFrame:
    pages = [ids[n : n + _PAGE] for n in range(0, len(ids), _PAGE)] or [[]]
    return pd.concat([stored.read(entity, page) for page in pages], ignore_index=True)


def _bare(rows: pd.DataFrame, key: str, prefix: str) -> pd.DataFrame:
    return rows.assign(**{key: rows[key].str.slice(len(prefix))})
