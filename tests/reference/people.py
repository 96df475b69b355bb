"""From rows to people: leads, patients, firsts, the lead of each (definitions 2)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property
from itertools import chain

from tests.reference.calls import Calls
from tests.reference.rows import PAYING, Row, booked

#: A patient: ("patient", patient_key), or ("phone", person_key) where the phone is the patient.
Patient = tuple[str, str]


class People(Calls):
    """Leads kept, duplicates and repeat requests told apart, patients and their firsts."""

    @cached_property
    def leads(self) -> dict[str, Row]:
        """Kept leads by id, repeat requests among them."""
        kept = set(self.kept_by_row.values())
        return {r["lead_id"]: r for r in self.lead_rows if r["lead_id"] in kept}

    @cached_property
    def repeat_requests(self) -> set[str]:
        """«A lead of a person who had **visited** more than 24 hours before it is a **repeat
        request**: counted apart, in no «Лиды», UA, CPL or conversion.»"""
        return {i for i, lead in self.leads.items() if self._had_visited(lead)}

    def _had_visited(self, lead: Row) -> bool:
        """A person is a phone; whoever is known with that phone, the person had visited."""
        edge = lead["created_at"] - timedelta(hours=24)
        return any(
            self.visited(a) and a["starts_at"] < edge
            for a in self.appointments
            if lead["person_key"] and lead["person_key"] in self._phones(a, own_only=False)
        )

    @cached_property
    def counted_leads(self) -> dict[str, Row]:
        """The leads of «Лиды», UA, CPL and conversions."""
        return {i: lead for i, lead in self.leads.items() if i not in self.repeat_requests}

    @cached_property
    def _patients_of_phone(self) -> dict[str, set[str]]:
        known: dict[str, set[str]] = {}
        for row in [*self.appointment_rows, *self.payments]:
            if row["patient_key"] and row["person_key"]:
                known.setdefault(row["person_key"], set()).add(row["patient_key"])
        return known

    def patient(self, row: Row) -> Patient:
        """«**Patient** (пациент): one `patient_key` … A row with a `person_key` alone belongs to
        the one patient known with that phone; with none or several known, the phone itself is
        the patient.»"""
        if row["patient_key"]:
            return ("patient", row["patient_key"])
        known = self._patients_of_phone.get(row["person_key"], set())
        if len(known) == 1:
            return ("patient", next(iter(known)))
        return ("phone", row["person_key"])

    @cached_property
    def appointments(self) -> list[Row]:
        """«appointment rows of one patient with one `starts_at` are one visit with several
        services»; rows of one source with one visit_id are one visit too."""
        visits: list[list[Row]] = []
        for row in sorted(self.appointment_rows, key=lambda r: r["appointment_id"]):
            same = [v for v in visits if any(self._is_one_visit(row, other) for other in v)]
            visits = [v for v in visits if v not in same] + [[*chain(*same), row]]
        return [self._folded(sorted(v, key=lambda r: r["appointment_id"])) for v in visits]

    def _is_one_visit(self, one: Row, other: Row) -> bool:
        numbers = [(r["source"], r["visit_id"]) for r in (one, other)]
        if one["visit_id"] and numbers[0] == numbers[1]:
            return True
        return one["starts_at"] == other["starts_at"] and self.patient(one) == self.patient(other)

    def _folded(self, rows: list[Row]) -> Row:
        """«It has the best status (first of completed, arrived, confirmed, booked, no_show,
        rescheduled, cancelled), the earliest booking time, the lead of the smallest id whose cell
        is filled, and the rest of the smallest id.»"""
        if len(rows) == 1:
            return rows[0]
        order = ("completed", "arrived", "confirmed", "booked", "no_show", "rescheduled",
                 "cancelled")  # fmt: skip
        return rows[0] | {
            "status": min((r["status"] for r in rows), key=order.index),
            "booked_at": min(booked(r) for r in rows),
            "lead_id": next((r["lead_id"] for r in rows if r["lead_id"]), ""),
        }

    @cached_property
    def _phones_of_patient(self) -> dict[str, set[str]]:
        known: dict[str, set[str]] = {}
        for phone, cards in self._patients_of_phone.items():
            for card in cards:
                known.setdefault(card, set()).add(phone)
        return known

    def _phones(self, row: Row, *, own_only: bool) -> set[str]:
        """The phones of a row's person: its own; a row known by card number alone has those that
        the card is known with, as «`person_key` finds leads»."""
        own = {row["person_key"]} - {""}
        if own and own_only:
            return own
        return own | self._phones_of_patient.get(self.patient(row)[1], set())

    @cached_property
    def patients(self) -> list[Patient]:
        return sorted({self.patient(r) for r in [*self.appointments, *self.payments]})

    @cached_property
    def appointments_of(self) -> dict[Patient, list[Row]]:
        """A patient's appointments, earliest-booked first. «Ties: the smaller id.»"""
        found: dict[Patient, list[Row]] = {p: [] for p in self.patients}
        for row in sorted(self.appointments, key=lambda a: (booked(a), a["appointment_id"])):
            found[self.patient(row)].append(row)
        return found

    @cached_property
    def visits_of(self) -> dict[Patient, list[Row]]:
        """A patient's visited appointments, earliest `starts_at` first. «Ties: the smaller id.»"""
        return {
            patient: sorted(
                (a for a in rows if self.visited(a)),
                key=lambda a: (a["starts_at"], a["appointment_id"]),
            )
            for patient, rows in self.appointments_of.items()
        }

    @cached_property
    def payments_of(self) -> dict[Patient, list[Row]]:
        found: dict[Patient, list[Row]] = {p: [] for p in self.patients}
        for row in sorted(self.payments, key=lambda p: (p["paid_at"], p["payment_id"])):
            found[self.patient(row)].append(row)
        return found

    def first_booking(self, patient: Patient) -> Row | None:
        """«**First booking** = earliest appointment by `booked_at` (else `starts_at`), whatever
        became of it.»"""
        return next(iter(self.appointments_of[patient]), None)

    def first_visit(self, patient: Patient) -> Row | None:
        """«**First visit** = earliest visited appointment by `starts_at`.»"""
        return next(iter(self.visits_of[patient]), None)

    def first_visit_day(self, patient: Patient) -> date | None:
        visit = self.first_visit(patient)
        return None if visit is None else self.day(visit["starts_at"])

    def paid_days(self, patient: Patient) -> list[date]:
        """«**Paid visit** = a day on which a patient has such a row [amount > 0 of kind payment,
        prepayment or insurance].»"""
        return sorted(
            {
                self.day(p["paid_at"])
                for p in self.payments_of[patient]
                if p["amount"] > 0 and p["kind"] in PAYING
            }
        )

    def first_paid_day(self, patient: Patient) -> date | None:
        """«**First paid** = earliest row with amount > 0 of kind payment, prepayment or
        insurance.»"""
        return next(iter(self.paid_days(patient)), None)

    def lead_of(self, appointment: Row) -> str | None:
        """«**Lead of an appointment**: the lead named by `lead_id`; else (none named, or the
        named one unknown or not a lead …) the latest lead of the same `person_key`, not older
        than 180 days (setting), created no later than 24 hours after the booking.»"""
        named = self._lead_named(appointment["lead_id"])
        if named is not None:
            return named
        phones, moment = self._phones(appointment, own_only=True), booked(appointment)
        oldest = moment - timedelta(hours=24 * self.settings.lead_max_age_days)
        fitting = [
            lead
            for lead in self.leads.values()
            if lead["person_key"] in phones
            and oldest <= lead["created_at"] <= moment + timedelta(hours=24)
        ]
        if not fitting:
            return None
        latest = max(lead["created_at"] for lead in fitting)
        return min(lead["lead_id"] for lead in fitting if lead["created_at"] == latest)

    @cached_property
    def own_appointments(self) -> dict[str, list[Row]]:
        """The appointments whose lead each lead is."""
        own: dict[str, list[Row]] = {}
        for appointment in self.appointments:
            lead = self.lead_of(appointment)
            if lead is not None:
                own.setdefault(lead, []).append(appointment)
        return own

    def _lead_named(self, lead_id: str) -> str | None:
        """The kept lead that an id means: a lead's own id, else another that it goes by; one after
        «?» yields to another lead's without it."""
        names = {r["lead_id"] for r in self.lead_rows}
        if lead_id in names or not lead_id:
            return self.kept_by_row.get(lead_id)
        rows = sorted(self.lead_rows, key=lambda r: r["lead_id"])
        for word in (lead_id, f"?{lead_id}"):
            for row in rows:
                if word in row["aliases"].split():
                    return self.kept_by_row.get(row["lead_id"])
        return None

    @cached_property
    def unknown_lead_ids(self) -> int:
        """«(… the named one unknown or not a lead: counted in «Качество данных»)»"""
        named = [a["lead_id"] for a in self.appointments if a["lead_id"]]
        return sum(self._lead_named(lead_id) is None for lead_id in named)

    def acquiring_lead(self, patient: Patient) -> str | None:
        """«**Acquiring lead** of a patient: the lead of the earliest-booked appointment that has
        one, if it was created no later than 24 hours after the first visit … If that lead is too
        late, the patient has none.»"""
        found = next((i for a in self.appointments_of[patient] if (i := self.lead_of(a))), None)
        visit = self.first_visit(patient)
        if found is None or visit is None:
            return found
        in_time = self.leads[found]["created_at"] <= visit["starts_at"] + timedelta(hours=24)
        return found if in_time else None
