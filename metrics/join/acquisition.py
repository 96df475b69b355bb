"""Who carries what: the acquisition groups of leads and patients, and rows carried by them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from metrics.calendar import end_of
from metrics.coded import Coded, Floats, Ints, combine, concat, constant
from metrics.cores import both
from metrics.entity_rows import EntityRows
from metrics.join.campaigns_book import CampaignBook
from metrics.join.directions import by_pattern, first_given
from metrics.join.histories import Histories
from metrics.join.keys import KeyPairs
from metrics.join.people import FirstTimes, People, appointment_leads, first_times, people
from metrics.join.rules import RuleRows, classify
from metrics.join.spend import Groups
from metrics.money import split
from metrics.settings import NO_CHANNEL, NO_DIRECTION, Settings


def touch_groups(
    history: Histories, leads: EntityRows, book: CampaignBook, settings: Settings
) -> tuple[Groups, Ints]:
    """Where each touch of each kept lead belongs (definitions §3), and the channel rule's number."""
    looks, look = history.looks, history.look
    book_columns = book.inherit(looks.fields["utm_campaign"])
    fields = {**looks.fields, "utm_campaign": book_columns[1], "network": book_columns[2]}
    answer = classify(RuleRows(len(looks), fields, looks.has_yclid), settings.rules, NO_CHANNEL)
    # A direction hangs on a look and on three texts of a lead: few pairs are asked.
    texts = [leads.coded(name) for name in ("service", "landing_path", "direction")]
    of_lead, one = combine([(t.codes, len(t.values)) for t in texts], len(leads))
    pair, first = combine([(look, len(looks)), (of_lead[history.lead], len(one))], len(look))
    name, text, _, of_book = (column.take(look[first]) for column in book_columns)
    service, page, own = (column.take(history.lead[first]) for column in texts)
    pattern = by_pattern((name, text, service, page), settings.directions)
    direction = first_given((of_book, pattern, own), NO_DIRECTION).take(pair)
    name = book_columns[0].take(look)
    groups = Groups(answer.channel.take(look), name, direction, answer.retarget[look])
    return groups, answer.rule[look]


@dataclass(frozen=True)
class Shares:
    """Touches that a lead is owed to under one model, by rising lead row.

    lead, weight   kept lead row and its share; shares of a lead add up to 1
    groups, rule   where the touch belongs, by which channel rule
    rung, touches  how the lead's touches were found (histories.RUNGS), how many there were
    """

    lead: Ints
    weight: Floats
    groups: Groups
    rule: Ints
    rung: Ints
    touches: Ints


def shares(history: Histories, groups: Groups, rule: Ints, weight: Floats) -> Shares:
    """The touches that have a weight; the others brought nothing under this model."""
    count = np.bincount(history.lead)[history.lead] if len(history.lead) else history.lead
    some = weight > 0
    return Shares(
        history.lead[some],
        weight[some],
        groups.take(some),
        rule[some],
        history.rung[some],
        count[some],
    )


def patient_groups(visits: EntityRows, times: FirstTimes, settings: Settings) -> Groups:
    """The groups of patients that no lead acquired: the first booking's source by the rules, the
    direction of the first visit. One row per patient."""
    patients = len(times.first_booking)
    source = _at(visits, "source_raw", times.first_booking)
    nobody = np.zeros(patients, dtype=bool)
    answer = classify(
        RuleRows(patients, {"source_raw": source}, nobody), settings.rules, NO_CHANNEL
    )
    direction = first_given((_at(visits, "direction", times.first_visit),), NO_DIRECTION)
    return Groups(answer.channel, constant("", patients), direction, nobody)


def who_is_who(
    rows: dict[str, EntityRows], keys: KeyPairs, kept: Ints, settings: Settings
) -> tuple[People, Groups]:
    """Who is who, and where patients belong whom no lead acquired."""
    leads, visits = rows["leads"], rows["appointments"]

    def first() -> tuple[FirstTimes, Groups]:
        times = first_times(visits, keys, end_of(settings.as_of, settings.zone))
        return times, patient_groups(visits, times, settings)

    (times, groups), named = both(
        first, lambda: appointment_leads(visits, leads, keys, kept, settings)
    )
    return people(leads, visits, keys, kept, times, named), groups


