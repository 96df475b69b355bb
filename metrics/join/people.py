"""From rows to people: leads kept, patients, whose lead an appointment is, who was acquired how."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.calendar import DAY, HOUR, MISSING, microseconds
from metrics.coded import Bools, Ints, begins, by_code, first_of, look_up
from metrics.entity_rows import EntityRows
from metrics.join.keys import NOBODY, KeyPairs
from metrics.schema import NOT_LEADS
from metrics.settings import Settings

VISITED = ("arrived", "completed")
_LAST = np.iinfo(np.int64).max


@dataclass(frozen=True)
class People:
    """Who is who. Rows are those of the frames given (sorted by id), of appointments those of
    `visits`; -1 means none.

    visits        the appointments, rows of one visit folded into one
    lead_kept     for each lead row the kept lead it means: itself, the lead it repeats, or -1
    lead_person   person code of each lead row
    repeat        for each lead row: a kept lead of a person who had visited (repeat request)
    patients      how many patients there are
    visit_patient, paid_patient   the patient of each appointment and each payment
    visited       appointments that took place by as_of
    booking_time  booked_at, else starts_at, of each appointment (µs)
    appointment_lead   the kept lead row of each appointment
    lead_id_unknown    appointments that name a lead that is unknown or not a lead
    first_booking, first_visit   appointment row of each patient
    acquiring     kept lead row of each patient
    """

    visits: EntityRows
    lead_kept: Ints
    lead_person: Ints
    repeat: Bools
    patients: int
    visit_patient: Ints
    paid_patient: Ints
    visited: Bools
    booking_time: Ints
    appointment_lead: Ints
    lead_id_unknown: int
    first_booking: Ints
    first_visit: Ints
    acquiring: Ints


def people(
    leads: EntityRows,
    visits: EntityRows,
    keys: KeyPairs,
    kept: Ints,
    end: int,
    settings: Settings,
) -> People:
    """Join the rows of definitions §2: leads, visits folded, who they are and which leads are kept.

    `end` is the µs at which as_of is over: a visit that starts later has not taken place.
    """
    created = microseconds(leads["created_at"])
    starts = microseconds(visits["starts_at"])
    booked = microseconds(visits["booked_at"])
    booking = np.where(booked == MISSING, starts, booked)
    status = visits.coded("status")
    happened = status.where(np.array([v in VISITED for v in status.values], dtype=bool))
    visited = happened & (starts < end)

    everybody = np.arange(len(visits))
    first_booking = first_of(keys.visit_patient, booking, everybody, keys.patients)
    came = np.flatnonzero(visited)
    first_visit = first_of(keys.visit_patient, starts, came, keys.patients)

    repeat = _repeat(kept, keys, created, starts, first_visit)
    lead, unknown = _appointment_leads(visits, leads, keys, kept, created, booking, settings)
    acquiring = _acquiring(keys, lead, booking, created, starts, first_visit)
    return People(
        visits,
        kept,
        keys.lead,
        repeat,
        keys.patients,
        keys.visit_patient,
        keys.paid_patient,
        visited,
        booking,
        lead,
        unknown,
        first_booking,
        first_visit,
        acquiring,
    )


def kept_leads(leads: EntityRows, person: Ints, settings: Settings) -> Ints:
    """For each lead row the kept lead it means: itself, the one it duplicates, or -1.

    A row less than duplicate_days × 24 h after a kept lead of its person is its duplicate.
    """
    created = microseconds(leads["created_at"])
    status = leads.coded("status")
    real = ~status.where(np.array([v in NOT_LEADS for v in status.values], dtype=bool))
    kept = np.where(real, np.arange(len(leads)), NOBODY)
    rows = np.flatnonzero(real & (person != NOBODY))
    rows = rows[np.bincount(person[rows])[person[rows]] > 1]
    rows = rows[np.lexsort((rows, created[rows], person[rows]))]
    follows = np.diff(person[rows], prepend=NOBODY) == 0
    window = settings.duplicate_days * DAY
    anchor = NOBODY
    for row, again in zip(rows.tolist(), follows.tolist(), strict=True):
        if again and created[row] - created[anchor] < window:
            kept[row] = anchor
        else:
            anchor = row
    return kept


def _repeat(kept: Ints, keys: KeyPairs, created: Ints, starts: Ints, first_visit: Ints) -> Bools:
    """Kept leads created more than 24 hours after a visit of a patient known with their phone."""
    visit_time = (
        np.where(first_visit >= 0, starts[first_visit], _LAST)
        if len(starts)
        else (np.full(keys.patients, _LAST, dtype=np.int64))
    )
    seen = np.full(keys.persons + 1, _LAST, dtype=np.int64)
    np.minimum.at(seen, keys.pair_person, visit_time[keys.pair_patient])
    seen[keys.persons] = _LAST
    earliest = seen[keys.lead]
    is_kept = kept == np.arange(len(kept))
    repeat: Bools = is_kept & (earliest != _LAST) & (created - np.minimum(earliest, created) > DAY)
    return repeat


def _appointment_leads(
    visits: EntityRows,
    leads: EntityRows,
    keys: KeyPairs,
    kept: Ints,
    created: Ints,
    booking: Ints,
    settings: Settings,
) -> tuple[Ints, int]:
    """The lead of each appointment: the one it names, else the latest of the same phone."""
    lead_id = visits["lead_id"]
    gave_id = (lead_id != "").to_numpy()
    lead = np.full(len(visits), NOBODY)
    named = np.flatnonzero(gave_id)
    row = _named(lead_id.take(named), leads)
    lead[named] = np.append(kept, NOBODY)[row]
    unknown = int((gave_id & (lead == NOBODY)).sum())

    looking = np.flatnonzero(lead == NOBODY)
    own = looking[keys.visit[looking] != NOBODY]
    row, person = _phones_of(keys, looking[keys.visit[looking] == NOBODY])
    person = np.concatenate([keys.visit[own], person])
    latest = _latest(keys, kept, created, person, booking[np.concatenate([own, row])], settings)
    lead[own] = latest[: len(own)]
    latest = latest[len(own) :]
    hit = latest != NOBODY
    row, latest = row[hit], latest[hit]
    order = np.lexsort((-latest, created[latest], row))
    lead[row[order]] = latest[order]
    return lead, unknown


def _named(lead_id: pd.Series, leads: EntityRows) -> Ints:
    """The lead row that each cell names by its id, else by another id that the lead goes by; one
    after "?" is a lead's only where no lead has it for sure."""
    row = look_up(lead_id, leads["lead_id"])
    with_aliases = np.flatnonzero((leads["aliases"] != "").to_numpy())
    if not len(with_aliases) or (row >= 0).all():
        return row
    pairs = [
        (word.startswith("?"), place, word.removeprefix("?"))
        for place, words in zip(with_aliases, leads["aliases"].iloc[with_aliases], strict=True)
        for word in words.split(" ")
    ]
    named = {word: place for _, place, word in sorted(pairs, reverse=True)}
    unknown = np.flatnonzero(row < 0)
    row[unknown] = [named.get(word, -1) for word in lead_id.iloc[unknown]]
    return row


