"""«Сервис»: how the clinic answers, waits and is reviewed (definitions 18)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction

from tests.reference.calls import CALL_LEAD
from tests.reference.clinic import Clinic
from tests.reference.money import Number, ratio
from tests.reference.rows import Row

Cells = dict[str, Number | None]
Mine = Callable[[Row], bool]


def median(values: list[Fraction]) -> Fraction | None:
    """«Median: the middle value; of an even number, the mean of two.»"""
    row = sorted(values)
    if not row:
        return None
    half = len(row) // 2
    return row[half] if len(row) % 2 else (row[half - 1] + row[half]) / 2


def between(earlier: datetime, later: datetime, unit: timedelta) -> Fraction:
    return Fraction((later - earlier) // timedelta(microseconds=1)) / (
        unit // timedelta(microseconds=1)
    )


def is_missed(call: Row) -> bool | None:
    """«missed by status, without one if talk_duration = 0; … a call that tells neither is in Звонки
    alone»"""
    if call["status"] in ("missed", "answered"):
        return bool(call["status"] == "missed")
    return None if call["talk_duration"] is None else call["talk_duration"] == 0


def service_cells(clinic: Clinic, place: str, name: str) -> Cells:
    """One row: of the clinic (`place` is "" then), of a branch or of a doctor. «The report's
    period, by each fact's own date, branch, doctor. Calls and leads have no doctor»"""

    def mine(row: Row) -> bool:
        return not place or row.get(place, "") == name

    cells = _of_appointments(clinic, mine) | _of_reviews(clinic, mine)
    if place != "doctor":
        cells |= _of_calls(clinic, mine) | _of_leads(clinic, mine)
    # Where no row of the period names a branch (a doctor), none is known to have no call.
    for rows, when, counted in (
        (clinic.calls, "started_at", ("calls", "missed", "called_back")),
        (clinic.reviews, "at", ("reviews",)),
    ):
        if not any(not place or r.get(place) for r in _in_period(clinic, rows, when)):
            cells |= dict.fromkeys(counted)
    return cells


def service_names(clinic: Clinic, place: str) -> set[str]:
    """Branches, or doctors, that any fact of the period names."""
    rows = [*_in_period(clinic, clinic.appointments, "starts_at"),
            *_in_period(clinic, clinic.reviews, "at")]  # fmt: skip
    if place == "branch":
        rows += _in_period(clinic, clinic.calls, "started_at")
        rows += [
            lead | {"branch": _branch(clinic, i, lead)}
            for i, lead in _leads(clinic).items()
            if (lead["contact_type"] in ANSWERED or clinic.own_appointments.get(i))
        ]
    return {row[place] for row in rows if row[place]}


ANSWERED = ("form", "chat", "messenger")


def _in_period(clinic: Clinic, rows: list[Row], when: str) -> list[Row]:
    first, last = clinic.settings.first, clinic.settings.last
    return [r for r in rows if first <= clinic.day(r[when]) <= last]


def _of_appointments(clinic: Clinic, mine: Mine) -> Cells:
    starting = [
        a
        for a in _in_period(clinic, clinic.appointments, "starts_at")
        if mine(a) and clinic.day(a["starts_at"]) <= clinic.settings.as_of
    ]
    visited = [a for a in starting if clinic.visited(a)]
    firsts = {
        visit["appointment_id"]
        for patient in clinic.patients
        if (visit := clinic.first_visit(patient)) is not None
    }
    no_show = sum(a["status"] == "no_show" for a in starting)
    cancelled = sum(a["status"] == "cancelled" for a in starting)
    return {
        # «with a visited appointment»
        "patients": len({clinic.patient(a) for a in visited}),
        # «patients' first bookings with booked_at that start in the period: median of start −
        # booking in local days»
        "waiting": median(
            [
                Fraction((clinic.day(a["starts_at"]) - clinic.day(a["booked_at"])).days)
                for patient in clinic.patients
                if (a := clinic.first_booking(patient)) is not None
                and a["booked_at"] is not None
                and mine(a)
                and clinic.settings.first <= clinic.day(a["starts_at"]) <= clinic.settings.last
            ]
        ),
        # «no_show / (visited + no_show); cancelled / (visited + no_show + cancelled); number booked
        # or confirmed that began before as_of»
        "no_show": ratio(no_show, len(visited) + no_show),
        "cancelled": ratio(cancelled, len(visited) + no_show + cancelled),
        "undecided": sum(
            a["status"] in ("booked", "confirmed")
            and clinic.day(a["starts_at"]) < clinic.settings.as_of
            for a in starting
        ),
        # «visited but not first / visited»
        "repeat_visits": ratio(
            sum(a["appointment_id"] not in firsts for a in visited), len(visited)
        ),
    }