def _at(rows: EntityRows, name: str, place: Ints) -> Coded:
    """A column at these places of the rows, "" where the place is -1."""
    some = np.flatnonzero(place >= 0)
    coded = rows.take(place[some]).coded(name)
    codes = np.zeros(len(place), dtype=np.int64)
    codes[some] = coded.codes + 1
    return Coded(codes, ["", *coded.values]).with_texts(["", *coded.values])


def group_table(parts: list[Groups]) -> tuple[list[Ints], pd.DataFrame]:
    """One code for all groups: the code of each row of each part, and the table of groups.

    A column `phrase` stands last where all parts have one.
    """
    channel = concat([p.channel for p in parts])
    campaign = concat([p.campaign for p in parts])
    direction = concat([p.direction for p in parts])
    phrases = [p.phrase for p in parts if p.phrase is not None]
    phrase = [concat(phrases)] if len(phrases) == len(parts) else []
    retarget = np.concatenate([p.retarget for p in parts])
    columns = [(c.codes, len(c.values)) for c in (channel, campaign, direction, *phrase)]
    code, first = combine([*columns, (retarget.astype(np.int64), 2)], len(retarget))
    table = pd.DataFrame(
        {
            "channel": channel.take(first).text(),
            "campaign": campaign.take(first).text(),
            "direction": direction.take(first).text(),
            "retarget": retarget[first],
        }
    )
    if phrase:
        table = table.assign(phrase=phrase[0].take(first).text())
    ends = np.cumsum([len(p.retarget) for p in parts])
    return np.split(code, ends[:-1]), table


class ShareRows(NamedTuple):
    """Rows, each once per share of its carrier: which row, its share's group and weight, and where
    the shares of each row begin. Where no row has two, `row` is all of them as they stand."""

    row: Ints | slice
    group: Ints
    weight: Floats
    begin: Ints

    def money(self, kopecks: Ints) -> Ints:
        """Kopecks of each row split over its shares by largest remainder."""
        if isinstance(self.row, slice):
            return kopecks
        return split(kopecks[self.row], self.weight, self.begin)


@dataclass(frozen=True)
class Carriers:
    """The shares of each carrier: a kept lead (its row) or a patient without one (leads + code).

    start, count   where each carrier's shares begin and how many there are
    group, weight  of each share
    """

    start: Ints
    count: Ints
    group: Ints
    weight: Floats

    def carry(self, carrier: Ints) -> ShareRows:
        """Rows, each once per share of its carrier."""
        start = self.start[carrier]
        if self.alone:
            return ShareRows(slice(None), self.group[start], np.ones(len(start)), carrier)
        count = self.count[carrier]
        row = np.repeat(np.arange(len(carrier)), count)
        begin = np.cumsum(count) - count
        share = start[row] + np.arange(len(row)) - begin[row]
        return ShareRows(row, self.group[share], self.weight[share], begin[count > 0])

    @cached_property
    def alone(self) -> bool:
        """No carrier has two shares: a row stays one row."""
        return int(self.count.max(initial=0)) < 2


def carriers(owed: Shares, share_group: Ints, patient_group: Ints, leads: int) -> Carriers:
    """Carriers 0…leads-1 are kept lead rows, leads…leads+patients-1 patients by code."""
    patients = len(patient_group)
    count = np.bincount(owed.lead, minlength=leads)
    start = np.cumsum(count) - count
    return Carriers(
        np.concatenate([start, len(owed.lead) + np.arange(patients)]),
        np.concatenate([count, np.ones(patients, dtype=np.int64)]),
        np.concatenate([share_group, patient_group]),
        np.concatenate([owed.weight, np.ones(patients)]),
    )
