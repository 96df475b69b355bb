"""From rows to people: leads kept, patients, whose lead an appointment is, who was acquired how."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from metrics.calendar import DAY, HOUR, MISSING, microseconds
from metrics.coded import Bools, Ints, begins, distinct, encode, encode_keys, first_of, look_up
from metrics.cores import both
from metrics.join.visits import fold_visits
from metrics.schema import NOT_LEADS
from metrics.settings import Settings

VISITED = ("arrived", "completed")
_NOBODY = -1
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

    visits: pd.DataFrame
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


@dataclass(frozen=True)
class _KeyPairs:
    """Persons (phones) and patients as codes; `pairs` are distinct (person, patient)."""

    lead: Ints
    visit: Ints
    visit_patient: Ints
    paid_patient: Ints
    persons: int
    patients: int
    pair_person: Ints
    pair_patient: Ints


def people(
    leads: pd.DataFrame,
    appointments: pd.DataFrame,
    payments: pd.DataFrame,
    end: int,
    settings: Settings,
) -> People:
    """Join the rows of definitions §2. Frames conformed, sorted by id, dated up to as_of.

    `end` is the µs at which as_of is over: a visit that starts later has not taken place.
    """
    keys = _keys(leads, appointments, payments)
    appointments, rows = fold_visits(appointments, keys.visit_patient)
    keys = replace(keys, visit=keys.visit[rows], visit_patient=keys.visit_patient[rows])
    created = microseconds(leads["created_at"])
    starts = microseconds(appointments["starts_at"])
    booked = microseconds(appointments["booked_at"])
    booking = np.where(booked == MISSING, starts, booked)
    status = encode(appointments["status"])
    happened = status.where(np.array([v in VISITED for v in status.values], dtype=bool))
    visited = happened & (starts < end)

    everybody = np.arange(len(appointments))
    first_booking = first_of(keys.visit_patient, booking, everybody, keys.patients)
    came = np.flatnonzero(visited)
    first_visit = first_of(keys.visit_patient, starts, came, keys.patients)

    kept = _kept(leads, keys.lead, created, settings)
    repeat = _repeat(kept, keys, created, starts, first_visit)
    lead, unknown = _appointment_leads(appointments, leads, keys, kept, created, booking, settings)
    acquiring = _acquiring(keys, lead, booking, created, starts, first_visit)
    return People(
        appointments,
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


def _keys(leads: pd.DataFrame, appointments: pd.DataFrame, payments: pd.DataFrame) -> _KeyPairs:
    """Resolve patients: a patient_key is a patient; a phone alone is the one patient known with
    it; with none or several known, the phone itself is the patient."""
    tables = (leads, appointments, payments)
    ((lead, visit, paid), persons), ((visit_named, paid_named), named) = both(
        lambda: encode_keys(*(table["person_key"] for table in tables)),
        lambda: encode_keys(*(table["patient_key"] for table in tables[1:])),
    )
    person = np.concatenate([visit, paid])
    patient = np.concatenate([visit_named, paid_named])
    linked = (person != _NOBODY) & (patient != _NOBODY)
    pairs = distinct(person[linked] * max(named, 1) + patient[linked])
    pair_person, pair_patient = np.divmod(pairs, max(named, 1))
    patient_of = np.full(persons, _NOBODY, dtype=np.int64)
    patient_of[pair_person] = pair_patient
    patient_of[np.bincount(pair_person, minlength=persons) != 1] = _NOBODY

    phone_is_patient = named + np.maximum(person, 0)
    by_phone = (
        np.where(patient_of[person] != _NOBODY, patient_of[person], phone_is_patient)
        if persons
        else patient
    )
    patient = np.where(patient != _NOBODY, patient, by_phone)
    alone = (person != _NOBODY) & ~linked
    more = distinct(person[alone] * (named + persons) + patient[alone])
    alone_person, alone_patient = np.divmod(more, max(named + persons, 1))
    return _KeyPairs(
        lead,
        visit,
        patient[: len(visit)],
        patient[len(visit) :],
        persons,
        named + persons,
        np.concatenate([pair_person, alone_person]),
        np.concatenate([pair_patient, alone_patient]),
    )


def _kept(leads: pd.DataFrame, person: Ints, created: Ints, settings: Settings) -> Ints:
    """For each lead row the kept lead it means: itself, the one it duplicates, or -1.

    A row less than duplicate_days × 24 h after a kept lead of its person is its duplicate.
    """
    status = encode(leads["status"])
    real = ~status.where(np.array([v in NOT_LEADS for v in status.values], dtype=bool))
    kept = np.where(real, np.arange(len(leads)), _NOBODY)
    rows = np.flatnonzero(real & (person != _NOBODY))
    rows = rows[np.lexsort((rows, created[rows], person[rows]))]
    whose = person[rows]
    again = np.zeros(len(rows), dtype=bool)
    again[1:] = whose[1:] == whose[:-1]
    crowd = again.copy()
    crowd[:-1] |= again[1:]
    window = settings.duplicate_days * DAY
    anchor = _NOBODY
    for row, follows in zip(rows[crowd].tolist(), again[crowd].tolist(), strict=True):
        if follows and created[row] - created[anchor] < window:
            kept[row] = anchor
        else:
            anchor = row
    return kept


def _repeat(kept: Ints, keys: _KeyPairs, created: Ints, starts: Ints, first_visit: Ints) -> Bools:
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
    appointments: pd.DataFrame,
    leads: pd.DataFrame,
    keys: _KeyPairs,
    kept: Ints,
    created: Ints,
    booking: Ints,
    settings: Settings,
) -> tuple[Ints, int]:
    """The lead of each appointment: the one it names, else the latest of the same phone."""
    named_row = _named(appointments["lead_id"], leads)
    lead = np.where(named_row >= 0, kept[named_row], _NOBODY) if len(leads) else named_row
    gave_id = (appointments["lead_id"] != "").to_numpy()
    unknown = int((gave_id & (lead == _NOBODY)).sum())

    looking = np.flatnonzero(lead == _NOBODY)
    own = looking[keys.visit[looking] != _NOBODY]
    row, person = _phones_of(keys, looking[keys.visit[looking] == _NOBODY])
    person = np.concatenate([keys.visit[own], person])
    latest = _latest(keys, kept, created, person, booking[np.concatenate([own, row])], settings)
    lead[own] = latest[: len(own)]
    latest = latest[len(own) :]
    hit = latest != _NOBODY
    row, latest = row[hit], latest[hit]
    order = np.lexsort((-latest, created[latest], row))
    lead[row[order]] = latest[order]
    return lead, unknown


def _named(lead_id: pd.Series, leads: pd.DataFrame) -> Ints:
    """The lead row that each cell names by its id, else by another id that the lead goes by; one
    after "?" is a lead's only where no lead has it for sure."""
    row = look_up(lead_id, leads["lead_id"])
    with_aliases = np.flatnonzero((leads["aliases"] != "").to_numpy())
    if not len(with_aliases) or not ((row < 0) & (lead_id != "").to_numpy()).any():
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


