"""Recall (Возврат): whose next check-up is due by what was treated, who came back, what it brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from metrics.calendar import end_of, local_days, microseconds, months_later
from metrics.coded import Bools, Floats, Ints, dense, encode, first_of, fold, look_up
from metrics.entity_rows import EntityRows
from metrics.facts import Facts, day_number
from metrics.join.directions import by_pattern, first_given, one_spelling, respell
from metrics.join.join import Joined
from metrics.settings import NO_DIRECTION, OTHER, TOTAL, Settings
from metrics.sums import group_sum, known_sum, pick, ratio

STATES = ("booked", "later", "due", "overdue", "lost")
COLUMNS = (
    "direction", "months", "patients", *STATES,
    "was_due", "returned", "returned_share", "returned_margin", "expected_margin",
)  # fmt: skip
#: A check-up is due from so many days before its day to as many after; later it is overdue, and
#: after a year the patient is lost.
NEAR, LOST = 30, 365
#: How long those that were due have had to return, in days; so far the expectation reaches too.
BACK = 90
#: A direction's own past counts from so many patients that were due.
ENOUGH = 10
#: Treatments that are looked at twice a year, by the beginnings of their names; others once.
_OFTEN = ("гигиен", "пародонт", "имплант", "хирург", "ортодонт", "детск")
_HALF_YEAR, _YEAR = 6, 12


@dataclass(frozen=True)
class TreatmentVisits:
    """Visits that took place, by what was treated.

    patient, day, group   of each visit; `group` is the place of its direction in `names`, sorted
    months                of each group until the next check-up
    """

    names: list[str]
    patient: Ints
    day: Ints
    group: Ints
    months: Ints

    def until(self, day: int) -> TreatmentVisits:
        """Those up to `day`."""
        rows = self.day <= day
        return replace(self, patient=self.patient[rows], day=self.day[rows], group=self.group[rows])

    def after(self, day: int, patients: int) -> Bools:
        """By patient number, whether they came later than `day`."""
        return np.bincount(self.patient[self.day > day], minlength=patients) > 0


@dataclass(frozen=True)
class RecallStates:
    """The patients that have a visit: the group each stands in, when it is due, in which state."""

    patient: Ints
    group: Ints
    due: Ints
    state: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def is_in(self, *states: str) -> Bools:
        return np.isin(self.state, [STATES.index(name) for name in states])


def recall(facts: Facts, joined: Joined, rows: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Definitions §14: a row per direction of treatment, most patients first, then «Итого».

    Out: COLUMNS; people as floats, the five STATES add up to `patients`; money in kopecks,
    `expected_margin` of BACK days; NaN where empty. No direction without a visit, no row.
    """
    settings = facts.settings
    today = day_number(settings.as_of)
    visits = treatment_visits(facts, joined)
    if not len(visits.patient):
        return pd.DataFrame(columns=list(COLUMNS))
    now = recall_states(visits, today, _booked(joined, today, rows["appointments"]))
    then = recall_states(visits.until(today - BACK), today - BACK, _booked(joined, today - BACK))
    row, names = _rows(now, visits, settings)
    size = len(names)
    sums = {
        name: group_sum(row[now.group[now.is_in(name)]], None, size) for name in STATES
    } | _returned(facts, joined, visits, then, row, size)
    table = pd.DataFrame({"direction": names, "patients": group_sum(row[now.group], None, size)})
    table = _with_total(table.assign(**sums))
    months = {name: float(visits.months[at]) for at, name in enumerate(visits.names)}
    return _ordered(_quotients(table.assign(months=table["direction"].map(months))))


