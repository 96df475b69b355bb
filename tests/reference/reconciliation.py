"""«Сверка»: contacts, CRM rows and leads of a month and channel (definitions 20)."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any

from tests.reference.calls import CALL_LEAD
from tests.reference.clinic import LEAD_FIELDS, Clinic, Known
from tests.reference.money import Number, ratio, total
from tests.reference.periods import counts, steps_of
from tests.reference.rows import Row
from tests.reference.service import is_missed
from tests.reference.value import months_earlier

EVERY = "Итого"
CONTACTS = ("in_crm", "outgoing", "no_phone", "repeated", "off_target", "missed", "patients",
            "not_in_crm")  # fmt: skip
ROWS = ("spam", "duplicates", "repeat_requests", "in_tracking", "crm_no_phone", "other_way",
        "not_in_tracking")  # fmt: skip
#: «which = …»
LEADS = ("in_tracking", "crm_no_phone", "other_way", "not_in_tracking", "tracking_leads")
COUNTED = ("clicks", "sessions", *CONTACTS, *ROWS, "tracking_leads", "leads", "booked", "visited",
           "contract")  # fmt: skip
Place = tuple[date, str]


class Reconciled(Clinic):
    """Contacts and CRM rows side by side."""

    @cached_property
    def contacts(self) -> dict[str, Row]:
        """«A *contact* is a call, or a lead row of a source with `role = "tracking"`» By the id of
        the lead it is or would be."""
        calls = {CALL_LEAD + c["call_id"]: c for c in self.all_calls}
        return calls | {r["lead_id"]: r for r in self.crm_rows if r["role"] == "tracking"}

    @cached_property
    def rows_of_crm(self) -> dict[str, Row]:
        """«a *CRM row* is any other lead row»"""
        return {r["lead_id"]: r for r in self.crm_rows if r["role"] != "tracking"}

    @cached_property
    def pairs(self) -> dict[str, str]:
        """«equal person_key, |Δt| ≤ `match_hours` (24), one to one, outgoing calls with nothing, by
        (|Δt|, contact id, lead id).» Contact → CRM row."""
        within = timedelta(hours=self.settings.match_hours)
        near = sorted(
            (apart, contact.get("call_id") or name, lead, name)
            for name, contact in self.contacts.items()
            if contact["person_key"] and contact.get("call_direction") != "out"
            for lead, row in self.rows_of_crm.items()
            if row["person_key"] == contact["person_key"]
            and (apart := abs(row["created_at"] - moment(contact))) <= within
        )
        found: dict[str, str] = {}
        for _, _, lead, name in near:
            if name not in found and lead not in found.values():
                found[name] = lead
        return found

    def contact_class(self, name: str) -> str:
        """«**Контакты**, the exact sum of these, the first that holds»"""
        contact = self.contacts[name]
        if name in self.pairs:
            return "in_crm"
        if contact.get("call_direction") == "out":
            return "outgoing"
        if not contact["person_key"]:
            return "no_phone"
        if self._is_repeated(name, contact):
            return "repeated"
        is_call = "call_id" in contact
        if contact["status"] == "spam" or (is_call and contact["is_target"] is False):
            return "off_target"
        if is_call and is_missed(contact) is True:
            return "missed"
        # «Уже пациенты (visited over 24 h before)»
        if self._had_visited(contact | {"created_at": moment(contact)}):
            return "patients"
        return "not_in_crm"

    def _is_repeated(self, name: str, contact: Row) -> bool:
        """«Повторные (not unique by the source's flag, without one by §2; a form: a duplicate)»"""
        if "call_id" not in contact:
            return contact["status"] == "duplicate" or self.kept_by_row.get(name, name) != name
        kept = {
            key: lead
            for key in [contact["person_key"]]
            for lead in sorted(
                (
                    lead
                    for lead in self.leads.values()
                    if lead["person_key"] == key
                    and (lead["created_at"], lead["lead_id"]) < (contact["started_at"], name)
                    and lead["lead_id"] != name
                ),
                key=lambda r: r["created_at"],
            )
        }
        return not self._is_unique(contact, kept)

    def row_class(self, name: str) -> str:
        """«**Строки CRM**, likewise»"""
        row = self.rows_of_crm[name]
        if row["status"] == "spam":
            return "spam"
        if row["status"] == "duplicate" or self.kept_by_row[name] != name:
            return "duplicates"
        if name in self.repeat_requests:
            return "repeat_requests"
        if name in self.pairs.values():
            return "in_tracking"
        if not row["person_key"]:
            return "crm_no_phone"
        if row["contact_type"] not in ("call", "form", ""):
            return "other_way"
        return "not_in_tracking"

    def channel_of(self, name: str, row: Row) -> str:
        """«Each side counts in its own month and channel; a row that is no lead has the channel of
        the rules over its own words and contact_type (call, form, chat).»"""
        if name in self.lead_group:
            return self.lead_group[name].channel
        fields = {f: row.get(f, "") for f in LEAD_FIELDS}
        if "call_id" in row:
            fields["contact_type"] = "call"
        known = self.known(fields["utm_campaign"]) or Known(fields["utm_campaign"])
        fields |= {"utm_campaign": known.name, "network": known.network}
        return self._channel(fields)[0]

    @cached_property
    def margins_of_calls(self) -> dict[str, tuple[int, int | None]]:
        """«margin by as_of of patients acquired by the report's period's leads of contact_type call
        (CRM's too, no repeat requests) / those leads»: both, by channel and for all."""
        first, last = self.settings.first, self.settings.last
        calls = {
            i
            for i, lead in self.counted_leads.items()
            if lead["contact_type"] == "call" and first <= self.day(lead["created_at"]) <= last
        }
        names = {self.lead_group[i].channel for i in calls}
        by_name: dict[str, tuple[int, int | None]] = {}
        for name in [EVERY, *names]:
            own = {i for i in calls if name in (EVERY, self.lead_group[i].channel)}
            margins = [
                self.margin_of[row["payment_id"]]
                for patient in self.patients
                if self.acquiring_lead(patient) in own
                for row in self.payments_of[patient]
            ]
            by_name[name] = len(own), total(margins)
        return by_name

    def lost(self, channel: str, not_in_crm: int) -> Number | None:
        """«of the channel if they are ≥ 10, else of the clinic if ≥ 10, else empty»"""
        if not not_in_crm:
            return 0
        for name in (channel, EVERY):
            leads, margin = self.margins_of_calls.get(name, (0, 0))
            if leads >= 10:
                # An estimate in whole kopecks, half to even.
                return None if margin is None else round(not_in_crm * Fraction(margin, leads))
        return None


def moment(contact: Row) -> Any:
    return contact.get("started_at") or contact["created_at"]


def reconciliation_rows(clinic: Reconciled) -> dict[Place, dict[str, Number | None]]:
    """(first day of the month, channel) → its row, «Итого» per month."""
    tally: dict[Place, dict[str, int]] = {}

    def count(day: date, channel: str, measure: str, number: int = 1) -> None:
        row = tally.setdefault((day.replace(day=1), channel), dict.fromkeys(COUNTED, 0))
        row[measure] += number

    for name, contact in clinic.contacts.items():
        day, channel = clinic.day(moment(contact)), clinic.channel_of(name, contact)
        count(day, channel, clinic.contact_class(name))
        if name in clinic.counted_leads:
            count(day, channel, "tracking_leads")
    for name, row in clinic.rows_of_crm.items():
        channel = clinic.channel_of(name, row)
        count(clinic.day(row["created_at"]), channel, clinic.row_class(name))
    for measure in ("clicks", "sessions", "leads"):
        for day, group, number in counts(clinic)[measure]:
            if number:
                count(day, group.channel, measure, number)
    for name, lead in clinic.counted_leads.items():
        place = clinic.day(lead["created_at"]), clinic.lead_group[name].channel
        for measure, number in zip(
            ("booked", "visited", "contract"), steps_of(clinic, {name}), strict=True
        ):
            count(*place, measure, number)
    return _shown(clinic, tally)


def _shown(
    clinic: Reconciled, tally: dict[Place, dict[str, int]]
) -> dict[Place, dict[str, Number | None]]:
    as_of = clinic.settings.as_of
    oldest = months_earlier(as_of.replace(day=1), clinic.settings.funnel_months - 1)
    rows: dict[Place, dict[str, Number | None]] = {}
    for month in sorted({month for month, _ in tally if month >= oldest}):
        own = {channel: cells for (m, channel), cells in tally.items() if m == month}
        parts = []
        for channel, cells in own.items():
            parts.append(clinic.lost(channel, cells["not_in_crm"]))
            rows[month, channel] = _row(clinic, cells) | {"lost_margin": parts[-1]}
        whole = {name: sum(cells[name] for cells in own.values()) for name in COUNTED}
        known = None if None in parts else sum(p for p in parts if p is not None)
        rows[month, EVERY] = _row(clinic, whole) | {"lost_margin": known}
    return rows


def _row(clinic: Reconciled, cells: dict[str, int]) -> dict[str, Number | None]:
    assert cells["leads"] == sum(cells[name] for name in LEADS), cells
    told: dict[str, Number | None] = {
        **cells,
        "contacts": sum(cells[name] for name in CONTACTS),
        "crm_rows": sum(cells[name] for name in ROWS),
        "sessions_per_click": ratio(cells["sessions"], cells["clicks"]),
    }
    if not clinic.traffic:
        told |= {"sessions": None, "sessions_per_click": None}
    return told
