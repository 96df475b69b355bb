"""Who carries what: the acquisition groups of leads and patients, and rows carried by them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from metrics.coded import Coded, Floats, Ints, combine, concat, constant
from metrics.entity_rows import EntityRows
from metrics.join.campaigns_book import CampaignBook
from metrics.join.directions import by_pattern, first_given
from metrics.join.histories import Histories
from metrics.join.people import FirstTimes
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
    """The shares that carry each patient: those of the lead that acquired it, else its own.

    start, count   where each patient's shares begin and how many there are
    group, weight  of each share
    """

    start: Ints
    count: Ints
    group: Ints
    weight: Floats

    def carry(self, patient: Ints) -> ShareRows:
        """Rows of these patients, each once per share."""
        if self._alone is not None:
            return ShareRows(slice(None), self._alone[patient], np.ones(len(patient)), patient)
        start, count = self.start[patient], self.count[patient]
        row = np.repeat(np.arange(len(patient)), count)
        begin = np.cumsum(count) - count
        share = start[row] + np.arange(len(row)) - begin[row]
        return ShareRows(row, self.group[share], self.weight[share], begin[count > 0])

    @cached_property
    def _alone(self) -> Ints | None:
        """The group of each patient where none has two shares: a row stays one row."""
        return self.group[self.start] if int(self.count.max(initial=0)) < 2 else None


def carriers(owed: Shares, share_group: Ints, patient_group: Ints, acquiring: Ints) -> Carriers:
    """Who carries each patient. In: the shares of kept leads and their groups; of each patient the
    group of its own and the lead row that acquired it, or -1."""
    has_lead, patients = acquiring >= 0, len(acquiring)
    start = len(owed.lead) + np.arange(patients)
    count = np.ones(patients, dtype=np.int64)
    lead = acquiring[has_lead]
    of_lead = np.bincount(owed.lead, minlength=int(lead.max(initial=-1)) + 1)
    start[has_lead] = (np.cumsum(of_lead) - of_lead)[lead]
    count[has_lead] = of_lead[lead]
    return Carriers(
        start,
        count,
        np.concatenate([share_group, patient_group]),
        np.concatenate([owed.weight, np.ones(patients)]),
    )