def to_call(facts: Facts, joined: Joined, rows: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Whom to call: a row per patient who is due or overdue today.

    Out: patient (number), patient_key ("": known by phone alone), direction, last_visit and due (day
    numbers), state, and doctor and branch of the last visit.
    """
    today, who = day_number(facts.settings.as_of), joined.who
    visits = treatment_visits(facts, joined)
    now = recall_states(visits, today, _booked(joined, today, rows["appointments"]))
    chosen = np.flatnonzero(now.is_in("due", "overdue"))
    patient = now.patient[chosen]
    own, stored = joined.rows["appointments"], rows["appointments"]
    starts = microseconds(own["starts_at"])
    came = np.flatnonzero(who.visited)
    last = first_of(who.visit_patient, -starts, came, who.patients)[patient]
    row = look_up(own["appointment_id"].take(last), stored["appointment_id"])
    return pd.DataFrame(
        {
            "patient": patient,
            "patient_key": _patient_keys(joined)[patient],
            "direction": [visits.names[group] for group in now.group[chosen]],
            "last_visit": local_days(starts[last], facts.settings.zone),
            "due": now.due[chosen],
            "state": [STATES[state] for state in now.state[chosen]],
            "doctor": own["doctor"].take(last).to_numpy(),
            "branch": stored["branch"].take(row).to_numpy(),
        }
    )


def _patient_keys(joined: Joined) -> np.ndarray:
    """By patient number, the patient_key; "" where only a phone is known."""
    who = joined.who
    keys = np.full(who.patients, "", dtype=object)
    for name, patient in (("payments", who.paid_patient), ("appointments", who.visit_patient)):
        keys_there = joined.rows[name]["patient_key"].to_numpy()
        filled = keys_there != ""
        keys[patient[filled]] = keys_there[filled]
    return keys


def treatment_visits(facts: Facts, joined: Joined) -> TreatmentVisits:
    """Every visit under its own direction: never that of acquisition, recall follows treatment."""
    settings, who = joined.settings, joined.who
    appointments = joined.rows["appointments"]
    service, own = (appointments.coded(name) for name in ("service", "direction"))
    groups = first_given((own, by_pattern((service,), settings.directions)), NO_DIRECTION)
    groups = respell(groups, one_spelling(settings, [encode(facts.groups["direction"]), groups]))
    day, came = joined.starts_day, np.flatnonzero(who.visited)
    order = sorted(range(len(groups.values)), key=groups.values.__getitem__)
    group = np.argsort(order)[groups.codes[came]] if order else came
    names = [groups.values[code] for code in order]
    months = np.array([months_of(name, settings) for name in names], dtype=np.int64)
    return TreatmentVisits(names, who.visit_patient[came], day[came], group, months)


def months_of(direction: str, settings: Settings) -> int:
    """Months until the check-up after a treatment of this direction."""
    own = {fold(name): months for name, months in settings.recall_months.items()}
    often = any(part in fold(direction) for part in _OFTEN)
    return own.get(fold(direction), _HALF_YEAR if often else _YEAR)


def recall_states(visits: TreatmentVisits, day: int, booked: Bools) -> RecallStates:
    """Where each patient stands on `day`: in the group not done that is due first.

    A group is done once the patient came, for whatever, NEAR days before it is due or later.
    """
    size = len(visits.names)
    pairs, place = dense(visits.patient * size + visits.group, len(booked) * size)
    latest = np.full(len(pairs), np.iinfo(np.int64).min)
    np.maximum.at(latest, place, visits.day)
    patient, group = np.divmod(pairs, size)
    due = months_later(latest, visits.months[group])
    last = np.full(len(booked), np.iinfo(np.int64).min)
    np.maximum.at(last, patient, latest)
    undone = np.flatnonzero(last[patient] < due - NEAR)
    first = first_of(patient, due, undone, len(booked))
    chosen = first[first >= 0]
    return _with_state(RecallStates(patient[chosen], group[chosen], due[chosen]), day, booked)


def _with_state(recall_states: RecallStates, day: int, booked: Bools) -> RecallStates:
    """The first of STATES that holds."""
    due = recall_states.due
    holds = [booked[recall_states.patient], day < due - NEAR, day <= due + NEAR, day <= due + LOST]
    state = np.select(holds, range(len(holds)), default=len(holds))
    return replace(recall_states, state=state)


def _booked(joined: Joined, day: int, stored: pd.DataFrame | None = None) -> Bools:
    """By patient number, who has an appointment ahead that was booked by `day`.

    Of `stored` rows those are added whose booking has no time of its own: they do not exist for
    the join until they begin.
    """
    who, own = joined.who, joined.rows["appointments"]
    zone = joined.settings.zone
    rows = np.flatnonzero(joined.starts_day > day)
    rows = rows[local_days(who.booking_time[rows], zone) <= day]
    patients = who.visit_patient[rows[_is_awaited(own.take(rows))]]
    if stored is not None:
        end = end_of(joined.settings.as_of, zone)
        undated = stored["booked_at"].isna().to_numpy()
        unknown = undated & (microseconds(stored["starts_at"]) >= end)
        later = pick(stored, ("status", "patient_key", "person_key"), unknown)
        later = later[_is_awaited(later)]
        if len(later):
            patients = np.concatenate([patients, _patients_of(later, joined)])
    return np.bincount(patients, minlength=who.patients) > 0


def _is_awaited(appointments: pd.DataFrame | EntityRows) -> Bools:
    awaited: Bools = appointments["status"].isin(("booked", "confirmed")).to_numpy(dtype=bool)
    return awaited


def _patients_of(later: pd.DataFrame, joined: Joined) -> Ints:
    """The patients of rows that the join has not: by their key, else by a phone of only one."""
    own, patient = joined.rows["appointments"], joined.who.visit_patient
    row = look_up(later["patient_key"], own["patient_key"])
    by_key = patient[row[row >= 0]]
    phones = pd.DataFrame({"phone": own["person_key"], "patient": patient}).drop_duplicates()
    phones = phones.drop_duplicates("phone", keep=False)
    alone = later.loc[(later["patient_key"] == "").to_numpy(), "person_key"]
    place = look_up(alone, phones["phone"])
    return np.concatenate([by_key, phones["patient"].to_numpy(dtype=np.int64)[place[place >= 0]]])


def _rows(now: RecallStates, visits: TreatmentVisits, settings: Settings) -> tuple[Ints, list[str]]:
    """The row of each group, and the rows' names: small ones are one (definitions §10)."""
    people = group_sum(now.group, None, len(visits.names))
    small = (settings.min_patients > 1) & (people < settings.min_patients)
    shown = [OTHER if few else name for name, few in zip(visits.names, small, strict=True)]
    names = sorted(set(shown))
    return np.array([names.index(name) for name in shown], dtype=np.int64), names


def _returned(
    facts: Facts, joined: Joined, visits: TreatmentVisits, then: RecallStates, row: Ints, size: int
) -> dict[str, Floats]:
    """By row: who was due BACK days ago, who of them came since, and the margin these brought."""
    since, patients = day_number(facts.settings.as_of) - BACK, joined.who.patients
    was_due = then.is_in("due", "overdue")
    back = was_due & visits.after(since, patients)[then.patient]
    of_patient = np.full(patients, -1, dtype=np.int64)
    of_patient[then.patient[back]] = row[then.group[back]]
    pay = facts.payments
    of_payment = of_patient[pay["patient"].to_numpy()]
    paid = pay["revenue"].to_numpy() & (pay["day"].to_numpy() > since) & (of_payment >= 0)
    margin, certain = (pay[name].to_numpy()[paid] for name in ("margin", "known"))
    return {
        "was_due": group_sum(row[then.group[was_due]], None, size),
        "returned": group_sum(row[then.group[back]], None, size),
        "margin": known_sum(of_payment[paid], margin, certain, size),
    }


def _with_total(table: pd.DataFrame) -> pd.DataFrame:
    """Rows that have anybody, then the sums of all; the expectation of each, in whole kopecks."""
    whole = table.drop(columns="direction").sum(skipna=False)
    usual = ratio(whole["margin"], whole["was_due"])
    own = ratio(table["margin"].to_numpy(), table["was_due"].to_numpy())
    each = np.where(table["was_due"] >= ENOUGH, own, usual)
    table = table.assign(expected_margin=np.round((table["due"] + table["overdue"]) * each))
    table = table[(table["patients"] > 0) | (table["was_due"] > 0)]
    total = table.drop(columns="direction").sum(skipna=False).to_frame().T.assign(direction=TOTAL)
    return pd.concat([table, total], ignore_index=True)


def _quotients(table: pd.DataFrame) -> pd.DataFrame:
    returned = table["returned"].to_numpy()
    return table.assign(
        returned_share=ratio(returned, table["was_due"].to_numpy()),
        returned_margin=ratio(table["margin"].to_numpy(), returned),
    ).reindex(columns=list(COLUMNS))


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Most patients first, then by name; «Прочее» before «Итого», which is last."""
    last = table["direction"].map({OTHER: 1, TOTAL: 2}).fillna(0)
    return (
        table.assign(last=last)
        .sort_values(["last", "patients", "direction"], ascending=[True, False, True])
        .drop(columns="last")
        .reset_index(drop=True)
    )
