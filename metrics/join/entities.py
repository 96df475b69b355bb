"""Which rows of a clinic exist: those dated up to as_of, by id."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from metrics.calendar import MISSING, end_of, microseconds
from metrics.cores import each
from metrics.entity_rows import EntityRows, order_by_id
from metrics.join.call_leads import with_calls
from metrics.join.keys import number_keys
from metrics.schema import ENTITIES, empty
from metrics.settings import Settings

#: The column that says when a row was there; of an appointment without it, its start.
_WHEN = {
    "appointments": "booked_at",
    "leads": "created_at",
    "payments": "paid_at",
    "touches": "at",
    "calls": "started_at",
}
#: What has a day and no moment.
DAILY = ("costs", "traffic")


def entity_rows(
    frames: Mapping[str, pd.DataFrame | EntityRows], settings: Settings
) -> tuple[dict[str, EntityRows], int]:
    """The rows that exist on as_of, by id, their keys numbered; and how many were left out."""
    end = end_of(settings.as_of, settings.zone)
    tables = {name: frames[name] if name in frames else empty(name) for name in _WHEN}
    every = {n: t if isinstance(t, EntityRows) else EntityRows(t) for n, t in tables.items()}
    dated = each([partial(_dated, name, some, end) for name, some in every.items()])
    rows = number_keys({name: some for name, (some, _) in zip(every, dated, strict=True)})
    rows["leads"] = with_calls(rows["leads"], rows["calls"], settings)
    return rows, sum(future for _, future in dated)


def _dated(name: str, rows: EntityRows, end: int) -> tuple[EntityRows, int]:
    """The rows of an entity dated before `end`, by id, and how many are dated later."""
    when = microseconds(rows[_WHEN[name]])
    if name == "appointments":
        when = np.where(when == MISSING, microseconds(rows["starts_at"]), when)
    real = np.ones(len(rows), dtype=bool)
    if name == "calls":  # nobody came by a call that the clinic made itself, nor by spam
        real = ((rows["call_direction"] != "out") & (rows["status"] != "spam")).to_numpy()
    exists = real & (when < end)
    order = order_by_id(rows[ENTITIES[name].key])
    if order is not None:
        rows = rows.take(order[exists[order]])
    elif not exists.all():
        rows = rows.take(exists)
    return rows, int((real & (when >= end)).sum())
