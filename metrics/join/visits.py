"""Appointment rows of one visit – one patient, one start, several services – folded into one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metrics.calendar import MISSING, microseconds
from metrics.coded import Ints, combine, encode

#: What became of a visit is the best that became of its services.
_BEST_FIRST = (
    *("completed", "arrived", "confirmed", "booked", "no_show", "rescheduled", "cancelled"),
)


def fold_visits(appointments: pd.DataFrame, patient: Ints) -> tuple[pd.DataFrame, Ints]:
    """One row of each visit, and which rows of `appointments` they are (rising).

    In: appointments by id and the patient of each. Rows of one patient with one starts_at are one
    visit, and so are rows of one source with one visit_id. It has the best status, the earliest
    booking time, the lead of the smallest id whose cell is filled, the rest of the smallest id.
    """
    rows = len(appointments)
    starts = microseconds(appointments["starts_at"])
    visit = _same_visit(appointments, patient, starts)
    first = np.flatnonzero(visit == np.arange(rows))
    if len(first) == rows:
        return appointments, first

    status = encode(appointments["status"])
    rank = np.array([_BEST_FIRST.index(value) for value in status.values])[status.codes]
    best = np.full(rows, len(_BEST_FIRST))
    np.minimum.at(best, visit, rank)
    booked = microseconds(appointments["booked_at"])
    earliest = np.full(rows, np.iinfo(np.int64).max)
    np.minimum.at(earliest, visit, np.where(booked == MISSING, starts, booked))
    lead = np.full(rows, rows)
    filled = np.flatnonzero((appointments["lead_id"] != "").to_numpy())
    np.minimum.at(lead, visit[filled], filled)

    several = np.flatnonzero(np.bincount(visit, minlength=rows)[first] > 1)
    of = first[several]
    folded = appointments.iloc[first].reset_index(drop=True)
    columns = {name: folded[name].copy() for name in ("status", "booked_at", "lead_id")}
    columns["status"].iloc[several] = np.array(_BEST_FIRST, dtype=object)[best[of]]
    columns["booked_at"].iloc[several] = pd.to_datetime(earliest[of], unit="us", utc=True)
    named = several[lead[of] < rows]
    columns["lead_id"].iloc[named] = appointments["lead_id"].iloc[lead[first[named]]].to_numpy()
    return folded.assign(**columns), first


def _same_visit(appointments: pd.DataFrame, patient: Ints, starts: Ints) -> Ints:
    """The first row of each row's visit."""
    rows = len(appointments)
    visit = np.arange(rows)
    if not rows:
        return visit
    moment, moments = pd.factorize(starts)
    parts = [(patient, int(patient.max()) + 1), (moment, len(moments))]
    of_patient, visits = combine(parts, rows)
    number = encode(appointments["visit_id"])
    named = number.filled()
    if len(visits) == rows and not named.any():
        return visit
    groups = [of_patient]
    if named.any():
        source = encode(appointments["source"])
        parts = [(source.codes, len(source.values)), (number.codes, len(number.values))]
        of_number = combine(parts, rows)[0]
        groups.append(np.where(named, of_number, of_number.max() + 1 + np.arange(rows)))
    while True:
        before = visit
        for group in groups:
            smallest = np.full(int(group.max()) + 1, rows)
            np.minimum.at(smallest, group, visit)
            visit = smallest[group]
        if (visit == before).all():
            return visit
