"""From rows to people: leads kept, patients, whose lead an appointment is, who was acquired how."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from metrics.calendar import DAY, HOUR, MISSING, end_of, microseconds
from metrics.coded import Bools, Ints, begins, by_code, first_of, look_up
from metrics.entity_rows import EntityRows
from metrics.join.keys import NOBODY, KeyPairs, key_pairs
from metrics.join.visits import fold_visits
from metrics.schema import NOT_LEADS
from metrics.settings import Settings

VISITED = ("arrived", "completed")
_LAST = np.iinfo(np.int64).max


@dataclass(frozen=True)
class People:
    """Who is who. Rows are those of the frames given (sorted by id), of appointments those of
    `visits`; -1 means none.

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
class FirstTimes:
    """When patients were first booked and first there: columns of `People` by their names, and when
    the first visit started (µs; MISSING if there is none)."""

    booking_time: Ints
    visited: Bools
    first_booking: Ints
    first_visit: Ints
    first_start: Ints


def who_came(rows: dict[str, EntityRows], settings: Settings) -> tuple[KeyPairs, FirstTimes]:
    """Who has which key, rows of one visit being folded in `rows`, and when patients came first."""
    keys = key_pairs(*(rows[name] for name in ("leads", "appointments", "payments")))
    for name in ("appointments", "payments"):  # of theirs nobody asks for the numbers again
        rows[name] = EntityRows(rows[name].frame, rows[name].place)
    rows["appointments"], first = fold_visits(rows["appointments"], keys.visit_patient)
    if len(first) < len(keys.visit):
        keys = replace(keys, visit=keys.visit[first], visit_patient=keys.visit_patient[first])
    return keys, _first_times(rows["appointments"], keys, end_of(settings.as_of, settings.zone))


def _first_times(visits: EntityRows, keys: KeyPairs, end: int) -> FirstTimes:
    """The first booking and the first visit of each patient.

    `end` is the µs at which as_of is over: a visit that starts later has not taken place.
    """
    starts, booking = microseconds(visits["starts_at"]), booking_times(visits)
    status = visits.coded("status")
    happened = status.where(np.array([v in VISITED for v in status.values], dtype=bool))
    visited = happened & (starts < end)
    everybody, came = np.arange(len(visits)), np.flatnonzero(visited)
    first = first_of(keys.visit_patient, starts, came, keys.patients)
    return FirstTimes(
        booking,
        visited,
        first_of(keys.visit_patient, booking, everybody, keys.patients),
        first,
        np.append(starts, MISSING)[first],
    )


def booking_times(visits: EntityRows) -> Ints:
    """booked_at, else starts_at, of each appointment (µs)."""
    booked = microseconds(visits["booked_at"])
    missing = booked == MISSING
    return np.where(missing, microseconds(visits["starts_at"]), booked) if missing.any() else booked


def people(
    leads: EntityRows,
    visits: EntityRows,
    keys: KeyPairs,
    kept: Ints,
    first: FirstTimes,
    settings: Settings,
) -> People:
    """Join the rows of definitions §2: leads, visits folded, who they are, which leads are kept,
    when patients were first there."""
    created = microseconds(leads["created_at"])
    lead, unknown = _appointment_leads(visits, leads, keys, kept, first.booking_time, settings)
    return People(
        kept,
        keys.lead,
        _repeat(kept, keys, created, first.first_start),
        keys.patients,
        keys.visit_patient,
        keys.paid_patient,
        first.visited,
        first.booking_time,
        lead,
        unknown,
        first.first_booking,
        first.first_visit,
        _acquiring(keys, lead, created, first),
    )


def kept_leads(leads: EntityRows, settings: Settings) -> Ints:
    """For each (numbered) lead row the kept lead it means: itself, the one it duplicates, or -1.

    A row less than duplicate_days × 24 h after a kept lead of its person is its duplicate.
    """
    person = leads["person"].to_numpy()
    created = microseconds(leads["created_at"])
    status = leads.coded("status")
    real = ~status.where(np.array([v in NOT_LEADS for v in status.values], dtype=bool))
    kept = np.where(real, np.arange(len(leads)), NOBODY)
    rows = np.flatnonzero(real & (person != NOBODY))
    rows = rows[np.bincount(person[rows])[person[rows]] > 1]
    rows = rows[by_code(person[rows], created[rows])]
    follows = np.diff(person[rows], prepend=NOBODY) == 0
    window = settings.duplicate_days * DAY
    anchor, since = NOBODY, 0
    for row, again, at in zip(rows.tolist(), follows.tolist(), created[rows].tolist(), strict=True):
        if again and at - since < window:
            kept[row] = anchor
        else:
            anchor, since = row, at
    return kept


