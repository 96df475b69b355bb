"""Persons and patients as numbers: whose phone and whose card each row has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from metrics.coded import Ints, distinct
from metrics.cores import each
from metrics.entity_rows import EntityRows, keys

NOBODY = -1
#: The number of a key, the column that it is made of, and whose rows have it.
_NUMBERS = (
    ("person", "person_key", ("leads", "appointments", "payments", "calls", "touches")),
    ("patient", "patient_key", ("appointments", "payments")),
    ("client", "ym_client_id", ("leads", "calls", "touches")),
    ("click", "yclid", ("leads", "calls", "touches")),
)


def number_keys(rows: dict[str, EntityRows]) -> dict[str, EntityRows]:
    """The rows of all entities with a number for each of their keys, the same wherever it stands,
    in columns _NUMBERS; -1 where there is none. Who visited the site is numbered if anybody did."""
    visited = len(rows["touches"]) + len(rows["calls"]) > 0
    numbers = [row for row in _NUMBERS if visited or row[0] in {"person", "patient"}]

    def numbered(column: str, names: tuple[str, ...]) -> list[Ints]:
        return keys([rows[name] for name in names], column)[0]

    made = each([partial(numbered, column, names) for _, column, names in numbers])
    own: dict[str, dict[str, pd.Series]] = {name: {} for name in rows}
    for (number, _, names), codes in zip(numbers, made, strict=True):
        for name, code in zip(names, codes, strict=True):
            own[name][number] = pd.Series(code, copy=False)
    return {name: table.with_columns(own[name]) for name, table in rows.items()}


def how_many(*codes: Ints) -> int:
    """How many keys are numbered, the largest number of a column being the last."""
    return 1 + max(int(code.max(initial=NOBODY)) for code in codes)


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


def key_pairs(leads: EntityRows, appointments: EntityRows, payments: EntityRows) -> KeyPairs:
    """Resolve patients: a patient_key is a patient; a phone alone is the one patient known with
    it; with none or several known, the phone itself is the patient. In: numbered rows."""
    lead, visit, paid = (t["person"].to_numpy() for t in (leads, appointments, payments))
    visit_named, paid_named = (t["patient"].to_numpy() for t in (appointments, payments))
    persons, named = how_many(lead, visit, paid), how_many(visit_named, paid_named)
    person = np.concatenate([visit, paid])
    patient = np.concatenate([visit_named, paid_named])
    linked = np.flatnonzero((person != NOBODY) & (patient != NOBODY))
    pair_person, pair_patient = _pairs(person[linked], patient[linked], named)
    patient_of = np.full(persons, NOBODY, dtype=np.int64)
    patient_of[pair_person] = pair_patient
    patient_of[np.bincount(pair_person, minlength=persons) != 1] = NOBODY

    nameless = np.flatnonzero(patient == NOBODY)
    phone = person[nameless]
    of_phone = patient_of[phone] if persons else phone
    itself = np.zeros(persons + 1, dtype=bool)
    itself[phone[of_phone == NOBODY]] = True
    own = named + np.cumsum(itself) - 1
    patients = named + int(np.count_nonzero(itself))
    patient[nameless] = np.where(of_phone != NOBODY, of_phone, own[phone])
    alone = nameless[phone != NOBODY]
    more_person, more_patient = _pairs(person[alone], patient[alone], patients)
    return KeyPairs(
        lead,
        visit,
        patient[: len(visit)],
        patient[len(visit) :],
        persons,
        patients,
        np.concatenate([pair_person, more_person]),
        np.concatenate([pair_patient, more_patient]),
    )


def _pairs(person: Ints, patient: Ints, patients: int) -> tuple[Ints, Ints]:
    """The distinct pairs: one of each patient, and what is left when its rows are put aside."""
    last = np.full(patients, NOBODY, dtype=np.int64)
    last[patient] = person
    some = np.flatnonzero(last != NOBODY)
    others = np.flatnonzero(last[patient] != person)
    more = distinct(person[others] * max(patients, 1) + patient[others])
    more_person, more_patient = np.divmod(more, max(patients, 1))
    return np.concatenate([last[some], more_person]), np.concatenate([some, more_patient])
