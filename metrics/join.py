"""The join: conformed rows of a clinic in, `Facts` out; the one door to everything joined."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from metrics.acquisition import carriers, group_table, patient_groups, touch_groups
from metrics.attribution import lead_touches
from metrics.calendar import end_of, local_days, microseconds
from metrics.coded import encode, sort_by_id
from metrics.directions import one_spelling, respell
from metrics.fact_rows import (
    cost_rows,
    lead_rows,
    paid_visit_rows,
    patient_days,
    patient_rows,
    payment_rows,
    traffic_rows,
    visit_rows,
)
from metrics.facts import Facts
from metrics.money import REVENUE_KINDS, of_kinds
from metrics.people import People, people
from metrics.schema import empty
from metrics.settings import Settings
from metrics.spend import Groups, Spend, spend
from metrics.spread import spread_over_leads
from metrics.traffic import traffic


def join(frames: dict[str, pd.DataFrame], settings: Settings) -> Facts:
    """Join a clinic's rows (entity name -> conformed frame; absent ones are empty) into Facts.

    Rows dated after `settings.as_of` do not exist; the order of rows changes nothing.
    """
    rows, future = _existing(frames, settings)
    leads, appointments, payments = rows["leads"], rows["appointments"], rows["payments"]
    end = end_of(settings.as_of, settings.zone)
    who = people(leads, appointments, payments, end, settings)
    costs = spend(rows["costs"], settings)
    visits = traffic(rows["traffic"], costs.book, settings)

    kept = np.flatnonzero(who.lead_kept == np.arange(len(leads)))
    touches = lead_touches(rows, kept, settings)
    by_touch, answers = touch_groups(touches, leads, costs.book, settings)
    by_patient = patient_groups(appointments, who, settings)
    parts = _one_spelling([by_touch, by_patient, costs.groups, visits.groups], settings)
    created_day = local_days(microseconds(leads["created_at"]), settings.zone)
    costs = replace(costs, groups=parts[2])
    if settings.spread_costs == "leads":
        spread_weight = np.where(who.repeat[touches.lead], 0.0, touches.weight)
        costs = spread_over_leads(costs, parts[0], spread_weight, created_day[touches.lead])
    codes, groups = group_table([parts[0], parts[1], costs.groups, parts[3]])
    load = carriers(touches, codes[0], codes[1], len(leads))

    carrier = np.where(who.acquiring >= 0, who.acquiring, len(leads) + np.arange(who.patients))
    paid = payment_rows(payments, who, load, carrier, settings)
    days = patient_days(appointments, payments, who, paid, settings)
    return Facts(
        settings=settings,
        groups=groups,
        leads=lead_rows(leads, touches, codes[0], who, days["paid"], answers, created_day),
        patients=patient_rows(who, load, carrier, days, created_day),
        visits=visit_rows(who, load, carrier, days["starts"]),
        payments=paid,
        paid_visits=paid_visit_rows(days, load, carrier),
        costs=cost_rows(costs, codes[2]),
        traffic=traffic_rows(visits, codes[3]),
        counts=_counts(leads, payments, who, costs, paid, future),
    )


def _existing(
    frames: dict[str, pd.DataFrame], settings: Settings
) -> tuple[dict[str, pd.DataFrame], int]:
    """The rows that exist on as_of, sorted by id, and how many were left out."""
    end = end_of(settings.as_of, settings.zone)
    when = {
        "leads": "created_at",
        "payments": "paid_at",
        "calls": "started_at",
        "touches": "at",
    }
    rows, future = {}, 0
    for name in ("leads", "appointments", "payments", "calls", "touches", "costs", "traffic"):
        frame = frames.get(name, empty(name))
        if name == "appointments":
            booked = frame["booked_at"].fillna(frame["starts_at"])
            time = microseconds(booked)
        elif name in when:
            time = microseconds(frame[when[name]])
        else:
            rows[name] = frame.reset_index(drop=True)
            continue
        exists = time < end
        future += int((~exists).sum())
        frame = frame if exists.all() else frame[exists]
        rows[name] = sort_by_id(frame, frame.columns[1])
    return rows, future


def _one_spelling(parts: list[Groups], settings: Settings) -> list[Groups]:
    spelling = one_spelling(settings, [p.direction for p in parts])
    return [replace(p, direction=respell(p.direction, spelling)) for p in parts]


def _counts(
    leads: pd.DataFrame,
    payments: pd.DataFrame,
    who: People,
    costs: Spend,
    paid: pd.DataFrame,
    future: int,
) -> dict[str, int]:
    """What «Качество данных» counts of rows that take no part as they stand."""
    status = encode(leads["status"])
    spam = status.where(np.array([v == "spam" for v in status.values], dtype=bool))
    marked = status.where(np.array([v == "duplicate" for v in status.values], dtype=bool))
    follows = (who.lead_kept >= 0) & (who.lead_kept != np.arange(len(leads)))
    idle = payments["cost"].notna().to_numpy() & ~of_kinds(encode(payments["kind"]), REVENUE_KINDS)
    unknown = paid[~paid["known"]]
    return {
        "lead_rows": len(leads),
        "spam": int(spam.sum()),
        "duplicates": int(follows.sum() + marked.sum()),
        "lead_id_unknown": who.lead_id_unknown,
        "future_rows": future,
        "margin_unknown_rows": int(unknown["source_row"].nunique()),
        "margin_unknown_amount": int(unknown["amount"].sum()),
        "cost_ignored_rows": int(idle.sum()),
        "cost_lost_rows": costs.lost_rows,
        "cost_lost_amount": costs.lost_amount,
    }