def _phones_of(keys: _KeyPairs, rows: Ints) -> tuple[Ints, Ints]:
    """Each appointment row that carries no phone, once for each phone its patient is known by."""
    order = np.argsort(keys.pair_patient, kind="stable")
    patient, person = keys.pair_patient, keys.pair_person[order]
    start = begins(patient, keys.patients)
    low = start[keys.visit_patient[rows]]
    length = start[keys.visit_patient[rows] + 1] - low
    place = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    return np.repeat(rows, length), person[np.repeat(low, length) + place]


def _latest(
    keys: _KeyPairs, kept: Ints, created: Ints, person: Ints, booking: Ints, settings: Settings
) -> Ints:
    """For each (person, booking time) the latest kept lead created no later than 24 hours after
    the booking and no more than lead_max_age_days before it; -1 if none. Ties: the smaller id."""
    rows = np.flatnonzero((kept == np.arange(len(kept))) & (keys.lead != _NOBODY))
    rows = rows[np.lexsort((-rows, created[rows], keys.lead[rows]))]
    start = begins(keys.lead[rows], keys.persons)
    low, place = start[person], start[person + 1] - 1
    limit = booking + 24 * HOUR
    late = np.flatnonzero(place >= low)
    while len(late):
        late = late[created[rows[place[late]]] > limit[late]]
        place[late] -= 1
        late = late[place[late] >= low[late]]
    latest = np.full(len(person), _NOBODY, dtype=np.int64)
    some = place >= low
    latest[some] = rows[place[some]]
    fresh = booking[some] - created[latest[some]] <= settings.lead_max_age_days * DAY
    latest[np.flatnonzero(some)[~fresh]] = _NOBODY
    return latest


def _acquiring(
    keys: _KeyPairs, lead: Ints, booking: Ints, created: Ints, starts: Ints, first_visit: Ints
) -> Ints:
    """The lead of the earliest-booked appointment that has one, unless it was created later than
    24 hours after the first visit."""
    with_lead = np.flatnonzero(lead != _NOBODY)
    first = first_of(keys.visit_patient, booking, with_lead, keys.patients)
    acquiring = np.full(keys.patients, _NOBODY, dtype=np.int64)
    some = np.flatnonzero(first >= 0)
    acquiring[some] = lead[first[some]]
    seen = some[first_visit[some] >= 0]
    too_late = created[acquiring[seen]] > starts[first_visit[seen]] + 24 * HOUR
    acquiring[seen[too_late]] = _NOBODY
    return acquiring
