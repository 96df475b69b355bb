"""Persons and patients as numbers: whose phone and whose card each row has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from metrics.coded import Ints, distinct
from metrics.cores import both
from metrics.entity_rows import EntityRows, keys

NOBODY = -1


@dataclass(frozen=True)
class KeyPairs:
    """Persons (phones) and patients as codes; `pairs` are distinct (person, patient)."""

    lead: Ints
    visit: Ints
    visit_patient: Ints
    paid_patient: Ints
    persons: int
    patients: int
    pair_person: Ints
    pair_patient: Ints


def key_pairs(
    leads: EntityRows,
    appointments: EntityRows,
    payments: EntityRows,
    kept: Callable[[Ints], Ints],
) -> tuple[KeyPairs, Ints]:
    """Resolve patients: a patient_key is a patient; a phone alone is the one patient known with
    it; with none or several known, the phone itself is the patient. Beside them what `kept` makes
    of the leads' persons, for which patients need not be waited for."""
    tables = (leads, appointments, payments)

    def phones() -> tuple[list[Ints], int, Ints]:
        codes, count = keys(tables, "person_key")
        return codes, count, kept(codes[0])

    ((lead, visit, paid), persons, leads_kept), ((visit_named, paid_named), named) = both(
        phones, lambda: keys(tables[1:], "patient_key")
    )
    person = np.concatenate([visit, paid])
    patient = np.concatenate([visit_named, paid_named])
    linked = (person != NOBODY) & (patient != NOBODY)
    pair_person, pair_patient = _pairs(person[linked], patient[linked], named)
    patient_of = np.full(persons, NOBODY, dtype=np.int64)
    patient_of[pair_person] = pair_patient
    patient_of[np.bincount(pair_person, minlength=persons) != 1] = NOBODY

    nameless = np.flatnonzero(patient == NOBODY)
    phone = person[nameless]
    of_phone = patient_of[phone] if persons else phone
    patient[nameless] = np.where(of_phone != NOBODY, of_phone, named + np.maximum(phone, 0))
    alone = nameless[phone != NOBODY]
    more_person, more_patient = _pairs(person[alone], patient[alone], named + persons)
    pairs = KeyPairs(
        lead,
        visit,
        patient[: len(visit)],
        patient[len(visit) :],
        persons,
        named + persons,
        np.concatenate([pair_person, more_person]),
        np.concatenate([pair_patient, more_patient]),
    )
    return pairs, leads_kept


def _pairs(person: Ints, patient: Ints, patients: int) -> tuple[Ints, Ints]:
    """The distinct pairs: one of each patient, and what is left when its rows are put aside."""
    last = np.full(patients, NOBODY, dtype=np.int64)
    last[patient] = person
    some = np.flatnonzero(last != NOBODY)
    others = np.flatnonzero(last[patient] != person)
    more = distinct(person[others] * max(patients, 1) + patient[others])
    more_person, more_patient = np.divmod(more, max(patients, 1))
    return np.concatenate([last[some], more_person]), np.concatenate([some, more_patient])
