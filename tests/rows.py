"""Literal rows for tests: a few words a row, conformed frames out."""

from __future__ import annotations

from typing import Any

import pandas as pd

from metrics.schema import ENTITIES, conform


def frame(entity: str, *rows: dict[str, Any]) -> pd.DataFrame:
    """Rows of `entity` as a conformed frame; `source` is file:test unless given.

    Times are ISO texts with a zone, days ISO texts, money kopecks.
    """
    spec = ENTITIES[entity]
    table = pd.DataFrame([{"source": "file:test", **row} for row in rows])
    for column in spec.columns:
        if column.name not in table.columns:
            continue
        if column.kind == "time":
            table[column.name] = pd.to_datetime(table[column.name], utc=True, format="ISO8601")
        elif column.kind == "day":
            table[column.name] = pd.to_datetime(table[column.name], format="ISO8601")
    return conform(entity, table) if rows else conform(entity, pd.DataFrame({"source": []}))
