"""The join: conformed rows of a clinic in, `Facts` out; the one door to everything joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import pandas as pd

from metrics.calendar import end_of, local_days, microseconds
from metrics.coded import Bools, Floats, Ints, constant, encode, sort_by_id
from metrics.cores import both, each
from metrics.facts import Facts
from metrics.join.acquisition import carriers, group_table, patient_groups, shares, touch_groups
from metrics.join.attribution import weights
from metrics.join.call_leads import with_calls
from metrics.join.directions import one_spelling, respell
from metrics.join.fact_rows import (
    Sales,
    cost_rows,
    lead_rows,
    leads_alone,
    paid_visit_rows,
    patient_days,
    patient_rows,
    payment_rows,
    sales,
    traffic_rows,
    visit_rows,
)
from metrics.join.histories import Histories, histories
from metrics.join.people import People, people
from metrics.join.phrases import NO_PHRASE, apart, normal_forms, phrase_spend
from metrics.join.spend import Groups, Spend, spend
from metrics.join.spread import spread_over_leads
from metrics.join.traffic import Traffic, traffic
from metrics.schema import ENTITIES, empty
from metrics.settings import Attribution, Settings


@dataclass(frozen=True)
class Joined:
    """A clinic's rows joined as far as no attribution model matters.

    `spelling` is how each direction is written. `phrase_costs` are there where groups have phrases: `by_phrase`.
    """

    settings: Settings
    rows: dict[str, pd.DataFrame]
    who: People
    costs: Spend
    visits: Traffic
    history: Histories
    touch_groups: Groups
    touch_rule: Ints
    patient_groups: Groups
    sold: Sales
    spelling: dict[str, str]
    future: int
    phrase_costs: Spend | None = None

    @property
    def one_touch(self) -> bool:
        """True if no lead has two touches: then every attribution model says the same."""
        return bool((np.diff(self.history.lead) > 0).all())

    @cached_property
    def starts_day(self) -> Ints:
        """The local day of each appointment."""
        starts = microseconds(self.rows["appointments"]["starts_at"])
        return local_days(starts, self.settings.zone)

    @cached_property
    def created_day(self) -> Ints:
        """The local day of each lead row."""
        return local_days(microseconds(self.rows["leads"]["created_at"]), self.settings.zone)

    @cached_property
    def days(self) -> dict[str, Ints]:
        """Days of each patient, and the distinct paid visits."""
        return patient_days(self.starts_day, self.who, self.sold, self.settings)

    @cached_property
    def leads(self) -> pd.DataFrame:
        """What is told of each lead row beside the touches that it is owed to."""
        return leads_alone(self.rows["leads"], self.who, self.days["paid"], self.created_day)

    @cached_property
    def converted(self) -> Bools:
        """Lead rows that acquired a patient with a first paid day."""
        who = self.who
        payer = np.zeros(who.patients, dtype=bool)
        payer[who.paid_patient[self.sold.paid]] = True
        acquiring = who.acquiring[payer]
        converted = np.zeros(len(self.rows["leads"]), dtype=bool)
        converted[acquiring[acquiring >= 0]] = True
        return converted


def join(frames: dict[str, pd.DataFrame], settings: Settings) -> Facts:
    """Join a clinic's rows (entity name -> conformed frame; absent ones are empty) into Facts.

    Rows dated after `settings.as_of` do not exist; the order of rows changes nothing.
    """
    return attribute(prepare(frames, settings), settings.attribution)


def prepare(frames: dict[str, pd.DataFrame], settings: Settings) -> Joined:
    """The part of the join that every attribution model shares."""
    rows, future = _existing(frames, settings)
    leads, end = rows["leads"], end_of(settings.as_of, settings.zone)
    who, (costs, visits) = both(
        lambda: people(leads, rows["appointments"], rows["payments"], end, settings),
        lambda: _bought(rows, settings),
    )
    rows["appointments"] = who.visits
    kept = np.flatnonzero(who.lead_kept == np.arange(len(leads)))
    history = histories(rows, kept, settings)
    by_touch, rule = touch_groups(history, leads, costs.book, settings)
    by_patient = patient_groups(who.visits, who, settings)
    parts = [by_touch, by_patient, costs.groups, visits.groups]
    directions = [*(p.direction for p in parts), encode(rows["payments"]["direction"])]
    spelling = one_spelling(settings, directions)
    parts = [replace(p, direction=respell(p.direction, spelling)) for p in parts]
    sold = sales(rows["payments"], respell(directions[-1], spelling), settings)
    costs, visits = replace(costs, groups=parts[2]), replace(visits, groups=parts[3])
    return Joined(
        settings,
        rows,
        who,
        costs,
        visits,
        history,
        parts[0],
        rule,
        parts[1],
        sold,
        spelling,
        future,
    )


def _bought(rows: dict[str, pd.DataFrame], settings: Settings) -> tuple[Spend, Traffic]:
    costs = spend(rows["costs"], settings)
    return costs, traffic(rows["traffic"], costs.book, settings)


def by_phrase(
    joined: Joined, phrases: pd.DataFrame, is_personal: Callable[[str], bool]
) -> Joined | None:
    """The same clinic with a phrase in its groups (definitions §22): that of the touch which gives
    a lead its channel, and what phrases of advertising cost. None where no phrase is known.

    In: rows of the entity phrases (conformed); which texts tell of a person.
    """
    term = normal_forms(joined.history.term, is_personal)
    spent = phrase_spend(phrases, joined.costs, joined.settings, joined.spelling, is_personal)
    if all(phrase == NO_PHRASE for phrase in term.values) and not len(spent.day):
        return None
    nobody, visits = joined.patient_groups, joined.visits
    return replace(
        joined,
        touch_groups=replace(joined.touch_groups, phrase=term),
        patient_groups=replace(nobody, phrase=constant(NO_PHRASE, len(nobody.retarget))),
        visits=replace(
            visits,
            groups=replace(visits.groups, phrase=constant(NO_PHRASE, len(visits.day))),
        ),
        phrase_costs=spent,
    )


def attribute(joined: Joined, model: Attribution) -> Facts:
    """The Facts of a clinic under one attribution model.

    Markov without enough data falls back to last significant; `counts["markov_short"]` is then 1.
    """
    settings, who, rows = joined.settings, joined.who, joined.rows
    leads = rows["leads"]
    weight, short = touch_weights(joined, model)
    owed = shares(joined.history, joined.touch_groups, joined.touch_rule, weight)
    created_day = joined.created_day
    costs, of_phrases = joined.costs, joined.phrase_costs
    if settings.spread_costs == "leads":
        counted = np.where(who.repeat[owed.lead], 0.0, owed.weight)
        leads_of = (owed.groups, counted, created_day[owed.lead])
        costs = spread_over_leads(costs, *leads_of)
        of_phrases = of_phrases and spread_over_leads(of_phrases, *leads_of)
    if of_phrases:
        costs = apart(costs, of_phrases)
    parts = [owed.groups, joined.patient_groups, costs.groups, joined.visits.groups]
    codes, groups = group_table(parts)
    load = carriers(owed, codes[0], codes[1], len(leads))

    carrier = np.where(who.acquiring >= 0, who.acquiring, len(leads) + np.arange(who.patients))
    paid, days = payment_rows(joined.sold, who, load, carrier), joined.days
    return Facts(
        settings=replace(settings, attribution=model),
        groups=groups,
        leads=lead_rows(joined.leads, owed, codes[0]),
        patients=patient_rows(who, load, carrier, days, created_day),
        visits=visit_rows(who, load, carrier, joined.starts_day),
        payments=paid,
        paid_visits=paid_visit_rows(days, load, carrier),
        costs=cost_rows(costs, codes[2]),
        traffic=traffic_rows(joined.visits, codes[3]),
        counts={**_counts(joined, paid), "markov_short": int(short)},
    )


def touch_weights(joined: Joined, model: Attribution) -> tuple[Floats, bool]:
    """The weight of each touch of `joined.history`, and whether Markov had not enough data."""
    history, channel = joined.history, joined.touch_groups.channel
    weight = weights(model, history, channel, joined.converted[history.lead])
    if not np.isnan(weight).any():
        return weight, False
    return weights("last_significant", history, channel, history.lead >= 0), True


#: Columns that no report asks for: a million of their cells need not be copied.
_UNUSED = (
    *("source", "branch", "manager", "updated_at", "utm_content", "source_engine"),
    *("role", "aliases", "visit_id", "wait_duration", "call_direction", "end_path"),
)
#: … but for these, which the join itself asks for.
_ASKED = {
    "leads": ("aliases",),
    "appointments": ("source", "visit_id"),
    "calls": ("source",),
}
#: The column that says when a row was there; of an appointment without it, its start.
_WHEN = {
    "appointments": "booked_at",
    "leads": "created_at",
    "payments": "paid_at",
    "touches": "at",
    "calls": "started_at",
}
#: What has a day and no moment.
_DAILY = ("costs", "traffic")


def _existing(
    frames: dict[str, pd.DataFrame], settings: Settings
) -> tuple[dict[str, pd.DataFrame], int]:
    """The rows that exist on as_of, sorted by id, and how many were left out."""
    end = end_of(settings.as_of, settings.zone)
    tables = {name: frames[name] if name in frames else empty(name) for name in (*_WHEN, *_DAILY)}
    dated = each([partial(_dated, name, tables[name], end) for name in _WHEN])
    rows = {name: frame for name, (frame, _) in zip(_WHEN, dated, strict=True)}
    rows |= {name: tables[name].reset_index(drop=True) for name in _DAILY}
    rows["leads"] = with_calls(rows["leads"], rows["calls"], settings)
    return rows, sum(future for _, future in dated)


def _dated(name: str, frame: pd.DataFrame, end: int) -> tuple[pd.DataFrame, int]:
    """The rows of an entity dated before `end`, by id, and how many are dated later."""
    if name == "calls":  # nobody came by a call that the clinic made itself, nor by spam
        frame = frame[(frame["call_direction"] != "out") & (frame["status"] != "spam")]
    when = frame[_WHEN[name]]
    if name == "appointments":
        when = when.fillna(frame["starts_at"])
    exists = microseconds(when) < end
    idle = [column for column in _UNUSED if column not in _ASKED.get(name, ())]
    used = frame.drop(columns=idle, errors="ignore")
    rows = sort_by_id(used if exists.all() else used[exists], ENTITIES[name].key)
    return rows, int((~exists).sum())


def _counts(joined: Joined, paid: pd.DataFrame) -> dict[str, int]:
    """What «Качество данных» counts of rows that take no part as they stand."""
    leads, payments, who = joined.rows["leads"], joined.rows["payments"], joined.who
    status = encode(leads["status"])
    spam = status.where(np.array([v == "spam" for v in status.values], dtype=bool))
    marked = status.where(np.array([v == "duplicate" for v in status.values], dtype=bool))
    follows = (who.lead_kept >= 0) & (who.lead_kept != np.arange(len(leads)))
    idle = payments["cost"].notna().to_numpy() & ~joined.sold.revenue
    unknown = paid[~paid["known"]]
    return {
        "lead_rows": len(leads),
        "spam": int(spam.sum()),
        "duplicates": int(follows.sum() + marked.sum()),
        "lead_id_unknown": who.lead_id_unknown,
        "future_rows": joined.future,
        "margin_unknown_rows": int(unknown["source_row"].nunique()),
        "margin_unknown_amount": int(unknown["amount"].sum()),
        "cost_ignored_rows": int(idle.sum()),
        "cost_lost_rows": joined.costs.lost_rows,
        "cost_lost_amount": joined.costs.lost_amount,
        "cost_twice_days": joined.costs.twice_days,
        "cost_twice_amount": joined.costs.twice_amount,
        "cost_total_rows": joined.costs.total_rows,
        "cost_total_amount": joined.costs.total_amount,
        "cost_mixed_rows": joined.costs.mixed_rows,
        "cost_mixed_amount": joined.costs.mixed_amount,
        "traffic_twice": joined.visits.twice,
    }
