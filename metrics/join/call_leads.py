"""Calls as leads: an inbound unique call is a lead of contact_type call (definitions §2)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metrics.calendar import MINUTE, microseconds
from metrics.coded import Bools, encode_keys, sort_by_id
from metrics.settings import Settings

#: Before the call's own id, so that it cannot meet the id of a CRM's lead.
PREFIX = "call:"
_SHARED = ("person_key", "source_raw", "utm_source", "utm_medium", "utm_campaign", "yclid")


def with_calls(leads: pd.DataFrame, calls: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Leads and, after them, a lead for each unique call that no lead row stands for already.

    In: leads and calls as the join keeps them, dated up to as_of. Out: leads sorted by id.
    A call within `call_minutes` of a lead of its phone is that lead's own call: the lead takes its
    channel from it (the ladder of `histories`) and keeps what the CRM knows of it.
    """
    unique = calls["is_unique"].fillna(False).to_numpy(dtype=bool)  # noqa: FBT003 (a value)
    found = calls[unique]
    if len(found):
        found = found[~_stands_for(leads, found, settings)].reset_index(drop=True)
    if not len(found):
        return leads
    made = pd.DataFrame(dict.fromkeys(leads.columns, ""), index=found.index, dtype="str")
    made = made.assign(
        lead_id=PREFIX + found["call_id"],
        created_at=found["started_at"],
        contact_type="call",
        status="new",
        ym_client_id=found["ym_client_id"],
        **{name: found[name] for name in _SHARED},
    ).astype(leads.dtypes.to_dict())
    return sort_by_id(pd.concat([leads, made], ignore_index=True), "lead_id")


def _stands_for(leads: pd.DataFrame, calls: pd.DataFrame, settings: Settings) -> Bools:
    """Calls whose phone has a lead created within `call_minutes` of them, before or after."""
    (lead, call), _ = encode_keys(leads["person_key"], calls["person_key"])
    known = np.flatnonzero(lead >= 0)
    order = known[np.lexsort((microseconds(leads["created_at"])[known], lead[known]))]
    person, at = lead[order], microseconds(leads["created_at"])[order]
    began, near = microseconds(calls["started_at"]), settings.call_minutes * MINUTE
    low = np.searchsorted(person, call, side="left")
    high = np.searchsorted(person, call, side="right")
    found = np.zeros(len(calls), dtype=bool)
    live = np.flatnonzero((call >= 0) & (low < high))
    while len(live):
        found[live] |= np.abs(at[low[live]] - began[live]) <= near
        low[live] += 1
        live = live[(low[live] < high[live]) & ~found[live]]
    return found
