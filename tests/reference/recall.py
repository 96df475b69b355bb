"""«Возврат»: who is due for a check-up (definitions 14)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from metrics.settings import NO_DIRECTION
from tests.reference.clinic import Clinic
from tests.reference.money import Number, ratio, total
from tests.reference.people import Patient
from tests.reference.rows import Row, booked
from tests.reference.value import months_earlier

STATES = ("booked", "later", "due", "overdue", "lost")
USUAL = dict.fromkeys(
    ("гигиена", "пародонтология", "имплантация", "хирургия", "ортодонтия", "детская"), 6
)
AWAITED = ("booked", "confirmed")
EVERY = "Итого"


@dataclass(frozen=True)
class Due:
    """Where a patient stands on a day."""

    group: str
    due: date
    state: str


def interval(clinic: Clinic, group: str) -> int:
    """«Interval, at least 2: column «Возврат, мес» of «Направления», else `[report.recall_months]`,
    else 6 for гигиена, …, 12 for others.»"""
    return max(2, clinic.settings.recall_months.get(group, USUAL.get(group.lower(), 12)))


def group_of(clinic: Clinic, visit: Row) -> str:
    """«A visit's group is its **own** direction, else «Направления» over its service, else «Без
    направления»»"""
    return visit["direction"] or clinic._pattern_direction(visit["service"]) or NO_DIRECTION


def standing(clinic: Clinic, patient: Patient, on: date) -> Due | None:
    """«from rows dated by then with their present statuses»; today that is every row."""
    rows = [a for a in clinic.appointments_of[patient] if clinic.day(booked(a)) <= on]
    visits = [a for a in rows if clinic.visited(a) and clinic.day(a["starts_at"]) <= on]
    days = sorted(clinic.day(v["starts_at"]) for v in visits)
    dues = []
    for group in {group_of(clinic, v) for v in visits}:
        latest = max(clinic.day(v["starts_at"]) for v in visits if group_of(clinic, v) == group)
        # «the patient's latest visited day in g + interval (same day of the month, else its last)»
        due = months_earlier(latest, -interval(clinic, group))
        # «g is done if any visit of the patient, whatever its group, is on or after due(g) − 30»
        if days[-1] < due - timedelta(days=30):
            dues.append((due, group))
    if not dues:
        return None
    due, group = min(dues)
    # «Записаны – an appointment booked or confirmed starts after as_of»: one that says no time of its
    # booking is known today, and was at no earlier day.
    ahead = [a for a in clinic.undated_ahead if clinic.patient(a) == patient]
    return Due(group, due, _state(clinic, rows + ahead * (on == clinic.settings.as_of), due, on))


def _state(clinic: Clinic, rows: list[Row], due: date, on: date) -> str:
    month, year = timedelta(days=30), timedelta(days=365)
    if any(a["status"] in AWAITED and clinic.day(a["starts_at"]) > on for a in rows):
        return "booked"
    if on < due - month:
        return "later"
    if on <= due + month:
        return "due"
    return "overdue" if on <= due + year else "lost"


def recall_rows(clinic: Clinic) -> dict[str, dict[str, Number | None]]:
    """Group → its row; «Итого» under them."""
    as_of = clinic.settings.as_of
    then = as_of - timedelta(days=90)
    now = {p: d for p in clinic.patients if (d := standing(clinic, p, as_of))}
    before = {p: d for p in clinic.patients if (d := standing(clinic, p, then))}
    asked = {p: d.group for p, d in before.items() if d.state in ("due", "overdue")}
    groups = {d.group for d in now.values()} | set(asked.values())
    whole = _returned(clinic, asked, then)
    rows: dict[str, dict[str, Any]] = {}
    for group in groups:
        own = _returned(clinic, [p for p, g in asked.items() if g == group], then)
        states = [d.state for d in now.values() if d.group == group]
        per_asked = whole if own["was_due"] < 10 else own
        quotient = ratio(per_asked["brought"], per_asked["was_due"])
        waiting = states.count("due") + states.count("overdue")
        rows[group] = {
            "months": interval(clinic, group),
            **_states(states),
            **_shown(own),
            # An estimate in whole kopecks, half to even.
            "expected_margin": None if quotient is None else round(waiting * quotient),
        }
    parts = [row["expected_margin"] for row in rows.values()]
    rows[EVERY] = {
        **_states([d.state for d in now.values()]),
        **_shown(whole),
        # ««Итого» adds rows.»
        "expected_margin": None if None in parts else sum(parts),
    }
    return rows


def _states(states: list[str]) -> dict[str, Number]:
    return {"patients": len(states)} | {name: states.count(name) for name in STATES}


def _returned(clinic: Clinic, asked: Iterable[Patient], then: date) -> dict[str, Any]:
    """«Вернулись: those of them with a visit after that day, by as_of»; what they «brought after
    that day»."""
    people = list(asked)
    back = [
        p for p in people if any(clinic.day(v["starts_at"]) > then for v in clinic.visits_of[p])
    ]
    brought = total(
        [
            clinic.margin_of[row["payment_id"]]
            for p in back
            for row in clinic.payments_of[p]
            if clinic.day(row["paid_at"]) > then
        ]
    )
    return {"was_due": len(people), "returned": len(back), "brought": brought}


def _shown(own: dict[str, Any]) -> dict[str, Number | None]:
    return {
        "was_due": own["was_due"],
        "returned": own["returned"],
        "returned_share": ratio(own["returned"], own["was_due"]),
        "returned_margin": ratio(own["brought"], own["returned"]),
    }
