"""Facts' frames, one function each: rows of a clinic with their days, carried by their groups."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metrics.calendar import local_days, microseconds
from metrics.coded import Bools, Coded, Ints, distinct, encode, first_of
from metrics.facts import NEVER
from metrics.join.acquisition import Carriers, Shares
from metrics.join.people import People
from metrics.join.spend import Spend
from metrics.join.traffic import Traffic
from metrics.money import PAID_KINDS, REVENUE_KINDS, margins, of_kinds
from metrics.settings import Settings


def payment_rows(
    payments: pd.DataFrame,
    direction: Coded,
    who: People,
    load: Carriers,
    carrier: Ints,
    settings: Settings,
) -> pd.DataFrame:
    """Payments, each once per share; `direction` is their own, in the clinic's spelling."""
    kind = encode(payments["kind"])
    amount, margin, known = margins(payments, kind, settings)
    revenue = of_kinds(kind, REVENUE_KINDS)
    day = local_days(microseconds(payments["paid_at"]), settings.zone)
    carried = load.carry(carrier[who.paid_patient])
    row, group, weight, _ = carried
    return pd.DataFrame(
        {
            "patient": who.paid_patient[row],
            "day": day[row],
            "group": group,
            "weight": weight,
            "amount": load.carry_money(amount, carried),
            "margin": load.carry_money(margin, carried),
            "kind": kind.take(row).category(),
            "revenue": revenue[row],
            "known": known[row],
            "item": ((amount > 0) & revenue)[row],
            "paid": ((amount > 0) & of_kinds(kind, PAID_KINDS))[row],
            "source_row": row,
            "service": encode(payments["service"]).take(row).category(),
            "direction": direction.take(row).category(),
            "doctor": encode(payments["doctor"]).take(row).category(),
        }
    )


def patient_days(
    starts: Ints,
    who: People,
    paid: pd.DataFrame,
    settings: Settings,
) -> dict[str, Ints]:
    """Days of each patient (booking, visit, paid, last_paid, contract), and the distinct paid
    visits (pair_patient, pair_day, pair_order, rising); `starts` are the days of appointments."""
    booking = local_days(who.booking_time, settings.zone)
    mine = paid["paid"].to_numpy()
    rows = paid["source_row"].to_numpy()[mine]
    day = paid["day"].to_numpy()[mine]
    low = int(day.min()) if len(day) else 0
    width = int(np.ptp(day)) + 1 if len(day) else 1
    pairs = distinct(who.paid_patient[rows] * width + (day - low))
    patient, paid_day = pairs // width, pairs % width + low
    first = first_of(patient, paid_day, np.arange(len(pairs)), who.patients)
    count = np.bincount(patient, minlength=who.patients)
    first_paid = _day_at(paid_day, first)
    visit = _day_at(starts, who.first_visit)
    contract = np.where(
        (visit < NEVER) & (first_paid < NEVER), np.maximum(visit, first_paid), NEVER
    )
    return {
        "booking": _day_at(booking, who.first_booking),
        "visit": visit,
        "paid": first_paid,
        "last_paid": _day_at(paid_day, np.where(first >= 0, first + count - 1, -1)),
        "contract": contract,
        "paid_visits": count,
        "pair_patient": patient,
        "pair_day": paid_day,
        "pair_order": np.arange(len(pairs)) - first[patient],
    }


def _day_at(day: Ints, row: Ints) -> Ints:
    return np.where(row >= 0, day[row], NEVER) if len(day) else np.full(len(row), NEVER)


