"""Rows as the tables of `tests.doubles.service.expect` write them, against those that are held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from metrics.schema import ENTITIES
from tests.sources.live import KEYRING, Line

IDS = {"lead_id", "call_id", "appointment_id", "payment_id"}


def cell(row: Mapping[str, Any], name: str, entity: str) -> str:
    """A stored value as the tables of the doubles write it; a phone is here its person's key."""
    if name == "phone":
        return str(row["person_key"])
    value, kind = row[name], ENTITIES[entity].column(name).kind
    if pd.isna(value):
        return ""
    if kind in {"time", "day"}:
        return f"{value:%Y-%m-%dT%H:%M:%SZ}" if kind == "time" else f"{value:%Y-%m-%d}"
    return {"True": "yes", "False": "no"}.get(str(value), str(value))


def held(wanted: Mapping[str, str], system: str) -> dict[str, str]:
    """A row of such a table as it is held: ids with their system.

    Who has no phone may have an e-mail, which the tables do not tell.
    """
    row = {}
    for name, text in wanted.items():
        if name == "phone":
            row |= {name: KEYRING.person_key(text)} if text else {}
        else:
            row[name] = f"{system}:{text}" if name in IDS and text else text
    return row


def check_rows(line: Line, entity: str, rows: Sequence[Mapping[str, str]]) -> None:
    """Fails unless the line holds these rows of an entity, in any order, and no others."""
    found = line.rows(entity)
    assert len(found) == len(rows)
    for row in rows:
        wanted = held(row, line.table.origin(entity).system)
        assert wanted in [{n: cell(f, n, entity) for n in wanted} for f in found]
