"""Appointment rows of one visit – one patient, one start, several services – folded into one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from metrics.calendar import MISSING, microseconds
from metrics.coded import Ints, combine
from metrics.entity_rows import EntityRows

#: What became of a visit is the best that became of its services.
_BEST_FIRST = (
    *("completed", "arrived", "confirmed", "booked", "no_show", "rescheduled", "cancelled"),
)
#: Sets patients apart by more than any two moments are, in µs that wrap around.
_FAR = 0x1E3779B97F4A7C15
#: Numbers that spread sums over slots, each its own way: what stays beside another by chance after
#: one does not after all of them.
_MIXES = tuple(map(np.uint64, (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)))
#: Its high bits say which slot is a mixed sum's; a table of more than 2²⁰ does not fit the cache.
_MOST_BITS = 20


def fold_visits(appointments: EntityRows, patient: Ints) -> tuple[EntityRows, Ints]:
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

    status = appointments.coded("status")
    rank = np.array([_BEST_FIRST.index(value) for value in status.values])[status.codes]
    best = np.full(rows, len(_BEST_FIRST))
    np.minimum.at(best, visit, rank)
    booked = microseconds(appointments["booked_at"])
    earliest = np.full(rows, np.iinfo(np.int64).max)
    np.minimum.at(earliest, visit, np.where(booked == MISSING, starts, booked))
    lead = np.full(rows, rows)
    filled = np.flatnonzero(appointments.filled("lead_id"))
    np.minimum.at(lead, visit[filled], filled)

    several = np.flatnonzero(np.bincount(visit, minlength=rows)[first] > 1)
    of = first[several]
    folded = appointments.take(first)
    columns = {name: folded[name].copy() for name in ("status", "booked_at", "lead_id")}
    columns["status"].iloc[several] = np.array(_BEST_FIRST, dtype=object)[best[of]]
    columns["booked_at"].iloc[several] = pd.to_datetime(earliest[of], unit="us", utc=True)
    named = several[lead[of] < rows]
    columns["lead_id"].iloc[named] = appointments["lead_id"].iloc[lead[first[named]]].to_numpy()
    return folded.with_columns(columns), first


def _same_visit(appointments: EntityRows, patient: Ints, starts: Ints) -> Ints:
    """The first row of each row's visit."""
    visit = np.arange(len(appointments))
    groups = [_of_one_moment(patient, starts)]
    named = np.flatnonzero(appointments.filled("visit_id"))
    if len(named):
        columns = [appointments.coded(name).take(named) for name in ("source", "visit_id")]
        parts = [(column.codes, len(column.values)) for column in columns]
        groups.append((named, combine(parts, len(named))[0]))
    while True:
        before = visit.copy()
        for rows, group in groups:
            smallest = np.full(int(group.max(initial=-1)) + 1, len(visit))
            np.minimum.at(smallest, group, visit[rows])
            visit[rows] = smallest[group]
        if (visit == before).all():
            return visit


def _of_one_moment(patient: Ints, starts: Ints) -> tuple[Ints, Ints]:
    """Rows that may share their patient and their start with another, and a code of both."""
    # Equal pairs have equal sums, and these one slot of a table, however they are mixed.
    sums = (patient * _FAR + starts).view(np.uint64)
    rows = np.arange(len(sums))
    bits = min(len(sums).bit_length() + 1, _MOST_BITS)
    for mix in _MIXES:
        some = _not_alone((sums * mix) >> np.uint64(64 - bits), 1 << bits)
        rows, sums = rows[some], sums[some]
    moment, moments = pd.factorize(starts[rows])
    parts = [(patient[rows], int(patient.max(initial=-1)) + 1), (moment, len(moments))]
    return rows, combine(parts, len(rows))[0]


def _not_alone(slot: npt.NDArray[np.uint64], slots: int) -> Ints:
    """Rows whose slot, of so many, another row has, too."""
    slot, rows = slot.view(np.int64), np.arange(len(slot), dtype=np.int32)
    last, shared = np.empty(slots, dtype=np.int32), np.zeros(slots, dtype=bool)
    last[slot] = rows
    shared[slot[np.flatnonzero(last[slot] != rows)]] = True
    return np.flatnonzero(shared[slot])
