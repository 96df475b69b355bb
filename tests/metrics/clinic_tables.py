"""The rows of one clinic twice: plain dicts for the reference, frames for the product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from metrics.entity import DTYPES
from metrics.schema import ENTITIES, check
from metrics.settings import Settings

Row = dict[str, Any]

_EMPTY = {"text": "", "time": None, "day": None, "kopecks": None, "count": None, "flag": None}


@dataclass(frozen=True)
class ClinicTables:
    """Rows as plain dicts for the reference, the same rows as frames for the product."""

    tables: dict[str, list[Row]]
    settings: Settings

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        return {entity: as_frame(entity, rows) for entity, rows in self.tables.items()}


def as_frame(entity: str, rows: list[Row]) -> pd.DataFrame:
    """Rows as the store gives them: shared texts are codes, here in an order that says nothing and
    with a text that no row has."""
    columns: dict[str, Any] = {}
    for column in ENTITIES[entity].columns:
        cells = [row[column.name] for row in rows]
        if column.kind == "time":
            cells = [cell and cell.replace(tzinfo=None) for cell in cells]
            moments = pd.Series(cells, dtype="datetime64[us]")
            columns[column.name] = moments.dt.tz_localize("UTC")
        elif column.name in ENTITIES[entity].words:
            texts = pd.Index(sorted({*cells, "nobody's"}, reverse=True), dtype="str")
            columns[column.name] = pd.Series(pd.Categorical(cells, categories=texts))
        else:
            columns[column.name] = pd.Series(cells, dtype=DTYPES[column.kind])
    return check(entity, pd.DataFrame(columns))


def blank(entity: str, **given: Any) -> Row:
    """A row of `entity` with everything that is not given empty."""
    return {c.name: _EMPTY[c.kind] for c in ENTITIES[entity].columns} | {"source": "file:x"} | given


def plain(entity: str, row: Row) -> Row:
    """A row as tests write it (ISO texts, what is empty left out) as the reference reads it."""
    full = blank(entity, **row)
    for column in ENTITIES[entity].columns:
        text = full[column.name]
        if column.kind == "time" and text is not None:
            full[column.name] = datetime.fromisoformat(text).astimezone(UTC)
        elif column.kind == "day":
            full[column.name] = date.fromisoformat(text)
    return full


def literal_clinic(
    *,
    as_of: str,
    first: str,
    last: str,
    leads: tuple[Row, ...] = (),
    visits: tuple[Row, ...] = (),
    payments: tuple[Row, ...] = (),
    costs: tuple[Row, ...] = (),
    traffic: tuple[Row, ...] = (),
    calls: tuple[Row, ...] = (),
    **settings: Any,
) -> ClinicTables:
    """A clinic of rows written out in a test (tests.metrics.clinic_rows has the words for them)."""
    given = {
        "leads": leads,
        "appointments": visits,
        "payments": payments,
        "costs": costs,
        "traffic": traffic,
        "calls": calls,
    }
    tables = {entity: [plain(entity, row) for row in rows] for entity, rows in given.items()}
    days = (date.fromisoformat(day) for day in (as_of, first, last))
    return ClinicTables(tables, Settings(*days, **settings))