def _of_reviews(clinic: Clinic, mine: Mine) -> Cells:
    """«number; mean rating; share of rating ≤ 3; share without answered_at»"""
    found = [r for r in _in_period(clinic, clinic.reviews, "at") if mine(r)]
    return {
        "reviews": len(found),
        "rating": ratio(sum(r["rating"] for r in found), len(found)),
        "bad": ratio(sum(r["rating"] <= 3 for r in found), len(found)),
        "unanswered": ratio(sum(r["answered_at"] is None for r in found), len(found)),
    }


def _of_calls(clinic: Clinic, mine: Mine) -> Cells:
    inbound = [c for c in _in_period(clinic, clinic.calls, "started_at") if mine(c)]
    missed = [c for c in inbound if is_missed(c) is True]
    answered = [c for c in inbound if is_missed(c) is False]
    waits = [Fraction(c["wait_duration"]) for c in answered if c["wait_duration"] is not None]
    return {
        "calls": len(inbound),
        "missed": len(missed),
        "missed_share": ratio(len(missed), len(missed) + len(answered)),
        "called_back": sum(_is_called_back(clinic, c) for c in missed),
        "answer": median(waits),
    }


def _is_called_back(clinic: Clinic, missed: Row) -> bool:
    """«missed calls whose key has an outgoing or an answered inbound call within `callback_hours`
    (24) after»"""
    within = timedelta(hours=clinic.settings.callback_hours)
    return bool(missed["person_key"]) and any(
        other["person_key"] == missed["person_key"]
        and timedelta(0) < other["started_at"] - missed["started_at"] <= within
        and (other["call_direction"] == "out" or is_missed(other) is False)
        for other in clinic.all_calls
    )


def _leads(clinic: Clinic) -> dict[str, Row]:
    """«leads are without repeat requests»"""
    first, last = clinic.settings.first, clinic.settings.last
    return {
        i: lead
        for i, lead in clinic.counted_leads.items()
        if first <= clinic.day(lead["created_at"]) <= last
    }


def _branch(clinic: Clinic, lead_id: str, lead: Row) -> str:
    """A lead made of a call has the call's branch."""
    if not lead_id.startswith(CALL_LEAD):
        return str(lead["branch"])
    call_id = lead_id.removeprefix(CALL_LEAD)
    return next(str(c["branch"]) for c in clinic.calls if c["call_id"] == call_id)


def _of_leads(clinic: Clinic, mine: Mine) -> Cells:
    leads = {
        i: lead
        for i, lead in _leads(clinic).items()
        if mine(lead | {"branch": _branch(clinic, i, lead)})
    }
    bookings = {
        i: min(booked)
        for i in leads
        if (
            booked := [a["booked_at"] for a in clinic.own_appointments.get(i, []) if a["booked_at"]]
        )
    }
    reactions = [_reaction(clinic, i, lead) for i, lead in leads.items()]
    return {
        "reaction": median([r for r in reactions if r is not None]),
        # «leads with an appointment: median hours to the earliest booked_at (earlier than the lead:
        # 0; none: left out)»
        "lead_booking": median(
            [
                max(between(leads[i]["created_at"], at, timedelta(hours=1)), Fraction(0))
                for i, at in bookings.items()
            ]
        ),
    }


def _reaction(clinic: Clinic, lead_id: str, lead: Row) -> Fraction | None:
    """«leads of form, chat, messenger created within `work_hours` (09:00–21:00): median minutes to
    the earliest, after creation and within 7 days, of an outgoing call to the key, answered or not,
    and booked_at of an appointment of the lead; without one left out»"""
    clock = lead["created_at"].astimezone(clinic.settings.zone).strftime("%H:%M")
    opens, closes = (part.strip().zfill(5) for part in clinic.settings.work_hours.split("–"))
    if lead["contact_type"] not in ANSWERED or not opens <= clock < closes:
        return None
    answers = [
        c["started_at"]
        for c in clinic.all_calls
        if c["call_direction"] == "out"
        and lead["person_key"]
        and c["person_key"] == lead["person_key"]
    ]
    answers += [a["booked_at"] for a in clinic.own_appointments.get(lead_id, []) if a["booked_at"]]
    week = timedelta(days=7)
    after = [at for at in answers if timedelta(0) < at - lead["created_at"] <= week]
    return between(lead["created_at"], min(after), timedelta(minutes=1)) if after else None
