"""What the contract makes of each double's world: rows written by somebody who had not seen the client."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from metrics.schema import ENTITIES
from tests.doubles.service import Double
from tests.doubles.services import DOUBLES
from tests.sources.live import KEYRING, Line
from tests.sources.yandex import Hands

WORLDS = [(kind, "expected", {}) for kind in DOUBLES] + [
    (kind, "expected_mapped", d.mapped) for kind, d in DOUBLES.items() if d.expected_mapped
]
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


@pytest.mark.parametrize(("kind", "name", "mapped"), WORLDS)
def test_a_world_becomes_the_rows_of_the_contract(
    kind: str, name: str, mapped: Mapping[str, Any], tmp_path: Path, clock: Hands
) -> None:
    double: type[Double] = DOUBLES[kind]
    with double(clock=clock) as service:  # type: ignore[call-arg]  # each has its own world
        line = Line(service, tmp_path, clock, **{"from": date(2026, 11, 1), **mapped})
        line.pull()
    for table, rows in getattr(double, name).items():
        entity = table.partition(" ")[0]
        wanted = [held(row, kind) for row in rows]
        found = line.rows(entity)
        assert len(found) == len(wanted)
        for row in wanted:
            assert row in [{n: cell(f, n, entity) for n in row} for f in found]
