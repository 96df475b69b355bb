"""Calls as leads: an inbound unique call is a lead of contact_type call (definitions §2)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metrics.calendar import DAY, MINUTE, microseconds
from metrics.coded import Bools, Ints
from metrics.entity_rows import EntityRows, order_by_id, stacked
from metrics.schema import LEADS, NOT_LEADS
from metrics.settings import Settings

#: Before the call's own id, so that it cannot meet the id of a CRM's lead.
PREFIX = "call:"
_NUMBERS = ("person", "client", "click")
_SHARED = (
    *("person_key", "source_raw", "utm_source", "utm_medium", "utm_campaign", "utm_term", "yclid"),
)


def with_calls(leads: EntityRows, calls: EntityRows, settings: Settings) -> EntityRows:
    """Leads and, among them by id, a lead for each unique call that is not a lead row's own call.

    In: leads and inbound calls as the join keeps them, by id, dated up to as_of, their keys
    numbered. Out: texts, numbers of keys and `created_at` of leads, with `is_call`. A call within `call_lead_minutes` of a lead row of its
    phone is that row's own: it is no lead but one touch more of it (`histories`).
    """
    alone = calls.take(_CallLeads(leads, calls, settings).lead) if len(calls) else calls
    if not len(alone):
        return leads.with_columns({"is_call": pd.Series(np.zeros(len(leads), dtype=bool))})
    words = {name: leads.coded(name).category() for name in LEADS.words}
    own = [name for name in LEADS.texts if name not in words]
    real = pd.DataFrame({**words, **{n: leads[n] for n in (*own, *_NUMBERS, "created_at")}})
    made = pd.DataFrame(dict.fromkeys(LEADS.texts, ""), index=range(len(alone)), dtype="str")
    made = made.assign(
        lead_id=PREFIX + alone["call_id"],
        created_at=alone["started_at"],
        contact_type="call",
        status="new",
        ym_client_id=alone["ym_client_id"],
        **{name: alone[name] for name in (*_SHARED, *_NUMBERS)},
    )
    every = stacked([real.assign(is_call=False), made.assign(is_call=True)])
    return EntityRows(every, order_by_id(every["lead_id"]))


def unique_calls(leads: EntityRows, calls: EntityRows, settings: Settings) -> Bools:
    """Which inbound calls are unique: their source says so, or none of its calls says anything and
    theirs is the first word of that phone in `duplicate_days` (definitions §2)."""
    return _CallLeads(leads, calls, settings).unique


class _CallLeads:
    """unique: which calls are; lead: which of them stand for no lead row and are leads."""

    def __init__(self, leads: EntityRows, calls: EntityRows, settings: Settings) -> None:
        status = leads.coded("status")
        real = ~status.where(np.array([v in NOT_LEADS for v in status.values], dtype=bool))
        person, self.person = (t["person"].to_numpy() for t in (leads, calls))
        self.row_person = person[real]
        self.row_at = microseconds(leads["created_at"])[real]
        self.at = microseconds(calls["started_at"])
        self.window = settings.duplicate_days * DAY
        flag = calls["is_unique"]
        source = calls.coded("source")
        tells = np.bincount(source.codes, flag.notna().to_numpy(), len(source.values)) > 0
        counted = ~source.where(tells)
        self.unique = np.where(counted, self._no_call_before(), flag.fillna(value=False))
        self.lead = self.unique & ~self._is_of_a_row(settings.call_lead_minutes * MINUTE)
        self._mind_leads(counted)

    def _no_call_before(self) -> Bools:
        """Calls whose phone has no call in the window before them; of one moment, by id."""
        order = np.lexsort((self.at, self.person))
        again = np.zeros(len(order), dtype=bool)
        again[1:] = (np.diff(self.person[order]) == 0) & (np.diff(self.at[order]) < self.window)
        first = np.ones(len(order), dtype=bool)
        first[order] = ~again
        return first | (self.person < 0)

    def _is_of_a_row(self, near: int) -> Bools:
        """Unique calls whose phone has a lead row created within `near` of them, before or after."""
        calls = np.flatnonzero(self.unique & (self.person >= 0))
        rows = np.flatnonzero(np.isin(self.row_person, self.person[calls]))
        order = rows[np.lexsort((self.row_at[rows], self.row_person[rows]))]
        person, at = self.row_person[order], self.row_at[order]
        low = np.searchsorted(person, self.person[calls], side="left")
        high = np.searchsorted(person, self.person[calls], side="right")
        near_one = np.zeros(len(self.at), dtype=bool)
        live = np.flatnonzero(low < high)
        while len(live):
            near_one[calls[live]] |= np.abs(at[low[live]] - self.at[calls[live]]) <= near
            low[live] += 1
            live = live[(low[live] < high[live]) & ~near_one[calls[live]]]
        return near_one

    def _mind_leads(self, counted: Bools) -> None:
        """A kept lead in the window before a call, where uniqueness is counted, makes it none.

        Which lead is kept depends on the calls before it, and the other way round: phone by phone,
        in order of time, only those that have both.
        """
        both = self.unique & counted & np.isin(self.person, self.row_person) & (self.person >= 0)
        rows = np.flatnonzero(np.isin(self.row_person, self.person[both]))
        calls = np.flatnonzero(self.unique & np.isin(self.person, self.person[both]))
        person = np.concatenate([self.row_person[rows], self.person[calls]])
        at = np.concatenate([self.row_at[rows], self.at[calls]])
        call = np.concatenate([np.full(len(rows), -1), calls])
        order: Ints = np.lexsort((call, at, person))
        whose, kept_at = -1, 0
        for place in order.tolist():
            if person[place] != whose:
                whose, kept_at = person[place], -self.window + at[place]
            after_a_lead = at[place] - kept_at < self.window
            number = call[place]
            if number >= 0 and counted[number] and after_a_lead:
                self.unique[number] = self.lead[number] = False
            elif not after_a_lead and (number < 0 or self.lead[number]):
                kept_at = at[place]
