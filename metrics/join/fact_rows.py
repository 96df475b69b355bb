"""Facts' frames, one function each: rows of a clinic with their days, carried by their groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from metrics.calendar import MISSING, local_days, microseconds
from metrics.coded import Bools, Coded, Floats, Ints, distinct
from metrics.entity_rows import EntityRows
from metrics.facts import NEVER
from metrics.join.acquisition import Carriers, Shares
from metrics.join.directions import respell
from metrics.join.keys import KeyPairs
from metrics.join.people import FirstTimes, People
from metrics.join.spend import Spend
from metrics.join.traffic import Traffic
from metrics.money import PAID_KINDS, REVENUE_KINDS, margins, of_kinds
from metrics.settings import Settings


@dataclass(frozen=True)
class Sales:
    """Payment rows as far as no attribution model matters: day, kopecks, flags and texts of each.

    `revenue`, `item` and `paid` are those of `Facts.payments`, `certain` is its `known`.
    """

    day: Ints
    amount: Ints
    margin: Ints
    revenue: Bools
    certain: Bools
    item: Bools
    paid: Bools
    texts: dict[str, Coded]

    def spelt(self, spelling: dict[str, str]) -> Sales:
        """With directions written one way."""
        direction = respell(self.texts["direction"], spelling)
        return replace(self, texts={**self.texts, "direction": direction})


def sales(payments: EntityRows, settings: Settings) -> Sales:
    """Payments; their directions as they are written."""
    names = ("kind", "direction")
    texts = {name: payments.coded(name) for name in names}
    kind, direction = texts["kind"], texts["direction"]
    amount, margin, certain = margins(
        payments["amount"].to_numpy(dtype=np.int64), payments["cost"], kind, direction, settings
    )
    revenue, positive = of_kinds(kind, REVENUE_KINDS), amount > 0
    return Sales(
        local_days(microseconds(payments["paid_at"]), settings.zone),
        amount,
        margin,
        revenue,
        certain,
        positive & revenue,
        positive & of_kinds(kind, PAID_KINDS),
        texts,
    )


def _frame(columns: Mapping[str, Ints | Floats | Bools | pd.Series]) -> pd.DataFrame:
    """The columns as they are: nobody writes into one, so a million rows need not be copied."""
    return pd.DataFrame(columns, copy=False)


def payment_rows(sold: Sales, who: People, load: Carriers) -> pd.DataFrame:
    """Payments, each once per share."""
    carried = load.carry(who.paid_patient)
    row, group, weight, _ = carried
    return _frame(
        {
            "patient": who.paid_patient[row],
            "day": sold.day[row],
            "group": group,
            "weight": weight,
            "amount": carried.money(sold.amount),
            "margin": carried.money(sold.margin),
            "revenue": sold.revenue[row],
            "known": sold.certain[row],
            "item": sold.item[row],
            "paid": sold.paid[row],
            "source_row": np.arange(len(sold.day))[row],
            **{name: column.take(row).category() for name, column in sold.texts.items()},
        }
    )


def patient_days(
    keys: KeyPairs, times: FirstTimes, sold: Sales, settings: Settings
) -> dict[str, Ints]:
    """Days of each patient (booking, visit, paid, last_paid, contract), how many paid_visits there
    are, and the distinct paid visits (pair_patient, pair_day, pair_order, rising)."""
    booked = _at(times.booking_time, times.first_booking, MISSING)
    rows = np.flatnonzero(sold.paid)
    day = sold.day[rows]
    low = int(day.min()) if len(day) else 0
    width = int(np.ptp(day)) + 1 if len(day) else 1
    pairs = distinct(keys.paid_patient[rows] * width + (day - low))
    patient = pairs // width
    paid_day = pairs - patient * width + low
    count = np.bincount(patient, minlength=keys.patients)
    first = np.where(count > 0, np.cumsum(count) - count, -1)
    first_paid = _at(paid_day, first, NEVER)
    visit = local_days(times.first_start, settings.zone)
    contract = np.where(
        (visit < NEVER) & (first_paid < NEVER), np.maximum(visit, first_paid), NEVER
    )
    return {
        "booking": local_days(booked, settings.zone),
        "visit": visit,
        "paid": first_paid,
        "last_paid": _at(paid_day, np.where(first >= 0, first + count - 1, -1), NEVER),
        "contract": contract,
        "paid_visits": count,
        "pair_patient": patient,
        "pair_day": paid_day,
        "pair_order": np.arange(len(pairs)) - first[patient],
    }


def _at(values: Ints, row: Ints, none: int) -> Ints:
    return np.where(row >= 0, values[row], none) if len(values) else np.full(len(row), none)


def leads_alone(leads: EntityRows, who: People, paid_day: Ints, day: Ints) -> pd.DataFrame:
    """Lead rows as far as no attribution model matters, and what became of them by as_of."""
    mine = np.flatnonzero(who.appointment_lead >= 0)
    lead = who.appointment_lead[mine]
    came = who.visited[mine]
    payer = came & (paid_day[who.visit_patient[mine]] < NEVER)
    tags = [leads.filled(name) for name in ("utm_source", "utm_medium", "utm_campaign")]
    return _frame(
        {
            "day": day,
            "created": microseconds(leads["created_at"]),
            "repeat": who.repeat,
            "booked": _marked(lead, len(leads)),
            "visited": _marked(lead[came], len(leads)),
            "contract": _marked(lead[payer], len(leads)),
            "has_source": leads.filled("source_raw"),
            "has_utm": tags[0] | tags[1] | tags[2],
            "has_client_id": leads.filled("ym_client_id"),
            "has_yclid": leads.filled("yclid"),
        }
    )


def lead_rows(alone: pd.DataFrame, owed: Shares, group: Ints) -> pd.DataFrame:
    """Kept leads, each once per share."""
    own = {str(name): column.to_numpy()[owed.lead] for name, column in alone.items()}
    shared = {"rung": owed.rung, "rule": owed.rule, "touches": owed.touches}
    return _frame(
        {
            "lead": owed.lead,
            **{name: own[name] for name in ("day", "created")},
            "group": group,
            "weight": owed.weight,
            **{name: own[name] for name in ("repeat", "booked", "visited", "contract")},
            **shared,
            **{name: own[name] for name in own if name.startswith("has_")},
        }
    )


def _marked(rows: Ints, size: int) -> Bools:
    mask = np.zeros(size, dtype=bool)
    mask[rows] = True
    return mask


def patient_rows(
    who: People, load: Carriers, days: dict[str, Ints], lead_day: Ints
) -> pd.DataFrame:
    """Patients with a booking or a payment, each once per share of its carrier."""
    size = who.patients
    rows = np.concatenate([who.visit_patient, who.paid_patient])
    patient = np.flatnonzero(np.bincount(rows, minlength=size))
    row, group, weight, _ = load.carry(patient)
    patient = patient[row]
    lead = who.acquiring[patient]
    has_lead = lead >= 0
    return _frame(
        {
            "patient": patient,
            "group": group,
            "weight": weight,
            "lead": lead,
            "lead_day": np.where(has_lead, lead_day[lead], NEVER)
            if len(lead_day)
            else lead * 0 + NEVER,
            "lead_repeat": has_lead & who.repeat[lead] if len(lead_day) else has_lead,
            "booking_day": days["booking"][patient],
            "visit_day": days["visit"][patient],
            "paid_day": days["paid"][patient],
            "last_paid_day": days["last_paid"][patient],
            "contract_day": days["contract"][patient],
            "paid_visits": days["paid_visits"][patient],
        }
    )


def visit_rows(who: People, load: Carriers, starts: Ints) -> pd.DataFrame:
    """Appointments that took place; `first` marks each patient's first visit."""
    came = np.flatnonzero(who.visited)
    patient = who.visit_patient[came]
    row, group, weight, _ = load.carry(patient)
    return _frame(
        {
            "patient": patient[row],
            "day": starts[came][row],
            "group": group,
            "weight": weight,
            "first": (who.first_visit[patient] == came)[row],
        }
    )


def paid_visit_rows(days: dict[str, Ints], load: Carriers) -> pd.DataFrame:
    """Days on which a patient paid; `order` 0 is the first."""
    row, group, weight, _ = load.carry(days["pair_patient"])
    return _frame(
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
    return _frame(
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
    return _frame(
        {
            "day": visits.day,
            "group": group,
            "sessions": visits.sessions,
            "goal_reaches": visits.goal_reaches,
        }
    )
