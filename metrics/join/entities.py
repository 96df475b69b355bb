"""Which rows of a clinic exist: those dated up to as_of, by id."""

from __future__ import annotations

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
    frames: dict[str, pd.DataFrame], settings: Settings
) -> tuple[dict[str, EntityRows], int]:
    """The rows that exist on as_of, by id, their keys numbered; and how many were left out."""
    end = end_of(settings.as_of, settings.zone)
    tables = {name: frames[name] if name in frames else empty(name) for name in _WHEN}
    dated = each([partial(_dated, name, frame, end) for name, frame in tables.items()])
    rows = number_keys({name: some for name, (some, _) in zip(tables, dated, strict=True)})
    rows["leads"] = with_calls(rows["leads"], rows["calls"], settings)
    return rows, sum(future for _, future in dated)


def _dated(name: str, frame: pd.DataFrame, end: int) -> tuple[EntityRows, int]:
    """The rows of an entity dated before `end`, by id, and how many are dated later."""
    when = microseconds(frame[_WHEN[name]])
    if name == "appointments":
        when = np.where(when == MISSING, microseconds(frame["starts_at"]), when)
    real = np.ones(len(frame), dtype=bool)
    if name == "calls":  # nobody came by a call that the clinic made itself, nor by spam
        real = ((frame["call_direction"] != "out") & (frame["status"] != "spam")).to_numpy()
    exists = real & (when < end)
    order = order_by_id(frame[ENTITIES[name].key])
    if order is not None:
        order = order[exists[order]]
    elif not exists.all():
        order = np.flatnonzero(exists)
    return EntityRows(frame, order), int((real & (when >= end)).sum())