def _phones_of(keys: KeyPairs, rows: Ints) -> tuple[Ints, Ints]:
    """Each appointment row that carries no phone, once for each phone its patient is known by."""
    person = keys.pair_person[by_code(keys.pair_patient)]
    start = begins(keys.pair_patient, keys.patients)
    low = start[keys.visit_patient[rows]]
    length = start[keys.visit_patient[rows] + 1] - low
    place = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    return np.repeat(rows, length), person[np.repeat(low, length) + place]


def _latest(
    keys: KeyPairs, kept: Ints, created: Ints, person: Ints, booking: Ints, settings: Settings
) -> Ints:
    """For each (person, booking time) the latest kept lead created no later than 24 hours after
    the booking and no more than lead_max_age_days before it; -1 if none. Ties: the smaller id."""
    rows = np.flatnonzero((kept == np.arange(len(kept))) & (keys.lead != NOBODY))
    rows = rows[by_code(keys.lead[rows], created[rows])]
    whose, created = keys.lead[rows], created[rows]
    start = begins(whose, keys.persons)
    low, place = start[person], start[person + 1] - 1
    limit = booking + 24 * HOUR
    late = np.flatnonzero(place >= low)
    while len(late):
        late = late[created[place[late]] > limit[late]]
        place[late] -= 1
        late = late[place[late] >= low[late]]
    latest = np.full(len(person), NOBODY, dtype=np.int64)
    some = np.flatnonzero(place >= low)
    place = place[some]
    fresh = booking[some] - created[place] <= settings.lead_max_age_days * DAY
    another = (np.diff(whose, prepend=NOBODY) != 0) | (np.diff(created, prepend=0) != 0)
    smallest = np.maximum.accumulate(np.where(another, np.arange(len(rows)), 0))
    latest[some[fresh]] = rows[smallest[place[fresh]]]
    return latest


def _acquiring(
    keys: KeyPairs, lead: Ints, booking: Ints, created: Ints, starts: Ints, first_visit: Ints
) -> Ints:
    """The lead of the earliest-booked appointment that has one, unless it was created later than
    24 hours after the first visit."""
    with_lead = np.flatnonzero(lead != NOBODY)
    first = first_of(keys.visit_patient, booking, with_lead, keys.patients)
    acquiring = np.full(keys.patients, NOBODY, dtype=np.int64)
    some = np.flatnonzero(first >= 0)
    acquiring[some] = lead[first[some]]
    seen = some[first_visit[some] >= 0]
    too_late = created[acquiring[seen]] > starts[first_visit[seen]] + 24 * HOUR
    acquiring[seen[too_late]] = NOBODY
    return acquiring
