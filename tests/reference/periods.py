"""Cash basis: the channel report's row, the campaigns' row, the rows of «Воронка» (4, 5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from functools import lru_cache

from tests.reference import intervals
from tests.reference.clinic import Clinic
from tests.reference.money import Number, both, ratio, revenue, total
from tests.reference.people import Patient
from tests.reference.rows import Group
from tests.reference.value import chosen_ltv, ltv_cells, months_earlier

Wanted = Callable[[Group], bool]
Cells = dict[str, Number | None]

#: Columns of a row of «Воронка» that are sums of facts, each on its own date.
FUNNEL = (
    "sessions", "goal_reaches", "impressions", "clicks", "leads", "repeat_requests", "bookings",
    "visits", "repeat_visits", "contracts", "new_patients", "revenue", "margin", "cost",
)  # fmt: skip
CASH_COLUMNS = (
    *FUNNEL, "cpl", "cac", "romi", "romi_new", "romi_revenue", "drr", "cr_lead_booking",
    "cr_booking_visit", "cr_visit_contract", "avg_check_visit", "ltv_12m", "ltv_now", "ltv_days", "ltv",
    "ltv_cac",
)  # fmt: skip


def contract_day(clinic: Clinic, patient: Patient) -> date | None:
    """«patients with a first visit and a first paid day; dated the later of the two»"""
    days = clinic.first_visit_day(patient), clinic.first_paid_day(patient)
    return None if None in days else max(d for d in days if d is not None)


@lru_cache(maxsize=4)
def counts(clinic: Clinic) -> dict[str, list[tuple[date, Group, int | None]]]:
    """«**Cash basis**: each fact counts on its own date: a lead when created, a booking when
    booked, a visit when it took place, money when paid, a cost on its day» Measure → facts."""
    facts: dict[str, list[tuple[date, Group, int | None]]] = {name: [] for name in FUNNEL}
    for lead_id, lead in clinic.leads.items():
        measure = "repeat_requests" if lead_id in clinic.repeat_requests else "leads"
        facts[measure].append((clinic.day(lead["created_at"]), clinic.lead_group[lead_id], 1))
    for patient in clinic.patients:
        group = clinic.patient_group[patient]
        booking = clinic.first_booking(patient)
        firsts = {
            "bookings": clinic.day(booking["booked_at"] or booking["starts_at"])
            if booking
            else None,
            "visits": clinic.first_visit_day(patient),
            "contracts": contract_day(clinic, patient),
            "new_patients": clinic.first_paid_day(patient),
        }
        for measure, day in firsts.items():
            if day is not None:
                facts[measure].append((day, group, 1))
        for visit in clinic.visits_of[patient][1:]:
            facts["repeat_visits"].append((clinic.day(visit["starts_at"]), group, 1))
        for payment in clinic.payments_of[patient]:
            day = clinic.day(payment["paid_at"])
            facts["revenue"].append((day, group, revenue(payment)))
            facts["margin"].append((day, group, clinic.margin_of[payment["payment_id"]]))
    for piece in clinic.spend:
        facts["cost"].append((piece.day, piece.group, piece.cost))
        facts["impressions"].append((piece.day, piece.group, piece.impressions))
        facts["clicks"].append((piece.day, piece.group, piece.clicks))
    for day, group, visits, reaches in clinic.sessions:
        facts["sessions"].append((day, group, visits))
        facts["goal_reaches"].append((day, group, reaches))
    return facts


def sums(clinic: Clinic, first: date, last: date, wanted: Wanted) -> dict[str, int | None]:
    """Every additive measure «of the period», which «includes both its ends». Sessions and goal
    reaches are empty where there is «no Metrica»."""
    found = {
        measure: total([n for day, group, n in facts if first <= day <= last and wanted(group)])
        for measure, facts in counts(clinic).items()
    }
    if not clinic.traffic:
        found |= {"sessions": None, "goal_reaches": None}
    return found


def cash_row(clinic: Clinic, first: date, last: date, wanted: Wanted) -> Cells:
    """One row of «Отчёт по каналам» or «Кампании», or «Итого»: «computed from all rows at once,
    not by adding or averaging ratios»."""
    cells: Cells = dict(sums(clinic, first, last, wanted))
    cost, margin, earned = cells["cost"], cells["margin"], cells["revenue"]
    cells["cpl"] = both(cost, cells["leads"])
    cells["cac"] = both(cost, cells["new_patients"])
    cells["romi"] = return_on(margin, cost)
    cells["romi_new"] = return_on(new_margin(clinic, first, last, wanted), cost)
    cells["romi_revenue"] = return_on(earned, cost)
    cells["drr"] = both(cost, earned)
    cells["avg_check_visit"] = ratio(earned, paid_visits(clinic, first, last, wanted))
    cells |= conversions(clinic, first, last, wanted)
    cells |= ltv_cells(clinic, wanted, clinic.settings.as_of)
    cells["ltv"] = chosen_ltv(clinic, wanted, clinic.settings.as_of)
    cells["ltv_cac"] = ratio(cells["ltv"], cells["cac"])
    people = intervals.cac(cost, cells["new_patients"])
    known = cells["romi_new"] is not None
    romi = intervals.romi_new(clinic, first, last, wanted, cost, known=known)
    cells |= intervals.named("cac", people) | intervals.named("romi_new", romi)
    return cells | intervals.observed(clinic, wanted, cells, people)


def return_on(gain: Number | None, cost: Number | None) -> Fraction | None:
    """«(margin − cost) / cost», empty when «cost = 0»"""
    return None if gain is None or cost is None else ratio(gain - cost, cost)


def new_margin(clinic: Clinic, first: date, last: date, wanted: Wanted) -> int | None:
    """«the margin that patients with first paid day in the period brought in the period»"""
    return total(
        [
            clinic.margin_of[payment["payment_id"]]
            for patient in clinic.patients
            if wanted(clinic.patient_group[patient])
            and (day := clinic.first_paid_day(patient)) is not None
            and first <= day <= last
            for payment in clinic.payments_of[patient]
            if first <= clinic.day(payment["paid_at"]) <= last
        ]
    )


def paid_visits(clinic: Clinic, first: date, last: date, wanted: Wanted) -> int:
    """«**Paid visit** = a day on which a patient has such a row.»"""
    return sum(
        first <= day <= last
        for patient in clinic.patients
        if wanted(clinic.patient_group[patient])
        for day in clinic.paid_days(patient)
    )


def conversions(clinic: Clinic, first: date, last: date, wanted: Wanted) -> Cells:
    """«**Lead cohort basis**: the leads created in the period and what became of them by
    `as_of`.»"""
    cohort = {
        lead_id
        for lead_id, lead in clinic.counted_leads.items()
        if first <= clinic.day(lead["created_at"]) <= last and wanted(clinic.lead_group[lead_id])
    }
    with_appointment, with_visit, with_contract = steps_of(clinic, cohort)
    steps = (
        ("cr_lead_booking", with_appointment, len(cohort)),
        ("cr_booking_visit", with_visit, with_appointment),
        ("cr_visit_contract", with_contract, with_visit),
    )
    bounds = [intervals.named(key, intervals.share(x, n)) for key, x, n in steps]
    return {
        **{name: value for pair in bounds for name, value in pair.items()},
        # «leads that are the lead of an appointment / leads»
        "cr_lead_booking": ratio(with_appointment, len(cohort)),
        # «leads one of whose appointments was visited / leads with an appointment»
        "cr_booking_visit": ratio(with_visit, with_appointment),
        # «of the leads with a visited appointment, those whose visitor has a first paid day»
        "cr_visit_contract": ratio(with_contract, with_visit),
    }


def steps_of(clinic: Clinic, cohort: set[str]) -> tuple[int, int, int]:
    """Of these leads, those with an appointment, with a visited one, whose visitor has paid."""
    own = {i: clinic.own_appointments[i] for i in cohort if i in clinic.own_appointments}
    came = {i: [a for a in rows if clinic.visited(a)] for i, rows in own.items()}
    paid = [
        any(clinic.first_paid_day(clinic.patient(a)) is not None for a in rows)
        for rows in came.values()
    ]
    return len(own), sum(bool(rows) for rows in came.values()), sum(paid)


def funnel_rows(clinic: Clinic) -> dict[tuple[date, Group], Cells]:
    """«One row per date, channel, campaign, direction and retarget flag that has anything»; all
    dates, the caller takes the months it wants."""
    facts = counts(clinic)
    places = {(day, group) for found in facts.values() for day, group, _ in found}
    rows: dict[tuple[date, Group], Cells] = {place: {} for place in places}
    for measure, found in facts.items():
        per_place: dict[tuple[date, Group], list[int | None]] = {place: [] for place in places}
        for day, group, number in found:
            per_place[day, group].append(number)
        for place, numbers in per_place.items():
            rows[place][measure] = total(numbers)
            if measure in ("sessions", "goal_reaches") and not clinic.traffic:
                rows[place][measure] = None
    return rows


def funnel_span(clinic: Clinic) -> tuple[date, date]:
    """«the last 13 months (setting) and at least the report's period»: whole months, that of
    `as_of` among them."""
    settings = clinic.settings
    oldest = months_earlier(settings.as_of.replace(day=1), settings.funnel_months - 1)
    return min(oldest, settings.first), max(settings.as_of, settings.last)