def lead_rows(
    leads: pd.DataFrame, owed: Shares, group: Ints, who: People, paid_day: Ints, day: Ints
) -> pd.DataFrame:
    """Kept leads, each once per share, and what became of them by as_of."""
    row = owed.lead
    mine = np.flatnonzero(who.appointment_lead >= 0)
    lead = who.appointment_lead[mine]
    came = who.visited[mine]
    payer = came & (paid_day[who.visit_patient[mine]] < NEVER)
    filled = {n: (leads[n] != "").to_numpy()[row] for n in ("source_raw", "ym_client_id", "yclid")}
    utm = (leads["utm_source"] != "") | (leads["utm_medium"] != "") | (leads["utm_campaign"] != "")
    return pd.DataFrame(
        {
            "lead": row,
            "day": day[row],
            "created": microseconds(leads["created_at"])[row],
            "group": group,
            "weight": owed.weight,
            "repeat": who.repeat[row],
            "booked": _marked(lead, len(leads))[row],
            "visited": _marked(lead[came], len(leads))[row],
            "contract": _marked(lead[payer], len(leads))[row],
            "rung": owed.rung,
            "rule": owed.rule,
            "touches": owed.touches,
            "has_source": filled["source_raw"],
            "has_utm": utm.to_numpy()[row],
            "has_client_id": filled["ym_client_id"],
            "has_yclid": filled["yclid"],
        }
    )


def _marked(rows: Ints, size: int) -> Bools:
    mask = np.zeros(size, dtype=bool)
    mask[rows] = True
    return mask


def patient_rows(
    who: People, load: Carriers, carrier: Ints, days: dict[str, Ints], lead_day: Ints
) -> pd.DataFrame:
    """Patients with a booking or a payment, each once per share of its carrier."""
    size = who.patients
    rows = np.concatenate([who.visit_patient, who.paid_patient])
    patient = np.flatnonzero(np.bincount(rows, minlength=size))
    row, group, weight, _ = load.carry(carrier[patient])
    patient = patient[row]
    lead = who.acquiring[patient]
    found = lead >= 0
    return pd.DataFrame(
        {
            "patient": patient,
            "group": group,
            "weight": weight,
            "lead": lead,
            "lead_day": np.where(found, lead_day[lead], NEVER)
            if len(lead_day)
            else lead * 0 + NEVER,
            "lead_repeat": found & who.repeat[lead] if len(lead_day) else found,
            "booking_day": days["booking"][patient],
            "visit_day": days["visit"][patient],
            "paid_day": days["paid"][patient],
            "last_paid_day": days["last_paid"][patient],
            "contract_day": days["contract"][patient],
            "paid_visits": days["paid_visits"][patient],
        }
    )


def visit_rows(who: People, load: Carriers, carrier: Ints, starts: Ints) -> pd.DataFrame:
    """Appointments that took place; `first` marks each patient's first visit."""
    came = np.flatnonzero(who.visited)
    patient = who.visit_patient[came]
    row, group, weight, _ = load.carry(carrier[patient])
    return pd.DataFrame(
        {
            "patient": patient[row],
            "day": starts[came][row],
            "group": group,
            "weight": weight,
            "first": (who.first_visit[patient] == came)[row],
        }
    )


def paid_visit_rows(days: dict[str, Ints], load: Carriers, carrier: Ints) -> pd.DataFrame:
    """Days on which a patient paid; `order` 0 is the first."""
    row, group, weight, _ = load.carry(carrier[days["pair_patient"]])
    return pd.DataFrame(
        {
            "patient": days["pair_patient"][row],
            "day": days["pair_day"][row],
            "group": group,
            "weight": weight,
            "order": days["pair_order"][row],
        }
    )


def cost_rows(costs: Spend, group: Ints) -> pd.DataFrame:
    """Costs per day that won their channel's day."""
    return pd.DataFrame(
        {
            "day": costs.day,
            "group": group,
            "cost": costs.cost,
            "impressions": costs.impressions,
            "clicks": costs.clicks,
            "source": costs.source.category(),
        }
    )


def traffic_rows(visits: Traffic, group: Ints) -> pd.DataFrame:
    """Visits to the site and goal reaches per day."""
    return pd.DataFrame(
        {
            "day": visits.day,
            "group": group,
            "sessions": visits.sessions,
            "goal_reaches": visits.goal_reaches,
        }
    )
