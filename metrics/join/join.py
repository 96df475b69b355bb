"""The join: conformed rows of a clinic in, `Facts` out; the one door to everything joined."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from metrics.calendar import local_days, microseconds
from metrics.coded import Bools, Floats, Ints, constant, distinct
from metrics.cores import both
from metrics.entity_rows import EntityRows, alone
from metrics.facts import Facts
from metrics.join.acquisition import (
    Shares,
    carriers,
    group_table,
    patient_groups,
    shares,
    touch_groups,
)
from metrics.join.attribution import weights
from metrics.join.campaigns_book import CampaignBook
from metrics.join.directions import one_spelling, respell
from metrics.join.entities import DAILY, entity_rows
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
from metrics.join.people import People, kept_leads, people, who_came
from metrics.join.phrases import NO_PHRASE, apart, normal_forms, phrase_spend, terms
from metrics.join.spend import Groups, Spend, spend_once
from metrics.join.spread import spread_over_leads
from metrics.join.traffic import Traffic, traffic
from metrics.schema import empty
from metrics.settings import Attribution, Settings


@dataclass(frozen=True)
class Joined:
    """A clinic's rows joined as far as no attribution model matters.

    `days` are those of `patient_days`, `spelling` how each direction is written. `phrase_costs` are
    there where groups have phrases: `by_phrase`.
    """

    settings: Settings
    rows: dict[str, EntityRows]
    who: People
    costs: Spend
    visits: Traffic
    history: Histories
    touch_groups: Groups
    touch_rule: Ints
    patient_groups: Groups
    days: dict[str, Ints]
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


def join(frames: Mapping[str, pd.DataFrame | EntityRows], settings: Settings) -> Facts:
    """Join a clinic's rows (entity name -> conformed frame; absent ones are empty) into Facts.

    Rows dated after `settings.as_of` do not exist; the order of rows changes nothing.
    """
    return attribute(prepare(frames, settings), settings.attribution)


def prepare(frames: Mapping[str, pd.DataFrame | EntityRows], settings: Settings) -> Joined:
    """The part of the join that every attribution model shares."""
    rows, future = entity_rows(frames, settings)
    # Who needs what decides what stands beside what, so that neither core waits long.
    (costs, visits, sold, kept), (keys, times) = both(
        lambda: (*_of_money(frames, rows, settings), kept_leads(rows["leads"], settings)),
        lambda: who_came(rows, settings),
    )
    alone = np.flatnonzero(kept == np.arange(len(kept)))
    (history, by_touch, rule, by_patient, days), who = both(
        lambda: (
            *_of_touches(rows, alone, costs.book, settings),
            patient_groups(rows["appointments"], times, settings),
            patient_days(keys, times, sold, settings),
        ),
        lambda: people(rows["leads"], rows["appointments"], keys, kept, times, settings),
    )
    parts = [by_touch, by_patient, costs.groups, visits.groups]
    directions = [*(p.direction for p in parts), sold.texts["direction"]]
    spelling = one_spelling(settings, directions)
    parts = [replace(p, direction=respell(p.direction, spelling)) for p in parts]
    return Joined(
        settings,
        rows,
        who,
        replace(costs, groups=parts[2]),
        replace(visits, groups=parts[3]),
        history,
        parts[0],
        rule,
        parts[1],
        days,
        sold.spelt(spelling),
        spelling,
        future,
    )


def _of_money(
    frames: Mapping[str, pd.DataFrame | EntityRows],
    rows: dict[str, EntityRows],
    settings: Settings,
) -> tuple[Spend, Traffic, Sales]:
    """What does not ask who anybody is: costs, visits to the site, payments."""
    daily = [frames[name] if name in frames else empty(name) for name in DAILY]
    costs = spend_once(daily[0], settings)
    visits = traffic(alone(daily[1]), costs.book, settings)
    return costs, visits, sales(rows["payments"], settings)


def _of_touches(
    rows: dict[str, EntityRows], kept: Ints, book: CampaignBook, settings: Settings
) -> tuple[Histories, Groups, Ints]:
    """The touches of kept leads, where each belongs and by which rule."""
    history = histories(rows, kept, settings)
    return history, *touch_groups(history, rows["leads"], book, settings)


def by_phrase(
    joined: Joined, phrases: pd.DataFrame, is_personal: Callable[[str], bool]
) -> Joined | None:
    """The same clinic with a phrase in its groups (definitions §22): that of the touch which gives
    a lead its channel, and what phrases of advertising cost. None where no phrase is known.

    In: rows of the entity phrases (conformed); which texts tell of a person.
    """
    term = normal_forms(terms(joined.rows, joined.history), is_personal)
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
    settings, who = joined.settings, joined.who
    (owed, short, costs, codes, groups), of_leads = both(
        lambda: _grouped(joined, model), lambda: joined.leads
    )
    load = carriers(owed, codes[0], codes[1], who.acquiring)
    created_day, days = joined.created_day, joined.days
    (paid, paid_visits, leads, counts), (patients, visits) = both(
        lambda: (
            paid := payment_rows(joined.sold, who, load),
            paid_visit_rows(days, load),
            lead_rows(of_leads, owed, codes[0]),
            _counts(joined, paid),
        ),
        lambda: (
            patient_rows(who, load, days, created_day),
            visit_rows(who, load, joined.starts_day),
        ),
    )
    return Facts(
        settings=replace(settings, attribution=model),
        groups=groups,
        leads=leads,
        patients=patients,
        visits=visits,
        payments=paid,
        paid_visits=paid_visits,
        costs=cost_rows(costs, codes[2]),
        traffic=traffic_rows(joined.visits, codes[3]),
        sold=joined.rows["payments"],
        counts={**counts, "markov_short": int(short)},
    )


def _grouped(
    joined: Joined, model: Attribution
) -> tuple[Shares, bool, Spend, list[Ints], pd.DataFrame]:
    """What each touch is owed under a model, and whether Markov had not enough data; costs as they
    are shared; the groups of both, of patients and of visits to the site, and all groups."""
    weight, short = touch_weights(joined, model)
    owed = shares(joined.history, joined.touch_groups, joined.touch_rule, weight)
    costs, of_phrases = joined.costs, joined.phrase_costs
    if joined.settings.spread_costs == "leads":
        counted = np.where(joined.who.repeat[owed.lead], 0.0, owed.weight)
        leads_of = (owed.groups, counted, joined.created_day[owed.lead])
        costs = spread_over_leads(costs, *leads_of)
        of_phrases = of_phrases and spread_over_leads(of_phrases, *leads_of)
    if of_phrases:
        costs = apart(costs, of_phrases)
    parts = [owed.groups, joined.patient_groups, costs.groups, joined.visits.groups]
    return owed, short, costs, *group_table(parts)


def touch_weights(joined: Joined, model: Attribution) -> tuple[Floats, bool]:
    """The weight of each touch of `joined.history`, and whether Markov had not enough data."""
    history, channel = joined.history, joined.touch_groups.channel
    converted = joined.converted if model == "markov" else np.zeros(0, dtype=bool)
    weight = weights(model, history, channel, converted)
    if not np.isnan(weight).any():
        return weight, False
    return weights("last_significant", history, channel, converted), True


def _counts(joined: Joined, paid: pd.DataFrame) -> dict[str, int]:
    """What «Качество данных» counts of rows that take no part as they stand."""
    leads, payments, who = joined.rows["leads"], joined.rows["payments"], joined.who
    status = leads.coded("status")
    spam = status.where(np.array([v == "spam" for v in status.values], dtype=bool))
    marked = status.where(np.array([v == "duplicate" for v in status.values], dtype=bool))
    follows = (who.lead_kept >= 0) & (who.lead_kept != np.arange(len(leads)))
    idle = payments["cost"].notna().to_numpy() & ~joined.sold.revenue
    unknown = np.flatnonzero(~paid["known"].to_numpy())
    return {
        "lead_rows": len(leads),
        "spam": int(spam.sum()),
        "duplicates": int(follows.sum() + marked.sum()),
        "lead_id_unknown": who.lead_id_unknown,
        "future_rows": joined.future,
        "margin_unknown_rows": len(distinct(paid["source_row"].to_numpy()[unknown])),
        "margin_unknown_amount": int(paid["amount"].to_numpy()[unknown].sum()),
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