def _repeat(kept: Ints, keys: KeyPairs, created: Ints, first_start: Ints) -> Bools:
    """Kept leads created more than 24 hours after a visit of a patient known with their phone."""
    visit_time = np.where(first_start == MISSING, _LAST, first_start)
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
    booking: Ints,
    settings: Settings,
) -> tuple[Ints, int]:
    """The lead of each appointment: the one it names, else the latest of the same phone, or -1;
    and how many name one that is unknown or not a lead."""
    created = microseconds(leads["created_at"])
    named = np.flatnonzero(visits.filled("lead_id"))
    lead = np.full(len(visits), NOBODY)
    lead[named] = np.append(kept, NOBODY)[_named(visits.take(named)["lead_id"], leads)]
    unknown = int((lead[named] == NOBODY).sum())

    looking = np.flatnonzero(lead == NOBODY)
    nobody = keys.visit[looking] == NOBODY
    own, others = looking[np.flatnonzero(~nobody)], looking[np.flatnonzero(nobody)]
    row, person = _phones_of(keys, others)
    person = np.concatenate([keys.visit[own], person])
    latest = _latest(keys, kept, created, person, booking[np.concatenate([own, row])], settings)
    lead[own] = latest[: len(own)]
    latest = latest[len(own) :]
    hit = latest != NOBODY
    row, latest = row[hit], latest[hit]
    lead[row] = latest
    again = np.diff(row, prepend=NOBODY, append=NOBODY) == 0
    several = np.flatnonzero(again[1:] | again[:-1])
    row, latest = row[several], latest[several]
    order = np.lexsort((-latest, created[latest], row))
    lead[row[order]] = latest[order]
    return lead, unknown


def _named(lead_id: pd.Series, leads: EntityRows) -> Ints:
    """The lead row that each cell names by its id, else by another id that the lead goes by; one
    after "?" is a lead's only where no lead has it for sure."""
    row = look_up(lead_id, leads["lead_id"])
    with_aliases = np.flatnonzero(leads.filled("aliases"))
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
    last = np.where(start[1:] > start[:-1], start[1:] - 1, NOBODY)
    another = (np.diff(whose, prepend=NOBODY) != 0) | (np.diff(created, prepend=0) != 0)
    smallest = rows[np.maximum.accumulate(np.where(another, np.arange(len(rows)), 0))]
    created, place = np.append(created, MISSING // 2), last[person]  # nobody's is never late
    after = created[place]
    after -= booking
    late = np.flatnonzero(after > 24 * HOUR)
    while len(late):
        earlier = place[late] - 1
        place[late] = np.where(earlier >= start[person[late]], earlier, NOBODY)
        after[late] = created[place[late]] - booking[late]
        late = late[after[late] > 24 * HOUR]
    place[after < -settings.lead_max_age_days * DAY] = NOBODY
    return np.append(smallest, NOBODY)[place]


def _acquiring(keys: KeyPairs, lead: Ints, created: Ints, times: FirstTimes) -> Ints:
    """The lead of the earliest-booked appointment that has one, unless it was created later than
    24 hours after the first visit."""
    with_lead = np.flatnonzero(lead != NOBODY)
    first = first_of(keys.visit_patient, times.booking_time, with_lead, keys.patients)
    acquiring = np.full(keys.patients, NOBODY, dtype=np.int64)
    some = np.flatnonzero(first >= 0)
    acquiring[some] = lead[first[some]]
    seen = some[times.first_visit[some] >= 0]
    too_late = created[acquiring[seen]] > times.first_start[seen] + 24 * HOUR
    acquiring[seen[too_late]] = NOBODY
    return acquiring
